"""Kills a running watch at random moments, and counts alerts that were lost or shown twice.

    ./run bench crash [--kills N] [--policies N] [--database URL --workers N] [--cuts N] [--hangs N]
                      [--seed N] [--json FILE]

A real `monitor run` watches policies that change on a loopback site and tells of them by mail and webhook, to receivers
that fail, stall and break off at random. It is killed (SIGKILL) and started again, over and over. What it owes is known
from what the site was asked (benchmarks/crash_site.py), not from its database. With --database, a PostgreSQL URL,
and --workers, `monitor run` hands the looks to so many `monitor worker` processes, and any of them is killed. With
--cuts, that PostgreSQL database also goes away at random moments: it ends all connections and takes none for a while.
With --hangs, processes are also stopped in the midst of what they do, for up to three leases, and go on after that.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.crash_sinks import Inbox, mailbox, webhook
from benchmarks.crash_site import ChangingSite
from monitor.model import DeliveryState, Origin, PolicySpec
from storage import open_store
from storage.connecting import SQLITE
from storage.engine import Database, parse_url

_ROOT = Path(__file__).resolve().parent.parent
_AWAY_S = 2.0  # that a database is away at most
_EARLY = 0.2  # of the kills may come before the process has done anything
_CONFIG = """
[monitor]
confirm_after = "{confirm}s"
early_look = "1s"
unreachable_after = 1000
jobs = 4
lease = "{lease}s"
{more}
[storage]
url = "{url}"
[fetch]
user_agent = "{name}"
allow_private = ["127.0.0.1"]
pace = "0s"
retries = 0
timeout = "5s"
[notify]
first_retry = "0.2s"
[notify.email]
host = "127.0.0.1"
port = {mail}
security = "none"
from = "watch@example.org"
to = ["reader@example.org"]
timeout = "1s"
[notify.webhook]
url = "http://127.0.0.1:{hook}/"
timeout = "1s"
allow_private = true
"""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to go about it."""

    kills: int = 50
    cuts: int = 0  # of the database
    hangs: int = 0
    policies: int = 200
    every: float = 4.0  # seconds between two looks at a policy
    confirm_after: float = 1.0
    linger: float = 3.0
    lease: float = 3.0
    uptime: float = 4.0  # seconds that a process works at most before it is killed
    patience: float = 60.0  # seconds without any progress before what is owed counts as lost
    database: str = ""  # an SQLAlchemy URL; empty: an SQLite file
    workers: int = 0
    seed: int = 1


@dataclass(kw_only=True)
class Result:
    """What came of it. `unaccounted`: deliveries that are not as the receivers know them, each told in `notes`."""

    kills: int = 0
    cuts: int = 0
    hangs: int = 0
    alerts_due: int = 0  # over both channels
    lost: int = 0
    shown_twice: int = 0
    database_ok: bool = False
    repeats: int = 0  # that receivers told by their key
    unaccounted: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)


