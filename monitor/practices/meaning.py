"""A diff → what it means for the reader: practices, direction, significance, a headline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from monitor.model import Diff, Direction, Meaning, Significance
from monitor.practices.compare import compare_facts
from monitor.practices.grading import grade
from monitor.practices.language import language_of
from monitor.practices.lexicon import base_code
from monitor.practices.names import named_companies
from monitor.practices.telling import told_practices
from monitor.practices.weighing import Weighed, facts_differ, weigh
from monitor.practices.wording import headline, label

_ONE_SIDED = 0.66  # share of the directed weight from which a change goes one way
_DIRECTED = 0.15  # share of all weight that has to be directed, else neutral


def meaning(diff: Diff, language: str | None = None) -> Meaning:
    """What `diff` means for the reader. Without `language` it is told from the text.

    A text in a language without a lexicon has no practices, and its significance is told from the words alone.
    """
    language = base_code(language) or language_of(diff.new or diff.old)
    comparison = compare_facts(diff, language)
    comparison.changes.extend(list(named_companies(comparison)))
    weighed = weigh(comparison)
    practices = told_practices(comparison)
    differ = facts_differ(comparison)
    significance, why = grade(diff, comparison.rewordings, practices, facts_differ=differ, language=language)
    if significance.rank < Significance.EDITORIAL.rank or not (differ or significance is Significance.SUBSTANTIVE):
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
