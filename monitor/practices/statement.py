"""A sentence with its facts, and the keys that tell whether two sentences say the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from monitor.model import Fact, Value, ValueKind
from monitor.practices.lexicon import Lexicon
from monitor.practices.placed import Placed
from monitor.practices.sentence import MENTIONED, STATED, Text

_CHANGES = "policy-change"
_OF_DATE = frozenset(
    ["change", STATED, MENTIONED]
)  # what is said of changes besides how readers hear of or accept them
_MEANT = 0.3  # probability from which a sentence may be about a practice


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of a clause.

    `key` is the same for sentences of the same words, `dateless` whatever their dates and the sections they refer to.
    Names are its capitalised words, where a language does not capitalise every noun.
    """

    key: str
    dateless: str
    reachless: str  # `dateless` without mail addresses and telephone numbers too
    valued: str  # `dateless` with periods, ages and amounts in one wording: "two years" and "24 months" are the same
    text: str
    facts: tuple[Fact, ...]
    values: tuple[Value, ...]
    names: frozenset[str]
    shares: Mapping[str, float]  # practice → probability that it is about it, by the second vote; small ones left out

    def about(self, practice: str) -> float:
        """The probability that it is about a practice."""
        return self.shares.get(practice, 0.0)

    @property
    def topic(self) -> str:
        """The practice that it is likeliest about; empty where none is likely at all."""
        return max(sorted(self.shares), key=self.about, default="")

    @property
    def tells_own_date(self) -> bool:
        """Whether it is about the document, the date it bears and nothing else: "This policy applies from 1 May"."""
        return (
            self.topic == _CHANGES
            and any(value.kind is ValueKind.DATE for value in self.values)
            and all(fact.aspect in _OF_DATE and not fact.conditions for fact in self.facts)
            and all(share < _MEANT for practice, share in self.shares.items() if practice != _CHANGES)
        )


def unread(text: str) -> Statement:
    """What of a clause is too long to be read: its words, and nothing of what they say."""
    key = " ".join(text.lower().split())
    return Statement(
        key=key, dateless=key, reachless=key, valued=key, text=text, facts=(), values=(), names=frozenset(), shares={}
    )


def statement(
    text: Text, begin: int, end: int, facts: Sequence[Fact], shares: Mapping[str, float], lexicon: Lexicon
) -> Statement:
    """The sentence on the words `begin` to `end` (exclusive), with its keys."""
    words = text.words
    dated, reached = (
        {place for placed in text.values if placed.value.kind is kind for place in range(placed.first, placed.last + 1)}
        for kind in (ValueKind.DATE, ValueKind.CONTACT)
    )
    if any(share >= _MEANT for practice, share in shares.items() if practice != _CHANGES):
        dated = set()  # "kept until 31 December 2026": this date is no date of the document
    spoken = [place for place in range(begin, end) if words.lower[place][0].isalnum()]
    undated = [
        place
        for place in spoken
        if place not in dated
        and not _is_reference(words.lower, place, begin, lexicon.references)
        and not (place == begin and _is_label(words.lower, place))
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
        valued=" ".join(_valued(words.lower, undated, text.values)),
        text=words.between(begin, end - 1),
        facts=tuple(facts),
        values=tuple(placed.value for placed in text.values if begin <= placed.first < end),
        names=frozenset(names),
        shares=shares,
    )


def _valued(lower: Sequence[str], places: Sequence[int], values: Iterable[Placed]) -> Iterator[str]:
    counted = [placed for placed in values if placed.value.kind in _COUNTED]
    starts = {placed.first: placed.value.normal for placed in counted}
    inside = {place for placed in counted for place in range(placed.first, placed.last + 1)}
    for place in places:
        if place in starts:
            yield starts[place]
        elif place not in inside:
            yield lower[place]


_COUNTED = frozenset([ValueKind.DURATION, ValueKind.AGE, ValueKind.AMOUNT])
_NUMBERED = re.compile(r"[a-z]\.\d{1,3}[a-z]?|\d{1,3}\.\d{1,3}\.\d{1,3}")
_LABEL = re.compile(r"[a-z]?\.?\d{1,3}(?:\.\d{1,3})*[a-z]?|[a-z]|[ivx]{1,5}")
_LONGEST_REFERENCE = 11  # characters: 123.123.123
_REFERENCE_REACH = 5  # "sections 4.2 (b) and 7"


def _is_label(lower: Sequence[str], place: int) -> bool:
    """Whether a sentence begins with the number of its clause: "4.2 ", "b) ", "7. "."""
    followed = place + 1 < len(lower) and lower[place + 1] in {".", ")"}
    return _NUMBERED.fullmatch(lower[place]) is not None or (followed and _LABEL.fullmatch(lower[place]) is not None)


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
