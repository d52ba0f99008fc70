"""Durations and ages that a sentence names: "two (2) years", "tujuh tahun", "until you close your account", "under 13".

"Verb + number" is not retention: three of four such hits are ages and response times. So a number of years next to a
word of age is an age, and a duration belongs to a practice only by the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.model import DurationKind, ValueKind
from monitor.practices.lexicon import Hits, Lexicon
from monitor.practices.placed import Placed, placed
from monitor.practices.words import Words

_DAYS_PER_YEAR = 365.25
_DAYS_PER_MONTH = 30.4375
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
    for concept, ranges in hits.items():
        family, _, name = concept.partition(":")
        for first, last in ranges:
            if family == "unit":
                yield from _counted(words, hits, lexicon, first, last, float(name), taken)
            elif family == "until-event":
                yield placed(words, first, last, ValueKind.DURATION, name, duration=DurationKind.UNTIL_EVENT)
            elif family == "duration":
                kind = _WORDED[name]
                size = float("inf") if kind is DurationKind.ENDLESS else None
                yield placed(words, first, last, ValueKind.DURATION, name, size=size, duration=kind)
    yield from _bare_ages(words, hits, lexicon, taken)


def _counted(
    words: Words, hits: Hits, lexicon: Lexicon, first: int, last: int, days: float, taken: set[int]
) -> Iterator[Placed]:
    """The number before a unit, as a duration or an age; its words are `taken`."""
    number = _number_before(words, first, lexicon)
    if number is None:
        return
    count, begin = number
    taken.update(range(begin, last + 1))
    if days == _DAYS_PER_YEAR and _is_age(words, hits, begin, last):
        if _YOUNGEST <= count <= _OLDEST:
            yield placed(words, begin, last, ValueKind.AGE, f"{count:g}", size=count)
        return
    normal, size = _normal_duration(count, days)
    yield placed(words, begin, last, ValueKind.DURATION, normal, size=size, duration=DurationKind.TEMPORAL)


def _number_before(words: Words, unit: int, lexicon: Lexicon) -> tuple[float, int] | None:
    """The number that stands before a unit, and its first word: "30 days", "two (2) years", "six full months"."""
    lower = words.lower
    place = unit - 1
    if (
        place > 0
        and lower[place].isalpha()
        and lower[place] not in lexicon.numbers
        and lower[place - 1].isdigit()
        and words.starts[unit] - words.ends[place - 1] < 20  # noqa: PLR2004 - one adjective fits
    ):
        place -= 1
    digits: float | None = None
    worded: list[str] = []
    begin = unit
    while place >= 0 and unit - place <= 6:  # noqa: PLR2004 - "thirty - six ( 36 ) months" is the longest
        word = lower[place]
        if word.isdecimal() and len(word) <= 5:  # noqa: PLR2004 - longer ones are no counts
            if digits is not None:
                break
            digits = float(word)
        elif word in lexicon.numbers or word in lexicon.multipliers:
            worded.append(word)
        elif word not in {"(", ")"}:
            break
        begin = place
        place -= 1
    if begin < unit and lower[begin] == ")":
        return None
    if lower[begin] == "(":  # of "(36 months)", not of "two (2) years"
        begin += 1
    if digits is not None:
        return digits, begin
    return (_worded(reversed(worded), lexicon), begin) if worded else None


def _worded(parts: Iterable[str], lexicon: Lexicon) -> float:
    """A number in words: "tiga puluh" is 3 × 10, "twenty four" 20 + 4, "hundred" 100."""
    total = 0.0
    for part in parts:
        times = lexicon.multipliers.get(part)
        total = (total or 1) * times if times else total + lexicon.numbers[part]
    return total


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
    return (f"PT{round(hours):d}H" if hours >= 0.99 else f"PT{round(hours * 60):d}M"), size  # noqa: PLR2004 - noise


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
