"""When the next look at a policy is due: a pure function of its definition and of the moment.

Every moment that a timetable names is due once. A clock time that does not exist on the day summer time begins is due
when the clock has jumped; one that comes twice on the day it ends is due the first time. (So does Debian's cron. Hours
or minutes that begin with a star run by elapsed time instead, and are due in both hours.)
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from monitor.model import PolicySpec, Timetable

_DAY = timedelta(days=1)
# A window that opens on one day of the week opens within eight days, unless a jump of the clock swallows it.
_LONGEST_CLOSED = 16
# How long a cron is tried against windows before the two are said never to meet: leap days fall on every weekday in it.
_FAR = timedelta(days=40 * 366)


def regular(spec: PolicySpec, now: datetime) -> datetime:
    """When the usual look after one at `now` is due, in UTC."""
    offset = _offset(spec)
    if not spec.timetable.cron:
        return _within(spec.timetable, now + spec.every + offset, offset)
    # What is due is the moment of the cron and the offset; one that is only waited for has not been looked at yet.
    moment = now - offset
    while True:
        moment = _next_in_window(spec.timetable, moment)
        due = moment + offset
        if admitted(spec.timetable, due) != due:
            due = moment
        if due > now:
            return due


def extra(spec: PolicySpec, wanted: datetime) -> datetime:
    """When a look out of turn is due that is wanted at some moment: then, or when the window opens."""
    return admitted(spec.timetable, wanted)


def after_failure(spec: PolicySpec, now: datetime, wait: timedelta) -> datetime:
    """When to look again after one at `now` that brought nothing: after `wait`, or with the first usual look then."""
    if not spec.timetable.cron:
        return admitted(spec.timetable, now + wait)
    soon, usual = admitted(spec.timetable, now + wait), regular(spec, now)
    return soon if soon < usual else regular(spec, now + wait - timedelta(seconds=1))


def admitted(timetable: Timetable, moment: datetime) -> datetime:
    """The first moment that is not earlier and in a window, in UTC."""
    if timetable.opens is None and not timetable.days:
        return moment.astimezone(UTC)
    return next(max(opens, moment.astimezone(UTC)) for opens, _ in _windows(timetable, moment))


def problem(timetable: Timetable, now: datetime) -> str | None:
    """What makes a timetable one that never comes to pass; None: nothing."""
    if not timetable.cron:
        return None
    try:
        _next_in_window(timetable, now)
    except CronSimError as error:
        return f"{timetable.cron!r} is not a cron line of five fields: {str(error)[0].lower()}{str(error)[1:]}"
    except LookupError as error:
        return f"{timetable.cron!r} {error}"
    return None


def _within(timetable: Timetable, wanted: datetime, offset: timedelta) -> datetime:
    """`wanted`, or else the offset after the window opens: not everything at the very minute in which it does."""
    first = admitted(timetable, wanted)
    later = first + offset
    return later if first > wanted and admitted(timetable, later) == later else first


def _next_in_window(timetable: Timetable, after: datetime) -> datetime:
    """The first moment of the cron after another that is in a window.

    Raises:
        LookupError: there is none.
    """
    moment = _next_cron(timetable, after)
    while moment - after < _FAR:
        opens = admitted(timetable, moment)
        if opens == moment:
            return moment
        moment = _next_cron(timetable, opens - timedelta(seconds=1))
    raise LookupError("never comes within the window")


def _next_cron(timetable: Timetable, after: datetime) -> datetime:
    if len(timetable.cron.split()) != 5:  # noqa: PLR2004 - CronSim takes a sixth, for seconds
        raise CronSimError("Wrong number of fields")
    for found in CronSim(timetable.cron, after.astimezone(_zone(timetable.zone))):
        moment = found.astimezone(UTC)
        if moment > after:  # in the hour that comes twice, it begins with clock times whose first turn has passed
            return moment
    raise LookupError("never comes")


def _windows(timetable: Timetable, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The windows that are open at a moment or later, in UTC; neighbours that touch are given as they are."""
    zone = _zone(timetable.zone)
    opens = timetable.opens or time()
    closes = timetable.closes or time()
    first = moment.astimezone(zone).date() - _DAY
    days = [first + _DAY * number for number in range(_LONGEST_CLOSED + 2)]
    for day, following in pairwise(days):
        if timetable.days and day.weekday() not in timetable.days:
            continue
        start = _moment(day, opens, zone, fold=0)
        # A clock time that comes twice ends the window the second time, and begins it the first.
        end = _moment(day if closes > opens else following, closes, zone, fold=1)
        if max(start, moment) < end:
            yield start, end
    raise LookupError(f"no window opens after {moment}")


def _moment(day: date, clock: time, zone: ZoneInfo, *, fold: int) -> datetime:
    """A clock time of a day. One that does not exist is moved on by as much as the clock jumps."""
    named = datetime.combine(day, clock, zone)
    first, second = (named.replace(fold=number).astimezone(UTC) for number in (0, 1))
    return second if fold and first < second else first


def _offset(spec: PolicySpec) -> timedelta:
    """The policy's share of the jitter, in whole seconds: told from its name, so that it never varies."""
    share = int.from_bytes(hashlib.sha256(spec.name.encode("utf-8", "surrogatepass")).digest()[:8])
    seconds = int(spec.timetable.jitter.total_seconds())
    return timedelta(seconds=share * (seconds + 1) >> 64)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
