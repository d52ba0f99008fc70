"""A real pywb on loopback, serving a WARC of our own.

pywb is GPL and is no part of Clausewatch: it runs as a process of its own, from an environment of its own, made on
first use in the cache folder (CLAUSEWATCH_PYWB names a ready one). Where it cannot be installed, tests skip.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from tests.wayback_server import Stored

VERSION = "2.10.0"
COLLECTION = "policies"
START_SECONDS = 60.0

# Index and serve in one process: starting pywb takes seconds.
SERVE = """
import sys
from pywb.apps.cli import wayback
from pywb.manager.manager import main
collection, warc, port = sys.argv[1:]
main(["init", collection])
main(["add", collection, warc])
wayback(["-b", "127.0.0.1", "-p", port])
"""


def write_warc(path: Path, captures: list[Stored]) -> None:
    """The captures as response records."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="1.1")
        for capture in captures:
            s = capture.stamp
            record = writer.create_warc_record(
                capture.url,
                "response",
                payload=BytesIO(capture.body),
                http_headers=StatusAndHeaders(f"{capture.status} -", list(capture.headers), protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-Date": f"{s[:4]}-{s[4:6]}-{s[6:8]}T{s[8:10]}:{s[10:12]}:{s[12:]}Z"},
            )
            writer.write_record(record)
            record.raw_stream.close()  # a temporary file that warcio leaves open


@contextmanager
def pywb(folder: Path, captures: list[Stored]) -> Iterator[str]:
    """A collection with these captures, served; gives its address."""
    warc = folder / "captures.warc.gz"
    write_warc(warc, captures)
    with serving(folder, warc) as base:
        yield base


@contextmanager
def serving(folder: Path, warc: Path) -> Iterator[str]:
    """A collection of what a WARC holds, served; gives its address."""
    programs = environment()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (folder / "pywb.log").open("wb") as log:
        process = subprocess.Popen(
            [str(programs / "python"), "-c", SERVE, COLLECTION, str(warc), str(port)],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        base = f"http://127.0.0.1:{port}/{COLLECTION}"
        _await(base, process, folder / "pywb.log")
        yield base
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def environment() -> Path:
    """The folder of pywb's programs."""
    named = os.environ.get("CLAUSEWATCH_PYWB")
    if named:
        return Path(named) / "bin"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clausewatch-tests"
    home = cache / f"pywb-{VERSION}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:  # test processes start together
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "ready").exists():
            shutil.rmtree(home, ignore_errors=True)
            _install(home)
            (home / "ready").touch()
    return home / "bin"


def _install(home: Path) -> None:
    wanted = [f"pywb=={VERSION}", "setuptools<81"]  # pywb imports pkg_resources
    python = str(home / "bin" / "python")
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if uv:
        commands = [
            [uv, "venv", "--quiet", "--python", sys.executable, str(home)],
            [uv, "pip", "install", "--quiet", "--python", python, *wanted],
        ]
    else:
        commands = [
            [sys.executable, "-m", "venv", str(home)],
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted],
        ]
    for command in commands:
        _run(command, home.parent)


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"pywb cannot be had: {error}")
    if done.returncode:
        pytest.skip(f"pywb cannot be had: {command[0]} said {done.stderr.strip()[-300:]}")


def _await(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = build_opener(ProxyHandler({}))
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        try:
            with opener.open(f"{base}/cdx?url=http://nothing.example/&output=json", timeout=5):
                return
        except URLError:
            time.sleep(0.1)
    raise RuntimeError(f"pywb did not start: {log.read_text()[-2000:]}")