class Fleet:
    """The processes of a watch. Each start has a name of its own, which the site sees."""

    def __init__(self, folder: Path, plan: Plan, *, url: str, mail: int, hook: int) -> None:
        more = 'work = "workers"' if plan.workers else ""
        self._config = {
            "confirm": plan.confirm_after,
            "lease": plan.lease,
            "url": url,
            "mail": mail,
            "hook": hook,
            "more": more,
        }
        self._folder = folder
        self._commands = ["run", *["worker"] * plan.workers]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._starts = 0
        self.names: list[str] = [""] * len(self._commands)
        self.log = folder / "log"

    def start(self) -> None:
        self._processes = [self._start(which) for which in range(self.size)]

    def _start(self, which: int) -> subprocess.Popen[bytes]:
        self._starts += 1
        self.names[which] = f"process-{self._starts}"
        config = self._folder / f"config-{self._starts}.toml"
        config.write_text(_CONFIG.format(name=self.names[which], **self._config))
        environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "monitor.cli", "--log-json", "--config", str(config), self._commands[which]],
                env=environment,
                cwd=self._folder,
                stderr=log,
            )

    def kill(self, which: int) -> None:
        """End one process in the midst of what it does, and start it again."""
        self._processes[which].kill()
        self._processes[which].wait()
        self._processes[which] = self._start(which)

    def hang(self, which: int, seconds: float) -> None:
        """Stop one process wherever it is, for so long."""
        self._processes[which].send_signal(signal.SIGSTOP)
        time.sleep(seconds)
        self._processes[which].send_signal(signal.SIGCONT)

    def schedules(self, which: int) -> bool:
        """Whether this process only hands out work."""
        return self.size > 1 and self._commands[which] == "run"

    @property
    def size(self) -> int:
        return len(self._commands)

    def stop(self) -> list[int]:
        """End all in good order; their exit codes."""
        for process in self._processes:
            process.send_signal(signal.SIGTERM)
        try:
            return [process.wait(60) for process in self._processes]
        finally:
            for process in self._processes:
                process.kill()
                process.wait()

    def events(self) -> Counter[str]:
        """What was logged, by level and event."""
        found: Counter[str] = Counter()
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                found[f"other: {line[:120]}"] += 1
            else:
                said = f"{entry['event']}: {entry['error']}" if "error" in entry else entry["event"]
                found[f"{entry['level']}: {said}"[:160]] += 1
        return found


def crash(plan: Plan) -> Result:
    """Do it."""
    chance = random.Random(plan.seed)
    began = time.monotonic()
    site = ChangingSite(plan.policies, confirm_after=plan.confirm_after, linger=plan.linger, seed=plan.seed + 1)
    inboxes = [Inbox("email", plan.seed + 2), Inbox("webhook", plan.seed + 3)]
    result = Result()
    with ExitStack() as stack:
        stack.callback(site.close)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = plan.database or str(folder / "watch.db")
        _watch(url, site, plan.every)
        mail, hook = stack.enter_context(mailbox(inboxes[0])), stack.enter_context(webhook(inboxes[1]))
        fleet = Fleet(folder, plan, url=url, mail=mail, hook=hook)
        fleet.start()
        try:
            if plan.cuts or plan.hangs:  # `monitor run` ends when there is no database at its start
                _until(lambda: any(name in site.seen for name in fleet.names))
            while result.cuts < plan.cuts:
                time.sleep(chance.uniform(0, plan.uptime))
                _cut(url, chance.uniform(0, _AWAY_S))
                result.cuts += 1
            while result.hangs < plan.hangs:
                time.sleep(chance.uniform(0, plan.uptime))
                fleet.hang(chance.randrange(fleet.size), chance.uniform(0, 3 * plan.lease))
                result.hangs += 1
            while result.kills < plan.kills:
                which = chance.randrange(fleet.size)
                if chance.random() > _EARLY:
                    _until(lambda: fleet.names[which] in site.seen or fleet.schedules(which))  # noqa: B023 - at once
                time.sleep(chance.uniform(0, plan.uptime))
                fleet.kill(which)
                result.kills += 1
            _until(lambda: len(site.due) >= plan.policies, plan.patience)
            _wind_down(site, inboxes, url, plan.patience)
        finally:
            codes = fleet.stop()
        if any(codes):
            result.notes.append(f"exit codes {codes}")
        _judge(result, site.due, inboxes, url)
        result.notes += [f"{number} x {event}" for event, number in fleet.events().most_common(12)]
    result.seconds = round(time.monotonic() - began, 1)
    return result


def _cut(url: str, seconds: float) -> None:
    """Let a PostgreSQL database end all connections, and take none for so long."""
    place = parse_url(url)
    allow = f'ALTER DATABASE "{place.database}" ALLOW_CONNECTIONS '
    engine = create_engine(place.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as server:
        server.exec_driver_sql(allow + "false")
        try:
            end = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
            server.execute(end, {"name": place.database})
            time.sleep(seconds)
        finally:
            server.exec_driver_sql(allow + "true")
    engine.dispose()


def _until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)


