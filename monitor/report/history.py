"""A chronicle in words: for the terminal as a table, for programs as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from monitor.model import Bracket, Significance
from monitor.report import wording
from monitor.report.chronicle import Chapter, ChapterKind, Chronicle, Hole, Proof
from monitor.report.document import instant
from monitor.report.harmless import visible

# Times without a sight that are shorter than this are no gaps worth a line of their own.
SHORT = timedelta(days=7)
# A search leaves out captures between equal sights that are close: such gaps up to this long are told together.
LONG = timedelta(days=60)
_DAY = timedelta(days=1)


def render(chronicle: Chronicle) -> RenderableType:
    """A table of what changed, newest first, and below it what was not looked at."""
    table = Table(title=Text(visible(chronicle.title)), title_justify="left", expand=False)
    table.add_column("When", no_wrap=True)
    table.add_column("Version", justify="right", style="cyan", no_wrap=True)
    table.add_column("Date stated")
    table.add_column("What changed", ratio=1)
    table.add_column("Seen in", no_wrap=True)
    for chapter in reversed(chronicle.chapters):
        table.add_row(
            when(chapter.bracket),
            name_of(chapter),
            wording.stated(chapter.dates),
            _what(chapter),
            source_of(chapter.first_new),
        )
    lines = [Text(line, style="dim") for line in (*holes(chronicle), *facts(chronicle))]
    return Group(table, *lines)


def when(bracket: Bracket) -> str:
    """A bracket by days: "2023-01-04 … 01-09", or one day where both ends lie in it."""
    before = f"{bracket.before:%Y-%m-%d}"
    if bracket.after is None:
        return f"by {before}"
    if bracket.after.date() == bracket.before.date():
        return before
    same_year = bracket.after.year == bracket.before.year
    return f"{bracket.after:%Y-%m-%d} … {bracket.before:%m-%d}" if same_year else f"{bracket.after:%Y-%m-%d} … {before}"


def name_of(chapter: Chapter) -> str:
    """The number of a confirmed version; a text known from archives alone has none."""
    return str(chapter.number) if chapter.number else "archived"


def notes(chapter: Chapter) -> Iterator[str]:
    """What is to be said of a chapter besides its summary."""
    if chapter.kind is ChapterKind.RETURNED:
        yield "back to a text that stood before"
    if chapter.kind is ChapterKind.PASSING and chapter.gone:
        yield f"seen once only, gone by {chapter.gone.before:%Y-%m-%d}: perhaps a glitch of that one visit"
    if chapter.significance:
        yield chapter.significance.value
    if chapter.silent:
        yield "silent: the stated date did not change"
    yield from chapter.practices
    if not chapter.settled and chapter.unseen:
        yield f"{captures(chapter.unseen)} between the two not looked at"


def holes(chronicle: Chronicle) -> Iterator[str]:
    """What nobody looked at, in lines."""
    few = [hole for hole in chronicle.holes if hole.captures and not (hole.failed or _is_long(hole))]
    together = few if len(few) > 1 else []
    if together:
        longest = max(map(_days, together))
        yield (
            f"Not known: {captures(sum(hole.captures for hole in together))} in {len(together):,} gaps "
            f"of at most {_span(longest)} not looked at."
        )
    for hole in chronicle.holes:
        if not matters(hole) or hole in together:
            continue
        parts = [f"{captures(hole.captures)} not looked at"] if hole.captures else []
        parts += [f"{hole.failed} in vain"] if hole.failed else []
        span = f"{hole.after:%Y-%m-%d} … {hole.before:%Y-%m-%d}"
        yield f"Not known: {span} ({_span(_days(hole))}): {', '.join(parts)}."


def _is_long(hole: Hole) -> bool:
    return hole.before - hole.after > LONG


def _days(hole: Hole) -> int:
    """Begun days do not count, but for the first."""
    return max((hole.before - hole.after) // _DAY, 1)


def _span(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"


def matters(hole: Hole) -> bool:
    """Between two equal sights that are close, a few failed looks are no news."""
    return hole.before - hole.after >= SHORT


def facts(chronicle: Chronicle) -> Iterator[str]:
    """What the chronicle rests on, in lines."""
    for listing in chronicle.listings:
        span = f" of {listing.first:%Y-%m-%d} to {listing.last:%Y-%m-%d}" if listing.first and listing.last else ""
        state = "listed in part" if listing.token else "listed"
        broken = f", {listing.unreadable} unreadable" if listing.unreadable else ""
        yield f"{listing.archive}: {captures(listing.rows)}{span} {state}{broken}."
    if chronicle.listings:
        yield (
            f"{chronicle.looked_at:,} looked at, each content once; {chronicle.unusable:,} are errors or redirects, "
            f"{chronicle.passed_over:,} lie between live looks that agree."
        )
        if chronicle.complete:
            yield "Every capture says something: what is not here was never archived."
        elif not chronicle.finished:
            yield f"The search is not at its end: monitor backfill {chronicle.name}"
    else:
        yield f"No archive was asked yet: monitor backfill {chronicle.name}"
    if chronicle.imported or chronicle.unread:
        unread = f", {chronicle.unread:,} more not looked at" if chronicle.unread else ""
        yield f"{captures(chronicle.imported)} imported and read{unread}."
    if chronicle.note:
        yield f"The last search failed: {visible(chronicle.note)}"


def captures(count: int) -> str:
    """Such as "1 capture", "2 captures"."""
    return f"{count:,} capture" if count == 1 else f"{count:,} captures"


def document(chronicle: Chronicle) -> dict[str, Any]:
    """The chronicle as plain data."""
    return {
        "policy": chronicle.name,
        "title": chronicle.title,
        "url": chronicle.url,
        "first": instant(chronicle.first),
        "last": instant(chronicle.last),
        "complete": chronicle.complete,
        "finished": chronicle.finished,
        "note": chronicle.note,
        "chapters": [_chapter(chapter) for chapter in chronicle.chapters],
        "gaps": [
            {
                "after": hole.after.isoformat(),
                "before": hole.before.isoformat(),
                "not_looked_at": hole.captures,
                "in_vain": hole.failed,
            }
            for hole in chronicle.holes
        ],
        "archives": [
            {
                "name": listing.archive,
                "url": listing.url,
                "captures": listing.rows,
                "first": instant(listing.first),
                "last": instant(listing.last),
                "unreadable": listing.unreadable,
                "listed": instant(listing.complete),
                "unfinished": listing.token is not None,
            }
            for listing in chronicle.listings
        ],
        "captures": chronicle.captures,
        "looked_at": chronicle.looked_at,
        "passed_over": chronicle.passed_over,
        "imported": chronicle.imported,
        "imported_not_looked_at": chronicle.unread,
        "unusable": chronicle.unusable,
    }


def bracket_data(bracket: Bracket | None) -> dict[str, str | None] | None:
    """Both ends of a bracket."""
    return {"after": instant(bracket.after), "before": bracket.before.isoformat()} if bracket else None


def proof_data(proof: Proof | None) -> dict[str, Any] | None:
    """A proof as plain data."""
    if proof is None:
        return None
    return {
        "taken": proof.taken.isoformat(),
        "url": proof.url,
        "archived": proof.archived,
        "source": source_of(proof),
        "sha256": proof.digest,
        "capture": proof.capture_id,
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "kind": chapter.kind.value,
        "bracket": bracket_data(chapter.bracket),
        "gone": bracket_data(chapter.gone),
        "version": chapter.number or None,
        "text": chapter.version_id,
        "old_text": chapter.old_version_id,
        "change": chapter.change_id,
        "updated": chapter.dates.updated.isoformat() if chapter.dates.updated else None,
        "effective": chapter.dates.effective.isoformat() if chapter.dates.effective else None,
        "clauses": chapter.clauses,
        "summary": chapter.summary,
        "significance": chapter.significance.value if chapter.significance else None,
        "why": chapter.why,
        "silent": chapter.silent,
        "settled": chapter.settled,
        "not_looked_at": chapter.unseen,
        "practices": list(chapter.practices),
        "last_old": proof_data(chapter.last_old),
        "first_new": proof_data(chapter.first_new),
    }


def _what(chapter: Chapter) -> Text:
    text = Text(visible(chapter.summary))
    for note in notes(chapter):
        loud = note == Significance.SUBSTANTIVE.value or note.startswith("silent")
        text.append("; " if text.plain else "")
        text.append(visible(note), style="yellow" if loud else "dim")
    return text


def source_of(proof: Proof | None) -> str:
    """Who saw it: "imported", "archive" or "live"; empty without a proof."""
    if proof is None:
        return ""
    if proof.imported:
        return "imported"
    return "archive" if proof.archived else "live"


def evidence(proof: Proof) -> str:
    """Where it was seen. The page itself shows nothing of what somebody else kept of it."""
    if proof.imported and not proof.archived:
        return f"imported capture of {proof.url}"
    return f"imported from {proof.url}" if proof.imported else proof.url
