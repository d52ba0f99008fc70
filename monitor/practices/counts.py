"""The number that stands before a unit: "30 days", "two (2) years", "1,5 years", "two and a half years"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.practices.lexicon import Lexicon
from monitor.practices.words import Words

_LONGEST = 8  # words of a number: "one hundred and sixty - five" has fewer
_ADJECTIVE = 20  # characters between a number and its unit: one adjective fits
_FIGURES = re.compile(r"\d{1,5}|(?P<whole>\d{1,3})[.,](?P<part>\d{1,2})|\d{1,3}(?:[.,]\d{3})")
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class Count:
    """A number and its first word; `figures` where it is not only in words."""

    size: float
    begin: int
    figures: bool = False


def count_before(words: Words, unit: int, lexicon: Lexicon) -> Count | None:
    """The number before the unit that the word `unit` begins, or nothing. A price for a unit is no number of units."""
    last = _before_adjective(words, unit, lexicon)
    if last < 0 or "/" in words.text[words.ends[last] : words.starts[unit]]:
        return None
    found = _bracketed(words, last, lexicon) if words.lower[last] == ")" else _plain(words, last, lexicon)
    if found is None or words.text[: words.starts[found.begin]].endswith("/"):
        return None
    if not found.figures and found.size == 1 and found.begin and words.lower[found.begin - 1].isdecimal():
        return None  # "10 a month"
    return found


def half_after(words: Words, last: int, lexicon: Lexicon) -> int | None:
    """The last word of the half that follows a unit: "a year and a half", "un an et demi"."""
    held: Mapping[str, Any] = lexicon.data["counts"]
    after = words.lower[last + 1 : last + 4]
    if not after or after[0] not in held["joins"]:
        return None
    skipped = 2 if len(after) > 1 and lexicon.numbers.get(after[1]) == 1 else 1
    return last + 1 + skipped if len(after) > skipped and after[skipped] in held["halves"] else None


def _before_adjective(words: Words, unit: int, lexicon: Lexicon) -> int:
    """The last word of what may be a number: "30 full days" has one word between, and "30 per day" is a rate."""
    place, lower = unit - 1, words.lower
    held: Mapping[str, Any] = lexicon.data["counts"]
    known = (lexicon.numbers, lexicon.multipliers, held["halves"], held["rates"])
    if (
        place > 0
        and lower[place].isalpha()
        and not any(lower[place] in some for some in known)
        and lower[place - 1].replace(".", "").isdecimal()
        and words.starts[unit] - words.ends[place - 1] < _ADJECTIVE
    ):
        return place - 1
    return place


def _bracketed(words: Words, last: int, lexicon: Lexicon) -> Count | None:
    """A number said twice: "two (2)", "90 (ninety)". The figures count."""
    inner = _plain(words, last - 1, lexicon)
    if inner is None or not inner.begin or words.lower[inner.begin - 1] != "(":
        return None
    outer = _plain(words, inner.begin - 2, lexicon)
    if outer is None:
        return inner
    return Count(inner.size if inner.figures else outer.size, outer.begin, inner.figures or outer.figures)


def _plain(words: Words, last: int, lexicon: Lexicon) -> Count | None:
    if last < 0:
        return None
    return _figured(words, last) if words.lower[last][0].isdecimal() else _worded(words, last, lexicon)


def _figured(words: Words, last: int) -> Count | None:
    """Figures with their signs: "1,5" is three words, "1.5" is one."""
    begin = last
    while (
        begin > 1
        and words.lower[begin - 1] == ","
        and words.lower[begin - 2].isdecimal()
        and words.ends[begin - 2] + 1 == words.starts[begin]
    ):
        begin -= 2
    match = _FIGURES.fullmatch(words.between(begin, last))
    if match is None:
        return None
    whole = match["whole"]
    size = float(f"{whole}.{match['part']}") if whole else float(re.sub(r"\D", "", match.group()))
    return Count(size, begin, figures=True)


def _worded(words: Words, last: int, lexicon: Lexicon) -> Count | None:
    held: Mapping[str, Any] = lexicon.data["counts"]
    halves, joins, lower = held["halves"], held["joins"], words.lower
    parts: list[str] = []
    place = last
    while place >= 0 and len(parts) < _LONGEST:
        word = lower[place]
        joined = (
            word in joins and parts and place and (lower[place - 1] in lexicon.multipliers or lower[last] in halves)
        )
        if not joined and not (word in lexicon.numbers or word in lexicon.multipliers or word in halves):
            break
        parts.insert(0, word)
        place -= 1
    figures = None
    if parts and parts[0] in joins:
        figures = _plain(words, place, lexicon) if place >= 0 and lower[place][0].isdecimal() else None
        if figures is None:
            place += 1
            parts.pop(0)
    size = _size(parts[1:] if figures else parts, lexicon)
    if size is None:
        return None
    return Count(figures.size + size, figures.begin, figures=True) if figures else Count(size, place + 1)


def _size(parts: Sequence[str], lexicon: Lexicon) -> float | None:
    """A number in words: "tiga puluh" is 3 × 10, "twenty four" 20 + 4, "a hundred and eighty" 100 + 80."""
    held: Mapping[str, Any] = lexicon.data["counts"]
    rest = [part for part in parts if part not in held["halves"]]
    halved = len(rest) < len(parts)
    if not parts:
        return None
    if halved and parts[0] in held["halves"]:
        return _HALF if len(parts) == 1 or [lexicon.numbers.get(part) for part in rest] == [1] else None
    if halved and lexicon.numbers.get(rest[-1]) == 1 and (len(rest) == 1 or rest[-2] in held["joins"]):
        rest.pop()  # the article of "two and a half", of "ein halbes"
    rest = [part for part in rest if part not in held["joins"]]
    if len(rest) > 1 and lexicon.numbers.get(rest[0]) == 1 and rest[1] in lexicon.numbers:
        rest = rest[1:]  # the article of "a two-year term"
    sizes: list[float] = []
    for part in rest:
        times = lexicon.multipliers.get(part)
        if times is None:
            sizes.append(lexicon.numbers[part])
            continue
        smaller = 0.0
        while sizes and sizes[-1] < times:
            smaller += sizes.pop()
        sizes.append((smaller or 1) * times)
    return sum(sizes) + (_HALF if halved else 0)
