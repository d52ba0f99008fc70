"""A clause → the facts it states, with the words that show them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from monitor.model import Actor, Clause, ClauseKind, Evidence, Fact, Modality, Polarity, Span, Value, ValueKind
from monitor.practices.lexicon import PREFIX, Hits, Lexicon, languages, lexicon
from monitor.practices.placed import Placed
from monitor.practices.rules import Rule, attributes, rules
from monitor.practices.scope import Scope, actor, modality, negated, scope
from monitor.practices.values import values
from monitor.practices.vote import LANGUAGE, TOPICS, topics
from monitor.practices.words import Words, sentences, split_words

_HEADING_WEIGHT = 0.5  # a heading announces, it states little
_LEAD_WEIGHT = 0.8  # of a rule whose anchor stands in the line above
_LEAST_SCORE = 0.45  # a fact below is not told
_DOUBTED = 0.4  # what is left of a rule's weight when the model sees nothing of its topic
_AGREES = 0.3  # probability from which the model agrees in full
_SURE = 0.42  # ... and from which it needs no rule; chosen on the training part of APPSI-139
_LEAST_WORDS = 4  # of a sentence that the model is asked about
_UNNAMED = "about"  # the aspect of a fact that only the model saw
_VOTED = frozenset(
    [
        "first-party-collection",
        "cookies-tracking",
        "third-party-sharing",
        "user-choice",
        "user-access",
        "data-retention",
        "international-transfer",
        "data-security",
        "policy-change",
        "specific-audiences",
        "identity-contact",
    ]
)
_TOPIC_OF = {practice: topic for topic, practices in TOPICS.items() for practice in practices if practice in _VOTED}
_INSTEAD = {
    "control": ("user-access", ("right", "delete", "access", "correct", "port", "access-right")),
    "retention": ("international-transfer", ("abroad", "transfer-safeguard")),
}
_IN_LISTS = frozenset({ClauseKind.LIST_ITEM, ClauseKind.TABLE_ROW, ClauseKind.DEFINITION})


@dataclass(frozen=True, slots=True)
class _Text:
    """A text with all that was found in it."""

    words: Words
    hits: Hits
    scope: Scope
    values: list[Placed]
    ranges: list[tuple[int, int]]
    verbs: set[int]


@dataclass(frozen=True, slots=True)
class _Anchor:
    """A concept that a lead-in hands down to the items below it."""

    concept: str
    polarity: Polarity
    modality: Modality
    actor: Actor


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a clause.

    `key` is the same for sentences of the same words, `dateless` whatever their dates and the sections they refer to.
    Names are its capitalised words, where a language does not capitalise every noun.
    """

    key: str
    dateless: str
    reachless: str  # `dateless` without mail addresses and telephone numbers too
    text: str
    facts: tuple[Fact, ...]
    values: tuple[Value, ...]
    names: frozenset[str]


def read(clause: Clause, language: str | None, *, lead: str = "") -> list[Fact]:
    """The facts that a clause states, sentence by sentence, each with the words that show it.

    Args:
        clause: one clause; of a list item the last heading above counts as its lead-in too.
        language: ISO 639-1 code; a language without a lexicon (see `languages()`), or None, has no facts.
        lead: the line that a list item stands under ("We share data with:"), where it is known.
    """
    return [fact for statement in statements(clause, language, lead=lead) for fact in statement.facts]


def statements(clause: Clause, language: str | None, *, lead: str = "") -> list[Statement]:
    """The sentences of a clause with the facts of each; none without a lexicon."""
    if language not in languages():
        return []
    words = lexicon(language)
    text = _analyse(clause.text, words)
    leads: tuple[_Anchor, ...] = ()
    if clause.kind in _IN_LISTS:
        above = (lead, *clause.path[-1:])
        leads = tuple(anchor for line in above if line for anchor in _lead_anchors(line, words.language))
    made = []
    for begin, end in text.ranges:
        found = _sentence(text, begin, end)
        if leads:
            found.extend(_under_lead(text, begin, end, leads, {fact.practice for fact in found}))
        facts = _merged(found)
        if words.language == LANGUAGE and clause.kind is not ClauseKind.HEADING and end - begin >= _LEAST_WORDS:
            facts = _voted(facts, text, begin, end)
        if clause.kind is ClauseKind.HEADING:
            facts = [replace(fact, score=fact.score * _HEADING_WEIGHT) for fact in facts]
        made.append(_statement(text, begin, end, facts, words))
    return made


