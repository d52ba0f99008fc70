"""What is known of a policy's past: listings of archives, looks at archived captures, and how far a search has come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.archive import ArchiveRow
from monitor.model.capture import Fetched
from monitor.model.text import Reading


class Found(StrEnum):
    """What a fetched capture of an archive turned out to be."""

    TEXT = "text"
    SUSPECT = "suspect"  # bytes came, but they are not the policy
    UNPLAYABLE = "unplayable"  # the archive cannot show it


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How far the index of one archive has been copied for one address.

    `complete`: all that the index held at that time is here. With a `token` a walk through it was cut short; it goes
    on with that token and the same `walk_after`.
    """

    archive: str
    url: str
    rows: int = 0
    first: datetime | None = None
    last: datetime | None = None
    unreadable: int = 0  # rows of the index that could not be repaired
    token: str | None = None
    walk_after: datetime | None = None
    walk_started: datetime | None = None
    complete: datetime | None = None
    whole: datetime | None = None  # likewise, but of the last walk that began at the start


@dataclass(frozen=True, slots=True)
class ListedRow:
    """A row of the index of that archive, as it is kept."""

    archive: str
    row: ArchiveRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLookDraft:
    """One archived capture looked at. `digest` names its content in all archives; it is never fetched again.

    `words` identifies what its clauses say, labels and link targets aside; empty unless a text was found.
    """

    policy_id: int
    archive: str
    digest: str
    found: Found
    taken: datetime
    now: datetime
    extractor: str
    capture: Fetched | None = None
    kept: int | None = None  # the number of a capture that is stored already, instead of one
    reading: Reading | None = None
    words: str = ""
    reason: str = ""  # of a capture without the text: a stable code
    why: str = ""  # and a sentence
    search: int = 0  # which search asked for it; 0: none


@dataclass(frozen=True, slots=True, kw_only=True)
class PastLook:
    """A look at an archived capture as the store keeps it, in the order in which they were made."""

    id: int
    archive: str
    digest: str
    found: Found
    taken: datetime
    extractor: str
    version_id: int | None
    capture_ids: tuple[int, ...]
    words: str
    reason: str
    why: str
    search: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PastState:
    """How far the search in a policy's past has come.

    `search` numbers the latest search; while it is `open`, it was cut short and goes on with the same bounds.
    `finished` is when a search last had nothing more to ask; `exhausted`: it ended since its budget was spent.
    """

    policy_id: int
    search: int = 0
    open: bool = False
    after: datetime | None = None
    before: datetime | None = None
    max_fetches: int | None = None
    finished: datetime | None = None
    exhausted: bool = False
    due: datetime | None = None
    note: str = ""  # what went wrong the last time
