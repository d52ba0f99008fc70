"""How much each change of a fact weighs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model import Direction, Evidence, FactChange, FactChangeKind, ValueKind
from monitor.practices.compare import Comparison, Rewording, atoms, renamed
from monitor.practices.statement import Statement
from monitor.practices.taxonomy import taxonomy

_WEIGHTS = {
    "fact": 1.0,
    "polarity": 1.5,
    "value": 1.2,
    "recipient": 0.6,
    "data": 0.6,
    "purpose": 0.5,
    "condition": 0.5,
    "modality": 0.2,
}
_UNRULED = 0.6  # of a fact that only the model saw
_KNOWN = 0.3
_WORDING = 0.3  # of a sentence whose names differ, or that has several words more, while its facts are the same
_IDENTITY = 0.5  # of a sentence that names another contact
_LONG, _SEVERAL = 4, 2  # letters and words that make an addition more than a turn of phrase
_SENSITIVE = 1.5
_ASIDE = 0.6  # a sentence is about one thing first: what else it touches counts less, rank by rank
_SLIGHT = 0.15  # weight of a practice up to which nothing was said of it


@dataclass(frozen=True, slots=True)
class Weighed:
    """A change of a fact and what it weighs."""

    change: FactChange
    weight: float


def weigh(comparison: Comparison) -> list[Weighed]:
    """All changes, the weightiest first."""
    weighed = [Weighed(shown.change, fact_weight(shown.change, comparison)) for shown in comparison.changes]
    return sorted(weighed, key=lambda item: -item.weight)


def facts_differ(comparison: Comparison) -> bool:
    """Whether some fact that is new to the text came, went or was altered."""
    sentences: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for shown in comparison.changes:
        weight = fact_weight(shown.change, comparison)
        if weight:
            sentences[shown.rewording][shown.change.practice] += weight
    for number, rewording in enumerate(comparison.rewordings):
        for practice, weight in named(rewording).items():
            sentences[number][practice] = max(sentences[number][practice], weight)
    scores: dict[str, float] = defaultdict(float)
    for practices in sentences.values():
        ranked = sorted(practices, key=lambda practice: (-practices[practice], practice))
        for rank, practice in enumerate(ranked):
            scores[practice] += practices[practice] * _ASIDE**rank
    return max(scores.values(), default=0.0) > _SLIGHT


def fact_weight(change: FactChange, comparison: Comparison) -> float:
    """What is new to the whole text weighs in full, what it said elsewhere already little."""
    fact = change.new or change.old
    assert fact is not None
    weight = _WEIGHTS[change.what] * fact.score * (_UNRULED if fact.evidence is Evidence.MODEL else 1.0)
    if change.what == "value" and change.direction is Direction.NEUTRAL and _is_date(change):
        return 0.0
    if change.what == "fact":
        known = comparison.known_before if change.kind is FactChangeKind.GAINED else comparison.known_after
        said = list(atoms(fact))
        new = sum(atom not in known for atom in said)
        fresh = said[0] not in known
        weight *= 1.0 if fresh else _KNOWN + (1 - _KNOWN) * min(1.0, new / 2)
    elif change.what in {"recipient", "data", "purpose"}:
        name = change.after or change.before
        known = comparison.known_before if change.after else comparison.known_after
        if (fact.practice, fact.aspect, fact.polarity.value, change.what, name) in known:
            weight *= _KNOWN
    sensitive = taxonomy().sensitive
    if (change.what == "data" and (change.after or change.before) in sensitive) or (
        change.what == "fact" and not sensitive.isdisjoint(fact.data)
    ):
        weight *= _SENSITIVE
    return weight


def _is_date(change: FactChange) -> bool:
    sides = [fact for fact in (change.old, change.new) if fact is not None]
    return any(
        value.kind is ValueKind.DATE and value.text in {change.before, change.after}
        for fact in sides
        for value in fact.values
    )


def named(rewording: Rewording) -> Mapping[str, float]:
    """Practice → weight of names and contacts that differ, and of several words more, beside the facts."""
    old, new = rewording.old, rewording.new
    scores: dict[str, float] = {}
    before = _contacts(old)
    after = _contacts(new)
    sides = [side for side in (old, new) if side is not None]
    practices = {fact.practice: fact.score for side in sides for fact in side.facts}
    if before != after:
        scores["third-party-sharing" if "third-party-sharing" in practices else "identity-contact"] = _IDENTITY
    if old and new and renamed(rewording):
        for practice, score in practices.items() or rewording.around:
            scores[practice] = max(scores.get(practice, 0.0), _WORDING * score)
    elif old and new and practices and _extended(old, new):
        practice = max(practices, key=lambda practice: (practices[practice], practice))
        scores[practice] = max(scores.get(practice, 0.0), _WORDING * practices[practice])
    return scores


def _extended(old: Statement, new: Statement) -> bool:
    """One wording is the other with several words more."""
    before, after = Counter(old.key.split()), Counter(new.key.split())
    gone, come = before - after, after - before
    if gone and come:
        return False
    return sum(len(word) >= _LONG for word in gone + come) >= _SEVERAL


def _contacts(statement: Statement | None) -> frozenset[str]:
    values = statement.values if statement else ()
    return frozenset(value.normal for value in values if value.kind is ValueKind.CONTACT)
