"""What a watch is told by signals."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

_ENDS = (signal.SIGTERM, signal.SIGINT)


class Watch(Protocol):
    """A process that goes on until it is told to stop. Both may be asked of it at any moment."""

    def stop(self) -> None:
        """Finish what is begun, and end."""

    def reload(self) -> None:
        """Read the configuration anew."""


def ignore_hangups() -> None:
    """SIGHUP ends no watch that is about to begin, or to end: it would have read the file, or will not need it.

    One that comes while the program is being loaded does, as it does with any program.
    """
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


@contextmanager
def heeded(watch: Watch) -> Iterator[None]:
    """Stop on SIGTERM and SIGINT; a second one ends the process at once, whatever it waits for. Reload on SIGHUP."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for one in _ENDS:
            signal.signal(one, signal.SIG_DFL)
        watch.stop()

    before = {number: signal.signal(number, stop) for number in _ENDS}
    if hasattr(signal, "SIGHUP"):
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda *_: watch.reload())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
