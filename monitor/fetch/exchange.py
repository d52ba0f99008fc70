"""One attempt at a URL: a request, the redirects that follow, and the body at the end, all within one deadline."""

from __future__ import annotations

import hashlib
import http.client
import math
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple, cast

import requests
from requests.cookies import extract_cookies_to_jar, get_cookie_header
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse, Timeout

from monitor.errors import (
    AddressRefused,
    ConnectionFailed,
    FetchError,
    HttpStatus,
    TooLarge,
    TooManyRedirects,
    UnsupportedContent,
)
from monitor.fetch.charset import charset
from monitor.fetch.deadline import Deadline
from monitor.fetch.dial import DialAdapter, Dialler, ask
from monitor.fetch.encoding import ACCEPT_ENCODING, decode
from monitor.fetch.failures import LIBRARY_ERRORS, cut_short, out_of_time, unanswered
from monitor.fetch.guard import Guard
from monitor.fetch.media import ACCEPT, HTML, is_readable, media_type
from monitor.fetch.options import LANGUAGE_RANGE, FetchOptions
from monitor.fetch.pace import Pace
from monitor.fetch.robots import Robots
from monitor.fetch.urls import host_of, is_downgrade, port_of, redirect_target, secured
from monitor.model import Fetched, FetchRequest, Headers
from monitor.ports import Clock

