"""Notices by e-mail, over SMTP.

Every recipient gets a message of their own, so that nobody sees who else is told and one refusal costs nobody else
their copy. All attempts for one alert carry one Message-ID: a mailbox that got it twice (the connection broke after
the server took it, or the process died) can tell.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import smtplib
import socket
import ssl
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, parseaddr
from enum import StrEnum
from pathlib import Path

from monitor.errors import DeliveryError
from monitor.model import Notice
from notifiers.base import Compare, scrubbed
from notifiers.render import Letter, Renderer

_REMEMBERED = 1_000  # alerts that some recipients have taken and others not yet
_SAFE_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_PERMANENT = range(500, 600)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Security(StrEnum):
    """How the connection is protected. `none` is for a relay on this machine or a trusted network."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailOptions:
    """One mail channel. Addresses are "a@b.example" or "Name <a@b.example>".

    `timeout` bounds each wait for the server and `deadline` the whole conversation, both in seconds. `unsubscribe` is
    a URI (mailto: or https:) for List-Unsubscribe. `templates` is a folder whose files override the packaged ones.

    Raises:
        ValueError: something in it cannot be used.
    """

    host: str
    sender: str
    recipients: tuple[str, ...]
    name: str = "email"
    port: int | None = None  # None: the usual one for `security`
    security: Security = Security.STARTTLS
    username: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0
    deadline: float = 180.0
    ca_file: Path | None = None  # certificates to trust instead of the system's
    list_id: str = ""
    unsubscribe: str = ""
    templates: Path | None = None

    def __post_init__(self) -> None:
        if not self.recipients:
            raise ValueError("an e-mail channel needs at least one recipient")
        for address in (self.sender, *self.recipients):
            _address(address)
        for value in (self.host, self.list_id, self.unsubscribe):
            if _CONTROL.search(value):
                raise ValueError("host, list_id and unsubscribe are single lines")
        if not self.password.isascii() or not self.username.isascii():
            raise ValueError("user name and password must be ASCII: SMTP has no agreed way to send others")


def _address(text: str) -> Address:
    if _CONTROL.search(text):
        raise ValueError("an address is a single line")
    name, spec = parseaddr(text)
    local, at, domain = spec.rpartition("@")
    try:
        if not (local and at and domain):
            raise ValueError  # noqa: TRY301 - told below, with the address
        return Address(display_name=name, username=local, domain=domain.encode("idna").decode("ascii"))
    except ValueError:
        raise ValueError(f"not an e-mail address: {text!r}") from None


@dataclass(slots=True)
class _Progress:
    """How far an alert has come with the recipients of this channel."""

    taken: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)  # for good


class _Passing(Exception):
    """The conversation is over, but a later one may go better."""


class _Final(Exception):
    """The server said no to all of it."""


class _Subject(UnstructuredHeader, BaseHeader):
    """A subject as encoded words throughout. The library's own folding loses blanks between them and plain words."""

    def fold(self, *, policy: Policy) -> str:
        text = str(self)
        header = Header(text, "us-ascii" if text.isascii() else "utf-8", header_name="Subject")
        return f"Subject: {header.encode(linesep=policy.linesep)}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("subject", _Subject)
_POLICY = SMTP.clone(header_factory=_HEADERS)


