"""Dates as people write them: "25th of May 2018", "1er janvier 2024", "25.05.2018", in languages that have a file."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from monitor.text.vocabulary import either, fold, words

_MONTHS = 12
_CENTURY = 2000
_SHORT_YEAR = 2  # digits
_NUMBERS_ALONE = "2"  # the form in which day and month are told apart by habit only
_MAYBE = re.compile(r"\d{4}|\d[./-]\d\d?[./-]\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """A date in a folded text: where, and its numbers. `both_ways`: month and day may be the other way round."""

    start: int
    end: int
    year: int
    month: int
    day: int  # 1 where only a month is written
    both_ways: bool = False

    def as_date(self, *, month_first: bool) -> date:
        """`month_first` decides dates that can be read both ways."""
        if self.both_ways and month_first:
            return date(self.year, self.day, self.month)
        return date(self.year, self.month, self.day)


def may_hold_date(text: str) -> bool:
    """A quick look that spares most clauses the slow one."""
    return _MAYBE.search(text) is not None


def written_dates(text: str, languages: Sequence[str]) -> Iterator[WrittenDate]:
    """Dates in folded text, from left to right; months are named in `languages`, which must have files."""
    pattern, months = _forms(tuple(languages))
    for match in pattern.finditer(text):
        parts = {key: value for key, value in match.groupdict().items() if value}
        form = next(key[-1] for key in parts if key.startswith("year"))
        digits, named = parts[f"year{form}"], parts[f"month{form}"]
        year = int(digits) + (_CENTURY if len(digits) == _SHORT_YEAR else 0)
        month = months.get(named) or int(named)
        day = int(parts.get(f"day{form}", 1))
        # Nobody writes the month first with points between.
        both_ways = form == _NUMBERS_ALONE and parts["s2"] != "." and max(day, month) <= _MONTHS
        if form == _NUMBERS_ALONE and month > _MONTHS:
            month, day = day, month
        if 1 <= month <= _MONTHS and 1 <= day <= monthrange(year, month)[1]:
            yield WrittenDate(match.start(), match.end(), year, month, day, both_ways)


@cache
def _forms(codes: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, int]]:
    """The forms of dates, numbered by the last digit of the groups' names, and the numbers of the months."""
    tables = [words(code)["dates"] for code in codes]
    ordinals = {fold(one) for table in tables for one in table["ordinals"]} | {"º", "°"}
    joiners = {fold(one) for table in tables for one in table["joiners"]}
    months = {
        fold(name): number for table in tables for number, names in enumerate(table["months"], 1) for name in names
    }
    month = rf"(?<!\w)(?P<month{{0}}>{either(months)})(?!\w)\.?"
    ordinal = rf"(?:\s?(?:{either(ordinals)})(?!\w)|\.)?"
    joiner = rf"(?:\s?[.,/-]?\s?(?:(?:{either(joiners)})(?:\s|(?<=')))?)"
    year = r"(?P<year{0}>(?:19|20)\d\d)(?!\d)"
    pattern = re.compile(
        r"(?<![\w/.-])(?<!\d[.,])(?:"
        r"(?P<year1>(?:19|20)\d\d)\s?(?P<s1>[-/.])\s?(?P<month1>\d\d?)\s?(?P=s1)\s?(?P<day1>\d\d?)(?!\d|[-/.]\d)"
        r"|(?P<day2>\d\d?)\s?(?P<s2>[-/.])\s?(?P<month2>\d\d?)\s?(?P=s2)\s?(?P<year2>(?:19|20)\d\d|\d\d)"
        r"(?!\d|[-/.]\d)"
        rf"|(?P<day3>\d\d?){ordinal}{joiner}{month.format(3)}{joiner}{year.format(3)}"
        rf"|{month.format(4)}{joiner}(?P<day4>\d\d?){ordinal}\s?,?\s?{year.format(4)}"
        rf"|{month.format(5)}{joiner}{year.format(5)}"
        r"|(?P<month6>0?[1-9]|1[0-2])\s?[/.]\s?(?P<year6>20\d\d)(?!\d|[-/.]\d))"
    )
    return pattern, months
