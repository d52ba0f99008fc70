"""A web site on loopback whose pages a test sets, and a webhook receiver; both are real servers."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CLAUSES = (
    "This privacy policy says what personal data Acme collects when you use the service, and why.",
    "We collect your name, your e-mail address and the pages that you visit on our web site.",
    "We keep your messages for 30 days after they have been delivered, and then delete them.",
    "We do not sell your personal information to third parties.",
    "You have the right to access, correct and delete your personal data at any time.",
    "If you have questions about this policy, write to our data protection officer.",
)
LONGER = tuple(clause.replace("30 days", "24 months") for clause in CLAUSES)


def policy_page(*clauses: str, title: str = "Privacy policy") -> bytes:
    body = "".join(f"<p>{text}</p>" for text in clauses or CLAUSES)
    return f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>".encode()


class WebSite:
    """Pages by path; `visits` counts what was asked, `posts` keeps what was sent here. Slow pages wait for `gate`."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.visits: Counter[str] = Counter()
        self.posts: list[bytes] = []
        self.told: list[str] = []  # the paths of these
        self.slow: set[str] = set()
        self.gate = threading.Event()
        self.asked = threading.Event()
        self.hook_status = 204
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.visits[self.path] += 1
                site.asked.set()
                if self.path in site.slow:
                    site.gate.wait(20)
                status, headers, body = site.pages.get(self.path, (404, {}, b"nothing here"))
                self.send_response(status)
                for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
                    self.send_header(name, value)
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True  # the client has read enough

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path in site.slow:
                    site.asked.set()
                    site.gate.wait(20)
                site.posts.append(body)
                site.told.append(self.path)
                self.send_response(site.hook_status)
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def put(self, path: str, body: bytes | None = None, *, status: int = 200, **headers: str) -> str:
        """Serve a page; give its address. Header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, named, policy_page() if body is None else body)
        return self.url + path

    @contextmanager
    def served(self) -> Iterator[WebSite]:
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.gate.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()
