"""What stands around a letter: addresses, the headers that make a thread, and a body that no relay has to rewrap."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.header import Header
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, getaddresses
from enum import StrEnum
from pathlib import Path

from notifiers.render import Letter

_SAFE_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_URI = re.compile(r"(mailto|https):[^\s<>,]+\Z", re.IGNORECASE)


class Security(StrEnum):
    """How the connection is protected. `none` is for a relay on this machine or a trusted network."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


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
        for text in (self.sender, *self.recipients):
            address(text)
        for value in (self.host, self.list_id, self.unsubscribe):
            if _CONTROL.search(value):
                raise ValueError("host, list_id and unsubscribe are single lines")
        if self.unsubscribe and not _URI.match(self.unsubscribe):
            raise ValueError("unsubscribe is a mailto: or https: address")
        if not self.password.isascii() or not self.username.isascii():
            raise ValueError("user name and password must be ASCII: SMTP has no agreed way to send others")


def address(text: str) -> Address:
    """Read "a@b.example" or "Name <a@b.example>", with a domain of any script.

    Raises:
        ValueError: it is neither.
    """
    if _CONTROL.search(text):
        raise ValueError("an address is a single line")
    found = getaddresses([text])
    name, spec = found[0] if len(found) == 1 else ("", "")  # of several, all but the first would never be told
    local, at, domain = spec.rpartition("@")
    try:
        if not (local and at and domain) or ";" in spec:
            raise ValueError  # noqa: TRY301 - told below, with the address
        return Address(display_name=name, username=local, domain=domain.encode("idna").decode("ascii"))
    except ValueError:
        raise ValueError(f"not an e-mail address: {text!r}") from None


def once(recipients: Iterable[str]) -> tuple[str, ...]:
    """Leave out who is named before: under another name, or with the domain in other letters.

    Raises:
        ValueError: one is no address.
    """
    kept: dict[tuple[str, str], str] = {}
    for text in recipients:
        found = address(text)
        kept.setdefault((found.username, found.domain.lower()), text)
    return tuple(kept.values())


class _Subject(UnstructuredHeader, BaseHeader):
    """A subject as encoded words throughout. The library's own folding loses blanks between them and plain words."""

    def fold(self, *, policy: Policy) -> str:
        text = str(self)
        header = Header(text, "us-ascii" if text.isascii() else "utf-8", header_name="Subject")
        return f"Subject: {header.encode(linesep=policy.linesep)}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("subject", _Subject)
_POLICY = SMTP.clone(header_factory=_HEADERS)


def message(options: EmailOptions, letter: Letter, recipient: str, *, key: str, thread: str) -> EmailMessage:
    """The message to one recipient. But for To and Date it is the same for one key at every attempt.

    Messages of one `thread` are shown together.
    """
    sender, safe = address(options.sender), _safe_key(key)
    root = f"<policy.{hashlib.sha256(thread.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}@{sender.domain}>"
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = sender
    mail["To"] = address(recipient)
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{safe}@{sender.domain}>"
    # The root of the thread is never sent: clients gather under it whatever refers to it.
    mail["In-Reply-To"] = root
    mail["References"] = root
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation replies, please
    mail["X-Auto-Response-Suppress"] = "All"  # the same for Exchange
    mail["List-Id"] = f"Clausewatch <{options.list_id or f'clausewatch.{sender.domain}'}>"
    if options.unsubscribe:
        mail["List-Unsubscribe"] = f"<{options.unsubscribe}>"
        if options.unsubscribe.lower().startswith("https:"):
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    # Quoted-printable survives relays that rewrap long lines, which would break a DKIM signature.
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_clausewatch_{hashlib.sha256(safe.encode()).hexdigest()[:24]}")
    return mail


def _safe_key(key: str) -> str:
    return key if _SAFE_KEY.match(key) else hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
