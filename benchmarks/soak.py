"""Weeks in minutes: a real daemon and a real database, under a clock that jumps to whatever is due next.

Told: due times that were missed and looks made twice (against a reckoning of its own, minute by minute), over the leap
day of 2028 and the changes of the clock in Berlin and New York; and how memory grows.

    python -m benchmarks.soak --minutes 30
    python -m benchmarks.soak --days 40 --json soak.json
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import linear_regression
from zoneinfo import ZoneInfo

from monitor.allocator import use_one_heap
from monitor.app import App
from monitor.cli.context import configure_logging
from monitor.config import Config
from monitor.daemon import Daemon
from monitor.model import Fetched, FetchRequest

START = datetime(2028, 2, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
# Policies with one look a day: zone, hour, minute. Two of them stand in hours that the clock leaves out.
DAILY = {
    "berlin-gap": ("Europe/Berlin", 2, 30),
    "new-york-gap": ("America/New_York", 2, 15),
    "kuala-lumpur": ("Asia/Kuala_Lumpur", 9, 0),
    "leap-night": ("UTC", 23, 59),
}
EVERY = {"quarter-day": timedelta(hours=6), "half-day": timedelta(hours=12), "odd": timedelta(hours=7, minutes=13)}
TENTHS = 10
LIVELY = 3  # policies whose text changes every week: for memory, and for looks out of turn
PARAGRAPH = "<p>We keep item {number} of your personal data for {days} days after you have closed your account.</p>"


class Clock:
    """Stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self.time = start

    def now(self) -> datetime:
        return self.time


class Pages:
    """A web of policies. Notes who was asked for when."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = clock.time
        self._lock = threading.Lock()
        self.asked: dict[str, list[datetime]] = defaultdict(list)

    def fetch(self, request: FetchRequest) -> Fetched:
        name, now = request.url.rsplit("/", 1)[1], self._clock.now()
        with self._lock:
            self.asked[name].append(now)
            token = len(self.asked[name])
        week = (now - self._start) // (7 * DAY) if name.startswith("lively") else 0
        body = "".join(PARAGRAPH.format(number=number, days=30 + (week if number == 3 else 0)) for number in range(30))
        page = f"<html><!-- {token} --><body><main><h1>Privacy policy</h1>{body}</main></body></html>".encode()
        digest = hashlib.sha256(page).hexdigest()
        return Fetched(
            url=request.url,
            final_url=request.url,
            taken=now,
            status=200,
            headers=(("Content-Type", "text/html"),),
            body=page,
            digest=digest,
            wire_digest=digest,
            wire_size=len(page),
            media_type="text/html",
            charset="utf-8",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of it."""

    simulated_days: float
    seconds: float
    checks: int
    missed: list[str]  # names and moments
    doubled: list[str]
    peak_mb: float
    memory_mb: list[float]  # after each tenth of the looks
    kb_per_1000_checks: float  # over the second half


def daily_times(zone: str, hour: int, minute: int, start: datetime, end: datetime) -> list[datetime]:
    """The first minute of each day at which the clock shows that time or, in a jump, a later one."""
    info = ZoneInfo(zone)
    found: dict[date, datetime] = {}
    now = start
    before = (start - MINUTE).astimezone(info)
    while now <= end:
        local = now.astimezone(info)
        wanted = (hour, minute)
        shown, last = (local.hour, local.minute), (before.hour, before.minute)
        if local.date() not in found and (shown == wanted or (last < wanted < shown and before.date() == local.date())):
            found[local.date()] = now
        before, now = local, now + MINUTE
    return list(found.values())


def config(folder: Path) -> Config:
    policies: list[dict[str, object]] = [
        {"name": name, "cron": f"{minute} {hour} * * *", "timezone": zone}
        for name, (zone, hour, minute) in DAILY.items()
    ]
    policies += [{"name": name, "every": every} for name, every in EVERY.items()]
    policies += [{"name": f"lively-{number}", "every": "12h"} for number in range(LIVELY)]
    for policy in policies:
        policy["url"] = f"https://soak.example/{policy['name']}"
    return Config.model_validate({"storage": {"url": str(folder / "soak.db")}, "policy": policies})


