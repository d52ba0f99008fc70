"""Due times against a plain reckoning: nothing missed, nothing twice, over summer time, leap days and windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import PolicySpec, Timetable
from monitor.schedule import admitted, after_failure, extra, problem, regular

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kuala_Lumpur", "America/Santiago")
# Around the changes of the clock of 2026 in those zones, and the leap day of 2028.
MOMENTS = st.sampled_from(
    [
        datetime(2026, 3, 28, 12, tzinfo=UTC),
        datetime(2026, 10, 24, 12, tzinfo=UTC),
        datetime(2026, 3, 7, 12, tzinfo=UTC),
        datetime(2026, 10, 31, 12, tzinfo=UTC),
        datetime(2026, 4, 4, 3, tzinfo=UTC),
        datetime(2026, 10, 3, 3, tzinfo=UTC),
        datetime(2026, 9, 5, 12, tzinfo=UTC),
        datetime(2028, 2, 28, 12, tzinfo=UTC),
    ]
)


def spec(name: str = "acme", *, every: timedelta = 12 * HOUR, **timetable: object) -> PolicySpec:
    return PolicySpec(name=name, urls=("https://acme.example/",), every=every, timetable=Timetable(**timetable))  # type: ignore[arg-type]


def utc(text: str, zone: str = "UTC", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def fires(policy: PolicySpec, start: datetime, end: datetime, late: timedelta = timedelta()) -> list[datetime]:
    """The due times of a policy that is looked at `late` after each."""
    found, now = [], start
    while (due := regular(policy, now)) <= end:
        found.append(due)
        now = due + late
    return found


def named_times(hour: int, minute: int, zone: str, start: datetime, end: datetime) -> list[datetime]:
    """One moment a day: the clock time's first, or the end of the gap that swallows it, found minute by minute."""
    info = ZoneInfo(zone)
    moments: dict[date, datetime] = {}
    now = start.replace(second=0) - 2 * DAY
    before = now.astimezone(info)
    while now <= end:
        local = now.astimezone(info)
        wanted = datetime.combine(local.date(), time(hour, minute))
        jumped = before.replace(tzinfo=None) < wanted < local.replace(tzinfo=None) and before.date() == local.date()
        # A gap may begin at midnight, so that the day's first minute is already past the time named.
        jumped = jumped or (before.date() < local.date() and wanted < local.replace(tzinfo=None))
        if jumped or local.replace(tzinfo=None) == wanted:
            moments.setdefault(local.date(), now)
        before, now = local, now + MINUTE
    return [moment for moment in moments.values() if start < moment <= end]


@settings(max_examples=60, deadline=None)
@given(
    start=MOMENTS,
    zone=st.sampled_from(ZONES),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    late=st.integers(0, 50),
)
def test_a_time_of_day_is_due_once_a_day(start: datetime, zone: str, hour: int, minute: int, late: int) -> None:
    policy = spec(cron=f"{minute} {hour} * * *", zone=zone)
    end = start + 3 * DAY
    assert fires(policy, start, end, late * MINUTE) == named_times(hour, minute, zone, start, end)


@settings(max_examples=30, deadline=None)
@given(start=MOMENTS, zone=st.sampled_from(ZONES), step=st.sampled_from([5, 15, 30, 60]))
def test_times_by_the_hour_come_at_even_distances(start: datetime, zone: str, step: int) -> None:
    """In both hours where the clock is put back, and with no hole where it is put forward."""
    line = "0 * * * *" if step == 60 else f"*/{step} * * * *"
    found = fires(spec(cron=line, zone=zone), start, start + 2 * DAY)
    info = ZoneInfo(zone)
    wanted = [start + number * MINUTE for number in range(1, 2 * 24 * 60 + 1)]
    assert found == [moment for moment in wanted if moment.astimezone(info).minute % step == 0]


