"""Whether a daemon makes progress, for those who ask from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

# How long nothing may have been looked for before a watch counts as ill.
SILENCE = timedelta(minutes=2)


class Vitals:
    """When it last did what it does all the time, and when that last went well."""

    def __init__(self, *, allowed: timedelta, monotonic: Callable[[], float] = time.monotonic) -> None:
        """`allowed` is how long a beat may be away."""
        self._allowed = allowed.total_seconds()
        self._monotonic = monotonic
        self._beaten = self._well = monotonic()
        self._why = ""

    def beat(self) -> None:
        """It tries."""
        self._beaten = self._monotonic()

    def well(self) -> None:
        """It went well."""
        self._well, self._why = self._monotonic(), ""

    def ill(self, why: str) -> None:
        """It did not."""
        self._why = why

    @property
    def beats(self) -> bool:
        """It tries: to start it anew would help nothing, whatever is wrong."""
        return self._monotonic() - self._beaten <= self._allowed

    @property
    def trouble(self) -> str | None:
        """What is wrong, in one line; None: nothing."""
        silent = self._monotonic() - self._well
        if self._why:
            return self._why
        return None if silent <= self._allowed else f"nothing was looked for in {silent:.0f} seconds"
