"""Answers `/healthz` and `/metrics` on a port of the operator's choice."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Self

import structlog

from monitor.errors import ConfigError, ConfigProblem
from monitor.meters import CONTENT_TYPE

_TEXT = "text/plain; charset=utf-8"

log = structlog.get_logger(__name__)


class StatusServer:
    """Serves while the `with` block lasts."""

    def __init__(
        self, listen: tuple[str, int], *, trouble: Callable[[], str | None], metrics: Callable[[], bytes]
    ) -> None:
        """`trouble` says in one line why the daemon is not well, None if it is.

        Raises:
            ConfigError: nothing can listen at that address.
        """

        class Handler(_Handler):
            pages = {  # noqa: RUF012 - made for this one server
                "/healthz": lambda: (503, _TEXT, f"{why}\n".encode()) if (why := trouble()) else (200, _TEXT, b"ok\n"),
                "/metrics": lambda: (200, CONTENT_TYPE, metrics()),
            }

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            address_family = socket.AF_INET6 if ip_address(listen[0]).version == 6 else socket.AF_INET  # noqa: PLR2004 - IPv6

            def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - the library's
                error = sys.exception()
                if not isinstance(error, ConnectionError):  # whoever asked has gone: no trouble of ours
                    log.error("a request failed", exc_info=error)

        try:
            self._server = Server(listen, Handler)
        except OSError as error:
            where = f"cannot listen at {listen[0]} port {listen[1]}: {error.strerror}"
            raise ConfigError("configuration", (ConfigProblem("monitor.listen", where),)) from None
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.2}, name="status", daemon=True
        )

    @property
    def port(self) -> int:
        """The one it got, where 0 was asked for."""
        return self._server.server_port

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One request, and the connection ends."""

    timeout = 10  # for whoever connects and says nothing
    pages: dict[str, Callable[[], tuple[int, str, bytes]]]

    def do_GET(self) -> None:
        """Give a page."""
        page = self.pages.get(self.path.partition("?")[0], lambda: (404, _TEXT, b"/healthz or /metrics\n"))
        status, kind, body = page()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - the name that the library looks for

    def version_string(self) -> str:
        """Say no more than needed."""
        return "clausewatch"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
        """Nothing: it is asked every few seconds."""
