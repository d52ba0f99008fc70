"""The facts of one sentence: the rules held against the words, negations and values that stand in it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from monitor.model import Actor, Fact, Modality, Polarity, Span
from monitor.practices.lexicon import PREFIX, Hits, Lexicon, lexicon
from monitor.practices.placed import Placed
from monitor.practices.rules import Rule, attributes, rules
from monitor.practices.scope import Scope, actor, modality, negated, scope
from monitor.practices.values import values
from monitor.practices.words import Words, sentences, split_words

# Aspects of facts that only the model saw: the sentence says so, or it negates something and only names the practice.
STATED, MENTIONED = "about", "mention"

_LEAD_WEIGHT = 0.8  # of a rule whose anchor stands in the line above


@dataclass(frozen=True, slots=True)
class Text:
    """A text with all that was found in it."""

    words: Words
    hits: Hits
    scope: Scope
    values: list[Placed]
    ranges: list[tuple[int, int]]
    verbs: set[int]


@dataclass(frozen=True, slots=True)
class Anchor:
    """A concept that a lead-in hands down to the items below it."""

    concept: str
    polarity: Polarity
    modality: Modality
    actor: Actor


def analyse(text: str, lexicon: Lexicon) -> Text:
    """All that a lexicon finds in a text: words, concepts, values, sentences."""
    words = split_words(text, eliding=lexicon.eliding)
    hits = lexicon.hits(words)
    verbs = {
        place
        for concept, ranges in hits.items()
        if concept in _VERBAL
        for first, last in ranges
        for place in (first, last)
    }
    return Text(
        words,
        hits,
        scope(words.lower, hits),
        values(words, hits, lexicon),
        sentences(words, lexicon.abbreviations),
        verbs,
    )


_VERBAL = frozenset(
    [
        "collect",
        "provide",
        "use",
        "infer",
        "share",
        "sell",
        "withdraw",
        "retain",
        "store",
        "delete",
        "transfer",
        "terminate",
        "discontinue",
        "cancel",
    ]
)


@lru_cache(maxsize=4096)
def lead_anchors(line: str, language: str) -> tuple[Anchor, ...]:
    """Concepts of a lead-in or heading that rules with `lead` hang on."""
    text = analyse(line[:600], lexicon(language))
    end = len(text.words)
    found = []
    for concept, group in rules().items():
        if any(rule.lead for rule in group) and concept in text.hits:
            first, last = text.hits[concept][-1]
            found.append(
                Anchor(
                    concept,
                    _polarity(text, first, last, 0, end),
                    modality(text.scope, first, last, begin=0),
                    actor(text.scope, first, begin=0),
                )
            )
    return tuple(found)


def _polarity(text: Text, first: int, last: int, begin: int, end: int) -> Polarity:
    is_negated = negated(text.scope, first, last, begin=begin, end=end, verbs=text.verbs)
    return Polarity.DOES_NOT if is_negated else Polarity.DOES


@dataclass(slots=True)
class Present:
    """What the words `begin` to `end` (exclusive) hold: concept → ranges, families such as "data:" too."""

    begin: int
    end: int
    ranges: dict[str, list[tuple[int, int]]]
    values: list[Placed]
    named: dict[str, tuple[str, ...]]  # family → ids of the taxonomy, such as "data" → ("email", "name")


def present_in(text: Text, begin: int, end: int) -> Present:
    """What one sentence of a text holds."""
    ranges: dict[str, list[tuple[int, int]]] = {}
    named: dict[str, list[str]] = {family: [] for family in _FAMILIES}
    for concept, places in text.hits.items():
        inside = [place for place in places if begin <= place[0] and place[1] < end]
        if inside:
            ranges[concept] = inside
            family, colon, _ = concept.partition(":")
            if colon and family in _FAMILIES:
                ranges.setdefault(f"{family}:", []).extend(inside)
                named[family].append(concept[len(family) + 1 :])
    here = [placed for placed in text.values if begin <= placed.first < end]
    for placed in here:
        ranges.setdefault(f"value:{placed.value.kind.value}", []).append((placed.first, placed.last))
    return Present(begin, end, ranges, here, {family: tuple(sorted(ids)) for family, ids in named.items()})


_FAMILIES = frozenset(prefix.rstrip(":") for prefix in PREFIX.values())


def sentence_facts(text: Text, present: Present) -> list[Fact]:
    """What the rules find in a sentence; one fact per rule and place that fits."""
    found = []
    table = rules()
    for concept, places in present.ranges.items():
        for rule in table.get(concept, ()):
            if any(name in present.ranges for name in rule.without):
                continue
            for first, last in places:
                fact = _fire(rule, text, present, first, last)
                if fact is not None:
                    found.append(fact)
    return found


def _fire(rule: Rule, text: Text, present: Present, first: int, last: int) -> Fact | None:
    spans = [(first, last)]
    for need in rule.needs:
        near = _nearest(need, present, first, last, rule.reach)
        if near is None:
            return None
        spans.append(near)
    who = actor(text.scope, first, begin=present.begin)
    if rule.actor is not None and who not in {rule.actor, Actor.UNSAID}:
        return None
    return _fact(
        rule,
        text,
        present,
        polarity=_polarity(text, first, last, present.begin, present.end) if rule.signed else Polarity.DOES,
        modality=modality(text.scope, first, last, begin=present.begin),
        actor=who,
        spans=spans,
        score=rule.weight,
    )


def _nearest(need: Iterable[str], present: Present, first: int, last: int, reach: int) -> tuple[int, int] | None:
    """The range nearest to the anchor that is one of the needed concepts and not the anchor's own words."""
    best: tuple[int, int] | None = None
    distance = reach + 1
    for concept in need:
        for place in present.ranges.get(concept, ()):
            if place[0] <= last and first <= place[1] and not (place[0] > first or place[1] > last):
                continue
            far = place[0] - last if place[0] > last else first - place[1]
            if far < distance:
                best, distance = place, far
    return best


