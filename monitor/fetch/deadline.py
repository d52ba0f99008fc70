"""One budget of time for a whole exchange, kept by a watchdog.

Socket time-outs bound the wait for the next bytes, so a server that drips a byte now and then is never too late for
them. The watchdog shuts the sockets down instead: whoever waits on one wakes up.
"""

from __future__ import annotations

import contextlib
import socket
import time
from threading import Lock, Timer
from types import TracebackType
from typing import Self


class Deadline:
    """Seconds that may be spent inside `with` blocks, in sum. For one thread; the watchdog is another.

    After the time is up `expired` is true and every watched socket is shut down, which may look like an orderly end:
    ask `expired` after each read that ended.
    """

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._since = 0.0
        self._lock = Lock()
        self._sockets: list[socket.socket] = []
        self._timer: Timer | None = None
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
        self._timer = Timer(max(self._left, 0), self._expire)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()  # it may be shutting sockets down just now
        self._left -= time.monotonic() - self._since
        with self._lock:
            for sock in self._sockets:
                sock.close()
            self._sockets.clear()

    def _expire(self) -> None:
        with self._lock:
            self._expired = True
            for sock in self._sockets:
                _shut(sock)


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # not connected yet, or gone already
        sock.shutdown(socket.SHUT_RDWR)
