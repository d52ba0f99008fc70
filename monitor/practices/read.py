"""A clause → the facts it states, with the words that show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from monitor.model import Clause, ClauseKind, Evidence, Fact, Polarity, Span
from monitor.practices.direction import stance
from monitor.practices.lexicon import base_code, languages, lexicon
from monitor.practices.sentence import (
    MENTIONED,
    STATED,
    Anchor,
    Present,
    Text,
    analyse,
    fact_of,
    has_negation,
    lead_anchors,
    marks,
    merged,
    present_in,
    sentence_facts,
    under_lead,
)
from monitor.practices.statement import Statement, statement, unread
from monitor.practices.vote import votes

_HEADING_WEIGHT = 0.5  # a heading announces, it states little
_LEAST_SCORE = 0.45  # a fact below is not told
_DOUBTED = 0.3  # what is left of a rule's weight when the model sees nothing of its practice
_AGREES = 0.3  # probability from which the model agrees in full
_SURE = 0.4  # ... and from which it needs no rule
_LONGEST = 40_000  # characters of a clause that are read; what is longer is a page that could not be parted
_LEAD = 200  # characters at the end of a lead-in
_GRANTS = frozenset(["user-choice", "user-access"])
_ASKED = frozenset(["intrusive", "burden"])
_LEAST_SHARE = 0.03  # a probability below is not kept
_IN_LISTS = frozenset({ClauseKind.LIST_ITEM, ClauseKind.TABLE_ROW, ClauseKind.DEFINITION})


def read(clause: Clause, language: str | None, *, lead: str = "") -> list[Fact]:
    """The facts that a clause states, sentence by sentence, each with the words that show it.

    Args:
        clause: one clause; of a list item the last heading above counts as its lead-in too.
        language: ISO 639-1 code, or a tag that begins with one; a language without a lexicon (see `languages()`), or
            None, has no facts.
        lead: the line that a list item stands under ("We share data with:"), where it is known.
    """
    return [fact for statement in statements(clause, base_code(language), lead=lead) for fact in statement.facts]


def statements(clause: Clause, language: str | None, *, lead: str = "") -> list[Statement]:
    """The sentences of a clause with the facts of each; none without a lexicon."""
    if language not in languages():
        return []
    words = lexicon(language)
    text = analyse(clause.text[:_LONGEST], words)
    leads: tuple[Anchor, ...] = ()
    if clause.kind in _IN_LISTS:
        above = (lead, *clause.path[-1:])
        leads = tuple(anchor for line in above if line for anchor in lead_anchors(line, words.language))
    denied = clause.kind in _IN_LISTS and lead.rstrip().endswith(":") and _denies(lead, words.language)
    made = []
    for begin, end in text.ranges:
        present = present_in(text, begin, end)
        found = sentence_facts(text, present)
        if leads:
            found.extend(under_lead(text, present, leads, {fact.practice for fact in found}))
        facts = merged(found)
        if denied:
            facts = [_deny(fact) for fact in facts]
        shares = votes(text.words.lower[begin:end], marks(present, facts))
        facts = _voted(facts, shares, text, present)
        if clause.kind is ClauseKind.HEADING:
            facts = [replace(fact, score=fact.score * _HEADING_WEIGHT) for fact in facts]
        made.append(statement(text, begin, end, facts, _likely(shares), words))
    if len(clause.text) > _LONGEST:
        made.append(unread(clause.text[_LONGEST:]))
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


def _deny(fact: Fact) -> Fact:
    """What an item says under a lead-in that negates it."""
    if fact.polarity is Polarity.DOES and stance(fact.practice, fact.aspect) in _ASKED:
        return replace(fact, polarity=Polarity.DOES_NOT)
    return fact


def _likely(shares: Mapping[str, float]) -> Mapping[str, float]:
    return {practice: share for practice, share in shares.items() if share >= _LEAST_SHARE}


def _voted(facts: Sequence[Fact], shares: Mapping[str, float], text: Text, present: Present) -> list[Fact]:
    """Facts weighed by the second vote; where it is sure of a practice that no rule saw, a fact of its own."""
    kept = []
    for fact in facts:
        score = fact.score * (_DOUBTED + (1 - _DOUBTED) * min(1.0, shares[fact.practice] / _AGREES))
        if score >= _LEAST_SCORE:
            kept.append(replace(fact, score=score))
    seen = {fact.practice for fact in kept}
    plain = seen.isdisjoint(_GRANTS) and not has_negation(text, present)
    kept.extend(
        _unnamed(practice, share, text, present, plain=plain)
        for practice, share in shares.items()
        if share >= _SURE and practice not in seen
    )
    return kept


def _unnamed(practice: str, share: float, text: Text, present: Present, *, plain: bool) -> Fact:
    """A fact that only the model saw.

    Where something is negated, or the sentence grants a choice or a right over it ("opt out of the sale"), it names the
    topic alone: what of it is not known.
    """
    span = Span(text.words.starts[present.begin], text.words.ends[present.end - 1])
    fact = fact_of(practice, STATED, present, spans=(span,), evidence=Evidence.MODEL, score=share)
    if not plain:
        return replace(fact, aspect=MENTIONED, recipients=(), data=(), purposes=(), conditions=())
    return fact


@lru_cache(maxsize=4096)
def _denies(line: str, language: str) -> bool:
    """Whether a lead-in ends with a negation that its items share: "We will not:"."""
    text = analyse(line[-_LEAD:].rstrip(" :"), lexicon(language))
    return not text.scope.before.isdisjoint(range(len(text.words) - 2, len(text.words)))
