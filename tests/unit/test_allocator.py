"""One heap for all threads, where the C library has more."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="glibc is Linux's")

PROGRAM = """
import ctypes, threading
from monitor.allocator import use_one_heap
set_so = use_one_heap()
held, meet = [], threading.Barrier(4)
def work():
    meet.wait()
    held.append([bytearray(5_000) for _ in range(200)])
threads = [threading.Thread(target=work) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(set_so, flush=True)
if hasattr(ctypes.CDLL(None), "malloc_stats"):
    ctypes.CDLL(None).malloc_stats()
"""


def run(**environment: str) -> tuple[bool, int]:
    """Whether it was set, and how many heaps there were; 0 where it cannot be told."""
    clean = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=clean | environment
    )
    return said.stdout.strip() == "True", said.stderr.count("Arena ")


def test_threads_share_one_heap() -> None:
    set_so, heaps = run()
    if not set_so:
        pytest.skip("another C library")
    assert heaps == 1


def test_what_the_operator_says_stands() -> None:
    set_so, heaps = run(MALLOC_ARENA_MAX="3")
    assert not set_so
    assert heaps in {0, 2, 3}
