"""Politeness: no host is asked more often than every so many seconds, whoever asks."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import Protocol

from monitor.ports import Clock, HostTurns

_TIDY_ABOVE = 4096  # hosts remembered before those whose time has passed are forgotten
# A turn further away than this is no pace: some machine's clock is wrong, or was.
_LONGEST = 600.0


class Pace(Protocol):
    """What an exchange asks before a request."""

    def wait(self, host: str, *, at_least: float = 0.0) -> None:
        """Sleep until it is this caller's turn."""
        ...

    def hold(self, host: str, seconds: float) -> None:
        """Give out no turn for that long."""
        ...


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

    def wait(self, host: str, *, at_least: float = 0.0) -> None:
        """Sleep until it is this caller's turn. Turns are given in the order of the calls.

        The turn after it is `at_least` that much later, where the host asks for more than our own pace.
        """
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._next_turn.get(host, now))
            self._next_turn[host] = turn + max(self._seconds, at_least)
            if len(self._next_turn) > _TIDY_ABOVE:
                self._next_turn = {name: when for name, when in self._next_turn.items() if when > now}
        if turn > now:
            self._sleep(turn - now)

    def hold(self, host: str, seconds: float) -> None:
        """Give out no turn for that long: the host asked for it, or is in trouble."""
        with self._lock:
            until = self._monotonic() + seconds
            self._next_turn[host] = max(until, self._next_turn.get(host, until))


class SharedPace:
    """The pace of all processes that share a database. Where none is open, that of this process."""

    def __init__(
        self,
        own: HostPace,
        turns: Callable[[], HostTurns | None],
        *,
        seconds: float,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._own = own
        self._turns = turns
        self._seconds = seconds
        self._clock = clock
        self._sleep = sleep

    def wait(self, host: str, *, at_least: float = 0.0) -> None:
        """See `HostPace.wait`. Raises what the database does."""
        self._own.wait(host, at_least=at_least)  # first: threads of one process must not queue in the database
        turns, gap = self._turns(), max(self._seconds, at_least)
        if turns is None or not gap:
            return
        now = self._clock.now()
        turn = turns.take_turn(host, now=now, gap=timedelta(seconds=gap))
        if (pause := (turn - now).total_seconds()) > 0:
            self._sleep(min(pause, _LONGEST))

    def hold(self, host: str, seconds: float) -> None:
        """See `HostPace.hold`."""
        self._own.hold(host, seconds)
        if turns := self._turns():
            turns.hold_turns(host, until=self._clock.now() + timedelta(seconds=seconds))
