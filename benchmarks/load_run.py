"""Runs the real commands for a while and takes their pulse from their logs and from the kernel."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_WARM_UP = (1.0, 100)  # seconds after the first check, or checks, whichever are over first
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Over all processes of a watch; CPU in milliseconds, `peak_mb` of the largest process.

    `other` looks found something else than they should, `failed` ones left nothing: both must be 0.
    """

    checks: int
    per_s: float
    p50_ms: float
    p99_ms: float
    cpu_per_check: float
    site_cpu_per_check: float
    peak_mb: float
    other: int
    failed: int


class _Process:
    """A command that logs its checks."""

    def __init__(self, config: Path, command: str) -> None:
        self.checks: list[tuple[float, float, str]] = []  # when it ended, how many seconds it took, what it found
        self.failed = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "monitor.cli", "--log-json", "--config", str(config), command],
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            cwd=config.parent,
            stderr=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            if b'"event": "checked"' in line:
                told = json.loads(line)
                self.checks.append((time.monotonic(), told["seconds"], told["outcome"]))
            elif b'"level": "error"' in line or b"Traceback" in line:
                self.failed += 1
                sys.stderr.buffer.write(line)

    def cpu(self) -> float:
        """Seconds on a processor so far."""
        return cpu_of(self._process.pid)

    def peak_mb(self) -> float:
        for line in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def end(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(60)
        finally:
            self._process.kill()
            self._process.wait()
        self._reader.join(5)


def cpu_of(process: int) -> float:
    """Seconds that a process has been on a processor."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def watched(config: Path, *, site: int, expected: str, workers: int, seconds: float) -> Measured:
    """Watch for so many seconds after the first check, or until nothing is left to check.

    `site` is the process that is asked, `expected` what each look should find.
    """
    processes = [_Process(config, command) for command in ("run", *["worker"] * workers)]
    try:
        warm = _first_check(processes) + _WARM_UP[0]
        while time.monotonic() < warm and sum(len(process.checks) for process in processes) < _WARM_UP[1]:
            time.sleep(0.01)
        began = time.monotonic()
        spent, served = sum(process.cpu() for process in processes), cpu_of(site)
        while time.monotonic() < began + seconds and _busy(processes):
            time.sleep(0.05)
        spent, served = sum(process.cpu() for process in processes) - spent, cpu_of(site) - served
        ended = time.monotonic()
        peak = max(process.peak_mb() for process in processes)
    finally:
        for process in processes:
            process.end()
    counted = [check for process in processes for check in process.checks if began <= check[0] <= ended]
    if not counted:  # the machine stood still: told as amiss, and no reason to lose what else was measured
        nothing = dict.fromkeys(("per_s", "p50_ms", "p99_ms", "cpu_per_check", "site_cpu_per_check"), 0.0)
        return Measured(checks=0, peak_mb=round(peak, 1), other=0, failed=1, **nothing)
    took = sorted(took for _, took, _ in counted)
    last = max(when for when, _, _ in counted)
    return Measured(
        checks=len(counted),
        per_s=round(len(counted) / (last - began), 1),
        p50_ms=round(1000 * took[len(took) // 2], 1),
        p99_ms=round(1000 * took[int(len(took) * 0.99)], 1),
        cpu_per_check=round(1000 * spent / len(counted), 2),
        site_cpu_per_check=round(1000 * served / len(counted), 2),
        peak_mb=round(peak, 1),
        other=sum(found != expected for _, _, found in counted),
        failed=sum(process.failed for process in processes),
    )


def _first_check(processes: list[_Process], patience: float = 60.0) -> float:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if first := [process.checks[0][0] for process in processes if process.checks]:
            return min(first)
        time.sleep(0.02)
    raise SystemExit("nothing was checked within a minute")


def _busy(processes: list[_Process]) -> bool:
    """Whether a check ended within the last five seconds."""
    return any(process.checks and process.checks[-1][0] > time.monotonic() - 5 for process in processes)
