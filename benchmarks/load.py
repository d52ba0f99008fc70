"""How many policies can be watched: sustained checks per second, latency, memory.

    ./run bench load --corpus PATH [--policies N] [--seconds S] [--only sqlite|postgresql]
                     [--json FILE] [--details FILE]

PATH is shaped as benchmarks/corpus.py says. Recorded pages stand on a loopback server in a process of its own; the
watch is the real `monitor run` on a database of so many policies, all due at once, with a webhook that takes what is
told. Modes: the server says 304; it sends other bytes around the same text; it sends another text, which is confirmed
at once and told. The workers are `monitor worker` processes on PostgreSQL (fsync on), with 304s. The yardstick is
requests + inscriptis + hash on the same pages in the same run, as many threads.

What is printed is of SQLite, but for the workers; `p99_ms` and `peak_mb` are those of the worst mode. Standard error
tells of each measure as it ends; `--details` keeps them all. Some eight minutes as it stands.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.load_run import Measured, watched
from benchmarks.load_stock import all_due, multiply, plant
from monitor.app import App
from monitor.cli.context import configure_logging
from monitor.config import load as load_config
from tests.postgres import create_database, database_url, running_server

_MODES = {"not_modified": "unchanged", "same_text": "unchanged", "changed": "changed"}  # and what looks should find
_THREADS = 4
_PAGES = 200
_CONFIG = """
[monitor]
confirm_after = "0s"
jobs = {jobs}
{more}
[storage]
url = "{url}"
[fetch]
allow_private = ["127.0.0.0/8"]
pace = "0s"
retries = 0
[notify.webhook]
url = "{hook}"
allow_private = true
"""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What all measures share."""

    folder: Path
    site: str
    process: int  # of the site
    pages: int
    seconds: float
    amiss: list[str] = field(default_factory=list)  # measures that are not of what they should be

    def config(self, name: str, url: str, more: str = "") -> Path:
        path = self.folder / f"{name}.toml"
        path.write_text(_CONFIG.format(url=url, hook=f"{self.site}/hook", jobs=_THREADS, more=more))
        return path

    def mode(self, name: str) -> None:
        with urllib.request.urlopen(f"{self.site}/mode/{name}", timeout=20) as answer:
            answer.read()

    def planted(self, name: str, url: str) -> None:
        """A database in which each page was looked at twice."""
        self.mode("not_modified")
        plant(App(load_config(self.config(name, url))), self.site, self.pages)

    def stocked(self, name: str, url: str, policies: int) -> Path:
        """The configuration of a planted database, which has so many policies from now on."""
        _say(f"{name}: {multiply(url, policies)} policies")
        return self.config(name, url)

    def measure(self, config: Path, url: str, mode: str, *, workers: int = 0, seconds: float = 0) -> Measured:
        self.mode(mode)
        all_due(url)
        found = watched(
            config, site=self.process, expected=_MODES[mode], workers=workers, seconds=seconds or self.seconds
        )
        what = f"{config.stem}, {mode}" + (f", {workers} workers" if workers else "")
        _say(f"{what}: " + ", ".join(f"{name} {value}" for name, value in asdict(found).items()))
        if found.other or found.failed:
            self.amiss.append(f"{what}: {found.other} looks found something else, {found.failed} failed")
        return found


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


