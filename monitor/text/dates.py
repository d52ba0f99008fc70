"""The dates that a policy gives for itself: when it was last updated, and from when it holds.

A date counts only with words that say what it is ("Last updated", "Gültig ab") and only where a policy speaks of
itself: near its top or end, or on a line that says little else. Dates of laws, of earlier versions and of events are
not its own.
A date of a month alone ("As of May 2018") is taken as the first day of that month; `wording` keeps what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from monitor.model import Clause, StatedDates
from monitor.text.vocabulary import flat, fold, languages, whole, words
from monitor.text.written_dates import WrittenDate, may_hold_date, written_dates

_TOP = 12  # clauses at the top where a policy speaks of itself
_END = 8
_WINDOW = 70  # characters before a date in which its words are looked for
_GAP = 45  # at most between the words and the date
_NEIGHBOUR = 16  # at most between two sorts of words for one date ("last updated and effective")
_OTHERS_BEFORE = 20  # characters before the words in which an "earlier" or a law takes the date away
_SHORT = 160  # characters of a date line
_OTHER_WORDS = 6  # that a date line may have beside its words and dates
_BARE_TOP, _BARE_END = 4, 2  # where a date alone on its line is the policy's
_BARE_WORDS = 1  # a weekday, a town
DATE_MARK = "\N{WHITE SQUARE}"  # stands for a date, in `without_dates`

_WORD = re.compile(r"[^\W\d_]{2,}")
_VERSION_NUMBER = re.compile(r"\bv?\d+(?:\.\d+)+\b|(?<=version )\d+\b|\bv\d+\b")
# The end of a sentence, but not the point of "Rev." or of a number.
_SENTENCE_END = re.compile(r"[^\W\d]{4}[.!?]\s|[;•|]\s?")


class _Kind(StrEnum):
    UPDATED = "updated"
    EFFECTIVE = "effective"


@dataclass(frozen=True, slots=True)
class _Speech:
    """How the languages at hand write dates and what they call them. Patterns match folded text."""

    languages: tuple[str, ...]
    anywhere: re.Pattern[str]  # words for a date that hold in any sentence
    on_line: re.Pattern[str]  # those and the ones that hold on a date line only
    kinds: dict[str, _Kind]
    not_own: re.Pattern[str]
    month_first: bool
    day_first_words: re.Pattern[str]
    month_first_words: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Stated:
    """A date with the words that say what it is."""

    kinds: frozenset[_Kind]
    found: WrittenDate
    start: int  # of the words
    end: int


@cache
def _speech(codes: tuple[str, ...]) -> _Speech:
    """The speech of the languages `codes`; the first one's habits decide the order of numbers."""
    tables = [words(code)["dates"] for code in codes]

    def gather(key: str) -> list[str]:
        return [fold(entry) for table in tables for entry in table.get(key, ())]

    kinds = {phrase: _Kind.EFFECTIVE for key in ("effective_on_line", "effective") for phrase in gather(key)}
    kinds |= {phrase: _Kind.UPDATED for key in ("updated_on_line", "updated") for phrase in gather(key)}
    return _Speech(
        languages=codes,
        anywhere=whole(gather("updated") + gather("effective")),
        on_line=whole(kinds),
        kinds=kinds,
        not_own=whole(gather("not_own")),
        month_first=tables[0]["order"] == "mdy",
        day_first_words=whole(gather("day_first")),
        month_first_words=whole(gather("month_first")),
    )


def _speech_for(language: str | None) -> _Speech:
    """A page often states its date in English whatever its language, so English is always at hand."""
    if language is None or language not in languages():
        return _speech(("en", *(code for code in languages() if code != "en")))
    return _speech((language,) if language == "en" else (language, "en"))


def _other_words(text: str, dates: Sequence[WrittenDate], speech: _Speech) -> int:
    """How much a line says beside dates and the words for them."""
    rest, last = [], 0
    for found in dates:
        rest.append(text[last : found.start])
        last = found.end
    rest.append(text[last:])
    return sum(len(_WORD.findall(speech.on_line.sub(" ", part))) for part in rest)


def _stated(text: str, speech: _Speech, *, bare: bool = False) -> tuple[list[_Stated], bool]:
    """The dates in folded text that have words to them, and whether the text is a date line.

    `bare`: a date alone on its line counts too, as that of the last update.
    """
    dates = list(written_dates(text, speech.languages)) if may_hold_date(text) else []
    if not dates:
        return [], False
    others = _other_words(text, dates, speech) if len(text) <= _SHORT else _SHORT
    line = others <= _OTHER_WORDS
    phrases = list((speech.on_line if line else speech.anywhere).finditer(text))
    stated: list[_Stated] = []
    previous = 0
    law_until: int | None = None  # the end of a date that is not the policy's own
    for index, found in enumerate(dates):
        following = dates[index + 1].start if index + 1 < len(dates) else len(text)
        said = _before(text, phrases, found, previous)
        context = max(0, said[0].start() - _OTHERS_BEFORE) if said else 0
        if not said and line:
            said = [m for m in phrases if found.end <= m.start() <= found.end + _GAP and m.end() <= following][:1]
        previous = found.end
        after_law = law_until is not None and found.start - law_until <= _GAP
        if after_law or speech.not_own.search(text, context, found.start):
            law_until = found.end
        elif said:
            start, end = min(said[0].start(), found.start), max(said[-1].end(), found.end)
            stated.append(_Stated(_kinds(said, speech), found, start, end))
        elif bare and line and others <= _BARE_WORDS:
            stated.append(_Stated(frozenset({_Kind.UPDATED}), found, found.start, found.end))
    return stated, line and bool(stated)


