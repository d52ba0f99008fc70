"""How much text every element of a page holds, counted in one pass."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

# Shorter text nodes are labels of controls and menu entries more often than prose.
_PROSE_NODE = 20  # characters


@dataclass(frozen=True, slots=True)
class Survey:
    """Counts by position in document order. All counts are of characters in an element and everything under it."""

    elements: list[etree._Element]
    position: dict[etree._Element, int]
    after: list[int]  # position of the first element behind the subtree
    text: list[int]
    linked: list[int]  # inside links and buttons
    prose: list[int]  # outside links and buttons, in text nodes long enough to be prose

    @property
    def total_prose(self) -> int:
        """Of the whole page."""
        return self.prose[0]


def survey(body: etree._Element) -> Survey:
    """Count in reverse document order, so that children come before their parents; time is linear in the page."""
    elements = list(body.iter(etree.Element))
    position = {element: at for at, element in enumerate(elements)}
    size = len(elements)
    after = [at + 1 for at in range(size)]
    text, linked, prose = [0] * size, [0] * size, [0] * size
    for at in range(size - 1, -1, -1):
        element = elements[at]
        own = element.text
        if own and (length := len(own.strip())):
            text[at] += length
            if length >= _PROSE_NODE:
                prose[at] += length
        if element.tag in {"a", "button"}:
            linked[at] = text[at]
            prose[at] = 0
        if at == 0:
            break
        parent = position[element.getparent()]  # type: ignore[index]  # only the first element has no parent in it
        tail = element.tail
        if tail and (length := len(tail.strip())):
            text[parent] += length
            if length >= _PROSE_NODE:
                prose[parent] += length
        text[parent] += text[at]
        linked[parent] += linked[at]
        prose[parent] += prose[at]
        after[parent] = max(after[parent], after[at])
    return Survey(elements, position, after, text, linked, prose)


def drop(element: etree._Element) -> None:
    """Empty an element in place; the text behind it stays where it is."""
    element.clear(keep_tail=True)
    element.tag = "div"
