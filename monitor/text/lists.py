"""The markers that a browser puts before list items."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

_STYLE = re.compile(
    r"list-style(?:-type)?\s*:\s*(?:[\w-]+\s+)*?(none|(?:lower|upper)-(?:alpha|latin|roman))", re.IGNORECASE
)
_STYLES = {
    "lower-alpha": "a",
    "lower-latin": "a",
    "upper-alpha": "A",
    "upper-latin": "A",
    "lower-roman": "i",
    "upper-roman": "I",
    "none": "none",
}
_BULLET = "•"
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
          (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip
_MOST_ROMAN = 3_999


@dataclass(slots=True)
class List:
    """An open list: what its next item is marked with."""

    style: str = ""  # of an ordered list: 1, a, A, i, I or none
    number: int = 1
    step: int = 1

    @classmethod
    def of(cls, element: etree._Element) -> List:
        """From <ol> or <ul>."""
        if element.tag != "ol":
            return cls()
        css = _STYLE.search(element.get("style") or "")
        style = _STYLES[css[1].lower()] if css else element.get("type") or "1"
        start = _integer(element.get("start"))
        if "reversed" in element.attrib:
            items = sum(1 for child in element if child.tag == "li")
            return cls(style, items if start is None else start, -1)
        return cls(style, 1 if start is None else start)

    def next_marker(self, item: etree._Element) -> str:
        """The marker of this item; "" where the page hides it."""
        if not self.style:
            return _BULLET
        value = _integer(item.get("value"))
        number = self.number if value is None else value
        self.number = number + self.step
        if self.style == "none":
            return ""
        return f"{_in_style(number, self.style)}."


def _integer(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"-?\d{1,6}", text, re.ASCII) else None


def _in_style(number: int, style: str) -> str:
    if style in "aA" and number > 0:
        letters = ""
        while number:
            number, digit = divmod(number - 1, 26)
            letters = chr(ord(style) + digit) + letters
        return letters
    if style in "iI" and 0 < number <= _MOST_ROMAN:
        roman = ""
        for value, sign in _ROMAN:
            count, number = divmod(number, value)
            roman += sign * count
        return roman if style == "i" else roman.upper()
    return str(number)
