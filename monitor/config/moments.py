"""Times of day, rates and places, as the file writes them: checked as text, and read when they are needed."""

from __future__ import annotations

import re
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, ValidationInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_RATE = re.compile(r"([1-9]\d{0,5})/([smhd])")
_SPANS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def clock_time(value: str) -> time:
    """Read "08:00".

    Raises:
        ValueError: it is none.
    """
    if match := _TIME.fullmatch(value.strip()):
        return time(int(match[1]), int(match[2]))
    raise ValueError('a time of day is written as "08:00"')


def hours(value: str) -> tuple[time, time] | None:
    """Read "22:00-07:00"; nothing gives None.

    Raises:
        ValueError: it is none.
    """
    if not value:
        return None
    start, dash, end = value.partition("-")
    try:
        if not dash:
            raise ValueError  # noqa: TRY301 - told below
        return clock_time(start), clock_time(end)
    except ValueError:
        raise ValueError('hours are written as "22:00-07:00"') from None


def rate(value: str) -> tuple[int, timedelta] | None:
    """Read "20/m": so many in a second, minute, hour or day. Nothing gives None.

    Raises:
        ValueError: it is none.
    """
    if not value:
        return None
    if match := _RATE.fullmatch(value.replace(" ", "")):
        return int(match[1]), _SPANS[match[2]]
    raise ValueError('a rate is written as "1/s", "20/m", "100/h" or "500/d"')


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'{value!r} is no time zone such as "Europe/Berlin" or "UTC"') from None
    return value


def _checked_time(value: str) -> str:
    clock_time(value)
    return value


def _checked_hours(value: str) -> str:
    read = hours(value)
    if read and read[0] == read[1]:
        raise ValueError("these hours end when they begin, so they hold nothing back")
    return value


def _checked_rate(value: str) -> str:
    rate(value)
    return value


def _path(value: str, info: ValidationInfo) -> str:
    """Anchor a relative path in the file's folder, which is the validation's context."""
    if not value or "\0" in value:
        return value
    return str((info.context or Path()) / Path(value).expanduser())


ClockTime = Annotated[str, AfterValidator(_checked_time)]
Hours = Annotated[str, AfterValidator(_checked_hours)]
Rate = Annotated[str, AfterValidator(_checked_rate)]
Zone = Annotated[str, AfterValidator(_zone)]
FilePath = Annotated[str, AfterValidator(_path)]
