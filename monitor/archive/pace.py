"""How often an archive may be asked, and when not at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

# The Internet Archive asks automatic clients to stay at 80 % of its hard limits (told to the authors of the `wayback`
# package, see its DEFAULT_CDX_RATE_LIMIT). The limits: 30 a minute for CDX and TimeMap together, 600 for playback.
SHARE = 0.8
CDX_PACE = 30 * SHARE  # per minute
PLAYBACK_PACE = 600 * SHARE  # per minute

# Going on for a minute after the first 429 brings a block at the firewall of an hour, which doubles each time.
# A 429 without Retry-After is therefore answered with more than a minute of silence, and each further one doubles it.
SILENCE = 75.0
LONGEST_SILENCE = 4 * 3600.0
# A Retry-After beyond a day is taken for a day: callers are told when to come back, not to wait for ever.
LONGEST_RETRY_AFTER = 24 * 3600.0


class Timer(Protocol):
    """Measures and passes time. The standard `time` module is one."""

    def monotonic(self) -> float:
        """Seconds since some moment."""
        ...

    def sleep(self, seconds: float, /) -> None:
        """Wait."""
        ...


class Pace:
    """Spaces calls evenly, over all threads that share it: no burst, so that no minute holds more than the rate."""

    def __init__(self, per_minute: float, timer: Timer) -> None:
        self._spacing = 60 / per_minute
        self._timer = timer
        self._lock = Lock()
        self._next = timer.monotonic()

    def wait(self) -> None:
        """Sleep until it is this call's turn."""
        with self._lock:
            now = self._timer.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._spacing
        while (left := turn - self._timer.monotonic()) > 0:
            self._timer.sleep(left)


@dataclass
class Circuit:
    """Open while the archive wants silence. Shared by everything that asks the same archive."""

    timer: Timer
    _until: float = 0.0
    _refusals: int = 0
    _lock: Lock = field(default_factory=Lock)

    def refuse(self, retry_after: float | None) -> float:
        """A 429 came. Return the seconds of silence that follow.

        The first Retry-After is believed. When it was not enough, or there is none, our own silence is the least.
        """
        with self._lock:
            own = 0.0
            if self.left() == 0:  # else this one was sent before the silence began, by another thread
                if self._refusals or retry_after is None:
                    own = min(SILENCE * 2 ** max(self._refusals - (retry_after is not None), 0), LONGEST_SILENCE)
                self._refusals += 1
            told = min(max(retry_after or 0.0, 1.0), LONGEST_RETRY_AFTER)
            self._until = max(self._until, self.timer.monotonic() + max(own, told))
            return self.left()

    def left(self) -> float:
        """Seconds of silence still to keep; 0 when the archive may be asked."""
        return max(self._until - self.timer.monotonic(), 0.0)

    def answered(self) -> None:
        """An answer other than 429 came: the next refusal is a first one again."""
        self._refusals = 0
