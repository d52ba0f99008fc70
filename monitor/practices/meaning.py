"""A diff → what it means for the reader: practices, direction, significance, a headline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from monitor.model import Diff, Direction, EditKind, Meaning, OperationKind, Significance
from monitor.practices.compare import Comparison, Rewording, compare_facts
from monitor.practices.language import language_of
from monitor.practices.names import named_companies
from monitor.practices.weighing import Weighed, told_practices, weigh
from monitor.practices.wording import headline, label, listed

_ONE_SIDED = 0.66  # share of the directed weight from which a change goes one way
_DIRECTED = 0.15  # share of all weight that has to be directed, else neutral


def meaning(diff: Diff, language: str | None = None) -> Meaning:
    """What `diff` means for the reader. Without `language` it is told from the text.

    A text in a language without a lexicon has no practices, and its significance is told from the words alone.
    """
    language = language or language_of(diff.new or diff.old)
    comparison = compare_facts(diff, language)
    comparison.changes.extend(list(named_companies(comparison)))
    weighed = weigh(comparison)
    practices = told_practices(comparison)
    significance, why = _significance(diff, comparison, practices)
    if significance.rank < Significance.SUBSTANTIVE.rank:
        practices = ()
    kept = [item for item in weighed if item.change.practice in practices and item.weight > 0]
    direction, reasons = _direction(kept)
    return Meaning(
        practices=practices,
        changes=tuple(item.change for item in kept),
        direction=direction,
        reasons=reasons,
        significance=significance,
        why=why,
        headline=headline(kept, practices, direction, significance, why),
    )


# ---- direction


def _direction(weighed: Sequence[Weighed]) -> tuple[Direction, tuple[str, ...]]:
    """Where the weight of the changes lies, and the reasons of the weightiest on each side."""
    sums: Counter[Direction] = Counter()
    for item in weighed:
        sums[item.change.direction] += item.weight  # type: ignore[assignment]
    less, more = float(sums[Direction.LESS]), float(sums[Direction.MORE])
    total = float(sum(sums.values()))
    reasons = _reasons(weighed)
    if not total:
        return Direction.UNCLEAR, ()
    if less + more < _DIRECTED * total:
        return (Direction.NEUTRAL if sums[Direction.NEUTRAL] else Direction.UNCLEAR), reasons
    if less >= _ONE_SIDED * (less + more):
        return Direction.LESS, reasons
    if more >= _ONE_SIDED * (less + more):
        return Direction.MORE, reasons
    return Direction.MIXED, reasons


def _reasons(weighed: Sequence[Weighed]) -> tuple[str, ...]:
    found: list[str] = []
    for item in weighed:
        change = item.change
        if change.direction in (Direction.LESS, Direction.MORE):
            line = f"{label(change.practice)}: {change.reason}"
            if line not in found:
                found.append(line)
    return tuple(found[:5])


# ---- significance

_FEW = 3  # letters by which a typo's words differ


def _significance(diff: Diff, comparison: Comparison, practices: Sequence[str]) -> tuple[Significance, str]:
    """How much it matters, and why in one line."""
    edited = [operation for operation in diff.operations if any(e.kind is not EditKind.EQUAL for e in operation.words)]
    added = [o for o in diff.operations if o.kind in (OperationKind.ADDED, OperationKind.REMOVED)]
    if not edited and not added:
        return Significance.NONE, "no word differs"
    words = _changed_words(comparison.rewordings)
    if not words:
        return Significance.COSMETIC, "only marks, dates, section numbers or the order of sentences differ"
    if all(_typo(old, new) for old, new in words):
        return Significance.COSMETIC, "only spelling differs"
    if practices:
        return Significance.SUBSTANTIVE, f"what is said of {listed([label(p) for p in practices[:3]])} differs"
    return Significance.EDITORIAL, "reworded; what it says of each practice is the same"


def _changed_words(rewordings: Iterable[Rewording]) -> list[tuple[str, str]]:
    """The words that differ, per sentence, without dates and numbers of sections."""
    found = []
    for rewording in rewordings:
        old = Counter(_words(rewording.old.key)) if rewording.old else Counter()
        new = Counter(_words(rewording.new.key)) if rewording.new else Counter()
        if rewording.old and rewording.new and rewording.old.dateless == rewording.new.dateless:
            continue
        gone, come = old - new, new - old
        if gone or come:
            found.append((" ".join(gone.elements()), " ".join(come.elements())))
    return found


def _words(key: str) -> list[str]:
    return key.split()


def _typo(old: str, new: str) -> bool:
    """A word or two spelled otherwise."""
    if not old or not new or abs(len(old) - len(new)) > _FEW or any(map(str.isdigit, old + new)):
        return False
    return len(old.split()) <= 2 and _apart(old, new) <= 2  # noqa: PLR2004 - "recieve": two letters


def _apart(old: str, new: str) -> int:
    """Edit distance, given up beyond three."""
    row = list(range(len(new) + 1))
    for i, one in enumerate(old, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(new, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (one != other))
        if min(row) > _FEW:
            return _FEW + 1
    return row[-1]
