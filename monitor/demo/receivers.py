"""A mailbox and a webhook receiver on loopback, for alerts to arrive at."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from monitor.demo.loopback import Loopback, Quiet


class _Controller(Controller):
    """A server on whatever port is free; aiosmtpd's own knows only the port that it was given."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Mailbox:
    """A real SMTP server that keeps what it is sent."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self._controller = _Controller(self, hostname="127.0.0.1", port=0)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a mail."""
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(email.message_from_bytes(content, policy=email.policy.default))
        return "250 OK"

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self._controller.port)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._controller.stop()


class Hook(Loopback):
    """A webhook receiver that keeps what it is sent."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        calls = self.calls

        class Handler(Quiet):
            def do_POST(self) -> None:  # noqa: N802 - the name that http.server looks for
                body = self.rfile.read(int(self.headers["Content-Length"]))
                calls.append(json.loads(body))
                self.send_response(204)
                self.end_headers()

        super().__init__(Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{super().url}/hook"
