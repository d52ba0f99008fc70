"""Values that a sentence names: durations, ages, amounts, countries, contacts, companies and dates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from monitor.model import Span, Value, ValueKind
from monitor.practices.companies import legal_forms
from monitor.practices.durations import durations_and_ages
from monitor.practices.lexicon import Hits, Lexicon
from monitor.practices.placed import Placed, placed
from monitor.practices.words import Words

_MONTHS = 12

_NUMBER = r"\d{1,3}(?:[.,'’ \u00a0]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_SYMBOLS = {
    "$": "USD",
    "us$": "USD",
    "€": "EUR",
    "£": "GBP",
    "rm": "MYR",
    "dollar": "USD",
    "dollars": "USD",
    "euro": "EUR",
    "euros": "EUR",
    "pounds": "GBP",
    "ringgit": "MYR",
    "rp": "IDR",
    "s$": "SGD",
}
_CODES = r"USD|EUR|GBP|MYR|CHF|CAD|AUD|SGD|IDR|JPY|INR|BRL|RM"
_AMOUNT = re.compile(
    rf"(?P<before>US\$|S\$|[$€£]|\b(?:{_CODES}))\s?(?P<n1>{_NUMBER})"
    rf"|(?P<n2>{_NUMBER})\s?(?P<after>[$€£]|(?:{_CODES}|[Dd]ollars?|DOLLARS?|[Ee]uros?|EUROS?|pounds|[Rr]inggit)\b)"
)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_PHONE = re.compile(r"\+\d[\d ()./-]{6,18}\d")
_ISO_DATE = re.compile(r"\b(20\d\d|19\d\d)-(\d\d)-(\d\d)\b")
_NUMERIC_DATE = re.compile(r"\b(\d{1,2})([./ ])(\d{1,2})\2((?:19|20)\d\d)\b")
_NAME_PART = r"[A-Z0-9À-Ý][\w&'’.+-]*"
_COMPANY = re.compile(
    rf"(?:{_NAME_PART}\s+){{1,5}}?,?\s?"
    r"(?:Inc|LLC|L\.L\.C|Ltd|Limited|LTD|GmbH|AG|SAS|SARL|S\.?A\.?R\.?L|S\.A\.S?|SA|B\.V|BV|N\.V|Corp|Corporation|PLC|plc|LLP"
    r"|SE|KG|UG|Oy|AB|ApS|S\.?r\.?l|S\.p\.A|Sdn\.? Bhd|Berhad|Pte\.? Ltd|Pty\.? Ltd|Ltda|PBC)\b\.?"
)
_Normal = Callable[[re.Match[str]], tuple[ValueKind, str, float | None, int]]
_LEAD_WORDS = frozenset(
    [
        "the",
        "our",
        "by",
        "with",
        "and",
        "of",
        "to",
        "from",
        "is",
        "are",
        "a",
        "an",
        "la",
        "le",
        "les",
        "der",
        "die",
        "das",
        "von",
        "bei",
        "oleh",
        "dan",
    ]
)


def values(words: Words, hits: Hits, lexicon: Lexicon) -> list[Placed]:
    """All values of a clause, in the order of their places."""
    found = [*durations_and_ages(words, hits, lexicon), *_countries(words, hits), *_named(words, hits)]
    lower = words.lower
    if any(word[0].isdigit() for word in lower):
        found.extend(_by_pattern(words, _AMOUNT, _amount))
        found.extend(_dates(words, lexicon))
        if "+" in lower:
            found.extend(_by_pattern(words, _PHONE, _contact))
    if "@" in lower:
        found.extend(_by_pattern(words, _MAIL, _contact))
    if not legal_forms().isdisjoint(lower):
        found.extend(_by_pattern(words, _COMPANY, _company))
    found.sort(key=lambda found: (found.first, -found.last))
    return list(_outermost(found))


def _outermost(found: list[Placed]) -> Iterator[Placed]:
    """Without the names and countries inside the name of a company: "Meta Platforms Ireland Ltd." is one company."""
    end = -1
    for each in found:
        named = each.value.kind in (ValueKind.COMPANY, ValueKind.COUNTRY)
        if named and each.last <= end:
            continue
        if each.value.kind is ValueKind.COMPANY:
            end = each.last
        yield each


def _countries(words: Words, hits: Hits) -> Iterator[Placed]:
    for concept, ranges in hits.items():
        if not concept.startswith("country:"):
            continue
        for first, last in ranges:
            raw = words.between(first, last)
            short = len(raw) <= 3  # noqa: PLR2004 - "us" is no country, "US" is, "US$" is not
            if raw[0].isupper() and not (short and (raw.islower() or words.text[words.ends[last] :][:1] == "$")):
                yield placed(words, first, last, ValueKind.COUNTRY, concept[8:])


def _named(words: Words, hits: Hits) -> Iterator[Placed]:
    for concept, ranges in hits.items():
        if concept.startswith("company:"):
            for first, last in ranges:
                if not words.raw(first)[0].islower() or concept[8].islower():
                    yield placed(words, first, last, ValueKind.COMPANY, concept[8:])


def _by_pattern(words: Words, pattern: re.Pattern[str], normal: _Normal) -> Iterator[Placed]:
    for match in pattern.finditer(words.text):
        kind, name, size, skip = normal(match)
        if not name:
            continue
        begin, end = match.start() + skip, match.end()
        first = _word_at(words, begin)
        last = _word_at(words, end - 1)
        value = Value(kind=kind, text=words.text[begin:end], normal=name, span=Span(begin, end), size=size)
        yield Placed(value, first, last)


def _word_at(words: Words, place: int) -> int:
    """The word that covers a character, or the one before it."""
    low, high = 0, len(words)
    while low < high:
        middle = (low + high) // 2
        if words.starts[middle] <= place:
            low = middle + 1
        else:
            high = middle
    return max(low - 1, 0)


def _amount(match: re.Match[str]) -> tuple[ValueKind, str, float | None, int]:
    sign = (match["before"] or match["after"]).lower()
    number = match["n1"] or match["n2"]
    cents = re.search(r"[.,](\d{1,2})$", number)
    whole = re.sub(r"\D", "", number[: cents.start()] if cents else number)
    size = float(f"{whole}.{cents.group(1) if cents else 0}")
    return ValueKind.AMOUNT, f"{_plain(size)} {_SYMBOLS.get(sign, sign.upper())}", size, 0


def _plain(size: float) -> str:
    """Without an exponent, and without cents where there are none or a zero at their end."""
    return f"{size:.2f}".rstrip("0").rstrip(".")


def _contact(match: re.Match[str]) -> tuple[ValueKind, str, float | None, int]:
    text = match.group()
    return ValueKind.CONTACT, text.lower() if "@" in text else re.sub(r"[^\d+]", "", text), None, 0


def _company(match: re.Match[str]) -> tuple[ValueKind, str, float | None, int]:
    text = match.group()
    skip = 0
    while (head := re.match(r"(\S+)\s+", text[skip:])) and head.group(1).lower() in _LEAD_WORDS:
        skip += head.end()
    name = text[skip:].rstrip(".").replace(",", "")
    return ValueKind.COMPANY, " ".join(name.split()) if " " in name else "", None, skip


def _dates(words: Words, lexicon: Lexicon) -> Iterator[Placed]:
    months: dict[str, int] = lexicon.data["months"]
    lower = words.lower
    for match in _ISO_DATE.finditer(words.text):
        yield from _dated(words, _word_at(words, match.start()), _word_at(words, match.end() - 1), *match.groups())
    for match in _NUMERIC_DATE.finditer(words.text):
        day, month = (match[3], match[1]) if int(match[3]) > _MONTHS else (match[1], match[3])  # day first if it can be
        yield from _dated(words, _word_at(words, match.start()), _word_at(words, match.end() - 1), match[4], month, day)
    for index, word in enumerate(lower):
        if len(word) != 4 or not word.isdecimal() or word[:2] not in {"19", "20"}:  # noqa: PLR2004 - a year
            continue
        parts = [(place, lower[place]) for place in range(max(0, index - 4), index) if lower[place] not in {".", ","}]
        if len(parts) < 2:  # noqa: PLR2004 - day and month
            continue
        (first, one), (second, two) = parts[-2:]
        spelled, named = (two, months.get(one)) if one in months else (one, months.get(two))
        number = spelled.rstrip("stndrhe")
        if named is not None and number.isdecimal():
            yield from _dated(words, min(first, second), index, word, str(named), number)


def _dated(words: Words, first: int, last: int, year: str, month: str, day: str) -> Iterator[Placed]:
    try:
        normal = date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return
    yield placed(words, first, last, ValueKind.DATE, normal)