def _watch(url: str, site: ChangingSite, every: float) -> None:
    store = open_store(url)
    now = datetime.now(UTC)
    for name, address in site.names:
        spec = PolicySpec(name=name, urls=(address,), every=timedelta(seconds=every))
        store.add_policy(spec, origin=Origin.DATABASE, now=now)
    store.close()


def _wind_down(site: ChangingSite, inboxes: list[Inbox], url: str, patience: float) -> None:
    """Let everything come to rest: no more changes, receivers that take all; until nothing happens any more."""
    site.settle()
    for inbox in inboxes:
        inbox.calm = True
    store = open_store(url)
    deadline, before = time.monotonic() + patience, None
    while time.monotonic() < deadline:
        waiting = [len(store.deliveries(state=state)) for state in (DeliveryState.DUE, DeliveryState.SENDING)]
        told = all(site.due <= set(inbox.taken.values()) for inbox in inboxes)
        if site.settled and told and not any(waiting):
            break
        now = (waiting, [len(inbox.taken) for inbox in inboxes], len(site.due))
        if now != before:
            deadline, before = time.monotonic() + patience, now
        time.sleep(0.3)
    store.close()


def _judge(result: Result, due: set[tuple[str, int]], inboxes: list[Inbox], url: str) -> None:
    """Hold what the receivers took against what was due, and the outbox against both."""
    store = open_store(url)
    alerts = {alert.id: alert for alert in store.alerts()}
    keys = {alert.key for alert in alerts.values()}
    for inbox in inboxes:
        shown = Counter(inbox.taken.values())
        result.alerts_due += len(due)
        result.lost += len(due - set(shown))
        result.shown_twice += sum(shown.values()) - len(due & set(shown)) + len(inbox.muddled)
        result.repeats += inbox.repeats
        result.notes += [f"{inbox.name}: lost {one}" for one in sorted(due - set(shown))[:5]]
        result.notes += [f"{inbox.name}: {number} times {one}" for one, number in shown.items() if number > 1][:5]
        result.notes += [f"{inbox.name}: not due {one}" for one in sorted(set(shown) - due)[:5]]
        taken = {key.strip("<>").partition("@")[0] for key in inbox.taken}
        deliveries = [delivery for delivery in store.deliveries() if delivery.channel == inbox.name]
        sent = [alerts[one.alert_id].key for one in deliveries if one.state is DeliveryState.SENT]
        result.unaccounted += len(keys ^ {alerts[one.alert_id].key for one in deliveries})  # one per alert …
        result.unaccounted += len(deliveries) - len(set(sent))  # … sent …
        result.unaccounted += len(set(sent) ^ taken)  # … and taken
    result.database_ok = _whole(url)
    store.close()


def _whole(url: str) -> bool:
    """Whether the database is in order."""
    database = Database(parse_url(url))
    with database.read() as connection:
        if database.backend == SQLITE:
            damage = connection.execute(text("PRAGMA integrity_check")).scalars().all()
            loose = connection.execute(text("PRAGMA foreign_key_check")).all()
            whole = damage == ["ok"] and not loose
        else:
            whole = connection.execute(text("SELECT 1")).scalar() == 1  # constraints are the server's to keep
    database.close()
    return whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=Plan.kills)
    parser.add_argument("--cuts", type=int, default=Plan.cuts)
    parser.add_argument("--hangs", type=int, default=Plan.hangs)
    parser.add_argument("--policies", type=int, default=Plan.policies)
    parser.add_argument("--every", type=float, default=Plan.every)
    parser.add_argument("--database", default="", metavar="URL")
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--seed", type=int, default=Plan.seed)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = vars(parser.parse_args())
    if options["cuts"] and not options["database"]:
        parser.error("--cuts needs a PostgreSQL --database")
    target: Path | None = options.pop("json")
    result = asdict(crash(Plan(**options)))
    told = json.dumps(result, indent=2)
    print(told)
    if target:
        target.write_text(told + "\n", encoding="utf-8")
    faults = result["lost"] + result["shown_twice"] + result["unaccounted"] + (not result["database_ok"])
    faults += not result["alerts_due"]  # a watch that tells of nothing shows nothing
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