def read_all(clauses: Sequence[Clause], language: str | None) -> list[tuple[Statement, ...]]:
    """The statements of each clause, list items under their lead-in."""
    found = []
    lead = ""
    for clause in clauses:
        if clause.kind not in (ClauseKind.LIST_ITEM, ClauseKind.TABLE_ROW):
            lead = clause.text if clause.text.rstrip().endswith(":") or clause.kind is ClauseKind.HEADING else ""
        found.append(_remembered(clause, language, lead))
    return found


@lru_cache(maxsize=4096)
def _remembered(clause: Clause, language: str | None, lead: str) -> tuple[Statement, ...]:
    """What a clause says. Most clauses stand in the texts before and after, and in the next pair again."""
    return tuple(statements(clause, language, lead=lead))


def _voted(facts: Iterable[Fact], text: _Text, begin: int, end: int) -> list[Fact]:
    """Facts weighed by the second vote; where it is sure of a topic that no rule saw, a fact of its own."""
    votes = topics(text.words.lower[begin:end])
    kept = []
    for fact in facts:
        topic = _TOPIC_OF.get(fact.practice)
        if topic is None:
            kept.append(fact)
            continue
        score = fact.score * (_DOUBTED + (1 - _DOUBTED) * min(1.0, votes[topic] / _AGREES))
        if score >= _LEAST_SCORE:
            kept.append(replace(fact, score=score))
    seen = {_TOPIC_OF.get(fact.practice) for fact in kept}
    span = Span(text.words.starts[begin], text.words.ends[end - 1])
    for topic, share in votes.items():
        if share >= _SURE and topic not in seen:
            practice = TOPICS[topic][0]
            other = _INSTEAD.get(topic)
            if other is not None and any(
                begin <= first < end for concept in other[1] for first, _ in text.hits.get(concept, ())
            ):
                practice = other[0]
            kept.append(
                Fact(
                    practice=practice,
                    aspect=_UNNAMED,
                    values=tuple(
                        placed.value
                        for placed in text.values
                        if begin <= placed.first < end and placed.value.kind.value in attributes()[practice]
                    ),
                    spans=(span,),
                    evidence=Evidence.MODEL,
                    score=share,
                )
            )
    return kept


def _statement(text: _Text, begin: int, end: int, facts: Sequence[Fact], lexicon: Lexicon) -> Statement:
    words = text.words
    dated, reached = (
        {place for placed in text.values if placed.value.kind is kind for place in range(placed.first, placed.last + 1)}
        for kind in (ValueKind.DATE, ValueKind.CONTACT)
    )
    spoken = [place for place in range(begin, end) if words.lower[place][0].isalnum()]
    undated = [
        place
        for place in spoken
        if place not in dated and not _is_reference(words.lower, place, begin, lexicon.references)
    ]
    names: set[str] = set()
    if not lexicon.capital_nouns:
        names.update(
            words.lower[place]
            for place in spoken[1:]
            if place not in dated and words.text[words.starts[place]].isupper()
        )
    return Statement(
        key=" ".join(words.lower[place] for place in spoken),
        dateless=" ".join(words.lower[place] for place in undated),
        reachless=" ".join(words.lower[place] for place in undated if place not in reached),
        text=words.between(begin, end - 1),
        facts=tuple(facts),
        values=tuple(placed.value for placed in text.values if begin <= placed.first < end),
        names=frozenset(names),
    )


_NUMBERED = re.compile(r"[a-z]\.\d{1,3}[a-z]?|\d{1,3}\.\d{1,3}\.\d{1,3}")
_LABEL = re.compile(r"[a-z]?\.?\d{1,3}(?:\.\d{1,3})*[a-z]?|[a-z]|[ivx]{1,5}")
_LONGEST_REFERENCE = 11  # characters: 123.123.123
_REFERENCE_REACH = 5  # "sections 4.2 (b) and 7"


def _is_reference(lower: Sequence[str], place: int, begin: int, heads: frozenset[str]) -> bool:
    """Whether a word is the number of a section: "section 4.2(b)", "D.7"."""
    word = lower[place]
    if len(word) > _LONGEST_REFERENCE or (word.isalpha() and len(word) > 5):  # noqa: PLR2004 - xviii
        return False
    if _NUMBERED.fullmatch(word):
        return True
    return _LABEL.fullmatch(word) is not None and not heads.isdisjoint(
        lower[max(begin, place - _REFERENCE_REACH) : place]
    )


