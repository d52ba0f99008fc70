"""What renderings say in words of their own, said once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from monitor.model import Clause, EditKind, OperationKind, Significance, StatedDates
from monitor.report import meaning
from monitor.report.harmless import visible
from monitor.report.layout import Entry, Fold, Move
from monitor.report.phrases import points
from monitor.report.places import number
from monitor.report.redline import Redline, Side

_VERBS = {
    OperationKind.ADDED: "added",
    OperationKind.REMOVED: "removed",
    OperationKind.MODIFIED: "modified",
    OperationKind.MOVED: "moved",
    OperationKind.SPLIT: "split",
    OperationKind.MERGE: "merged",
    OperationKind.RENUMBERED: "renumbered",
    OperationKind.RELINKED: "link changed",
    OperationKind.RESTYLED: "restyled",
}
_MOST_MEANT = 5  # changes of facts above a redline
_SIGNIFICANCE = {
    Significance.NONE: "no significance",
    Significance.COSMETIC: "cosmetic",
    Significance.EDITORIAL: "editorial",
    Significance.SUBSTANTIVE: "substantive",
}


def clauses(count: int) -> str:
    """Such as "1 clause", "3 clauses"."""
    return f"{count:,} clause" if count == 1 else f"{count:,} clauses"


def moment(when: datetime) -> str:
    """Of a locale's own habits none: 2026-05-03 10:00 UTC."""
    return f"{when:%Y-%m-%d %H:%M} UTC"


def happened(entry: Entry, old: Sequence[Clause], new: Sequence[Clause]) -> str:
    """What happened to an entry's clauses: "split in 3, number 4.1 → 5.1"."""
    said = [_VERBS[kind] for kind in entry.kinds if kind is not OperationKind.RENUMBERED]
    if entry.kind is OperationKind.SPLIT:
        said[0] = f"split in {len(entry.new)}"
    elif entry.kind is OperationKind.MERGE:
        said[0] = f"{len(entry.old)} clauses merged"
    if entry.old and entry.new:
        renumbered = renumbering(old[entry.old[0]], new[entry.new[0]])
        if renumbered:
            said.append(f"number {renumbered}")
    return ", ".join(said) or _VERBS[entry.kind]


def has_edits(entry: Entry) -> bool:
    """A word differs."""
    return any(edit.kind is not EditKind.EQUAL for edit in entry.words)


def renumbering(old: Clause, new: Clause) -> str:
    """Such as "4.1 → 5.1", or nothing when the number stayed or neither has one."""
    before, after = number(old.label), number(new.label)
    return "" if before == after else f"{before or 'none'} → {after or 'none'}"


def moved(move: Move) -> str:
    """At the new place."""
    edited = sum(has_edits(entry) for entry in move.entries)
    inside = "" if not edited else ", and modified" if edited == len(move.entries) else f", {edited} of them modified"
    return f"{_movers(move)} from {move.source}{inside}"


def departed(move: Move) -> str:
    """At the old place."""
    return f"{_movers(move)} to {move.target}"


def _movers(move: Move) -> str:
    return "Moved" if len(move.entries) == 1 else f"{clauses(len(move.entries))} moved"


def folded(fold: Fold, old: Sequence[Clause], new: Sequence[Clause]) -> str:
    """Such as "12 unchanged clauses, 4 of them renumbered (5 → 6 … 8 → 9)"."""
    text = f"{len(fold.pairs):,} unchanged {'clause' if len(fold.pairs) == 1 else 'clauses'}"
    shown = [renumbering(old[pair.old], new[pair.new]) for pair in fold.renumbered]
    shown = [each for each in shown if each]
    if not shown:
        return text
    span = shown[0] if len(shown) == 1 else f"{shown[0]} {'…' if len(shown) > 2 else 'and'} {shown[-1]}"  # noqa: PLR2004 - first, last and some between
    return f"{text}, {len(shown)} of them renumbered ({span})"


def facts(redline: Redline) -> Iterator[tuple[str, str]]:
    """The lines above a redline, as (name, value)."""
    known = "text first seen" if redline.bracket is None else ""  # and perhaps shown on many days since
    yield "Compared", f"{_side(redline.old, known)} with {_side(redline.new, known)}"
    if not redline.confirmed:
        yield "State", "Not confirmed yet: seen once, it may vanish at the next look."
    yield from _circumstances(redline)
    yield from _significance(redline)
    yield from _meant(redline)
    yield from _copies(redline)


def message_facts(redline: Redline) -> Iterator[tuple[str, str]]:
    """The same for a message: what it means stands beside the clauses there, and whether it is confirmed above all."""
    yield from _circumstances(redline)
    if redline.significance is not Significance.SUBSTANTIVE or not (redline.meaning and points(redline.meaning)):
        yield from _significance(redline)
    yield from _copies(redline)


def _circumstances(redline: Redline) -> Iterator[tuple[str, str]]:
    bracket = redline.bracket
    if bracket and bracket.after:
        yield "When", f"after {moment(bracket.after)} and not later than {moment(bracket.before)}"
    elif bracket:
        yield "When", f"not later than {moment(bracket.before)}"
    dates = stated(redline.old.dates), stated(redline.new.dates)
    if any(dates):
        before, after = (each or "none" for each in dates)
        yield "Date stated", before if before == after else f"{before} → {after}"
    if redline.new.first_seen and (given := notice(redline.new.dates, redline.new.first_seen)):
        yield "Notice", f"{given}: it holds from {redline.new.dates.effective}"
    if redline.silent:
        yield "Silent", "The words changed under an unchanged stated date."
    if redline.kind == "restored":
        yield "Restored", "A text of long ago is back."
    if redline.kind == "re-extracted":
        yield "Re-extracted", "Our reading of the page differs, not what its authors wrote."


def _significance(redline: Redline) -> Iterator[tuple[str, str]]:
    if redline.significance:
        why = f": {visible(redline.why)}" if redline.why else ""
        yield "Significance", f"{_SIGNIFICANCE[redline.significance]}{why}"


def _copies(redline: Redline) -> Iterator[tuple[str, str]]:
    yield from (("Public copy", visible(address)) for address in redline.copies)


def _meant(redline: Redline) -> Iterator[tuple[str, str]]:
    lines = meaning.lines(redline.meaning) if redline.meaning else []
    yield from (("Meaning", line) for line in lines[:_MOST_MEANT])
    if len(lines) > _MOST_MEANT:
        yield "Meaning", f"and {len(lines) - _MOST_MEANT} more"


def stated(dates: StatedDates) -> str:
    """Such as "updated 2026-05-01, effective 2026-06-01", or nothing."""
    parts = []
    if dates.updated:
        parts.append(f"updated {dates.updated.isoformat()}")
    if dates.effective:
        parts.append(f"effective {dates.effective.isoformat()}")
    return ", ".join(parts)


def notice(dates: StatedDates, first_seen: datetime) -> str:
    """Such as "14 days' notice" when a text was seen before the day from which it counts; else nothing."""
    days = (dates.effective - first_seen.date()).days if dates.effective else 0
    if days <= 0:
        return ""
    return "1 day's notice" if days == 1 else f"{days} days' notice"


def _side(side: Side, known: str) -> str:
    seen = f" ({f'{known} {moment(side.first_seen)}'.strip()})" if side.first_seen else ""
    return f"{visible(side.label)}{seen}"
