"""What a policy says: clauses, readings, versions, and pages that are not the policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class ClauseKind(StrEnum):
    """What a clause is in the page's structure."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list-item"
    TABLE_ROW = "table-row"
    DEFINITION = "definition"


@dataclass(frozen=True, slots=True)
class Link:
    """A link inside a clause. `target` is absolute, cleaned of tracking parameters and tokens."""

    text: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """The unit of a policy.

    `text` is as shown, white space folded, without its marker; `label` is that marker ("4.2(b)", "•", "iv.").
    `digest` identifies the normalised words alone: neither label, links, kind nor headings take part in it.
    """

    kind: ClauseKind
    text: str
    digest: str
    path: tuple[str, ...] = ()  # texts of the headings above it, outermost first
    label: str = ""
    links: tuple[Link, ...] = ()
    level: int = 0  # headings: 1 to 6; list items: nesting depth, the outermost 1; others 0
    cells: tuple[tuple[str, str], ...] = ()  # table rows: (column head, cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDates:
    """Dates a policy gives for itself, with the words that give them."""

    updated: date | None = None
    effective: date | None = None
    wording: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a text file says of its own origin (a quote above the text with an archive URL)."""

    archive_url: str
    captured: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One fetched part of a policy, ready to be read."""

    body: bytes
    media_type: str
    charset: str | None = None
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one look at a policy says. `digest` covers the clauses with labels and link targets, in order."""

    clauses: tuple[Clause, ...]
    digest: str
    extractor: str
    language: str | None = None
    dates: StatedDates = StatedDates()
    title: str = ""
    provenance: Provenance | None = None


class SuspectReason(StrEnum):
    """Why a page is not believed to be the policy."""

    EMPTY = "empty"
    NEEDS_BROWSER = "needs-browser"
    ERROR_PAGE = "error-page"
    NOT_FOUND = "not-found"
    CHALLENGE = "challenge"
    LOGIN = "login"
    CONSENT = "consent-wall"
    HOME_PAGE = "home-page"
    LANGUAGE = "other-language"
    TRUNCATED = "truncated"
    DOUBLED = "doubled"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A finding that a page is not the policy, and the words or numbers that show it."""

    reason: SuspectReason
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionInfo:
    """A version without its clauses. Numbers count a policy's confirmed versions from 1; a text not confirmed has 0."""

    id: int
    policy_id: int
    number: int
    digest: str
    extractor: str
    language: str | None
    dates: StatedDates
    first_seen: datetime
    last_seen: datetime
    confirmed: datetime | None
    standing_since: datetime  # start of the present (or latest) run of looks that showed it
    absent_since: datetime | None  # when it was last seen before that run; None for its first
    capture_ids: tuple[int, ...]  # the captures that first showed it, one per URL
    exact: bool = True  # False: put together from confirmed clauses, as no single look showed just these
    clause_count: int = 0
    reread_by: str | None = None  # the extractor that read another text in its bytes: a version of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(VersionInfo):
    """A text that the policy showed, clause by clause."""

    clauses: tuple[Clause, ...]