@contextmanager
def _site(corpus: Path, pages: int) -> Iterator[tuple[str, int, int]]:
    """Address, process and number of pages of a server in a process of its own."""
    _say("reading the corpus …")
    command = [sys.executable, "-m", "benchmarks.load_site", str(corpus), str(pages)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port, found = process.stdout.readline().split()
            yield f"http://127.0.0.1:{port}", process.pid, int(found)
        finally:
            process.kill()


def _peer(bench: Bench) -> tuple[float, float]:
    """Checks per second, and CPU milliseconds for each."""
    bench.mode("same_text")
    arguments = [bench.site, str(bench.pages), str(_THREADS), str(min(bench.seconds, 15))]
    told = subprocess.check_output([sys.executable, "-m", "benchmarks.load_peer", *arguments], text=True)
    per_s, cpu_ms = map(float, told.split())
    _say(f"requests + inscriptis + hash: per_s {per_s}, cpu_per_check {cpu_ms}")
    return per_s, cpu_ms


def _on_sqlite(bench: Bench, policies: int) -> tuple[dict[str, Measured], float]:
    """Each mode, and what a check among all policies costs over one among a tenth of them."""
    url, small_url = str(bench.folder / "many.db"), str(bench.folder / "few.db")
    bench.planted("sqlite", url)
    shutil.copy(url, small_url)
    many = bench.stocked("sqlite", url, policies)
    few = bench.stocked("sqlite-tenth", small_url, policies // 10)
    growth = []
    for _ in range(3):  # in turns, since a machine has its moods; in CPU time, since others use it
        small = bench.measure(few, small_url, "not_modified", seconds=bench.seconds / 3)
        large = bench.measure(many, url, "not_modified", seconds=bench.seconds / 3)
        if small.checks:
            growth.append(large.cpu_per_check / small.cpu_per_check)
    return {mode: bench.measure(many, url, mode) for mode in _MODES}, round(median(growth or [0.0]), 3)


def _on_postgresql(bench: Bench, policies: int) -> tuple[dict[str, Measured], dict[str, Measured]]:
    """Each mode with one process, and "not modified" with workers."""
    with running_server() as socket:
        _be_durable(socket)
        url = database_url(socket, create_database(socket))
        bench.planted("postgresql", url)
        alone = bench.stocked("postgresql", url, policies)
        shared = bench.config("postgresql-workers", url, 'work = "workers"')
        workers = {str(n): bench.measure(shared, url, "not_modified", workers=n) for n in (1, 2, 4)}
        return {mode: bench.measure(alone, url, mode) for mode in _MODES}, workers


def _be_durable(socket: str) -> None:
    """The tests' server does not wait for the disk; a watch does."""
    import psycopg  # noqa: PLC0415

    with psycopg.connect(host=socket, user="postgres", dbname="postgres", autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = on")
        connection.execute("SELECT pg_reload_conf()")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--policies", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20.0, help="for each measure, at most 60")
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--details", type=Path, metavar="FILE", help="all that was measured, as JSON")
    options = parser.parse_args()
    configure_logging(0, as_json=False)
    result: dict[str, Any] = {"policies": options.policies}
    details: dict[str, dict[str, Measured]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site, process, pages = stack.enter_context(_site(options.corpus, min(_PAGES, options.policies // 10)))
        _say(f"{pages} pages")
        bench = Bench(folder=folder, site=site, process=process, pages=pages, seconds=min(60.0, options.seconds))
        before, _ = _peer(bench)
        if options.only != "postgresql":
            details["sqlite"], growth = _on_sqlite(bench, options.policies)
            result |= _summary(details["sqlite"]) | {"per_check_growth": growth}
        if options.only != "sqlite":
            details["postgresql"], details["workers"] = _on_postgresql(bench, options.policies)
        after, _ = _peer(bench)
        result["peer_checks_per_s"] = round((before + after) / 2, 1)
        if "workers" in details:
            result["workers"] = {number: one.per_s for number, one in details["workers"].items()}
    told = json.dumps(result, indent=2)
    print(told)
    if options.json:
        options.json.write_text(told + "\n", encoding="utf-8")
    if options.details:
        kept = {place: {mode: asdict(one) for mode, one in found.items()} for place, found in details.items()}
        options.details.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    if bench.amiss:
        sys.exit("\n".join(bench.amiss))


def _summary(found: dict[str, Measured]) -> dict[str, Any]:
    return {
        "checks_per_s": {mode: one.per_s for mode, one in found.items()},
        "p99_ms": max(one.p99_ms for one in found.values()),
        "peak_mb": max(one.peak_mb for one in found.values()),
    }


if __name__ == "__main__":
    main()