def under_lead(text: Text, present: Present, leads: Sequence[Anchor], known: Collection[str]) -> list[Fact]:
    """Facts of a list item or table row whose verb stands in the line above."""
    found = []
    for anchor in leads:
        for rule in rules()[anchor.concept]:
            if not rule.lead or rule.practice in known or any(name in present.ranges for name in rule.without):
                continue
            spans = []
            for need in rule.needs:
                places = [place for concept in need for place in present.ranges.get(concept, ())]
                if not places:
                    break
                spans.append(places[0])
            else:
                if rule.needs:
                    found.append(
                        _fact(
                            rule,
                            text,
                            present,
                            polarity=anchor.polarity if rule.signed else Polarity.DOES,
                            modality=anchor.modality,
                            actor=anchor.actor,
                            spans=spans,
                            score=rule.weight * _LEAD_WEIGHT,
                        )
                    )
    return found


def _fact(
    rule: Rule,
    text: Text,
    present: Present,
    *,
    polarity: Polarity,
    modality: Modality,
    actor: Actor,
    spans: Sequence[tuple[int, int]],
    score: float,
) -> Fact:
    return fact_of(
        rule.practice,
        rule.aspect,
        present,
        polarity=polarity,
        modality=modality,
        actor=actor,
        spans=tuple(Span(text.words.starts[first], text.words.ends[last]) for first, last in sorted(set(spans))),
        score=score,
    )


def fact_of(practice: str, aspect: str, present: Present, **parts: Any) -> Fact:
    """A fact with all that its practice can hold of what the sentence names; `parts` are the other fields of a Fact."""
    wanted = attributes()[practice]
    held = present.named
    return Fact(
        practice=practice,
        aspect=aspect,
        recipients=held["recipient"] if "recipients" in wanted else (),
        data=held["data"] if "data" in wanted else (),
        purposes=held["purpose"] if "purposes" in wanted else (),
        conditions=held["condition"] if "conditions" in wanted else (),
        values=tuple(placed.value for placed in present.values if placed.value.kind.value in wanted),
        **parts,
    )


def has_negation(text: Text, present: Present) -> bool:
    """Whether anything in a sentence negates anything."""
    negators = text.scope.before | text.scope.after | text.scope.objects
    return not negators.isdisjoint(range(present.begin, present.end))


def marks(present: Present, facts: Iterable[Fact]) -> list[str]:
    """Names of all that a sentence holds and of its facts: what the model is told besides the words."""
    found = set(present.ranges)
    for fact in facts:
        negation = "!" if fact.polarity is Polarity.DOES_NOT else ""
        found |= {f"fact:{fact.practice}", f"fact:{fact.practice}/{fact.aspect}{negation}"}
    return sorted(found)


def merged(facts: Iterable[Fact]) -> list[Fact]:
    """One fact per practice, aspect and polarity of a sentence: the surest, with the words of all."""
    best: dict[tuple[str, str, Polarity], Fact] = {}
    for fact in facts:
        key = (fact.practice, fact.aspect, fact.polarity)
        other = best.get(key)
        if other is None:
            best[key] = fact
            continue
        surer = fact if fact.score > other.score else other
        best[key] = replace(surer, spans=tuple(sorted({*fact.spans, *other.spans})))
    return list(best.values())