def memory_kb() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4


def soak(*, days: float, minutes: float, start: datetime = START) -> Result:
    """Run until either is over."""
    began = time.monotonic()
    end = start + days * DAY
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock(start)
        pages = Pages(clock)
        app = App(config(Path(folder)), clock=clock, fetcher=pages)
        daemon = Daemon(app, beat=timedelta(milliseconds=10))
        thread = threading.Thread(target=daemon.run)
        samples: list[tuple[int, int]] = []
        settled = start  # until when all that was due is done: time may run out in the middle of looks
        thread.start()
        try:
            while time.monotonic() - began < minutes * 60 and thread.is_alive():
                # A look that waits or is made: with the clock at rest, nothing else can become due meanwhile.
                tally = app.store.tally(now=clock.time)
                due = None if tally.due or tally.claimed else app.store.next_due()
                if due is not None and due > end:
                    break
                if due is not None and due > clock.time:
                    settled = clock.time
                    if due.date() != clock.time.date():
                        samples.append((sum(map(len, pages.asked.values())), memory_kb()))
                    clock.time = due
                time.sleep(0.002)
        finally:
            daemon.stop()
            thread.join()
        damage = app.store.find_damage(sample=100)
        app.close()
    if damage:
        raise SystemExit("; ".join(damage))
    asked = {name: [moment for moment in times if moment <= settled] for name, times in pages.asked.items()}
    missed, doubled = judge(asked, settled, start=start)
    half = samples[len(samples) // 2 :]
    slope = linear_regression(*zip(*half, strict=True)).slope if len(half) > 1 else 0.0
    return Result(
        simulated_days=round((settled - start) / DAY, 1),
        seconds=round(time.monotonic() - began, 1),
        checks=sum(map(len, pages.asked.values())),
        missed=missed,
        doubled=doubled,
        peak_mb=round(max((kb for _, kb in samples), default=0) / 1024, 1),
        memory_mb=[round(samples[len(samples) * tenth // 10 - 1][1] / 1024, 1) for tenth in range(1, 11)]
        if len(samples) >= TENTHS
        else [],
        kb_per_1000_checks=round(slope * 1000, 1),
    )


def judge(asked: dict[str, list[datetime]], until: datetime, *, start: datetime = START) -> tuple[list[str], list[str]]:
    """Looks that are missing and looks that are too many. The first of each, at the start, is due at once."""
    wanted = {name: [start, *daily_times(*when, start + MINUTE, until)] for name, when in DAILY.items()}
    for name, every in EVERY.items():
        wanted[name] = [start + number * every for number in range((until - start) // every + 1)]
    for name in [name for name in asked if name.startswith("lively")]:  # looks out of turn: never two at one moment
        wanted[name] = sorted(set(asked[name]))
    missed, doubled = [], []
    for name, times in wanted.items():
        due, made = Counter(times), Counter(asked[name])
        missed += [f"{name} {moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (due - made).elements()]
        doubled += [f"{name} {moment:%Y-%m-%dT%H:%M:%SZ}" for moment in (made - due).elements()]
    return missed, doubled


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--minutes", type=float, default=30)
    options.add_argument("--days", type=float, default=100_000, help="simulated, at most")
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    configure_logging(0, as_json=False)
    use_one_heap()  # as `monitor run` does
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a job that is still at work is left out, as it should be
    result = asdict(soak(days=given.days, minutes=given.minutes))
    for name, value in result.items():
        print(f"{name:>20}  {value}")
    if given.json:
        given.json.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 1 if result["missed"] or result["doubled"] else 0


if __name__ == "__main__":
    sys.exit(main())