class EmailChannel:
    """Implements `monitor.ports.Channel`."""

    def __init__(self, options: EmailOptions, *, compare: Compare) -> None:
        self._options = options
        self._renderer = Renderer(compare, options.templates)
        self._sender = _address(options.sender)
        self._progress: OrderedDict[str, _Progress] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """As configured."""
        return self._options.name

    def send(self, notice: Notice) -> None:
        """Hand one message per recipient to the server.

        Recipients who took it in an earlier attempt of this process are left out of the next. When some are refused
        for good, the others are served first, then the error tells of them.

        Raises:
            DeliveryError: not everybody has it.
        """
        letter = self._renderer.letter(notice)
        progress = self._recall(notice.alert.key)
        waiting = [each for each in self._options.recipients if each not in progress.taken | set(progress.refused)]
        try:
            passing = self._converse(notice, letter, waiting, progress)
        except _Passing as error:
            passing = str(error)
        except _Final as error:
            raise DeliveryError(self._told(str(error)), permanent=True) from None
        if passing:
            raise DeliveryError(self._told(passing, progress))
        self._forget(notice.alert.key)
        if progress.refused:
            # A resend by hand tries the refused again, and only them.
            self._remember(notice.alert.key, _Progress(taken=progress.taken))
            refused = "; ".join(f"{who}: {why}" for who, why in progress.refused.items())
            raise DeliveryError(self._told(f"refused for good: {refused}", progress), permanent=True)

    def probe(self) -> None:
        """Greet the server and log in, and send nothing.

        Raises:
            DeliveryError: it cannot be reached, or does not take the login.
        """
        try:
            with self._connected():
                pass
        except (_Passing, _Final) as error:
            raise DeliveryError(self._told(str(error))) from None

    def _converse(self, notice: Notice, letter: Letter, waiting: list[str], progress: _Progress) -> str:
        """Serve all who wait; return what went wrong for now, or nothing."""
        later: list[str] = []
        with self._connected() as smtp:
            for recipient in waiting:
                try:
                    self._hand_over(smtp, notice, letter, recipient)
                except smtplib.SMTPServerDisconnected as error:
                    raise _Passing(f"{recipient}: {error}") from None
                except smtplib.SMTPNotSupportedError as error:  # a local part beyond ASCII
                    progress.refused[recipient] = str(error)
                except smtplib.SMTPRecipientsRefused as error:
                    code, reply = next(iter(error.recipients.values()))
                    _note(progress, later, recipient, code, reply)
                except smtplib.SMTPResponseException as error:
                    _note(progress, later, recipient, error.smtp_code, error.smtp_error)
                else:
                    progress.taken.add(recipient)
        return "; ".join(later)

    def _hand_over(self, smtp: smtplib.SMTP, notice: Notice, letter: Letter, recipient: str) -> None:
        message = self.message(notice, letter, recipient)
        smtp.send_message(message, self._sender.addr_spec, [_address(recipient).addr_spec])

    def message(self, notice: Notice, letter: Letter, recipient: str) -> EmailMessage:
        """The message to one recipient. But for To and Date it is the same at every attempt."""
        options, key = self._options, _safe_key(notice.alert.key)
        domain = self._sender.domain
        policy = f"{notice.policy.id}/{notice.policy.created.isoformat()}"
        thread = f"<policy.{hashlib.sha256(policy.encode()).hexdigest()[:24]}@{domain}>"
        message = EmailMessage(policy=_POLICY)
        message["From"] = self._sender
        message["To"] = _address(recipient)
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        message["Message-ID"] = f"<{key}@{domain}>"
        # The root of the thread is never sent: clients gather under it whatever refers to it.
        message["In-Reply-To"] = thread
        message["References"] = thread
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation replies, please
        message["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
        message["List-Id"] = f"Clausewatch <{options.list_id or f'clausewatch.{domain}'}>"
        if options.unsubscribe:
            message["List-Unsubscribe"] = f"<{options.unsubscribe}>"
            if options.unsubscribe.lower().startswith("https:"):
                message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
        # Quoted-printable survives relays that rewrap long lines, which would break a DKIM signature.
        message.set_content(letter.text, cte="quoted-printable")
        message.add_alternative(letter.html, subtype="html", cte="quoted-printable")
        message.set_boundary(f"=_clausewatch_{hashlib.sha256(key.encode()).hexdigest()[:24]}")
        return message

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A conversation: greeted, encrypted, logged in. Every error of the library comes out as one of ours."""
        smtp = self._client()
        watch = threading.Timer(self._options.deadline, _cut, (smtp,))
        watch.daemon = True
        watch.start()
        try:
            self._open(smtp)
            yield smtp
            with contextlib.suppress(smtplib.SMTPException, OSError):  # all is said already
                smtp.quit()
        except smtplib.SMTPServerDisconnected as error:
            raise _Passing(str(error)) from None
        except smtplib.SMTPResponseException as error:
            # A reply is bytes; a str is smtplib's own word on a line it could not read.
            said = error.smtp_code in _PERMANENT and isinstance(error.smtp_error, bytes)
            raise (_Final if said else _Passing)(_reply(error.smtp_code, error.smtp_error)) from None
        except smtplib.SMTPException as error:
            raise _Passing(str(error)) from None
        except TimeoutError:
            raise _Passing(f"the server did not answer within {self._options.timeout:g} s") from None
        except OSError as error:
            raise _Passing(f"no connection: {error}") from None
        finally:
            watch.cancel()
            smtp.close()
            watch.join()

    def _client(self) -> smtplib.SMTP:
        options = self._options
        # Named, as smtplib would otherwise ask the DNS for it, which may take its time.
        hostname = re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname()) or "localhost"
        if options.security is Security.TLS:
            return smtplib.SMTP_SSL(local_hostname=hostname, timeout=options.timeout, context=self._context())
        return smtplib.SMTP(local_hostname=hostname, timeout=options.timeout)

    def _open(self, smtp: smtplib.SMTP) -> None:
        options = self._options
        smtp._host = options.host  # type: ignore[attr-defined]  # noqa: SLF001 - the name to verify; only the constructor sets it, and that would connect
        code, reply = smtp.connect(options.host, options.port or _PORTS[options.security])
        if code != 220:  # noqa: PLR2004 - an SMTP code reads best as itself
            raise smtplib.SMTPConnectError(code, reply)
        if options.security is Security.STARTTLS:
            smtp.starttls(context=self._context())
        if options.username:
            smtp.login(options.username, options.password)

    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._options.ca_file) if self._options.ca_file else None)

    def _told(self, what: str, progress: _Progress | None = None) -> str:
        options = self._options
        login = base64.b64encode(f"\0{options.username}\0{options.password}".encode()).decode()
        taken = len(progress.taken) if progress else 0
        share = f" ({taken} of {len(options.recipients)} recipients took it)" if taken else ""
        text = scrubbed(what, (options.password, login) if options.password else ())
        return f"e-mail by {options.host}: {text}{share}"

    def _recall(self, key: str) -> _Progress:
        with self._lock:
            known = self._progress.get(key)
        if known is None:
            known = _Progress()
            self._remember(key, known)
        return known

    def _remember(self, key: str, progress: _Progress) -> None:
        with self._lock:
            self._progress[key] = progress
            while len(self._progress) > _REMEMBERED:
                self._progress.popitem(last=False)

    def _forget(self, key: str) -> None:
        with self._lock:
            self._progress.pop(key, None)


def _note(progress: _Progress, later: list[str], recipient: str, code: int, reply: bytes | str) -> None:
    if code in _PERMANENT and isinstance(reply, bytes):
        progress.refused[recipient] = _reply(code, reply)
    else:
        later.append(f"{recipient}: {_reply(code, reply)}")


def _reply(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {text}".strip()


def _safe_key(key: str) -> str:
    return key if _SAFE_KEY.match(key) else hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _cut(smtp: smtplib.SMTP) -> None:
    """End a conversation that a trickling server would draw out for ever."""
    if smtp.sock is not None:
        with contextlib.suppress(OSError):
            smtp.sock.shutdown(socket.SHUT_RDWR)
