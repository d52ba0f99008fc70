"""A Wayback Machine on loopback that behaves as the real one is known to: its index, playback, limits and faults."""

from __future__ import annotations

import gzip
import re
from base64 import b32encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs, quote, unquote_plus, urljoin, urlsplit

from monitor.archive.stamps import moment_of

MINUTE = 60.0
HOUR = 3600.0


class FakeTimer:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._lock = Lock()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float, /) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.now += seconds


def digest_of(body: bytes) -> str:
    """As the index gives it: SHA-1 in base 32."""
    return b32encode(sha1(body).digest()).decode()


def key_of(url: str) -> str:
    """Captures are found by a key that ignores scheme, www, default ports and case."""
    bare = re.sub(r"^https?://(www\d?\.)?", "", url.lower()).replace(":80/", "/").replace(":443/", "/")
    host, _, path = bare.partition("/")
    return f"{','.join(reversed(host.split('.')))})/{path}"


@dataclass
class Stored:
    """One capture."""

    stamp: str
    url: str
    body: bytes = b""
    status: int = 200
    mime: str = "text/html"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    revisit: bool = False
    length: str = "1234"
    line: str | None = None  # its row in the index, when that is broken
    broken: bool = False  # listed, but its storage is gone

    @property
    def row(self) -> str:
        if self.line is not None:
            return self.line
        status = "-" if self.revisit else str(self.status)
        mime = "warc/revisit" if self.revisit else self.mime
        return f"{key_of(self.url)} {self.stamp} {self.url} {mime} {status} {digest_of(self.body)} {self.length}"


