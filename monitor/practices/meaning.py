"""A diff → what it means for the reader: practices, direction, significance, a headline."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.model import (
    Diff,
    Direction,
    EditKind,
    Evidence,
    FactChange,
    FactChangeKind,
    Meaning,
    OperationKind,
    Significance,
    Value,
    ValueKind,
)
from monitor.practices.companies import legal_forms
from monitor.practices.compare import Comparison, Rewording, atoms, compare_facts
from monitor.practices.language import language_of
from monitor.practices.read import Statement
from monitor.practices.taxonomy import taxonomy

# How much a change of a fact weighs. What is new to the whole text weighs in full, what it said elsewhere already
# little; a fact of a sentence that was reworded less than one of a sentence that came or went.
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
_WORDING = 0.3  # of a sentence whose names differ while its facts are the same
_IDENTITY = 0.5  # of a sentence that names another company or contact
_LONG, _SEVERAL = 4, 2  # letters and words that make an addition more than a turn of phrase
_LEAST_TEXT = 25  # characters of a sentence that is told by what stands around it
_FOREIGN = 0.3  # of practices of terms in a privacy policy, and the other way round
_SENSITIVE = 1.5
_LEAST = 0.08  # weight from which a practice is reported
_LEAST_SHARE = 0.15  # ... and its share of the weightiest one's
_MOST_AROUND = 2
_MOST = 6  # practices reported; a rewrite touches them all
_ONE_SIDED = 0.6  # share of the directed weight from which a change goes one way
_DIRECTED = 0.15  # share of all weight that has to be directed, else neutral
_SHORT = {
    "first-party-collection": "collection",
    "third-party-sharing": "sharing",
    "user-choice": "choice",
    "user-access": "rights",
    "data-retention": "retention",
    "data-security": "security",
    "international-transfer": "transfer abroad",
    "automated-decisions-ai": "AI and automated decisions",
}


@dataclass(frozen=True, slots=True)
class _Weighed:
    change: FactChange
    weight: float


def meaning(diff: Diff, language: str | None = None) -> Meaning:
    """What `diff` means for the reader. Without `language` it is told from the text.

    A text in a language without a lexicon has no practices, and its significance is told from the words alone.
    """
    language = language or language_of(diff.new or diff.old)
    comparison = compare_facts(diff, language)
    weighed = sorted(
        (_Weighed(change, _weight(change, comparison)) for change in comparison.changes), key=lambda w: -w.weight
    )
    scores: dict[str, float] = defaultdict(float)
    for item in weighed:
        scores[item.change.practice] += item.weight
    for practice, weight in _worded(comparison.rewordings).items():
        scores[practice] += weight
    foreign = _foreign(comparison.tally)
    for practice in scores:
        if practice in foreign:
            scores[practice] *= _FOREIGN
    practices = _reported(scores)
    if not practices:
        around = _fallback(comparison.rewordings)
        practices = tuple(sorted(around, key=lambda practice: (-around[practice], practice))[:_MOST_AROUND])
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
        headline=_headline(kept, practices, direction, significance, why),
    )


def _foreign(tally: Counter[str]) -> frozenset[str]:
    """Practices that are not what this kind of document is about."""
    terms = {name for name, practice in taxonomy().practices.items() if not practice.opp115}
    if 2 * sum(tally[name] for name in terms) > tally.total():
        return frozenset(taxonomy().practices) - terms - {"policy-change", "identity-contact", "specific-audiences"}
    return frozenset(terms)


def _weight(change: FactChange, comparison: Comparison) -> float:
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


def _worded(rewordings: Iterable[Rewording]) -> Mapping[str, float]:
    """Practices of reworded sentences whose names differ: a new officer, another company."""
    scores: dict[str, float] = defaultdict(float)
    for rewording in rewordings:
        for practice, weight in _named(rewording).items():
            scores[practice] = max(scores[practice], weight)
    return scores


def _named(rewording: Rewording) -> Mapping[str, float]:
    old, new = rewording.old, rewording.new
    scores: dict[str, float] = {}
    before = _identities(old.values if old else ())
    after = _identities(new.values if new else ())
    sides = [side for side in (old, new) if side is not None]
    practices = {fact.practice: fact.score for side in sides for fact in side.facts}
    for kind, name in before ^ after:
        formal = kind is ValueKind.CONTACT or name.lower().split()[-1] in legal_forms()
        home = "identity-contact" if formal and "third-party-sharing" not in practices else "third-party-sharing"
        scores[home] = _IDENTITY
    if old and new and _renamed(old, new):
        for practice, score in practices.items() or rewording.around:
            scores[practice] = max(scores.get(practice, 0.0), _WORDING * score)
    return scores


def _renamed(old: Statement, new: Statement) -> bool:
    """A capitalised word stands in one wording that the other does not have in any case."""
    return not (old.names <= set(new.key.split()) and new.names <= set(old.key.split()))


def _extended(old: Statement, new: Statement) -> bool:
    """One wording is the other with several words more."""
    before, after = Counter(old.key.split()), Counter(new.key.split())
    gone, come = before - after, after - before
    if gone and come:
        return False
    return sum(len(word) >= _LONG for word in gone + come) >= _SEVERAL


def _identities(values: Iterable[Value]) -> frozenset[tuple[ValueKind, str]]:
    """Who is named and how they are reached."""
    kinds = (ValueKind.CONTACT, ValueKind.COMPANY)
    return frozenset((value.kind, value.normal) for value in values if value.kind in kinds)


def _fallback(rewordings: Iterable[Rewording]) -> Mapping[str, float]:
    """What sentences that came or went, or whose names differ, are about by what stands around them."""
    scores: dict[str, float] = defaultdict(float)
    for rewording in rewordings:
        old, new = rewording.old, rewording.new
        if old and new and not _renamed(old, new) and not _extended(old, new):
            continue
        side = new or old
        assert side is not None
        if len(side.key) < _LEAST_TEXT:
            continue
        for practice, score in rewording.around:
            scores[practice] += score
    return scores


def _reported(scores: Mapping[str, float]) -> tuple[str, ...]:
    if not scores:
        return ()
    most = max(scores.values())
    least = max(_LEAST, _LEAST_SHARE * most)
    ranked = sorted(scores, key=lambda practice: (-scores[practice], practice))
    return tuple(practice for practice in ranked[:_MOST] if scores[practice] >= least)


# ---- direction


def _direction(weighed: Sequence[_Weighed]) -> tuple[Direction, tuple[str, ...]]:
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


def _reasons(weighed: Sequence[_Weighed]) -> tuple[str, ...]:
    found: list[str] = []
    for item in weighed:
        change = item.change
        if change.direction in (Direction.LESS, Direction.MORE):
            line = f"{label(change.practice)}: {change.reason}"
            if line not in found:
                found.append(line)
    return tuple(found[:5])


# ---- significance

_LETTERS = re.compile(r"[^\W\d_]+")
_FEW = 3  # letters by which a typo's words differ


def _significance(diff: Diff, comparison: Comparison, practices: Sequence[str]) -> tuple[Significance, str]:
    """How much it matters, and why in one line."""
    edited = [operation for operation in diff.operations if any(e.kind is not EditKind.EQUAL for e in operation.words)]
    added = [o for o in diff.operations if o.kind in (OperationKind.ADDED, OperationKind.REMOVED)]
    if not edited and not added:
        return Significance.NONE, "no word differs"
    words = _changed_words(comparison.rewordings)
    if not words:
        return Significance.COSMETIC, "only marks, dates or the order of sentences differ"
    if all(_typo(old, new) for old, new in words):
        return Significance.COSMETIC, "only spelling differs"
    if practices:
        return Significance.SUBSTANTIVE, f"what is said of {_listed([label(p) for p in practices[:3]])} differs"
    return Significance.EDITORIAL, "reworded; what it says of each practice is the same"


def _changed_words(rewordings: Iterable[Rewording]) -> list[tuple[str, str]]:
    """The words that differ, per sentence, without dates."""
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


# ---- words for people


def label(practice: str) -> str:
    """A short name, for a sentence."""
    return _SHORT.get(practice) or taxonomy().practices[practice].label.lower()


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _headline(
    weighed: Sequence[_Weighed],
    practices: Sequence[str],
    direction: Direction,
    significance: Significance,
    why: str,
) -> str:
    if significance is not Significance.SUBSTANTIVE:
        return why
    suffix = f" ({direction.value.replace('-', ' ')})"
    directed = [item for item in weighed if item.change.direction is direction] or list(weighed)
    if not directed:
        return _listed([label(practice) for practice in practices[:3]]) + suffix
    return _told(directed[0].change) + suffix


def _told(change: FactChange) -> str:
    name = label(change.practice)
    if change.what == "fact":
        fact = change.new or change.old
        assert fact is not None
        what = fact.aspect.replace("-", " ")
        said = " (not done)" if fact.polarity.value == "does-not" else ""
        return f"{name}: {what}{said} {'added' if change.kind is FactChangeKind.GAINED else 'removed'}"
    if change.before and change.after:
        return f"{name} {change.before} → {change.after}"
    if change.after:
        return f"{name}: {change.after} added"
    return f"{name}: {change.before} removed"
