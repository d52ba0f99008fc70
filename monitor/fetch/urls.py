"""URLs as they are asked: absolute, http or https, in ASCII, without credentials and fragment."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urljoin

import requests
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from monitor.errors import InvalidUrl

_LONGEST = 8000  # RFC 9110 asks of servers to take that much
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@lru_cache(maxsize=1024)  # asked of the same few thousand addresses twice a day, and several times in a look
def askable(url: str) -> str:
    """A URL as it is sent: host in lower case and IDNA, path and query percent-encoded, no fragment.

    Raises:
        InvalidUrl: it cannot be asked. A URL with a user name or password is refused too, as they would end up in
            the evidence.
    """
    shown = _shown(url)
    text = url.strip(" \t\r\n")
    if len(text) > _LONGEST:
        raise InvalidUrl(shown, f"{shown} is longer than {_LONGEST:,} characters")
    if _CONTROL.search(text):
        raise InvalidUrl(shown, f"{shown} has control characters in it")
    parsed = _parsed(text, shown)
    if parsed.scheme not in _DEFAULT_PORTS:
        raise InvalidUrl(shown, f"{shown} is neither an http nor an https URL")
    if parsed.auth is not None:
        bare = parsed._replace(auth=None).url
        raise InvalidUrl(bare, f"{bare} was given with a user name or password, which are not sent; leave them out")
    if not parsed.host:
        raise InvalidUrl(shown, f"{shown} names no host")
    port = None if parsed.port == _DEFAULT_PORTS[parsed.scheme] else parsed.port
    try:
        prepared = requests.Request("GET", parsed._replace(port=port, fragment=None).url).prepare().url
    except (requests.RequestException, UnicodeError, ValueError) as error:
        raise InvalidUrl(shown, f"{shown} cannot be asked: {error}") from error
    if not prepared or not _parsed(prepared, shown).host:
        raise InvalidUrl(shown, f"{shown} names no host")
    return prepared


def redirect_target(base: str, location: str) -> str:
    """The askable URL that a `Location` header points to, credentials dropped.

    `location` is as http.client reads it, bytes as Latin-1; servers send UTF-8 there.

    Raises:
        InvalidUrl: it leads nowhere that can be asked.
    """
    try:
        text = location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        text = location
    try:
        target = urljoin(base, _CONTROL.sub("", text).strip(" "))
    except ValueError as error:
        raise InvalidUrl(base, f"{base} redirects to {_shown(text)}, which is no URL") from error
    parsed = _parsed(target, _shown(target))
    return askable(parsed._replace(auth=None).url)


def host_of(url: str) -> str:
    """The host of an askable URL, without brackets."""
    return (parse_url(url).host or "").strip("[]")


def port_of(url: str) -> int:
    """The port of an askable URL."""
    parsed = parse_url(url)
    return parsed.port or _DEFAULT_PORTS[parsed.scheme or "http"]


def is_downgrade(url: str, target: str) -> bool:
    """A step from https to http."""
    return url.startswith("https:") and target.startswith("http:")


def secured(url: str) -> str | None:
    """The https form of an http URL on the usual port; None on any other."""
    parsed = parse_url(url)
    return parsed._replace(scheme="https").url if parsed.port is None else None


def _parsed(url: str, shown: str) -> Url:
    try:
        return parse_url(url)
    except (LocationParseError, UnicodeError, ValueError) as error:
        raise InvalidUrl(shown, f"{shown} is no URL") from error


def _shown(url: str) -> str:
    """A URL for messages: in one line, not too long, without anything before an @ in its authority."""
    text = re.sub(r"(?<=//)[^/?#]*@", "", _CONTROL.sub("\ufffd", url.strip()))
    return text if len(text) <= 300 else f"{text[:300]}…"  # noqa: PLR2004 - what fits a message
