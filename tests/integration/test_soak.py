"""Some simulated days with a leap day and a change of the clock; `python -m benchmarks.soak` does weeks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks import soak

# Thousands of looks, which other tests show one by one: following each line of them doubles the time.
pytestmark = pytest.mark.unfollowed


def test_days_with_a_change_of_the_clock() -> None:
    """Berlin's is put forward on the 26th."""
    result = soak.soak(days=3, minutes=1.5, start=datetime(2028, 3, 24, tzinfo=UTC))
    assert (result.missed, result.doubled) == ([], [])
    assert result.simulated_days >= 2.9
    assert result.checks > 40


def test_the_leap_day() -> None:
    result = soak.soak(days=2.5, minutes=1.5, start=datetime(2028, 2, 28, tzinfo=UTC))
    assert (result.missed, result.doubled) == ([], [])
    assert result.simulated_days >= 2.4


def test_the_reckoning_finds_what_is_wrong() -> None:
    end = soak.START + timedelta(days=2)
    exact = {
        name: [soak.START + n * every for n in range((end - soak.START) // every + 1)]
        for name, every in soak.EVERY.items()
    }
    exact |= {
        name: [soak.START, *soak.daily_times(*when, soak.START + soak.MINUTE, end)] for name, when in soak.DAILY.items()
    }
    assert soak.judge(exact, end) == ([], [])
    gone = exact | {"odd": exact["odd"][:-1]}
    assert soak.judge(gone, end) == (["odd 2028-02-21T19:18:00Z"], [])
    twice = exact | {"half-day": [*exact["half-day"], exact["half-day"][0]]}
    assert soak.judge(twice, end) == ([], ["half-day 2028-02-20T00:00:00Z"])
    late = exact | {"odd": [*exact["odd"], exact["odd"][-1] + soak.MINUTE]}
    assert soak.judge(late, end) == ([], ["odd 2028-02-21T19:19:00Z"])
    assert soak.judge(exact | {"lively-0": [end, end]}, end) == ([], ["lively-0 2028-02-22T00:00:00Z"])
