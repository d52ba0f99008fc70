"""Which practices a change is told to be about: what its sentences are about, weighed by what of them differs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from monitor.practices.compare import Comparison, Rewording, Shown, atoms
from monitor.practices.foreign import foreign_practices
from monitor.practices.statement import Statement
from monitor.practices.weighing import fact_weight, named

_DOUBTFUL = 0.4  # probability below which a sentence counts half for a practice
_CAP = 1.6  # of what the changes of facts in one sentence count for together
_TOPIC = 0.7  # of what a reworded sentence is about, besides what differs in it
_KNOWN = 0.4  # of what a sentence says, while the other version says it elsewhere
_CONTEXT = 0.4  # of what stands around a sentence that says little by itself
_LONG = 12  # words that differ, from which a sentence counts in full
_NAMED = 0.3  # ... and a sentence in which a name or a contact differs
_ALTERED = 0.3  # weight of a change of facts, from which it is not the number of words that counts
_OWN_DATE = 0.15  # of the document's own date, when a sentence tells it

# A sentence is about one thing first: what else it touches counts less, rank by rank. The bound grows with the number
# of sentences that differ. They were chosen on changes written for the purpose (tools/practice_changes.jsonl), with the
# figures for the judged changes of the corpus in view (docs/benchmarks.md).
_ASIDE = 0.5
_NOTHING = 0.1  # weight up to which nothing is told of
_LEAST = 0.012  # weight × its share of the weightiest practice's ...
_PER_SENTENCE = 0.85  # ... grows with the number of sentences that differ, to this power
_FOREIGN = 0.25  # of practices that this kind of document is not about
_LEAST_FACTS = 15  # of a document whose kind can be told


def told_practices(comparison: Comparison) -> tuple[str, ...]:
    """Practices worth telling of, the weightiest first; none where no sentence differs."""
    scores = practice_scores(comparison)
    if not scores:
        return ()
    most = max(scores.values())
    if most < _NOTHING:
        return ()
    strength = {practice: weight * weight / most for practice, weight in scores.items()}
    for practice in _foreign(comparison):
        if practice in strength:
            strength[practice] *= _FOREIGN
    ranked = sorted(strength, key=lambda practice: (-strength[practice], practice))
    differing = sum(_differs(rewording) for rewording in comparison.rewordings)
    least = _LEAST * (1 + differing) ** _PER_SENTENCE
    return tuple(practice for rank, practice in enumerate(ranked) if not rank or strength[practice] >= least)


def practice_scores(comparison: Comparison) -> Mapping[str, float]:
    """Practice → weight of all sentences that differ."""
    by_sentence: dict[int, list[Shown]] = defaultdict(list)
    for shown in comparison.changes:
        by_sentence[shown.rewording].append(shown)
    foreign = _foreign(comparison)
    scores: dict[str, float] = defaultdict(float)
    for number, rewording in enumerate(comparison.rewordings):
        altered = _altered(by_sentence[number], comparison)
        if not altered and not _differs(rewording):
            continue
        found = _about(rewording, altered, comparison)
        for practice in foreign & found.keys():
            found[practice] *= _FOREIGN
        most = max(found.values(), default=0.0)
        for practice, share in rewording.around:
            part = share * (_FOREIGN if practice in foreign else 1.0)
            found[practice] = found.get(practice, 0.0) + _CONTEXT * part * max(0.0, 1 - most)
        size = _size(rewording, altered, found)
        for rank, practice in enumerate(sorted(found, key=lambda practice: (-found[practice], practice))):
            scores[practice] += found[practice] * size * _ASIDE**rank
    return {practice: score for practice, score in scores.items() if score}


def _altered(changes: Iterable[Shown], comparison: Comparison) -> dict[str, float]:
    """Practice → weight of the changes of facts that one sentence shows."""
    weights: dict[str, float] = defaultdict(float)
    for shown in changes:
        weights[shown.change.practice] += fact_weight(shown.change, comparison)
    return {practice: min(_CAP, weight) for practice, weight in weights.items() if weight}


def _about(rewording: Rewording, altered: Mapping[str, float], comparison: Comparison) -> dict[str, float]:
    """Practice → how much of it one sentence shows."""
    old, new = rewording.old, rewording.new
    found: dict[str, float]
    if old is not None and new is not None:
        both = {practice: (old.about(practice), new.about(practice)) for practice in {*old.shares, *new.shares}}
        found = {practice: max(abs(a - b), _TOPIC * max(a, b)) for practice, (a, b) in both.items()}
    else:
        side, known = (new, comparison.known_before) if new is not None else (old, comparison.known_after)
        assert side is not None
        found = {
            practice: (share if share >= _DOUBTFUL else share / 2) * _fresh(side, practice, known)
            for practice, share in side.shares.items()
        }
    for extra in (altered, named(rewording)):
        for practice, weight in extra.items():
            found[practice] = max(found.get(practice, 0.0), weight)
    if all(side.tells_own_date for side in (old, new) if side is not None):
        found = {practice: weight * _OWN_DATE for practice, weight in found.items()}
    return found


def _fresh(side: Statement, practice: str, known: frozenset[tuple[str, ...]]) -> float:
    """In full where nothing that the sentence says of a practice stands elsewhere in the other version."""
    said = [atom in known for fact in side.facts if fact.practice == practice for atom in atoms(fact)]
    return 1.0 if not said else _KNOWN + (1 - _KNOWN) * (1 - sum(said) / len(said))


def _size(rewording: Rewording, altered: Mapping[str, float], found: Mapping[str, float]) -> float:
    """How much of a sentence differs, from 0 to 1; a fact that was altered counts whatever its words."""
    old, new = rewording.old, rewording.new
    before = Counter(old.key.split() if old else ())
    after = Counter(new.key.split() if new else ())
    words = ((before - after) + (after - before)).total()
    size = min(1.0, words / _LONG)
    if max(altered.values(), default=0.0) > _ALTERED:
        return max(size, min(1.0, max(found.values())))
    return max(size, _NAMED) if named(rewording) else size


def _differs(rewording: Rewording) -> bool:
    """Whether more than dates and the numbers of sections do."""
    old, new = rewording.old, rewording.new
    return old is None or new is None or old.dateless != new.dateless


def _foreign(comparison: Comparison) -> frozenset[str]:
    if comparison.tally.total() < _LEAST_FACTS:
        return frozenset()
    return foreign_practices(comparison.tally)
