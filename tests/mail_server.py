"""A real SMTP server for tests, with TLS, logins and refusals."""

from __future__ import annotations

import asyncio
import ssl
import threading
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

ACCEPTED = "250 OK"


@dataclass
class Mailbox:
    """What came in, and what is refused: addresses, or the whole of DATA, each with the server's reply."""

    messages: list[tuple[str, EmailMessage]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    data_reply: str = ACCEPTED
    logins: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return ACCEPTED

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - likewise
        if self.data_reply == ACCEPTED:
            content = envelope.original_content
            assert content is not None
            message = message_from_bytes(content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.messages += [(address, message) for address in envelope.rcpt_tos]
            self.raw.append(content)
            assert server.transport is not None
            self.encrypted.append(server.transport.get_extra_info("sslcontext") is not None)
        return self.data_reply

    @property
    def to(self) -> list[str]:
        return [address for address, _ in self.messages]


class MailServer:
    """Listens on a free port of the loopback while the `with` block lasts.

    aiosmtpd's own Controller cannot: it connects to the port that it was told, which is 0.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        *,
        context: ssl.SSLContext | None = None,
        starttls: bool = False,
        login: tuple[str, str] | None = None,
    ) -> None:
        def check(_server: SMTP, _session: Session, _envelope: Envelope, _method: str, data: object) -> AuthResult:
            assert isinstance(data, LoginPassword)
            mailbox.logins.append(data.login.decode())
            return AuthResult(success=(data.login.decode(), data.password.decode()) == login, handled=False)

        # Over implicit TLS aiosmtpd does not see that the line is encrypted, so it must not ask for that.
        options: dict[str, object] = {"auth_require_tls": starttls}
        if login:
            options |= {"authenticator": check, "auth_required": starttls}
        if starttls:
            options |= {"tls_context": context, "require_starttls": True}
        self._implicit = None if starttls else context
        self._new = lambda: SMTP(mailbox, hostname="mail.test", loop=self._loop, **options)  # type: ignore[arg-type]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> int:
        """Give the port."""
        self._thread.start()
        listen = self._loop.create_server(self._new, "127.0.0.1", 0, ssl=self._implicit)
        self._server = asyncio.run_coroutine_threadsafe(listen, self._loop).result(10)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
