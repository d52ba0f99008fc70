"""Durations and ages that a sentence names: "two (2) years", "tujuh tahun", "until you close your account", "under 13".

"Verb + number" is not retention: three of four such hits are ages and response times. So a number of years next to a
word of age is an age, and a duration belongs to a practice only by the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.model import DurationKind, ValueKind
from monitor.practices.counts import count_before, half_after
from monitor.practices.lexicon import Hits, Lexicon
from monitor.practices.placed import Placed, placed
from monitor.practices.words import Words

_DAYS_PER_YEAR = 365.25
_DAYS_PER_MONTH = 30.4375
_HALF = 0.5
_YOUNGEST, _OLDEST = 5, 25  # years that a policy sets as an age limit; outside of them a number is no such limit
_AGE_REACH = 3  # words between a number and the word that makes it an age
_FIGURES = 3  # an age has fewer
_WORDED = {
    "endless": DurationKind.ENDLESS,
    "until-time": DurationKind.UNTIL_TIME,
    "criterion": DurationKind.INDETERMINATE,
}


def durations_and_ages(words: Words, hits: Hits, lexicon: Lexicon) -> Iterator[Placed]:
    """Both, since a number of years is one or the other by what stands around it."""
    taken: set[int] = set()
    longer = {place for concept, ranges in hits.items() if concept.startswith("unit:") for place in _inside(ranges)}
    for concept, ranges in hits.items():
        family, _, name = concept.partition(":")
        for first, last in ranges:
            if family == "unit":
                if first == last and first in longer:
                    continue  # the "days" of "business days"
                yield from _counted(words, hits, lexicon, first, last, float(name), taken)
            elif family == "until-event":
                yield placed(words, first, last, ValueKind.DURATION, name, duration=DurationKind.UNTIL_EVENT)
            elif family == "duration":
                kind = _WORDED[name]
                size = float("inf") if kind is DurationKind.ENDLESS else None
                yield placed(words, first, last, ValueKind.DURATION, name, size=size, duration=kind)
    yield from _bare_ages(words, hits, lexicon, taken)


def _inside(ranges: Iterable[tuple[int, int]]) -> Iterator[int]:
    """Words of units that have several."""
    return (place for first, last in ranges if last > first for place in range(first, last + 1))


def _counted(
    words: Words, hits: Hits, lexicon: Lexicon, first: int, last: int, days: float, taken: set[int]
) -> Iterator[Placed]:
    """The number before a unit, as a duration or an age; its words are `taken`. Of a range the upper end is told."""
    count = count_before(words, first, lexicon)
    if count is None:
        return
    half = half_after(words, last, lexicon)
    size, last = (count.size + _HALF, half) if half is not None else (count.size, last)
    begin = count.begin
    taken.update(range(begin, last + 1))
    if days == _DAYS_PER_YEAR and _is_age(words, hits, begin, last):
        if _YOUNGEST <= size <= _OLDEST:
            yield placed(words, begin, last, ValueKind.AGE, f"{size:g}", size=size)
        return
    normal, length = _normal_duration(size, days)
    yield placed(words, begin, last, ValueKind.DURATION, normal, size=length, duration=DurationKind.TEMPORAL)


def _normal_duration(count: float, days: float) -> tuple[str, float]:
    """ISO 8601, the same for 24 months and 2 years; and the length in days."""
    size = count * days
    months = size / _DAYS_PER_MONTH
    if days >= _DAYS_PER_MONTH and abs(months - round(months)) < 1e-6:  # noqa: PLR2004 - float noise
        whole = round(months)
        return (f"P{whole // 12}Y" if whole % 12 == 0 else f"P{whole}M"), size
    if size >= 1:
        return f"P{round(size, 1):g}D", size
    hours = size * 24
    even = round(hours) and abs(hours - round(hours)) < 0.01  # noqa: PLR2004 - noise
    return (f"PT{round(hours)}H" if even else f"PT{round(hours * 60)}M"), size


def _is_age(words: Words, hits: Hits, begin: int, last: int) -> bool:
    """A number of years is an age: "16 years old", "under 13 years", "at least 18 years of age"."""
    for first, end in hits.get("age:after", ()):
        if begin < first <= last + 1 and end > last:
            return True
    near = range(begin - _AGE_REACH, last + _AGE_REACH + 1)
    strong = any(first in near for first, _ in hits.get("age:words", ()))
    return strong and any(end == begin - 1 for _, end in hits.get("age:before", ())) and "(" not in words.lower[last:]


def _bare_ages(words: Words, hits: Hits, lexicon: Lexicon, taken: set[int]) -> Iterator[Placed]:
    """Ages without a unit: "under 13", "18 or older", "age of sixteen"."""
    lower = words.lower
    for index, word in enumerate(lower):
        if index in taken:
            continue
        count = float(word) if word.isdecimal() and len(word) < _FIGURES else lexicon.numbers.get(word, 0)
        if not _YOUNGEST <= count <= _OLDEST:
            continue
        before = any(end == index - 1 for _, end in hits.get("age:before", ()))
        after = any(first == index + 1 for first, _ in hits.get("age:after", ()))
        near = range(index - _AGE_REACH - 1, index + _AGE_REACH + 2)
        worded = any(first in near or last in near for first, last in hits.get("age:words", ()))
        if (before or after) and worded:
            yield placed(words, index, index, ValueKind.AGE, f"{count:g}", size=count)
