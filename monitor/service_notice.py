"""Tells systemd how the service is (sd_notify): a datagram to the socket that $NOTIFY_SOCKET names."""

from __future__ import annotations

import os
import socket
import time
from datetime import timedelta

import structlog

log = structlog.get_logger(__name__)


class ServiceNotice:
    """What the service manager is told. Without one, nothing is."""

    def __init__(self, address: str | None = None) -> None:
        """`address` stands in for $NOTIFY_SOCKET; @ begins the name of an abstract socket."""
        named = address or os.environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + named[1:] if named.startswith("@") else named

    @property
    def watchdog(self) -> timedelta | None:
        """How often a sign of life is wanted: three times within what the unit says; None: not at all."""
        wanted, process = os.environ.get("WATCHDOG_USEC", ""), os.environ.get("WATCHDOG_PID", "")
        if not wanted.isdecimal() or not int(wanted) or process not in {"", str(os.getpid())}:
            return None
        return timedelta(microseconds=int(wanted)) / 3

    def ready(self, status: str) -> None:
        """It works, from the start or again after `reloading`."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """It reads its configuration."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def alive(self) -> None:
        """It makes progress."""
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        """It finishes what it has begun."""
        self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                sock.connect(self._address)
                sock.sendall("\n".join(lines).encode())
        except OSError as error:
            log.warning("cannot tell the service manager", error=str(error))
