"""One budget of time for a whole exchange, kept by a watchdog.

Socket time-outs bound the wait for the next bytes, so a server that drips a byte now and then is never too late for
them. The watchdog shuts the sockets down instead: whoever waits on one wakes up.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import socket
import time
from threading import Condition, Lock, Thread
from types import TracebackType
from typing import Self


class Deadline:
    """Seconds that may be spent inside `with` blocks, in sum. For one thread; the watchdog is another, one for all.

    After the time is up `expired` is true and every watched socket is shut down, which may look like an orderly end:
    ask `expired` after each read that ended.
    """

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._since = 0.0
        self._lock = Lock()
        self._sockets: list[socket.socket] = []
        self._running = False
        self._expired = False

    @property
    def expired(self) -> bool:
        """The time is up."""
        return self._expired

    def watch(self, sock: socket.socket) -> None:
        """Shut this connection down when the time is up, also after TLS has taken the socket over."""
        twin = sock.dup()  # of the same connection; TLS detaches the first
        with self._lock:
            self._sockets.append(twin)
            if self._expired:
                _shut(twin)

    def __enter__(self) -> Self:
        self._since = time.monotonic()
        self._running = True
        _WATCHDOG.wake_at(self._since + self._left, self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left -= time.monotonic() - self._since
        with self._lock:  # the watchdog may be shutting sockets down just now
            self._running = False
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()

    def ring(self, now: float) -> None:
        """Tell it what time it is, at the time that it wanted to know; it may have been left, or entered again, since.

        For the watchdog.
        """
        with self._lock:
            if not self._running or now < self._since + self._left:
                return
            self._expired = True
            for sock in self._sockets:
                _shut(sock)


class _Watchdog:
    """One thread for all deadlines of the process, as a thread for each would cost more than a short exchange."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._calls: list[tuple[float, int, Deadline]] = []  # a heap; deadlines that were met stay until their time
        self._number = itertools.count()  # no two calls are compared by their deadlines
        self._thread: Thread | None = None

    def wake_at(self, moment: float, deadline: Deadline) -> None:
        """Ring a deadline at a moment of the monotonic clock."""
        with self._changed:
            heapq.heappush(self._calls, (moment, next(self._number), deadline))
            if self._thread is None or not self._thread.is_alive():  # the first, or a fork's child has none
                self._thread = Thread(target=self._watch, name="deadlines", daemon=True)
                self._thread.start()
            elif self._calls[0][2] is deadline:
                self._changed.notify()

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._calls or self._calls[0][0] > time.monotonic():
                    self._changed.wait(self._calls[0][0] - time.monotonic() if self._calls else None)
                _, _, deadline = heapq.heappop(self._calls)
            deadline.ring(time.monotonic())


_WATCHDOG = _Watchdog()


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # not connected yet, or gone already
        sock.shutdown(socket.SHUT_RDWR)