@settings(max_examples=60, deadline=None)
@given(
    start=MOMENTS,
    zone=st.sampled_from(ZONES),
    opens=st.integers(0, 23),
    closes=st.integers(0, 23),
    days=st.frozensets(st.integers(0, 6)),
    every=st.sampled_from([MINUTE * 10, HOUR, 5 * HOUR, DAY]),
    jitter=st.sampled_from([timedelta(), MINUTE * 30, 3 * HOUR]),
    name=st.sampled_from(["acme", "globex", "initech"]),
)
def test_looks_stay_in_their_window(
    start: datetime,
    zone: str,
    opens: int,
    closes: int,
    days: frozenset[int],
    every: timedelta,
    jitter: timedelta,
    name: str,
) -> None:
    policy = spec(name, every=every, zone=zone, opens=time(opens), closes=time(closes), days=tuple(days), jitter=jitter)
    now = start
    for _ in range(20):
        due = regular(policy, now)
        assert due >= now + every
        assert admitted(policy.timetable, due) == due
        assert is_open(policy.timetable, due)
        assert not any(
            is_open(policy.timetable, moment)
            for moment in (now + every + jitter + number * 15 * MINUTE for number in range(400))
            if moment <= due - jitter - MINUTE
        )
        now = due


def is_open(timetable: Timetable, moment: datetime) -> bool:
    assert timetable.opens is not None
    assert timetable.closes is not None
    local = moment.astimezone(ZoneInfo(timetable.zone))
    clock, day = local.time(), local.weekday()
    if timetable.opens < timetable.closes:
        inside = timetable.opens <= clock < timetable.closes
    else:
        inside = clock >= timetable.opens or clock < timetable.closes
        if clock < timetable.opens:
            day = (day - 1) % 7
    return inside and (not timetable.days or day in timetable.days)


@settings(max_examples=40, deadline=None)
@given(
    start=MOMENTS,
    zone=st.sampled_from(ZONES),
    name=st.text(min_size=1, max_size=5),
    jitter=st.integers(0, 90),
    late=st.integers(0, 10),
)
def test_jitter_moves_every_look_of_a_policy_alike(
    start: datetime, zone: str, name: str, jitter: int, late: int
) -> None:
    """However long the jitter: it neither loses a time nor doubles one, though it may be longer than the pace."""
    line = "*/30 * * * *"
    plain = fires(spec(name, cron=line, zone=zone), start - 2 * HOUR, start + DAY)
    moved = fires(spec(name, cron=line, zone=zone, jitter=jitter * MINUTE), start, start + DAY, late * MINUTE)
    offset = moved[0] - max(moment for moment in plain if moment <= moved[0])
    offsets = {moment - offset for moment in moved}
    assert offsets <= set(plain)
    assert len(moved) in {47, 48}
    assert len(offsets) == len(moved)


def test_the_clock_is_put_forward_and_back() -> None:
    daily = spec(cron="30 2 * * *", zone="Europe/Berlin")
    assert regular(daily, utc("2026-03-28T12:00", "Europe/Berlin")) == utc("2026-03-29T03:00", "Europe/Berlin")
    assert regular(daily, utc("2026-03-29T03:00", "Europe/Berlin")) == utc("2026-03-30T02:30", "Europe/Berlin")
    first, second = (utc("2026-10-25T02:30", "Europe/Berlin", fold) for fold in (0, 1))
    assert regular(daily, utc("2026-10-24T12:00")) == first
    assert regular(daily, first) == utc("2026-10-26T02:30", "Europe/Berlin")
    assert regular(daily, second - 10 * MINUTE) == utc("2026-10-26T02:30", "Europe/Berlin")


def test_the_leap_day() -> None:
    leap = spec(cron="0 9 29 2 *")
    assert fires(leap, utc("2026-01-01"), utc("2033-01-01")) == [utc("2028-02-29T09:00"), utc("2032-02-29T09:00")]
    assert fires(spec(cron="0 9 L 2 *"), utc("2027-01-01"), utc("2029-01-01")) == [
        utc("2027-02-28T09:00"),
        utc("2028-02-29T09:00"),
    ]


