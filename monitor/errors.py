"""One tree of errors. Each says what happened in a sentence for a person; the class tells what to do about it.

ClausewatchError                  anything we raise on purpose
├── ConfigError                   the configuration is wrong; `problems` lists every one with its place
├── StoreError                    the database failed (driver errors are wrapped here)
│   ├── StoreUnavailable          cannot be opened or written; trying again later may help
│   ├── StaleCheck                somebody else committed to this policy meanwhile; check it again
│   ├── BytesThinned              a capture's bytes were dropped on purpose; what it was is still known
│   ├── PolicyExists              the name is taken
│   └── NotFound                  no such policy, version, change, capture or alert
├── FetchError                    no usable answer; `code` is stable, `retryable` says whether a later look may do
│   ├── AddressRefused            the guard refused an address, on any hop             final
│   ├── InvalidUrl                not an http(s) URL that can be asked                 final
│   ├── ConnectionFailed          DNS, TCP or TLS failed                               retry
│   ├── TimedOut                  a read or the whole exchange took too long           retry
│   ├── HttpStatus                an answer other than 200 and 304                     retry 429 and 5xx
│   ├── TooManyRedirects          or a redirect without a place to go                  final
│   ├── TooLarge                  more bytes than the cap, before or after decoding    final
│   ├── RobotsDisallowed          robots.txt keeps it from us, and we were told to respect it  final
│   ├── Truncated                 fewer bytes than promised, or a broken encoding      retry
│   └── UnsupportedContent        a content type that holds no policy                  final
├── NothingToAccept               no page or text waits to be taken as the policy
├── ArchiveError                  an archive gave no capture; `code` and `retryable` as above
│   ├── RateLimited               we ask too often; `retry_after` says when to come back             retry
│   ├── ArchiveDown               no answer, a broken one or a 5xx of the archive itself             retry
│   ├── BlockedBySite             the site does not want its captures shown                          final
│   ├── NotArchived               no capture of that URL                                             final
│   ├── OutsideWindow             the nearest capture is too far away; `nearest` says when it was    final
│   ├── Unplayable                the capture is listed but cannot be shown                          final
│   └── NotSaved                  the archive will not keep a copy of that page                      final
├── StampError                    a time-stamping authority gave no stamp, or a stamp does not hold
├── ReadError                     bytes that cannot be read as a document (a broken PDF)
├── OpinionError                  a language model gave no usable answer; ours stands without it
└── DeliveryError                 a channel did not take a notice; `permanent` ones are never tried again
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar


class ClausewatchError(Exception):
    """Anything we raise on purpose. `str()` of it is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing wrong in a configuration. `place` is a TOML path such as `policy[2].every`."""

    place: str
    message: str
    line: int | None = None  # 1 for the first line of the file


class ConfigError(ClausewatchError):
    """The configuration cannot be used. All problems are told at once."""

    def __init__(self, source: str, problems: tuple[ConfigProblem, ...]) -> None:
        """`source` names the file."""
        self.source = source
        self.problems = problems
        super().__init__(
            "\n".join(
                f"{source}{f':{p.line}' if p.line else ''}: {p.place + ': ' if p.place else ''}{p.message}"
                for p in problems
            )
        )


class StoreError(ClausewatchError):
    """The database failed."""


class StoreUnavailable(StoreError):
    """The database cannot be opened, read or written just now."""


class StaleCheck(StoreError):
    """Another check of the same policy was committed after this one read its history."""


class BytesThinned(StoreError):
    """The bytes of a capture were dropped by `monitor gc`. Its address, time, status and digests are still kept."""


class PolicyExists(StoreError):
    """A policy of that name is there already."""


class NotFound(StoreError):
    """Nothing has that name or number."""


class FetchError(ClausewatchError):
    """No usable answer came from a URL. Becomes an observation, never a version."""

    code: ClassVar[str] = "fetch-failed"
    retryable: bool = False

    def __init__(self, url: str, message: str) -> None:
        """`url` is the one asked for; `message` a sentence."""
        self.url = url
        super().__init__(message)


class AddressRefused(FetchError):
    """The guard refused the address that a host name stands for."""

    code = "address-refused"


class InvalidUrl(FetchError):
    """Not an http or https URL that can be asked."""

    code = "invalid-url"


class ConnectionFailed(FetchError):
    """DNS, TCP or TLS failed."""

    code = "connection-failed"
    retryable = True


class TimedOut(FetchError):
    """The server was too slow."""

    code = "timed-out"
    retryable = True


class HttpStatus(FetchError):
    """An answer with a status other than 200 and 304."""

    code = "http-status"

    def __init__(self, url: str, status: int, *, retry_after: float | None = None) -> None:
        """`retry_after` is in seconds from now, as the server asked."""
        self.status = status
        self.retry_after = retry_after
        self.retryable = status == 429 or status >= 500  # noqa: PLR2004 - HTTP statuses read best as themselves
        super().__init__(url, f"{url} answered with status {status}")


class TooManyRedirects(FetchError):
    """More redirects than allowed, a loop, or a redirect to nowhere."""

    code = "too-many-redirects"


class TooLarge(FetchError):
    """The body is larger than the cap, on the wire or after decoding."""

    code = "too-large"


class RobotsDisallowed(FetchError):
    """The site's robots.txt keeps the page from us, and the configuration says to respect that."""

    code = "robots-disallowed"

    def __init__(self, url: str, message: str, *, passing: bool = False) -> None:
        """`passing`: its rules could not be had just now."""
        self.retryable = passing
        super().__init__(url, message)


