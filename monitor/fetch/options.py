"""How to fetch. The configuration is turned into this; nothing here knows where it came from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from monitor import __version__
from monitor.fetch.guard import Guard

PROJECT_URL = "https://pypi.org/project/clausewatch/"
LANGUAGE_RANGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")  # RFC 4647, without the lone *

_MEGABYTE = 1_000_000
_POSITIVE = ("connect_timeout", "read_timeout", "deadline", "max_wire_bytes", "max_bytes")
_NOT_NEGATIVE = ("max_redirects", "retries", "backoff", "retry_after_max", "pace")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOptions:
    """How to fetch. Times are seconds, sizes are bytes.

    The two caps are 20 MB: the longest policies are PDFs of a few MB, and a page of 20 MB of text is no policy.
    Any port may be asked: the guard is about addresses, and intranets and tests use odd ports.

    Raises:
        ValueError: a field makes no sense; the message names it.
    """

    contact: str = ""  # an e-mail address or URL where the operator can be reached, told in the User-Agent
    user_agent: str | None = None  # in place of the whole User-Agent
    languages: tuple[str, ...] = ("en",)  # for Accept-Language, after the language that a request names
    connect_timeout: float = 10.0  # for each address that is tried
    read_timeout: float = 30.0  # between two bytes
    deadline: float = 60.0  # all of one attempt, redirects included; waiting for the pace is not counted
    max_wire_bytes: int = 20 * _MEGABYTE
    max_bytes: int = 20 * _MEGABYTE  # after Content-Encoding is undone
    max_redirects: int = 10
    retries: int = 2  # further attempts after a connection failure, 429, 502, 503 or 504
    backoff: float = 1.0  # before the first further attempt, doubled each time
    retry_after_max: float = 30.0  # a longer Retry-After ends the attempts and is told to the caller
    pace: float = 1.0  # least time between two requests to one host, over all threads
    respect_robots: bool = False  # ask no page that the site's robots.txt keeps from us
    allow_private: tuple[str, ...] = ()  # networks ("10.0.0.0/8") and host names that the guard lets through
    proxies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # "http", "https" → proxy URL
    proxy_resolves: bool = False  # leave names that do not resolve here to the proxy, and to its own guard
    ca_file: str | None = None  # PEM file of authorities trusted besides the well-known ones

    def __post_init__(self) -> None:
        for name in _POSITIVE:
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be more than 0")
        for name in _NOT_NEGATIVE:
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
        if not re.fullmatch(r"[\x20-\x7e]+", self.user_agent_sent):
            raise ValueError("contact and user_agent must be plain ASCII in one line")
        for language in self.languages:
            if not LANGUAGE_RANGE.fullmatch(language):
                raise ValueError(f"languages: {language!r} is not a language tag")
        for scheme, url in self.proxies.items():
            _check_proxy(scheme, url)
        try:
            Guard(self.allow_private)
        except ValueError as error:
            raise ValueError(f"allow_private: {error}") from error

    @property
    def user_agent_sent(self) -> str:
        """The User-Agent: who asks, and how to reach the operator."""
        if self.user_agent:
            return self.user_agent
        about = f"+{PROJECT_URL}; {self.contact}" if self.contact else f"+{PROJECT_URL}"
        return f"Clausewatch/{'.'.join(__version__.split('.')[:2])} ({about})"


def _check_proxy(scheme: str, url: str) -> None:
    if scheme not in ("http", "https"):
        raise ValueError(f"proxies: {scheme!r} is neither 'http' nor 'https'")
    try:
        parsed = parse_url(url)
    except LocationParseError:
        parsed = None
    if parsed is None or parsed.scheme not in ("http", "https") or not parsed.host:
        raise ValueError(f"proxies: the one for {scheme} is not an http(s) URL")