def test_elapsed_time_knows_no_clock() -> None:
    for name in ("2026-03-28T20:00", "2026-10-24T20:00", "2028-02-28T20:00"):
        now = utc(name)
        assert regular(spec(zone="Europe/Berlin"), now) == now + 12 * HOUR


def test_a_cron_and_a_window_agree() -> None:
    policy = spec(cron="0 */4 * * *", opens=time(9), closes=time(17), days=(0, 1, 2, 3, 4))
    assert fires(policy, utc("2026-07-17T00:00"), utc("2026-07-20T23:00")) == [
        utc("2026-07-17T12:00"),
        utc("2026-07-17T16:00"),
        utc("2026-07-20T12:00"),
        utc("2026-07-20T16:00"),
    ]
    late = spec(cron="55 16 * * *", opens=time(9), closes=time(17), jitter=2 * HOUR)
    found = fires(late, utc("2026-07-17T00:00"), utc("2026-07-20T00:00"))
    assert [moment.time() for moment in found] == [time(16, 55)] * 3  # rather than after hours


def test_the_last_minute_of_a_window_that_ends_twice() -> None:
    night = Timetable(zone="Europe/Berlin", opens=time(22), closes=time(2, 30))
    assert admitted(night, utc("2026-10-25T02:20", "Europe/Berlin", 1)) == utc("2026-10-25T02:20", "Europe/Berlin", 1)
    assert admitted(night, utc("2026-10-25T02:30", "Europe/Berlin", 1)) == utc("2026-10-25T22:00", "Europe/Berlin")


def test_a_window_that_the_clock_swallows() -> None:
    early = Timetable(zone="Europe/Berlin", opens=time(2), closes=time(3), days=(6,))
    assert admitted(early, utc("2026-03-28T12:00")) == utc("2026-04-05T02:00", "Europe/Berlin")


def test_looks_out_of_turn_wait_for_the_window() -> None:
    policy = spec(opens=time(9), closes=time(17))
    assert extra(policy, utc("2026-07-17T20:00")) == utc("2026-07-18T09:00")
    assert extra(policy, utc("2026-07-17T10:00")) == utc("2026-07-17T10:00")


def test_after_a_failure_a_cron_goes_on_by_its_times() -> None:
    daily = spec(cron="0 9 * * *")
    now = utc("2026-07-17T09:00")
    assert after_failure(daily, now, HOUR) == now + HOUR
    assert after_failure(daily, now, 30 * HOUR) == now + 48 * HOUR
    assert after_failure(daily, now, DAY) == now + DAY
    often = spec(cron="*/5 * * * *")
    assert after_failure(often, now, 12 * HOUR) == now + 12 * HOUR
    assert after_failure(spec(opens=time(9), closes=time(10)), now, 2 * HOUR) == now + DAY


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"cron": "61 * * * *"}, "bad minute"),
        ({"cron": "* * *"}, "wrong number"),
        ({"cron": "0 0 12 * * *"}, "wrong number"),
        ({"cron": "0 9 31 2 *"}, "bad day"),
        ({"cron": "0 9 * 2 MON#5", "days": (1,)}, "never comes"),
        ({"cron": "0 3 * * *", "opens": time(9), "closes": time(17)}, "never comes within the window"),
        ({"cron": "0 10 * * SAT", "days": (0, 1)}, "never comes within the window"),
    ],
)
def test_what_never_comes_is_told(fields: dict[str, object], match: str) -> None:
    assert match in (problem(Timetable(**fields), utc("2026-01-01")) or "")  # type: ignore[arg-type]


def test_what_comes_is_no_problem() -> None:
    assert problem(Timetable(), utc("2026-01-01")) is None
    assert problem(Timetable(cron="0 9 29 2 *"), utc("2026-01-01")) is None
    assert problem(Timetable(cron="0 9 * * *", opens=time(9), closes=time(10)), utc("2026-01-01")) is None