_OK = 200
_NOT_MODIFIED = 304
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
CHUNK = 64 * 1024
_FOLD = re.compile(r"[ \t]*\r?\n[ \t]+")  # a line break inside a value, as RFC 9112 still bears it
_FIELD_VALUE = re.compile(r"[\x21-\x7e\x80-\xff](?:[\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What all exchanges of a fetcher have in common."""

    options: FetchOptions
    guard: Guard
    pace: Pace
    tls: ssl.SSLContext
    clock: Clock
    robots: Robots | None = None  # None: not asked about


class _Hop(NamedTuple):
    """What one request brought."""

    status: int
    headers: Headers
    taken: datetime  # when the headers had come
    wire: bytes  # empty unless the status is 200

    def header(self, name: str) -> str | None:
        """The values of a header, joined as if sent as one; None when it was not sent."""
        values = [value for sent, value in self.headers if sent.lower() == name]
        return ", ".join(values) if values else None


class _Session(requests.Session):
    """A session for one request. It leaves redirects to us, and takes nothing from the environment."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def get_redirect_target(self, resp: requests.Response) -> None:
        """None: requests would read a redirect's whole body, however long, only to know where it leads."""


class Exchange:
    """One attempt at a URL. Used once."""

    def __init__(self, shared: Shared, request: FetchRequest, url: str) -> None:
        """`url` is the request's in its askable form."""
        self.url = url  # of the hop that is being asked
        self._shared = shared
        self._options = shared.options
        self._request = request
        self._asked = url
        self._cookies = requests.cookies.RequestsCookieJar()  # some redirects only let pass who brings theirs back
        self._deadline = Deadline(shared.options.deadline)

    def run(self) -> Fetched:
        """Follow redirects to an answer of status 200 or 304.

        Raises:
            FetchError: anything else, typed.
        """
        permanent = True
        visited = {self.url}
        for _ in range(self._options.max_redirects + 1):
            hop = self._ask()
            if hop.status not in _REDIRECTS:
                moved = permanent and self.url != self._asked
                return self._fetched(hop, permanent_url=self.url if moved else None)
            target = self._target(hop)
            if target in visited and not self._cookies:  # with a cookie, the same URL may answer otherwise
                raise TooManyRedirects(self._asked, f"{self._asked}: the redirects go in a circle, back to {target}")
            visited.add(target)
            permanent = permanent and hop.status in _PERMANENT
            self.url = target
        raise TooManyRedirects(
            self._asked, f"{self._asked}: more than {self._options.max_redirects} redirects in a row"
        )

    def _ask(self) -> _Hop:
        """One request, on a connection of its own."""
        options = self._options
        delay = self._shared.robots.require(self.url) if self._shared.robots else 0.0
        self._shared.pace.wait(host_of(self.url), at_least=delay)
        with self._typed(unanswered), self._deadline:
            dialler = Dialler(
                self._shared.guard, connect_timeout=options.connect_timeout, deadline=self._deadline, url=self.url
            )
            if self.url.partition(":")[0] in options.proxies:
                return self._ask_proxy(dialler)
            headers = self._headers()
            if self._cookies and (cookies := get_cookie_header(self._cookies, self._prepared())):  # type: ignore[no-untyped-call]
                headers["Cookie"] = cookies
            timeout = Timeout(connect=options.connect_timeout, read=options.read_timeout)
            with ask(dialler, self._shared.tls, self.url, headers, timeout) as answer, self._typed(cut_short):
                if "set-cookie" in answer.headers:
                    extract_cookies_to_jar(self._cookies, self._prepared(), answer)  # type: ignore[no-untyped-call]
                return self._received(answer)

    def _ask_proxy(self, dialler: Dialler) -> _Hop:
        """One request, which a proxy passes on."""
        options = self._options
        self._check_for_proxy(dialler)
        with _Session() as session:
            session.headers = CaseInsensitiveDict(self._headers())
            session.cookies = self._cookies
            for scheme in ("http://", "https://"):
                session.mount(scheme, DialAdapter(dialler, self._shared.tls))
            response = session.send(
                session.prepare_request(requests.Request("GET", self.url)),
                stream=True,
                allow_redirects=False,
                timeout=(options.connect_timeout, options.read_timeout),
                proxies=dict(options.proxies),
            )
            with response, self._typed(cut_short):
                return self._received(response.raw)

    def _prepared(self) -> requests.PreparedRequest:
        """The request as cookies are told of it."""
        return requests.Request("GET", self.url).prepare()

    def _check_for_proxy(self, dialler: Dialler) -> None:
        """Guard what is handed to a proxy: it will look the name up for itself, but has no reason to find another."""
        try:
            dialler.check(host_of(self.url), port_of(self.url))
        except ConnectionFailed:
            if not self._options.proxy_resolves:
                raise

    @contextmanager
    def _typed(self, name: Callable[[str, Exception], FetchError]) -> Iterator[None]:
        """Let only our own errors out; when the time is up, it is the time whatever else it looked like."""
        try:
            yield
        except AddressRefused:
            raise
        except (*LIBRARY_ERRORS, FetchError) as error:
            if self._deadline.expired:
                raise out_of_time(self.url, self._options.deadline) from error
            if isinstance(error, FetchError):
                raise
            raise name(self.url, error) from error
        if self._deadline.expired:  # the watchdog's shutdown can look like the orderly end of a body
            raise out_of_time(self.url, self._options.deadline)

    def _headers(self) -> dict[str, str]:
        headers = {
            "User-Agent": self._options.user_agent_sent,
            "Accept": ACCEPT,
            "Accept-Language": accept_language(self._request.language, self._options.languages),
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        return headers | self._conditions()

    def _conditions(self) -> dict[str, str]:
        """The headers that make the GET conditional, if the validators are about the URL that is being asked."""
        validators = self._request.validators
        if validators is None or validators.url not in (None, self.url):
            return {}
        given = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
        return {name: value for name, value in given.items() if value and _FIELD_VALUE.fullmatch(value)}

    def _received(self, answer: BaseHTTPResponse) -> _Hop:
        """Check an answer's headers and read its body, if it is one to be read."""
        status = answer.status
        # urllib3's own mapping gathers headers of one name; evidence has them in the order in which they were sent
        message = cast("http.client.HTTPResponse", answer._original_response).msg  # type: ignore[attr-defined]  # noqa: SLF001 - as requests does
        headers = tuple((name, _FOLD.sub(" ", str(value)).strip(" \t")) for name, value in message.items())
        hop = _Hop(status, headers, self._shared.clock.now(), b"")
        if status in _REDIRECTS:
            return hop
        if status == _NOT_MODIFIED and self._conditions():
            return hop
        if status != _OK:
            raise HttpStatus(self.url, status, retry_after=self._retry_after(hop))
        content_type = hop.header("content-type")
        if not is_readable(content_type):
            raise UnsupportedContent(self.url, f"{self.url} is {content_type}, which holds no policy")
        return hop._replace(wire=self._wire_bytes(answer, hop.header("content-length")))

    def _wire_bytes(self, answer: BaseHTTPResponse, content_length: str | None) -> bytes:
        limit = self._options.max_wire_bytes
        if content_length is not None and content_length.isascii() and content_length.isdigit():
            self._check_size(int(content_length[:20]), limit)
        body = bytearray()
        for chunk in answer.stream(CHUNK, decode_content=False):
            body += chunk
            self._check_size(len(body), limit)
        return bytes(body)

    def _check_size(self, size: int, limit: int) -> None:
        if size > limit:
            raise TooLarge(self.url, f"{self.url} is more than {limit:,} bytes on the wire")

    def _retry_after(self, hop: _Hop) -> float | None:
        """Seconds from now, from either form of the header (RFC 9110, 10.2.3)."""
        value = hop.header("retry-after")
        if value is None:
            return None
        try:
            seconds = float(value)
        except ValueError:
            try:
                when = parsedate_to_datetime(value)
            except ValueError:
                return None
            when = when if when.tzinfo else when.replace(tzinfo=UTC)  # "-0000", said to be UTC anyway
            seconds = (when - hop.taken).total_seconds()
        return max(seconds, 0.0) if math.isfinite(seconds) else None

    def _target(self, hop: _Hop) -> str:
        """Where a redirect leads. A step from https down to http is asked over https instead.

        Browsers follow such a step, but what comes then could be anybody's words: no evidence. Sites mean no harm by
        it (their load balancer forgot the scheme) and answer over https too.
        """
        location = hop.header("location")
        if not location:
            raise TooManyRedirects(self.url, f"{self.url} redirects without saying where to")
        target = redirect_target(self.url, location)
        if not is_downgrade(self.url, target):
            return target
        safe = secured(target)
        if safe is None:
            raise AddressRefused(self.url, f"{self.url} redirects from https to plain http at {target}")
        return safe

    def _fetched(self, hop: _Hop, *, permanent_url: str | None) -> Fetched:
        options = self._options
        body = decode(hop.wire, hop.header("content-encoding") or "", url=self.url, limit=options.max_bytes)
        content_type = hop.header("content-type")
        kind = media_type(content_type, self.url, body)
        if kind is None and hop.status == _OK:
            what = f"sent as {content_type}" if content_type else "sent without a type"
            raise UnsupportedContent(self.url, f"{self.url} ({what}) is not text and no PDF, so it holds no policy")
        kind = kind or HTML  # a 304 need not say
        return Fetched(
            url=self._request.url,
            final_url=self.url,
            taken=hop.taken,
            status=hop.status,
            headers=hop.headers,
            body=body,
            digest=hashlib.sha256(body).hexdigest(),
            wire_digest=hashlib.sha256(hop.wire).hexdigest(),
            wire_size=len(hop.wire),
            media_type=kind,
            charset=charset(content_type, kind, body),
            permanent_url=permanent_url,
        )


def accept_language(wanted: str | None, others: tuple[str, ...]) -> str:
    """An Accept-Language header: the wanted language first, then the others, then anything."""
    tags = [tag for tag in (wanted, *others) if tag and LANGUAGE_RANGE.fullmatch(tag)]
    ranges = [f"{tag};q={max(1 - 0.1 * place, 0.2):.1f}" for place, tag in enumerate(dict.fromkeys(tags))]
    return ", ".join([*ranges, "*;q=0.1"]).replace(";q=1.0", "")
