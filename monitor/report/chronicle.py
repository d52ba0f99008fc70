"""The view that renderings of a policy's history take: what changed within which bounds, and what nobody looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model import Bracket, Listing, Significance, StatedDates


class ChapterKind(StrEnum):
    """What sort of event a chapter tells."""

    FIRST = "first"  # the earliest text that is known
    CHANGED = "changed"
    RETURNED = "returned"  # to a text that stood before
    PASSING = "passing"  # one lone capture showed another text, between two that agree


@dataclass(frozen=True, slots=True)
class Proof:
    """A capture that shows a text."""

    taken: datetime
    url: str
    archived: bool
    digest: str  # SHA-256 of its decoded bytes
    capture_id: int
    imported: bool = False  # somebody else kept it; without an archive, `url` is the page that it is said to be of


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One event. `bracket` holds when it happened; FIRST has no lower end.

    `unseen` captures lie inside the bracket and say nothing; `settled`: none of them could still be asked. `practices`
    are what the change is about, where somebody tells.
    """

    kind: ChapterKind
    bracket: Bracket
    version_id: int
    number: int  # of a confirmed version; 0 for a text known from archives alone
    dates: StatedDates
    clauses: int
    summary: str
    significance: Significance | None = None
    why: str = ""
    silent: bool = False
    settled: bool = True
    unseen: int = 0
    gone: Bracket | None = None  # PASSING: when the lone text had gone again
    change_id: int | None = None
    old_version_id: int | None = None
    last_old: Proof | None = None
    first_new: Proof | None = None
    practices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hole:
    """A time between two sights (or before the first) in which captures lie that say nothing so far."""

    after: datetime
    before: datetime
    captures: int  # never asked for
    failed: int  # looked at in vain: unplayable or not the policy; live looks that missed it too


@dataclass(frozen=True, slots=True, kw_only=True)
class Chronicle:
    """A policy's history, oldest first. `complete`: an archive was asked, and every capture says something.

    `finished`: a search would ask for nothing more; otherwise its budget ran out, or nobody has searched.
    """

    name: str
    title: str
    url: str
    chapters: tuple[Chapter, ...]
    holes: tuple[Hole, ...]
    listings: tuple[Listing, ...]
    first: datetime | None  # the earliest capture or look of all
    last: datetime | None
    looked_at: int  # archived captures that were fetched, one for each content
    passed_over: int  # archived captures between live looks that agree
    unusable: int  # rows of errors and redirects
    complete: bool
    finished: bool
    imported: int = 0  # captures that others kept, read behind later looks
    unread: int = 0  # likewise, not read
    note: str = ""  # what went wrong at the last search

    @property
    def captures(self) -> int:
        """Rows that archives list."""
        return sum(listing.rows for listing in self.listings)
