"""A watch that is killed in the midst of things: see benchmarks/crash.py, of which this is a small one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.crash import Plan, crash

# A process that is killed writes no coverage: following it would only slow it down.
pytestmark = [pytest.mark.long, pytest.mark.unfollowed]

# As fast as it goes: what takes hours in real life takes tenths of seconds.
FAST = Plan(policies=6, every=0.1, confirm_after=0.3, linger=0.3, lease=1.5, uptime=0.6)


def test_killed_five_times_it_loses_no_alert_and_shows_none_twice() -> None:
    result = crash(replace(FAST, kills=5))
    assert (result.kills, result.lost, result.shown_twice, result.unaccounted) == (5, 0, 0, 0), result.notes
    assert result.alerts_due >= 2 * 6
    assert result.database_ok


def test_workers_and_their_leader_are_killed_and_lose_nothing(postgres_url: str) -> None:
    """Nor do they when the database goes away for a moment."""
    result = crash(replace(FAST, kills=2, cuts=2, database=postgres_url, workers=2))
    assert (result.kills, result.lost, result.shown_twice, result.unaccounted) == (2, 0, 0, 0), result.notes
    assert result.alerts_due >= 2 * 6
