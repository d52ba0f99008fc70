"""Notices by webhook, signed as Standard Webhooks 1.0 asks (https://www.standardwebhooks.com).

What goes to which address is the caller's to guard: the session given in may refuse any of them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from monitor import __version__
from monitor.errors import AddressRefused, DeliveryError, FetchError
from monitor.model import Digest, Notice
from notifiers.base import Compare, parts_of_address, scrubbed
from notifiers.render import Renderer

_PREFIX = "whsec_"
_EXCERPT = 1_024  # bytes of a refusal's body that are read
_LONGEST_WAIT = 86_400.0  # seconds; a receiver may not put us off for longer than a day at a time
_PASSING_CLIENT_ERRORS = frozenset({408, 425, 429})
_MOVED_FOR_GOOD = frozenset({301, 308})
_OURS = frozenset({"content-type", "user-agent", "webhook-id", "webhook-timestamp", "webhook-signature"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOptions:
    """One webhook. Its address may be a secret itself, and never shows.

    `secrets` sign ("whsec_" and base64); with several, receivers can change from one to the next. `headers` are sent
    along, an Authorization for instance. `timeout` bounds each wait and `deadline` the whole exchange, in seconds.
    `limit` bounds the characters that clause operations may take in a payload.

    Raises:
        ValueError: something in it cannot be used.
    """

    url: str = field(repr=False)
    name: str = "webhook"
    secrets: tuple[str, ...] = field(default=(), repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    timeout: float = 10.0
    deadline: float = 30.0
    limit: int = 256_000
    templates: Path | None = None  # overrides the subject's template

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("a webhook needs an http or https address")
        for secret in self.secrets:
            _key(secret)
        for name, value in self.headers:
            if name.lower() in _OURS:
                raise ValueError(f"the header {name} is set by the webhook itself")
            if not f"{name}{value}".isprintable():
                raise ValueError(f"the header {name!r} is not a single line")


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("a webhook secret is base64, with or without whsec_ before it") from None
    return key


def signature(secrets: tuple[str, ...], key: str, timestamp: int, body: bytes) -> str:
    """The webhook-signature header: one `v1,…` per secret."""
    signed = b".".join((key.encode(), str(timestamp).encode(), body))
    return " ".join(
        f"v1,{base64.b64encode(hmac.new(_key(secret), signed, hashlib.sha256).digest()).decode()}" for secret in secrets
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    retry_after: float | None
    excerpt: str


class WebhookChannel:
    """Implements `monitor.ports.Channel`. The session must be fit for use by several threads, as requests' own is."""

    def __init__(self, options: WebhookOptions, *, session: requests.Session, compare: Compare) -> None:
        self._options = options
        self._session = session
        self._renderer = Renderer(compare, options.templates)
        parts = urlsplit(options.url)
        self._host = parts.hostname or ""
        self._hidden = (
            options.url,
            parts.path if len(parts.path) > 1 else "",
            parts.query,
            *parts_of_address(f"{parts.path}?{parts.query}"),
            parts.username or "",
            parts.password or "",
            *options.secrets,
            *(value for _, value in options.headers),
        )

    @property
    def name(self) -> str:
        """As configured."""
        return self._options.name

    def send(self, notice: Notice) -> None:
        """Post the notice; any answer of the 200s is a receipt. Redirects are not followed, and 410 stops the channel.

        Raises:
            DeliveryError: no receipt. Permanent: 410, other 4xx but 408, 425 and 429, permanent redirects, and an
                address that the session refuses.
        """
        self._post(notice.alert.key, self._renderer.body(notice, limit=self._options.limit))

    def send_digest(self, digest: Digest) -> None:
        """The same for a digest, under a schema of its own."""
        self._post(digest.key, self._renderer.digest_body(digest, limit=self._options.limit))

    def _post(self, key: str, body: bytes) -> None:
        headers = self._headers(key, body)
        answer = self._within_deadline(lambda: self._ask("POST", self._options.url, data=body, headers=headers))
        status = answer.status
        if 200 <= status < 300:  # noqa: PLR2004 - HTTP statuses read best as themselves
            return
        what = f"answered with status {status}"
        if 300 <= status < 400:  # noqa: PLR2004 - likewise
            what += ", a redirect, which is not followed"
        if status == 410:  # noqa: PLR2004 - likewise
            what += ": gone, it wants no more"
        permanent = status in _MOVED_FOR_GOOD or (400 <= status < 500 and status not in _PASSING_CLIENT_ERRORS)  # noqa: PLR2004 - likewise
        raise self._error(
            f"{what}: {answer.excerpt}" if answer.excerpt else what,
            permanent=permanent,
            retry_after=None if permanent else answer.retry_after,
            stops=status == 410,  # noqa: PLR2004 - likewise
        )

    def probe(self) -> None:
        """Ask the receiver's host for its front page, which tells it nothing; any answer will do.

        Raises:
            DeliveryError: there is none.
        """
        parts = urlsplit(self._options.url)
        front = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
        agent = {"User-Agent": f"Clausewatch/{__version__}"}
        self._within_deadline(lambda: self._ask("GET", front, headers=agent))

    def _within_deadline(self, ask: Callable[[], _Answer | DeliveryError]) -> _Answer:
        """Ask in a thread of its own: a receiver that trickles its headers defeats the time-out of each read.

        Such a thread is left behind until its peer hangs up; it holds one connection and no lock.
        """
        outcome: Future[_Answer | DeliveryError] = Future()
        threading.Thread(target=_settle, args=(outcome, ask), daemon=True).start()
        try:
            answer = outcome.result(self._options.deadline)  # a crash over there is raised here
        except FutureTimeout:
            raise self._error(f"no answer within {self._options.deadline:g} s") from None
        if isinstance(answer, DeliveryError):
            raise answer
        return answer

    def _ask(
        self, method: str, url: str, *, headers: dict[str, str], data: bytes | None = None
    ) -> _Answer | DeliveryError:
        timeout = self._options.timeout
        try:
            with self._session.request(
                method,
                url,
                data=data,
                headers=headers,
                timeout=(timeout, timeout),
                allow_redirects=False,
                stream=True,
            ) as response:
                return _Answer(response.status_code, _retry_after(response), self._excerpt(response))
        except FetchError as error:
            what = str(error).removeprefix(f"{self._host}: ")
            if isinstance(error, AddressRefused):
                what += " (unless it says allow_private = true)"
            return self._error(what, permanent=not error.retryable)
        except requests.Timeout:
            return self._error(f"no answer within {timeout:g} s")
        except requests.exceptions.SSLError:
            return self._error("its certificate or its TLS is not acceptable")
        except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
            return self._error("the connection failed")
        except (requests.RequestException, UnicodeError) as error:
            return self._error(f"the request cannot be made ({type(error).__name__})", permanent=True)

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        timestamp = int(datetime.now(UTC).timestamp())
        headers = {
            **dict(self._options.headers),
            "Content-Type": "application/json",
            "User-Agent": f"Clausewatch/{__version__}",
            "webhook-id": key,
            "webhook-timestamp": str(timestamp),
        }
        if self._options.secrets:
            headers["webhook-signature"] = signature(self._options.secrets, key, timestamp, body)
        return headers

    def _excerpt(self, response: requests.Response) -> str:
        """The start of a refusal, for the operator; nothing of a receipt, nothing that would need unpacking."""
        if response.ok or response.headers.get("Content-Encoding"):
            return ""
        try:
            body = response.raw.read(_EXCERPT, decode_content=False)
        except (HTTPError, OSError):  # what it answers is known; why, it could not say to the end
            return ""
        return " ".join(body.decode("utf-8", "replace").split())

    def _error(
        self, what: str, *, permanent: bool = False, retry_after: float | None = None, stops: bool = False
    ) -> DeliveryError:
        return DeliveryError(
            f"webhook at {self._host}: {scrubbed(what, self._hidden)}",
            permanent=permanent,
            retry_after=retry_after,
            stops=stops,
        )


def _settle(outcome: Future[_Answer | DeliveryError], ask: Callable[[], _Answer | DeliveryError]) -> None:
    try:
        outcome.set_result(ask())
    except BaseException as error:  # noqa: BLE001 - it is for whoever waits
        outcome.set_exception(error)


def _retry_after(response: requests.Response) -> float | None:
    """Seconds from now; the header gives seconds or a date. None: not given, not readable or past."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        seconds = float(value[:9])
    else:
        try:
            seconds = (parsedate_to_datetime(value).astimezone(UTC) - datetime.now(UTC)).total_seconds()
        except (ValueError, OverflowError):
            return None
    return min(seconds, _LONGEST_WAIT) if seconds > 0 else None
