"""What went wrong below us, as one of our own errors with a sentence for a person."""

from __future__ import annotations

import http.client
import ssl

import requests
import urllib3.exceptions
from requests.exceptions import InvalidHeader, InvalidSchema, InvalidURL, MissingSchema
from urllib3.exceptions import IncompleteRead, LocationValueError, ReadTimeoutError

from monitor.errors import ConnectionFailed, FetchError, InvalidUrl, TimedOut, Truncated

LIBRARY_ERRORS = (  # all that requests, urllib3, http.client, ssl and the sockets let out
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,  # UnicodeError and LocationValueError among them
)
_NOT_ASKED = (InvalidURL, InvalidSchema, MissingSchema, InvalidHeader, LocationValueError, UnicodeError)
_TIMEOUTS = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)


class Untrusted(ConnectionFailed):
    """The server has no certificate that we trust: asking again at once is of no use."""


def unanswered(url: str, error: Exception) -> FetchError:
    """The error for a request that brought no headers."""
    root = _root(error)
    if isinstance(error, _NOT_ASKED) or isinstance(root, _NOT_ASKED):
        return InvalidUrl(url, f"{url} cannot be asked: {_says(root)}")
    if isinstance(error, _TIMEOUTS) or isinstance(root, _TIMEOUTS):
        return TimedOut(url, f"{url}: the server did not answer in time")
    if isinstance(root, ssl.SSLCertVerificationError):
        return Untrusted(url, f"{url}: the server's certificate is not trusted: {root.verify_message}")
    if isinstance(root, ssl.SSLError):
        return ConnectionFailed(url, f"{url}: TLS failed: {root.reason or _says(root)}")
    return ConnectionFailed(url, f"{url}: no answer: {_says(root)}")


def cut_short(url: str, error: Exception) -> FetchError:
    """The error for a body that stopped on its way."""
    if isinstance(error, (ReadTimeoutError, TimeoutError)):
        return TimedOut(url, f"{url}: the server stopped sending")
    if isinstance(_root(error), IncompleteRead) or isinstance(error, IncompleteRead):
        return Truncated(url, f"{url}: the connection closed before the promised bytes came")
    return Truncated(url, f"{url}: the body broke off: {_says(_root(error))}")


def out_of_time(url: str, seconds: float) -> TimedOut:
    """The error for an exchange that took longer than it may, byte by byte perhaps."""
    return TimedOut(url, f"{url} took longer than {seconds:g} seconds")


def _root(error: BaseException) -> BaseException:
    """The error at the bottom of those that the libraries wrap around each other."""
    seen = {id(error)}
    while True:
        inner = getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            inner = next((each for each in reversed(error.args) if isinstance(each, BaseException)), None)
        if inner is None or id(inner) in seen:
            return error
        seen.add(id(inner))
        error = inner


def _says(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__
