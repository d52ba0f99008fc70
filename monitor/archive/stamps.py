"""The 14-digit time stamps that name captures."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime

FORMAT = "%Y%m%d%H%M%S"


def stamp_of(moment: datetime) -> str:
    """In UTC."""
    return moment.astimezone(UTC).strftime(FORMAT)


def moment_of(stamp: str) -> datetime:
    """When a stamp says, repaired if need be.

    Crawls of the year 2000 inserted "00" before the month or the day: all behind it is shifted by two digits and the
    seconds are cut off (found by the authors of the `wayback` package with the archive). Other parts out of range are
    brought to the nearest that is in range; short stamps are filled up.

    Raises:
        ValueError: it does not begin with a year.
    """
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) < 4:  # noqa: PLR2004 - the digits of a year
        raise ValueError(f"{stamp!r} is no time stamp")
    digits = stamp[:14]
    if len(digits) == 14 and digits[4:6] == "00":  # noqa: PLR2004 - all of its digits
        digits = digits[:4] + digits[6:] + "00"
    elif len(digits) == 14 and digits[6:8] == "00":  # noqa: PLR2004 - likewise
        digits = digits[:6] + digits[8:] + "00"
    digits += "00000101000000"[len(digits) :]
    year = min(max(int(digits[:4]), 1), 9999)
    month = min(max(int(digits[4:6]), 1), 12)
    day = min(max(int(digits[6:8]), 1), monthrange(year, month)[1])
    hour, minute, second = min(int(digits[8:10]), 23), min(int(digits[10:12]), 59), min(int(digits[12:14]), 59)
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
