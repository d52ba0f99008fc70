"""How much text every element of a page holds, counted in one pass."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

# Shorter text nodes are labels of controls and menu entries more often than prose.
_PROSE_NODE = 20  # characters
_CONTROLS = frozenset({"a", "button"})


@dataclass(frozen=True, slots=True)
class Survey:
    """Counts by position in document order. All counts are of characters in an element and everything under it."""

    elements: list[etree._Element]
    parent: list[int]  # 0 for the first element, too
    after: list[int]  # position of the first element behind the subtree
    text: list[int]
    linked: list[int]  # inside links and buttons
    prose: list[int]  # outside links and buttons, in text nodes long enough to be prose

    @property
    def total_prose(self) -> int:
        """Of the whole page."""
        return self.prose[0]

    def forget(self, at: int) -> None:
        """Take what an element holds off the counts of everything around it."""
        text, linked, prose = self.text[at], self.linked[at], self.prose[at]
        self.text[at] = self.linked[at] = self.prose[at] = 0
        while at := self.parent[at]:
            self.text[at] -= text
            self.linked[at] -= linked
            self.prose[at] -= prose
        self.text[0] -= text
        self.linked[0] -= linked
        self.prose[0] -= prose


def survey(body: etree._Element) -> Survey:
    """Count in reverse document order, so that children come before their parents; time is linear in the page."""
    elements = list(body.iter(etree.Element))
    size = len(elements)
    position = dict(zip(elements, range(size), strict=True))
    parent = [0] * size
    for at, element in enumerate(elements[1:], 1):
        holder = element.getparent()
        assert holder is not None  # only the first element's is outside
        parent[at] = position[holder]
    after = list(range(1, size + 1))
    text, linked, prose = [0] * size, [0] * size, [0] * size
    for at in range(size - 1, -1, -1):
        element, above = elements[at], parent[at]
        own = element.text
        if own and (length := len(own.strip())):
            text[at] += length
            if length >= _PROSE_NODE:
                prose[at] += length
        if element.tag in _CONTROLS:
            linked[at] = text[at]
            prose[at] = 0
        after[above] = max(after[above], after[at])
        if at == 0:
            break
        tail = element.tail
        if tail and (length := len(tail.strip())):
            text[above] += length
            if length >= _PROSE_NODE:
                prose[above] += length
        if text[at]:
            text[above] += text[at]
            linked[above] += linked[at]
            prose[above] += prose[at]
    return Survey(elements, parent, after, text, linked, prose)


def drop(element: etree._Element) -> None:
    """Empty an element in place; the text behind it stays where it is."""
    tail = element.tail
    element.clear()
    element.tail = tail
    element.tag = "div"


def text_of(element: etree._Element) -> str:
    """All text in an element, as written."""
    return "".join(map(str, element.itertext()))
