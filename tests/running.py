"""A daemon as a process of its own, and waiting for what it does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def until(true: Callable[[], object], *, seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


@contextmanager
def daemon(folder: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A running daemon, killed at the end if the test has not ended it."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), **environment}
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor.cli", "--log-json", "run"], cwd=folder, env=env, stderr=subprocess.PIPE
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> str:
    """Ask it to end; give what it logged."""
    process.send_signal(number)
    _, said = process.communicate(timeout=40)
    return said.decode()
