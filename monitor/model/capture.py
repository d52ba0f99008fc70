"""What was fetched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What our last full answer from a URL offered for a conditional GET.

    They speak of one resource: asked of another (where a redirect leads elsewhere now), "not modified since" may be
    true of a page that we never saw. So they are sent to `url` alone, the one that offered them; None: to any.
    """

    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRequest:
    """One URL to fetch. `validators` make the GET conditional; `language` sets Accept-Language."""

    url: str
    validators: Validators | None = None
    language: str | None = None


class CaptureSource(StrEnum):
    """Where a capture comes from."""

    LIVE = "live"
    ARCHIVE = "archive"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer of status 200 or 304. With 304 the body is empty and both digests are those of no bytes.

    From an archive the status may be any other too: an archived error page is what the site showed then.
    """

    url: str  # as asked
    final_url: str  # after redirects
    taken: datetime
    status: int
    headers: Headers  # as sent, in order
    body: bytes  # after Content-Encoding is undone
    digest: str  # SHA-256 of body
    wire_digest: str  # SHA-256 of the bytes on the wire
    wire_size: int
    media_type: str  # lowercase, without parameters, such as text/html; sniffed when the header is missing or wrong
    charset: str | None  # that `body` decodes with; None for binary types
    permanent_url: str | None = None  # target when every redirect on the way was permanent (301, 308)
    source: CaptureSource = CaptureSource.LIVE
    archive_url: str | None = None

    @property
    def not_modified(self) -> bool:
        """The server said that what we hold is still current."""
        return self.status == 304  # noqa: PLR2004 - an HTTP status reads best as itself

    @property
    def validators(self) -> Validators:
        """For the next conditional GET of the same URL."""
        return _validators(self.headers, self.final_url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One fetch as the store keeps it; its bytes are read with `Store.body`."""

    id: int
    policy_id: int
    url: str
    final_url: str
    taken: datetime
    source: CaptureSource
    status: int
    headers: Headers
    digest: str
    wire_digest: str
    wire_size: int
    media_type: str
    charset: str | None
    archive_url: str | None = None
    thinned: datetime | None = None  # when its bytes and headers were dropped; what it was is true all the same

    @property
    def validators(self) -> Validators:
        """For the next conditional GET of the same URL."""
        return _validators(self.headers, self.final_url)


def _validators(headers: Headers, url: str) -> Validators:
    sent = {name.lower(): value for name, value in headers}
    return Validators(etag=sent.get("etag"), last_modified=sent.get("last-modified"), url=url)
