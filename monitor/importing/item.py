"""What a source has: captures that can be loaded one by one, and things that are none, with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.errors import ClausewatchError
from monitor.fetch.charset import charset
from monitor.fetch.media import media_type
from monitor.model import CaptureSource, Fetched, Headers


class Unreadable(ClausewatchError):
    """A part of a source that cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A capture in a source: when it was taken, where it is (a file, an offset, a commit), and how to load it.

    `load` raises Unreadable.
    """

    place: str
    taken: datetime
    load: Callable[[], Fetched]


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in a source that is no capture of the policy."""

    place: str
    why: str


def as_fetched(
    body: bytes,
    *,
    url: str,
    taken: datetime,
    name: str,
    content_type: str | None = None,
    headers: Headers = (),
    wire: bytes | None = None,
    final_url: str | None = None,
    archive_url: str | None = None,
) -> Fetched:
    """Bytes of a source as a capture; `name` is what their kind is told by where no header tells it.

    Raises:
        Unreadable: they are of a kind that holds no policy.
    """
    kind = media_type(content_type, name, body)
    if kind is None:
        raise Unreadable("is neither HTML, PDF, Markdown nor plain text")
    sent = body if wire is None else wire
    return Fetched(
        url=url,
        final_url=final_url or url,
        taken=taken,
        status=200,
        headers=headers,
        body=body,
        digest=hashlib.sha256(body).hexdigest(),
        wire_digest=hashlib.sha256(sent).hexdigest(),
        wire_size=len(sent),
        media_type=kind,
        charset=charset(content_type, kind, body),
        source=CaptureSource.IMPORTED,
        archive_url=archive_url,
    )
