"""Days and times as people type them."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta

import click

_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_AGE = re.compile(r"(\d{1,5})d")
_LAST = timedelta(days=1) - timedelta(microseconds=1)


def day_from(text: str) -> datetime:
    """Read an option: the start of a year, a month or a day, or a time in ISO 8601; without a zone in UTC."""
    return _read(text, end=False)


def day_to(text: str) -> datetime:
    """Likewise, the end of it."""
    return _read(text, end=True)


def _read(text: str, *, end: bool) -> datetime:
    found = parse_moment(text, end=end)
    if found is None:
        raise click.BadParameter(f"{text!r} is no date; it is written as 2024-05-25, 2024-05 or 2024-05-25T10:00")
    return found


def parse_moment(text: str, *, end: bool) -> datetime | None:
    """The moment that a text names; None when it names none."""
    match = _DAY.fullmatch(text)
    try:
        if match is None:
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        year, month, day = int(match[1]), match[2], match[3]
        if not end:
            return datetime(year, int(month or 1), int(day or 1), tzinfo=UTC)
        last = int(month or 12)
        return datetime(year, last, int(day or monthrange(year, last)[1]), tzinfo=UTC) + _LAST
    except (ValueError, OverflowError):
        return None


def is_moment(name: str) -> bool:
    """Whether `diff` is given a day or `now` in place of the number of a version."""
    return name == "now" or (not name.isdecimal() and parse_moment(name, end=True) is not None)


def parse_since(text: str, now: datetime) -> datetime | None:
    """The moment that an age in days (30d) or a date names; None when it names none."""
    if age := _AGE.fullmatch(text):
        return now - timedelta(days=int(age[1]))
    return parse_moment(text, end=True)
