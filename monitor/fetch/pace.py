"""Politeness: no host is asked more often than every so many seconds, whoever asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

_TIDY_ABOVE = 4096  # hosts remembered before those whose time has passed are forgotten


class HostPace:
    """Gives out turns to ask a host, `seconds` apart. For all threads of a process."""

    def __init__(
        self,
        seconds: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = Lock()
        self._next_turn: dict[str, float] = {}

    def wait(self, host: str) -> None:
        """Sleep until it is this caller's turn. Turns are given in the order of the calls."""
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._next_turn.get(host, now))
            self._next_turn[host] = turn + self._seconds
            if len(self._next_turn) > _TIDY_ABOVE:
                self._next_turn = {name: when for name, when in self._next_turn.items() if when > now}
        if turn > now:
            self._sleep(turn - now)

    def hold(self, host: str, seconds: float) -> None:
        """Give out no turn for that long: the host asked for it, or is in trouble."""
        with self._lock:
            until = self._monotonic() + seconds
            self._next_turn[host] = max(until, self._next_turn.get(host, until))