class Truncated(FetchError):
    """The connection closed before the promised bytes came, or the content encoding is broken."""

    code = "truncated"
    retryable = True


class UnsupportedContent(FetchError):
    """A content type that holds no policy, such as an image."""

    code = "unsupported-content"


class NothingToAccept(ClausewatchError):
    """No page or text waits to be taken as the policy; the message says why."""


class ArchiveError(ClausewatchError):
    """An archive gave no capture or no listing."""

    code: ClassVar[str] = "archive-failed"
    retryable: ClassVar[bool] = False

    def __init__(self, url: str, message: str) -> None:
        """`url` is the one whose captures were wanted; `message` a sentence."""
        self.url = url
        super().__init__(message)


class RateLimited(ArchiveError):
    """The archive wants fewer requests. Asking again before `retry_after` seconds have passed makes it worse."""

    code = "rate-limited"
    retryable = True

    def __init__(self, url: str, message: str, *, retry_after: float) -> None:
        """`retry_after` is in seconds from now."""
        self.retry_after = retry_after
        super().__init__(url, message)


class ArchiveDown(ArchiveError):
    """The archive did not answer, broke off, or failed on its own account."""

    code = "archive-down"
    retryable = True


class BlockedBySite(ArchiveError):
    """The archive holds the URL back at the site's wish (an exclusion or robots.txt)."""

    code = "blocked-by-site"


class NotArchived(ArchiveError):
    """The archive has no capture of the URL."""

    code = "not-archived"


class OutsideWindow(ArchiveError):
    """The archive offers another capture instead, too far from the time asked for."""

    code = "outside-window"

    def __init__(self, url: str, message: str, *, nearest: datetime) -> None:
        """`nearest` is when the offered capture was taken."""
        self.nearest = nearest
        super().__init__(url, message)


class Unplayable(ArchiveError):
    """The capture is listed but cannot be shown: broken storage, a redirect in circles, an unknown encoding."""

    code = "unplayable"


class NotSaved(ArchiveError):
    """The archive will not keep a copy: the site blocks it, the page is not there, the keys are wrong."""

    code = "not-saved"


class StampError(ClausewatchError):
    """A time-stamping authority gave no stamp, or a stamp does not hold."""


class ReadError(ClausewatchError):
    """Bytes that cannot be read as the document they claim to be."""


class OpinionError(ClausewatchError):
    """A language model was asked and gave no usable answer. What we tell stands without it."""


class DeliveryError(ClausewatchError):
    """A channel did not take a notice."""

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        settled: tuple[tuple[str, str], ...] = (),
        there: bool = False,
        stops: bool = False,
    ) -> None:
        """`retry_after` is in seconds; a permanent error is never tried again; `settled` as in a Delivery.

        `there`: the channel itself is well, and put off some of its receivers alone. `stops`: it takes nothing at all
        until somebody mends it, such as a receiver that is gone for good or a login that is refused.
        """
        self.there = there
        self.stops = stops
        self.permanent = permanent
        self.retry_after = retry_after
        self.settled = settled
        super().__init__(message)
