"""Who holds a claim, told so that others can see whether that process still lives.

A process that was killed cannot give up its claims. Another one on the same machine need not wait for them to run
out: the token names the machine, the process and when it began, since numbers of processes are used again.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

_PROC = Path("/proc")
_UNKNOWN = "?"


def owner_token() -> str:
    """Unique to this call: `host/namespace:process:start:random`."""
    try:
        started = _started(os.getpid()) or _UNKNOWN
    except OSError:
        started = _UNKNOWN
    return f"{_machine()}:{os.getpid()}:{started}:{os.urandom(4).hex()}"


def is_gone(owner: str) -> bool:
    """Tell whether an owner was a process of this machine that has ended. In doubt, it lives."""
    machine, _, rest = owner.rpartition("/")
    namespace, *process = rest.split(":")
    if f"{machine}/{namespace}" != _machine() or len(process) != 3 or not process[0].isdecimal():  # noqa: PLR2004 - as made above
        return False
    number, started, _ = process
    if started == _UNKNOWN:
        return not _exists(int(number))
    try:
        return _started(int(number)) != started
    except OSError:
        return False


def _machine() -> str:
    """The host, and the namespace in which its processes are numbered: containers may share a host's name."""
    try:
        namespace = (_PROC / "self" / "ns" / "pid").readlink().name.strip("pid:[]")
    except OSError:
        namespace = ""
    return f"{socket.gethostname()}/{namespace}"


def _started(number: int) -> str | None:
    """When a process began, in clock ticks since the machine did; None when there is no such process, or no /proc.

    Raises:
        OSError: it cannot be told just now, as when too many files are open.
    """
    try:
        line = (_PROC / str(number) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = line.rpartition(")")[2].split()  # its name stands in parentheses, and may hold spaces and parentheses
    return None if fields[0] == "Z" else fields[19]


def _exists(number: int) -> bool:
    if sys.platform == "win32":  # there, signal 0 would end it
        return True
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
