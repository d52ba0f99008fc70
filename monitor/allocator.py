"""Keeps the memory of a process with many threads from growing in pieces that nobody uses.

glibc gives threads heaps of their own ("arenas", up to eight per core). What a thread frees goes back to its own, so
each grows to the largest need of any thread: the process grows for days without holding more. Threads here wait for
Python's lock anyway, so that one heap for all costs nothing. Figures: docs/benchmarks.md.
"""

from __future__ import annotations

import ctypes
import os
import sys

# From glibc's malloc.h.
_M_ARENA_MAX = -8


def use_one_heap() -> bool:
    """Let all threads that are not begun yet share one heap; tell whether they do.

    Not where MALLOC_ARENA_MAX says something else, nor where another C library has no such thing to set.
    """
    if sys.platform != "linux" or "MALLOC_ARENA_MAX" in os.environ:
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(_M_ARENA_MAX, 1))