@dataclass
class Fault:
    """An answer given instead of the true one, once."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    drop: bool = False  # close the connection without a word
    cut: int | None = None  # promise the whole body and send so many bytes


@dataclass
class Wayback:
    """The machine's state. Faults are taken first come, first served, by the kind of request."""

    timer: FakeTimer
    stored: list[Stored] = field(default_factory=list)
    index_faults: list[Fault] = field(default_factory=list)
    playback_faults: list[Fault] = field(default_factory=list)
    asked: list[tuple[float, str]] = field(default_factory=list)
    excluded: set[str] = field(default_factory=set)
    limits: bool = False  # 30 a minute for the index, 600 for playback, and a block for those who do not listen
    retry_after: str | None = None
    base: str = ""
    blocks: int = 0
    omit_key: bool = False
    _refused_since: float | None = None
    _blocked_until: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def times(self, part: str) -> list[float]:
        """When requests of a kind came."""
        return [at for at, path in self.asked if part in path]

    def answer(self, path: str) -> Fault:
        with self._lock:
            now = self.timer.monotonic()
            self.asked.append((now, path))
            if now < self._blocked_until:
                return Fault(drop=True)
            if self.limits and self._too_many(path, now):
                if self._refused_since is not None and now - self._refused_since > MINUTE:
                    self.blocks += 1
                    self._blocked_until = now + HOUR * 2 ** (self.blocks - 1)
                self._refused_since = now if self._refused_since is None else self._refused_since
                headers = (("Retry-After", self.retry_after),) if self.retry_after else ()
                return Fault(status=429, headers=headers, body=b"Too Many Requests")
            self._refused_since = None
            index = path.startswith("/cdx/")
            faults = self.index_faults if index else self.playback_faults
            if faults:
                return faults.pop(0)
        return self._index(path) if index else self._play(path)

    def _too_many(self, path: str, now: float) -> bool:
        kind, limit = ("/cdx/", 30) if path.startswith("/cdx/") else ("/web/", 600)
        return sum(at > now - MINUTE for at in self.times(kind)) > limit

    def _index(self, path: str) -> Fault:
        query = {name: values[-1] for name, values in parse_qs(urlsplit(path).query).items()}
        if query["url"] in self.excluded:
            return Fault(
                status=403,
                body=b"org.archive.util.io.RuntimeIOException: org.archive.wayback.exception."
                b"AdministrativeAccessControlException: Blocked Site Error\n",
            )
        rows = sorted(
            (c for c in self.stored if key_of(c.url) == key_of(query["url"])), key=lambda capture: capture.stamp
        )
        rows = [c for c in rows if query.get("from", "") <= c.stamp <= query.get("to", "9") + "9" * 14]
        if "resumeKey" in query:
            _, stamp, skip = unquote_plus(query["resumeKey"]).split(" ")
            rows = [c for c in rows if c.stamp >= stamp]
            rows = rows[int(skip) :]
        limit = int(query["limit"])
        page, rest = rows[:limit], rows[limit:]
        text = "".join(f"{capture.row}\n" for capture in page)
        if rest and query.get("showResumeKey") == "true" and not self.omit_key:
            # Without urlkey in fl the real server gives a key that leads nowhere.
            given = sum(c.stamp == page[-1].stamp for c in page)
            key = f"{key_of(query['url'])} {page[-1].stamp} {given}" if "urlkey" in query.get("fl", "") else "null"
            text += f"\n{quote(key, safe='')}\n"
        return Fault(headers=(("Content-Type", "text/plain"),), body=text.encode())

    def _play(self, path: str) -> Fault:
        match = re.fullmatch(r"/web/(\d+)id_/(.*)", path)
        if match is None:  # anything but id_ is a page with a toolbar and rewritten links
            return Fault(body=b"<html>toolbar</html>")
        stamp, url = match.groups()
        if url in self.excluded:
            return Fault(
                status=403,
                headers=(("X-Archive-Wayback-Runtime-Error", "AdministrativeAccessControlException: Blocked"),),
                body=b"This URL has been excluded from the Wayback Machine.",
            )
        near = [c for c in self.stored if key_of(c.url) == key_of(url)]
        if not near:
            return Fault(status=404, body=b"The Wayback Machine has not archived that URL.")
        wanted = moment_of(stamp)
        chosen = min(near, key=lambda c: (abs(moment_of(c.stamp) - wanted), c.stamp))
        if chosen.stamp != stamp:
            return Fault(status=302, headers=(("Location", f"{self.base}/web/{chosen.stamp}id_/{chosen.url}"),))
        if chosen.broken:
            return Fault(
                status=404, headers=(("X-Archive-Wayback-Runtime-Error", "ResourceNotAvailableException: gone"),)
            )
        return self._memento(chosen)

    def _memento(self, capture: Stored) -> Fault:
        moment: datetime = moment_of(capture.stamp)
        original = [(f"x-archive-orig-{name}", value) for name, value in capture.headers]
        passed = [(n, v) for n, v in capture.headers if n.lower() in {"content-type", "content-encoding", "location"}]
        if any(name.lower() == "content-encoding" for name, _ in passed):
            passed.append(("content-encoding", ""))  # a known fault of the real one
        passed = [
            (n, f"{self.base}/web/{capture.stamp}id_/{urljoin(capture.url, v)}" if n.lower() == "location" else v)
            for n, v in passed
        ]
        return Fault(
            status=capture.status,
            headers=(
                *original,
                *passed,
                ("Memento-Datetime", format_datetime(moment, usegmt=True)),
                ("Link", f'<{capture.url}>; rel="original", <{self.base}/web/{capture.url}>; rel="timegate"'),
            ),
            body=capture.body,
        )


def zipped(text: str) -> bytes:
    """A body as sites send it."""
    return gzip.compress(text.encode(), mtime=0)


@contextmanager
def serving(answer: Callable[[str], Fault]) -> Iterator[str]:
    """A server on loopback; gives its base address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # header and body are two writes: 40 ms each otherwise

        def do_GET(self) -> None:
            fault = answer(self.path)
            if fault.drop:
                self.close_connection = True
                return
            self.send_response_only(fault.status)
            for name, value in fault.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(fault.body)))
            self.end_headers()
            self.wfile.write(fault.body if fault.cut is None else fault.body[: fault.cut])
            if fault.cut is not None:
                self.close_connection = True

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hangs up early, as ours does on bodies too large, is no error of the server."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def wayback_machine(timer: FakeTimer) -> Iterator[Wayback]:
    """The machine, running."""
    machine = Wayback(timer)
    with serving(machine.answer) as base:
        machine.base = base
        yield machine
