"""A watch that is killed in the midst of things: see benchmarks/crash.py, of which this is a small one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from benchmarks.crash import Plan, crash
from tests.postgres import create_database, database_url, drop_database, running_server


@pytest.fixture
def postgres_url() -> Iterator[str]:
    with running_server() as socket:
        name = create_database(socket)
        yield database_url(socket, name)
        drop_database(socket, name)


# As fast as it goes: what takes hours in real life takes tenths of seconds.
FAST = Plan(policies=6, every=0.1, confirm_after=0.3, linger=0.3, lease=1.5, uptime=0.6)


def test_killed_five_times_it_loses_no_alert_and_shows_none_twice() -> None:
    result = crash(replace(FAST, kills=5))
    assert (result.kills, result.lost, result.shown_twice, result.unaccounted) == (5, 0, 0, 0), result.notes
    assert result.alerts_due >= 2 * 6
    assert result.database_ok


def test_workers_and_their_leader_are_killed_and_lose_nothing(postgres_url: str) -> None:
    result = crash(replace(FAST, kills=2, database=postgres_url, workers=2))
    assert (result.kills, result.lost, result.shown_twice, result.unaccounted) == (2, 0, 0, 0), result.notes
    assert result.alerts_due >= 2 * 6
