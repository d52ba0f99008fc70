"""When a failed delivery is tried again, and when a channel that fails is left alone altogether."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
# With the waits above: given up after five days, as mail servers do (RFC 5321, 4.5.4.1: "at least 4-5 days").
MOST_ATTEMPTS = 29
# Up to a fifth is added to each wait, so that what failed together does not come back together.
JITTER = 0.2
# So many failures in a row mean that the channel is down: a dead server would cost a time-out for each delivery.
DOWN_AFTER = 3
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=15)
FOR_GOOD = datetime.max.replace(tzinfo=UTC)


def retry_at(
    attempts: int,
    now: datetime,
    *,
    asked: float | None = None,
    jitter: float = 0.0,
    first: timedelta = FIRST_RETRY,
) -> datetime | None:
    """When to try again after `attempts` failures, doubling the wait; None to give up.

    `asked` is what the receiver wants, in seconds; `jitter` from 0 to 1 only makes the wait longer.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    wait: timedelta = min(first * 2 ** (attempts - 1), LONGEST_RETRY)
    if asked is not None:
        wait = max(wait, _bounded(asked))
    return now + wait * (1 + JITTER * jitter)


@dataclass(slots=True)
class Circuit:
    """Closed while a channel works. Open after some failures in a row; then one try at a time tells how it is."""

    first_rest: timedelta = FIRST_REST
    failures: int = 0
    open_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """The channel is left alone."""
        return self.open_until is not None and now < self.open_until

    def worked(self) -> None:
        """The channel took something, or said no to it with good reason: it is there."""
        self.failures = 0
        self.open_until = None

    def stop(self) -> None:
        """The channel is left alone for as long as this program does not read its configuration anew."""
        self.open_until = FOR_GOOD

    def failed(self, now: datetime, *, asked: float | None = None) -> None:
        """The channel did not answer as it should, or `asked` to be left alone for so many seconds."""
        self.failures += 1
        if self.failures >= DOWN_AFTER:
            # Bounded before it is doubled: a channel may be down for ever.
            self.open_until = now + min(self.first_rest * 2 ** min(self.failures - DOWN_AFTER, 10), LONGEST_REST)
        if asked is not None:
            self.open_until = max(self.open_until or now, now + _bounded(asked))


def _bounded(asked: float) -> timedelta:
    return timedelta(seconds=min(max(asked, 0.0), LONGEST_RETRY.total_seconds()))
