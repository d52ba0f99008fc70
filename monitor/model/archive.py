"""What an archive's index says of its captures, before any is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveRow:
    """One row of an archive's index: a capture that can be asked for.

    `digest` is the archive's own, over the bytes it stores (still compressed where the site compressed): it cannot
    check a download, but equal digests mean equal content. An archive that gives none gets a unique one made up.
    """

    url: str  # as it was captured
    stamp: str  # 14 digits that name the capture in the archive's addresses; not always a valid date
    taken: datetime
    digest: str
    status: int | None = None  # None: the row does not say, as revisits do
    media_type: str = ""
    length: int | None = None  # bytes in the archive's file, compressed
    revisit: bool = False  # the same bytes as an earlier capture with this digest
    memento_url: str | None = None  # where it is played back, if the index says


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivePage:
    """Some rows of a listing, oldest first, and the token that goes on behind them (None: this was the end)."""

    rows: tuple[ArchiveRow, ...]
    token: str | None
    unreadable: tuple[str, ...] = ()  # lines of the index that could not be repaired
