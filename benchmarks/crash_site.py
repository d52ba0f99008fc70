"""A site whose policies change for ever, and its own account of what a watcher must tell of.

Nothing of the watcher's database is looked at for that account: each page has an ETag of its revision, and a request
that brings an ETag back shows that the watcher has stored that revision for good.
"""

from __future__ import annotations

import random
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# One look in so many gets no page.
_FAILS = 0.01
_ETAG = re.compile(r'"r(\d+)"')


@dataclass(slots=True)
class Page:
    """One policy: the revision that stands now, and what requests have shown about it."""

    number: int
    revision: int = 0
    stored: float | None = None  # when a request first brought its ETag back
    looks: dict[str, int] = field(default_factory=dict)  # by process: looks since it had stood for long enough
    proven: float | None = None  # when the watcher must have confirmed it
    leaves: float = 0.0  # when the next revision comes

    @property
    def body(self) -> bytes:
        """A policy whose one clause tells the revision as a number of days."""
        clauses = (
            f"This privacy policy says what personal data company {self.number} collects, and why it does so.",
            "We collect your name, your e-mail address and the pages that you visit on our web site.",
            f"We keep your messages for {days(self.revision)} days after they were delivered, and then delete them.",
            "We do not sell your personal information to third parties.",
            "You have the right to access, correct and delete your personal data at any time.",
            "If you have questions about this policy, write to our data protection officer.",
        )
        text = "".join(f"<p>{clause}</p>" for clause in clauses)
        return f"<html><head><title>Privacy</title></head><body><h1>Privacy</h1>{text}</body></html>".encode()


def days(revision: int) -> int:
    """The number that stands in a revision."""
    return 1000 + revision


class ChangingSite:
    """Serves `count` policies. A process that looks tells its name as its user agent.

    A revision is confirmed for certain once one process has begun a third look after the revision had been stored for
    `confirm_after`: it begins no look before its last one has ended, so the second is over, and that one began late
    enough. Only then does the policy change again; so every revision but the first is due as one alert.
    """

    def __init__(self, count: int, *, confirm_after: float, linger: float, seed: int) -> None:
        """Revisions stand up to `linger` seconds longer than they must, so that changes fall into all moments."""
        self._linger = linger
        self._pages = [Page(number) for number in range(count)]
        self._confirm_after = confirm_after
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._changing = True
        self.seen: set[str] = set()  # the processes that have looked
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                known = _ETAG.search(self.headers.get("If-None-Match", ""))
                number = int(self.path.rpartition("/")[2])
                status, etag, body = site.answer(number, known and int(known[1]), self.headers["User-Agent"])
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("ETag", etag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # killed clients are the point
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def names(self) -> list[tuple[str, str]]:
        """Name and address of each policy."""
        return [(f"policy-{page.number}", f"{self.url}/policy/{page.number}") for page in self._pages]

    def answer(self, number: int, known: int | None, process: str) -> tuple[int, str, bytes]:
        """Status, ETag and body; notes what the request shows."""
        now = time.monotonic()
        page = self._pages[number]
        with self._lock:
            self.seen.add(process)
            if self._random.random() < _FAILS:
                return 503, '""', b"busy"
            if self._changing and page.proven is not None and now >= page.leaves:
                self._pages[number] = page = Page(number, page.revision + 1)
            if known != page.revision:
                return 200, f'"r{page.revision}"', page.body
            self._note(page, now, process)
            return 304, f'"r{page.revision}"', b""

    def _note(self, page: Page, now: float, process: str) -> None:
        """A process that holds this revision looks again."""
        if page.stored is None:
            page.stored = now
        if page.proven is None and now >= page.stored + self._confirm_after:
            page.looks[process] = page.looks.get(process, 0) + 1
            if page.looks[process] == 3:
                page.proven = now
                page.leaves = now + self._random.uniform(0, self._linger)

    def settle(self) -> None:
        """Change no more."""
        with self._lock:
            self._changing = False

    @property
    def settled(self) -> bool:
        """Whether the watcher must have confirmed every revision that was ever served."""
        with self._lock:
            return all(page.proven is not None for page in self._pages)

    @property
    def due(self) -> set[tuple[str, int]]:
        """What must be told: policy, and the number of days that its text came to have."""
        with self._lock:
            return {
                (f"policy-{page.number}", days(revision))
                for page in self._pages
                for revision in range(1, page.revision + (page.proven is not None))
            }

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
