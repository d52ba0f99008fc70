"""Notices by e-mail, over SMTP.

Every recipient gets a message of their own, so that nobody sees who else is told and one refusal costs nobody else
their copy. All attempts for one alert carry one Message-ID: a mailbox that got it twice (the connection broke after
the server took it, or the process died) can tell.
"""

from __future__ import annotations

import base64
import contextlib
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Self, TypeAlias

from monitor.errors import DeliveryError
from monitor.model import AlertKind, Digest, Notice, Settled
from notifiers.base import Compare, scrubbed
from notifiers.envelope import EmailOptions, Security, address, message
from notifiers.render import Letter, Renderer

_PERMANENT = range(500, 600)
_CLOSING = 421  # "closing the channel" says nothing of the recipient it answers
_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}

_Write: TypeAlias = Callable[[str], EmailMessage]  # a message to one recipient


@dataclass(slots=True)
class _Progress:
    """How far a message has come with the recipients of this channel."""

    taken: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)  # for good
    there: bool = False  # the server is well: it served somebody, or put off recipients alone

    @classmethod
    def of(cls, settled: Settled) -> Self:
        return cls({who for who, why in settled if not why}, {who: why for who, why in settled if why})

    @property
    def settled(self) -> Settled:
        return (*((who, "") for who in sorted(self.taken)), *self.refused.items())


class _Passing(Exception):
    """The conversation is over, but a later one may go better."""


class _Final(Exception):
    """The server said no to all of it."""


class _NoLogin(Exception):
    """The server does not take the login: that says nothing of what was to be sent."""


class EmailChannel:
    """Implements `monitor.ports.Channel`."""

    def __init__(self, options: EmailOptions, *, compare: Compare) -> None:
        self._options = options
        self._renderer = Renderer(compare, options.templates)
        self._sender = address(options.sender)

    @property
    def name(self) -> str:
        """As configured."""
        return self._options.name

    def send(self, notice: Notice) -> None:
        """Hand one message per recipient to the server. A login that it refuses stops the channel.

        Recipients who are settled are left out. When some are refused for good, the others are served first, then the
        error tells of them.

        Raises:
            DeliveryError: not everybody has it.
        """
        letter = self._renderer.letter(notice)
        thread = f"{notice.policy.id}/{notice.policy.created.isoformat()}"
        if notice.alert.kind is AlertKind.TROUBLE:
            thread = f"trouble/{self.name}"  # its policy is only the one that it was noticed with
        self._post(letter, key=notice.alert.key, thread=thread, settled=notice.settled)

    def send_digest(self, digest: Digest) -> None:
        """The same for a digest; all digests of a channel are one thread."""
        letter = self._renderer.digest_letter(digest)
        self._post(letter, key=digest.key, thread=f"digest/{self.name}", settled=digest.settled)

    def _post(self, letter: Letter, *, key: str, thread: str, settled: Settled) -> None:
        progress = _Progress.of(settled)
        waiting = [each for each in self._options.recipients if each not in progress.taken | set(progress.refused)]
        passing = ""
        if waiting:
            try:
                passing = self._converse(
                    lambda recipient: message(self._options, letter, recipient, key=key, thread=thread),
                    waiting,
                    progress,
                )
            except _Passing as error:
                passing = str(error)
            except _Final as error:
                raise DeliveryError(self._told(str(error)), permanent=True, settled=progress.settled) from None
            except _NoLogin as error:
                raise DeliveryError(self._told(str(error)), stops=True, settled=progress.settled) from None
        if passing:
            raise DeliveryError(self._told(passing, progress), settled=progress.settled, there=progress.there)
        if progress.refused:
            refused = "; ".join(f"{who}: {why}" for who, why in progress.refused.items())
            raise DeliveryError(
                self._told(f"refused for good: {refused}", progress), permanent=True, settled=progress.settled
            )

    def probe(self) -> None:
        """Greet the server and log in, and send nothing.

        Raises:
            DeliveryError: it cannot be reached, or does not take the login.
        """
        try:
            with self._connected():
                pass
        except (_Passing, _Final, _NoLogin) as error:
            raise DeliveryError(self._told(str(error))) from None

    def _converse(self, write: _Write, waiting: list[str], progress: _Progress) -> str:
        """Serve all who wait; return what went wrong for now, or nothing."""
        later: list[str] = []
        well: list[bool] = []
        with self._connected() as smtp:
            for recipient in waiting:
                try:
                    smtp.send_message(write(recipient), self._sender.addr_spec, [address(recipient).addr_spec])
                except smtplib.SMTPServerDisconnected as error:
                    raise _Passing(f"{recipient}: {error}") from None
                except smtplib.SMTPNotSupportedError as error:  # a local part beyond ASCII
                    progress.refused[recipient] = str(error)
                except smtplib.SMTPRecipientsRefused as error:
                    code, reply = next(iter(error.recipients.values()))
                    _note(progress, later, recipient, code, reply)
                    well.append(code != _CLOSING)
                except smtplib.SMTPResponseException as error:
                    _note(progress, later, recipient, error.smtp_code, error.smtp_error)
                    well.append(isinstance(error, smtplib.SMTPDataError))  # a refused sender is so for everybody
                else:
                    progress.taken.add(recipient)
                    well.append(True)
        progress.there = any(well)
        return "; ".join(later)

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
            final = _NoLogin if isinstance(error, smtplib.SMTPAuthenticationError) else _Final
            raise (final if said else _Passing)(_reply(error.smtp_code, error.smtp_error)) from None
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


def _note(progress: _Progress, later: list[str], recipient: str, code: int, reply: bytes | str) -> None:
    if code in _PERMANENT and isinstance(reply, bytes):
        progress.refused[recipient] = _reply(code, reply)
    else:
        later.append(f"{recipient}: {_reply(code, reply)}")


def _reply(code: int, reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return f"{code} {text}".strip()


def _cut(smtp: smtplib.SMTP) -> None:
    """End a conversation that a trickling server would draw out for ever."""
    if smtp.sock is not None:
        with contextlib.suppress(OSError):
            smtp.sock.shutdown(socket.SHUT_RDWR)
