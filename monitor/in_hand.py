"""What threads of this process are at work on, so that no two do the same and only that is kept from others."""

from __future__ import annotations

import threading


class InHand:
    """Numbers, each in one hand at most. May be used from several threads at once."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()
        self._lock = threading.Lock()

    def take(self, number: int) -> bool:
        """Begin to work on it. False: somebody here is at it."""
        with self._lock:
            free = number not in self._numbers
            self._numbers.add(number)
            return free

    def drop(self, *numbers: int) -> None:
        """End the work on these, however it went."""
        with self._lock:
            self._numbers.difference_update(numbers)

    def all(self) -> list[int]:
        """What is in hand just now."""
        with self._lock:
            return list(self._numbers)
