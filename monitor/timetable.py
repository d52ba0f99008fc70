"""When a channel may be told: at once, or at certain moments by the clock of some place, and not in quiet hours.

Nothing is booked ahead: a moment only says up to when whatever was due may go out now. So no change of the clocks and
no stop of the program can lose anything or tell it twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Rhythm(StrEnum):
    """How often what has come together is told."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """Times of day are those of `zone`. `digest` None: everything at once. `day`: 0 is Monday, for weekly digests.

    Quiet hours go over midnight when they end before they start; when both are equal, there are none.
    """

    zone: ZoneInfo
    digest: Rhythm | None = None
    at: time = time(8)
    day: int = 0
    quiet: tuple[time, time] | None = None

    def fresh_by(self, now: datetime) -> datetime | None:
        """What was due by that moment may go out now; None: nothing may."""
        if self.is_quiet(now):
            return None
        return now if self.digest is None else self.last_moment(now)

    def is_quiet(self, now: datetime) -> bool:
        """It is a quiet hour."""
        if self.quiet is None:
            return False
        start, end = self.quiet
        clock = now.astimezone(self.zone).time()
        return start <= clock < end if start <= end else clock >= start or clock < end

    def last_moment(self, now: datetime) -> datetime:
        """The last moment of the digest, not after now.

        A time of day that the clocks leave out comes as much later as they were put forward; of one that comes twice
        the first counts.
        """
        local = now.astimezone(self.zone)
        if self.digest is Rhythm.HOURLY:
            past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            return now.astimezone(UTC) - past
        step = 7 if self.digest is Rhythm.WEEKLY else 1
        today = local.date()
        back = (today.weekday() - self.day) % 7 if self.digest is Rhythm.WEEKLY else 0
        moment = self._moment(today - timedelta(days=back))
        return moment if moment <= now else self._moment(today - timedelta(days=back + step))

    def _moment(self, day: date) -> datetime:
        return datetime.combine(day, self.at, self.zone).astimezone(UTC)