def _kinds(said: Sequence[re.Match[str]], speech: _Speech) -> frozenset[_Kind]:
    """What words make of a date. The "au" of "en vigueur au" says nothing beside words that hold anywhere."""
    clear = [
        match.group()
        for match in said
        if speech.kinds[match.group()] is _Kind.EFFECTIVE or speech.anywhere.fullmatch(match.group())
    ]
    return frozenset(speech.kinds[phrase] for phrase in clear or [match.group() for match in said])


def _before(text: str, phrases: Sequence[re.Match[str]], found: WrittenDate, previous: int) -> list[re.Match[str]]:
    """The words right before a date: the nearest, and others close before those."""
    floor = max(previous, found.start - _WINDOW)
    for boundary in _SENTENCE_END.finditer(text, floor, found.start):
        floor = boundary.end()
    near: list[re.Match[str]] = []
    edge = found.start
    for match in reversed(phrases):
        if match.end() > edge or match.start() < floor:
            continue
        if edge - match.end() > (_NEIGHBOUR if near else _GAP):
            break
        near.insert(0, match)
        edge = match.start()
    return near


def _label_alone(text: str, speech: _Speech) -> bool:
    """A cell or heading "Last updated" whose date stands in the next clause."""
    match = speech.anywhere.search(text) if len(text) <= _SHORT else None
    return match is not None and not _WORD.search(text, match.end()) and not may_hold_date(text)


def _starts_with_date(clause: Clause, speech: _Speech) -> bool:
    first = next(written_dates(fold(clause.text), speech.languages), None)
    return first is not None and first.start <= _NEIGHBOUR


def stated_dates(clauses: Sequence[Clause], language: str | None) -> StatedDates:
    """The dates that a policy gives for itself; the first of each kind, the top before the end before the rest.

    `language` (ISO 639-1) decides how 05/06/2018 is read, unless the text names countries that decide it.
    """
    speech = _speech_for(language)
    count = len(clauses)
    edges = [*range(min(_TOP, count)), *range(max(_TOP, count - _END), count)]
    chosen = _choose(clauses, edges, speech)
    if not chosen:
        lines = (i for i in range(_TOP, count - _END) if len(clauses[i].text) <= _SHORT)
        chosen = _choose(clauses, lines, speech, lines_only=True)
    if not chosen:
        return StatedDates()
    month_first = any(stated.found.both_ways for stated, _ in chosen.values()) and _month_first(clauses, speech)
    given = {kind: stated.found.as_date(month_first=month_first) for kind, (stated, _) in chosen.items()}
    return StatedDates(
        updated=given.get(_Kind.UPDATED),
        effective=given.get(_Kind.EFFECTIVE),
        wording="; ".join(dict.fromkeys(wording for _, wording in chosen.values())),
    )


def _choose(
    clauses: Sequence[Clause], indices: Iterable[int], speech: _Speech, *, lines_only: bool = False
) -> dict[_Kind, tuple[_Stated, str]]:
    """The first date of each kind among the clauses at `indices`, with its words as shown."""
    chosen: dict[_Kind, tuple[_Stated, str]] = {}
    count = len(clauses)
    for index in indices:
        shown = flat(clauses[index].text)
        text = shown.lower()
        if index + 1 < count and _label_alone(text, speech) and _starts_with_date(clauses[index + 1], speech):
            shown = f"{shown} {flat(clauses[index + 1].text)}"
            text = shown.lower()
        bare = index < _BARE_TOP or index >= count - _BARE_END
        stated, line = _stated(text, speech, bare=bare)
        if lines_only and not line:
            continue
        for one in stated:
            # Lower case may be longer (İ); then the folded words have to do.
            wording = (shown if len(shown) == len(text) else text)[one.start : one.end]
            for kind in one.kinds:
                chosen.setdefault(kind, (one, wording))
    return chosen


def _month_first(clauses: Sequence[Clause], speech: _Speech) -> bool:
    """Whether 05/06/2018 is in May. Another date of the text may tell, or the countries it speaks of."""
    if not speech.month_first:
        return False
    abroad = home = 0
    for clause in clauses:
        text = fold(clause.text)
        abroad += len(speech.day_first_words.findall(text))
        home += len(speech.month_first_words.findall(text))
    return home >= abroad


def is_date_line(clause: Clause, language: str | None) -> bool:
    """Whether a clause says little more than when the policy was updated or holds from, or only leads to that date."""
    text, speech = fold(clause.text), _speech_for(language)
    return _stated(text, speech, bare=True)[1] or _label_alone(text, speech)


def without_dates(text: str, language: str | None) -> str:
    """The text, folded, with a mark in place of dates that a policy gives for itself.

    Two clauses that are equal so differ in the date line alone. On a date line version numbers go too.
    """
    folded = fold(text)
    stated, line = _stated(folded, _speech_for(language), bare=True)
    for one in reversed(stated):
        folded = folded[: one.found.start] + DATE_MARK + folded[one.found.end :]
    return _VERSION_NUMBER.sub(DATE_MARK, folded) if line else folded
