"""Digests through changes of the clocks: whatever is due is told once, at the next moment or soon after."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.timetable import Rhythm, Timetable

ZONES = [
    ZoneInfo(name)
    for name in ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")
]
LONGEST = {Rhythm.HOURLY: timedelta(hours=1), Rhythm.DAILY: timedelta(days=1), Rhythm.WEEKLY: timedelta(days=7)}
SLACK = timedelta(hours=25)  # Samoa left out a whole day

times = st.times().map(lambda moment: moment.replace(microsecond=0))
moments = st.datetimes(datetime(2011, 1, 1), datetime(2028, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001 - made aware at once
quiet_hours = st.none() | st.tuples(times, times).filter(lambda hours: _length(*hours) <= timedelta(hours=20))


def _length(start: time, end: time) -> timedelta:
    seconds = (end.hour - start.hour) * 3600 + (end.minute - start.minute) * 60 + end.second - start.second
    return timedelta(seconds=seconds % 86_400)


timetables = st.builds(
    Timetable,
    zone=st.sampled_from(ZONES),
    digest=st.sampled_from(Rhythm),
    at=times,
    day=st.integers(0, 6),
    quiet=quiet_hours,
)


@given(timetables, moments)
@settings(max_examples=300)
def test_a_moment_is_past_and_not_long_past(timetable: Timetable, now: datetime) -> None:
    assert timetable.digest is not None
    last = timetable.last_moment(now)
    assert timedelta() <= now - last <= LONGEST[timetable.digest] + SLACK


@given(timetables, moments)
@settings(max_examples=300)
def test_moments_only_go_forward(timetable: Timetable, now: datetime) -> None:
    earlier = timetable.last_moment(now - timedelta(minutes=1))
    assert earlier <= timetable.last_moment(now)


@given(timetables, moments, st.lists(st.integers(0, 14 * 24 * 60), min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_what_is_due_is_told_once_and_within_two_rounds(
    timetable: Timetable, start: datetime, minutes: list[int]
) -> None:
    assert timetable.digest is not None
    waiting = sorted(start + timedelta(minutes=minute) for minute in minutes)
    told: list[datetime] = []
    now, end = start, start + timedelta(days=14) + LONGEST[timetable.digest] * 2 + SLACK * 2
    while now < end and waiting:
        fresh_by = timetable.fresh_by(now)
        if fresh_by is not None:
            gone = [due for due in waiting if due <= fresh_by]
            assert all(due <= now for due in gone)
            told += gone
            waiting = [due for due in waiting if due > fresh_by]
        now += timedelta(minutes=20)
    assert not waiting
    assert len(told) == len(minutes)


@pytest.mark.parametrize(
    ("day", "moments"),
    [
        ((2026, 3, 28), ["2026-03-28T01:30"]),
        ((2026, 3, 29), ["2026-03-29T01:30"]),  # 02:30 is left out: 03:30 summer time it is
        ((2026, 3, 30), ["2026-03-30T00:30"]),
        ((2026, 10, 25), ["2026-10-25T00:30"]),  # 02:30 comes twice: the first it is
        ((2026, 10, 26), ["2026-10-26T01:30"]),
        ((2028, 2, 29), ["2028-02-29T01:30"]),
    ],
)
def test_a_day_of_the_clocks_has_one_moment(day: tuple[int, int, int], moments: list[str]) -> None:
    zone = ZoneInfo("Europe/Berlin")
    timetable = Timetable(zone=zone, digest=Rhythm.DAILY, at=time(2, 30))
    start = datetime(*day, tzinfo=zone).astimezone(UTC)
    seen = {timetable.last_moment(start + timedelta(minutes=minute)) for minute in range(0, 23 * 60, 10)}
    wanted = {datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in moments}
    assert {moment for moment in seen if moment >= start} == wanted


def test_quiet_hours_go_over_midnight() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    timetable = Timetable(zone=berlin, quiet=(time(22), time(7)))
    for hour, told in ((21, True), (22, False), (3, False), (7, True)):
        now = datetime(2026, 6, 1, hour, tzinfo=berlin).astimezone(UTC)
        assert (timetable.fresh_by(now) == now) is told
    by_day = Timetable(zone=berlin, quiet=(time(9), time(17)))
    assert by_day.is_quiet(datetime(2026, 6, 1, 12, tzinfo=berlin))
    assert not by_day.is_quiet(datetime(2026, 6, 1, 17, tzinfo=berlin))
    assert not Timetable(zone=berlin, quiet=(time(9), time(9))).is_quiet(datetime(2026, 6, 1, 9, tzinfo=berlin))


def test_a_week_begins_on_its_day() -> None:
    timetable = Timetable(zone=ZoneInfo("UTC"), digest=Rhythm.WEEKLY, at=time(8), day=2)  # Wednesday
    assert timetable.last_moment(datetime(2026, 6, 3, 8, tzinfo=UTC)) == datetime(2026, 6, 3, 8, tzinfo=UTC)
    assert timetable.last_moment(datetime(2026, 6, 3, 7, 59, tzinfo=UTC)) == datetime(2026, 5, 27, 8, tzinfo=UTC)
    assert timetable.last_moment(datetime(2026, 6, 2, 23, tzinfo=UTC)) == datetime(2026, 5, 27, 8, tzinfo=UTC)
