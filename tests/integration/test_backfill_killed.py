"""A backfill that is killed in the middle goes on, and ends as if nothing had been."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.past.backfill import Bounds
from monitor.ports import Store
from storage import open_store
from tests.past_desk import Past, captures, days_of
from tests.wayback_server import FakeTimer, Wayback, wayback_machine

ROOT = Path(__file__).parents[2]
TEXTS = "A" * 90 + "B" * 25 + "C" * 60 + "B" * 70 + "!!?" + "D" * 60

PROGRAM = """
import sys
from storage import open_store
from tests.past_desk import Past
from tests.wayback_server import FakeTimer, Wayback
machine = Wayback(FakeTimer(), base=sys.argv[2])
Past(open_store(sys.argv[1]), machine, page_rows=20).backfill()
"""


def everything(store: Store, desk: Past) -> dict[str, object]:
    looks = store.past_looks(desk.policy.id)
    return {
        "rows": [listed.row for listed in store.archive_rows(desk.policy.id)],
        "looks": [(look.digest, look.found, look.words, look.search) for look in looks],
        "bytes": [store.capture(look.capture_ids[0]).digest for look in looks if look.capture_ids],
        "state": store.past_state(desk.policy.id),
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, object], list[tuple[float, float]], int]:
    store = open_store(str(tmp_path_factory.mktemp("whole") / "monitor.db"))
    with wayback_machine(FakeTimer()) as machine:
        machine.stored = captures(TEXTS)
        desk = Past(store, machine, page_rows=20)
        found = days_of(desk.backfill())
        told = everything(store, desk)
        asked = len(machine.asked)
        desk.archive.close()
    store.close()
    return told, found, asked


def killed_after(machine: Wayback, requests: int, url: str) -> bool:
    """Start a backfill in a process and kill it after so many more requests; whether it was still at work."""
    wanted = len(machine.asked) + requests
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, url, machine.base], cwd=ROOT, env=env)
    try:
        while len(machine.asked) < wanted and process.poll() is None:
            time.sleep(0.001)
        return process.poll() is None
    finally:
        process.kill()
        process.wait()


@pytest.mark.timeout(240)
@pytest.mark.long
@pytest.mark.unfollowed  # a process that is killed writes no coverage
def test_killed_ten_times(
    tmp_path: Path, undisturbed: tuple[dict[str, object], list[tuple[float, float]], int]
) -> None:
    told, found, asked = undisturbed
    url = str(tmp_path / "monitor.db")
    dice = random.Random(5)
    with wayback_machine(FakeTimer()) as machine:
        machine.stored = captures(TEXTS)
        open_store(url).close()
        kills = sum(killed_after(machine, dice.randint(1, max(asked // 6, 2)), url) for _ in range(10))
        assert kills >= 5
        store = open_store(url)
        desk = Past(store, machine, page_rows=20)
        done = desk.backfill(Bounds())
        assert days_of(done) == found
        assert everything(store, desk) == told
        played = [path for _, path in machine.asked if path.startswith("/web/")]
        assert len(played) <= len(set(played)) + kills  # each kill cost one capture at most
        desk.archive.close()
        store.close()