def _analyse(text: str, lexicon: Lexicon) -> _Text:
    words = split_words(text, eliding=lexicon.eliding)
    hits = lexicon.hits(words)
    verbs = {
        place
        for concept, ranges in hits.items()
        if concept in _VERBAL
        for first, last in ranges
        for place in (first, last)
    }
    return _Text(
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
def _lead_anchors(line: str, language: str) -> tuple[_Anchor, ...]:
    """Concepts of a lead-in or heading that rules with `lead` hang on."""
    text = _analyse(line[:600], lexicon(language))
    end = len(text.words)
    found = []
    for concept, group in rules().items():
        if any(rule.lead for rule in group) and concept in text.hits:
            first, last = text.hits[concept][-1]
            found.append(
                _Anchor(
                    concept,
                    _polarity(text, first, last, 0, end),
                    modality(text.scope, first, last, begin=0),
                    actor(text.scope, first, begin=0),
                )
            )
    return tuple(found)


def _polarity(text: _Text, first: int, last: int, begin: int, end: int) -> Polarity:
    is_negated = negated(text.scope, first, last, begin=begin, end=end, verbs=text.verbs)
    return Polarity.DOES_NOT if is_negated else Polarity.DOES


@dataclass(slots=True)
class _Present:
    """What one sentence holds: concept → ranges, families such as "data:" too."""

    ranges: dict[str, list[tuple[int, int]]]
    values: list[Placed]


def _present(text: _Text, begin: int, end: int) -> _Present:
    ranges: dict[str, list[tuple[int, int]]] = {}
    for concept, places in text.hits.items():
        inside = [place for place in places if begin <= place[0] and place[1] < end]
        if inside:
            ranges[concept] = inside
            family, colon, _ = concept.partition(":")
            if colon and family in _FAMILIES:
                ranges.setdefault(f"{family}:", []).extend(inside)
    here = [placed for placed in text.values if begin <= placed.first < end]
    for placed in here:
        ranges.setdefault(f"value:{placed.value.kind.value}", []).append((placed.first, placed.last))
    return _Present(ranges, here)


_FAMILIES = frozenset(prefix.rstrip(":") for prefix in PREFIX.values())


def _sentence(text: _Text, begin: int, end: int) -> list[Fact]:
    present = _present(text, begin, end)
    found = []
    table = rules()
    for concept, places in present.ranges.items():
        for rule in table.get(concept, ()):
            if any(name in present.ranges for name in rule.without):
                continue
            for first, last in places:
                fact = _fire(rule, text, present, first, last, begin, end)
                if fact is not None:
                    found.append(fact)
    return found


def _fire(rule: Rule, text: _Text, present: _Present, first: int, last: int, begin: int, end: int) -> Fact | None:
    spans = [(first, last)]
    for need in rule.needs:
        near = _nearest(need, present, first, last, rule.reach)
        if near is None:
            return None
        spans.append(near)
    who = actor(text.scope, first, begin=begin)
    if rule.actor is not None and who not in {rule.actor, Actor.UNSAID}:
        return None
    return _fact(
        rule,
        text,
        present,
        polarity=_polarity(text, first, last, begin, end) if rule.signed else Polarity.DOES,
        modality=modality(text.scope, first, last, begin=begin),
        actor=who,
        spans=spans,
        score=rule.weight,
    )


def _nearest(need: Iterable[str], present: _Present, first: int, last: int, reach: int) -> tuple[int, int] | None:
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


def _under_lead(text: _Text, begin: int, end: int, leads: Sequence[_Anchor], known: Collection[str]) -> list[Fact]:
    """Facts of a list item or table row whose verb stands in the line above."""
    present = _present(text, begin, end)
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
    text: _Text,
    present: _Present,
    *,
    polarity: Polarity,
    modality: Modality,
    actor: Actor,
    spans: Sequence[tuple[int, int]],
    score: float,
) -> Fact:
    wanted = attributes()[rule.practice]
    return Fact(
        practice=rule.practice,
        aspect=rule.aspect,
        polarity=polarity,
        modality=modality,
        actor=actor,
        recipients=_ids("recipient:", present.ranges) if "recipients" in wanted else (),
        data=_ids("data:", present.ranges) if "data" in wanted else (),
        purposes=_ids("purpose:", present.ranges) if "purposes" in wanted else (),
        conditions=_ids("condition:", present.ranges) if "conditions" in wanted else (),
        values=tuple(placed.value for placed in present.values if placed.value.kind.value in wanted),
        spans=tuple(Span(text.words.starts[first], text.words.ends[last]) for first, last in sorted(set(spans))),
        score=score,
    )


def _ids(prefix: str, ranges: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(sorted(name[len(prefix) :] for name in ranges if name.startswith(prefix) and name != prefix))


def _merged(facts: Iterable[Fact]) -> list[Fact]:
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
