"""Headings that no markup names: a bold paragraph, capitals, a number and a few words, a short line in plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from monitor.model import ClauseKind
from monitor.text.block import Block
from monitor.text.labels import split_label

_MOST_WORDS = 16  # of a bold heading
_FEW_WORDS = 12  # of one that only looks like it
_LEAST_CAPITALS = 4  # letters; "FAQ" and "GDPR" stand in running text, but alone they are rarely more than a name
_DEEPEST = 6
_UNRANKED = -1
_FIELD = re.compile(r":\s*\S|@|\d{4,}|[^\w\s]{3,}$")  # "Telefon: +60 3 …", an address, an arrow


def find_headings(blocks: Sequence[Block], *, plain: bool = False) -> None:
    """Turn paragraphs into headings and rank every heading from 1 to 6, in place.

    In `plain` text a short line on its own is evidence enough.
    """
    styles: dict[int, str] = {}
    for at, block in enumerate(blocks):
        below = blocks[at + 1] if at + 1 < len(blocks) else None
        style = _style(block, below, plain=plain)
        if style:
            styles[at] = style
            block.kind, block.level = ClauseKind.HEADING, _UNRANKED
    if plain:
        _rank_lines(blocks)
    else:
        _rank(blocks, styles)


def _style(block: Block, below: Block | None, *, plain: bool) -> str:  # noqa: C901, PLR0911 - one kind of evidence a line
    """What makes a block a heading; "" when it is none. A heading has something below it."""
    if block.kind is ClauseKind.LIST_ITEM and not (plain or block.bold):
        return ""
    if block.kind not in {ClauseKind.PARAGRAPH, ClauseKind.LIST_ITEM} or below is None or block.several_lines:
        return ""
    words = len(block.text.split())
    if words > _MOST_WORDS:
        return ""
    label, text = split_label(block.text)
    numbered = label[:1].isalnum() or label[:1] in "(§" if label else False
    is_item = block.kind is ClauseKind.LIST_ITEM
    if block.bold and text[-1] not in ",;" and (not is_item or numbered or block.label[:1].isalnum()):
        return "bold"
    if words > _FEW_WORDS or text[-1] in ".,;":
        return ""
    if is_item and not numbered:
        return ""
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) >= _LEAST_CAPITALS and all(map(str.isupper, letters)) and not block.linked:
        return "capitals"
    if text[-1] == ":" or not (plain or text[:1].isupper() or text[:1].isdigit()):
        return ""
    below_label = split_label(below.text)[0]
    if numbered and label[:1].isdigit() and not below_label[:1].isdigit() and not block.linked:
        return "number"
    if plain and not label and not block.linked and not _FIELD.search(text) and len(below.text) >= len(text) // 2:
        return "line"
    return ""


def _rank(blocks: Sequence[Block], styles: dict[int, str]) -> None:
    """A found heading goes below the last one that markup ranks; capitals above numbers above bold."""
    base = 0
    seen: list[str] = []  # styles under the present ranked heading, outermost first
    for at, block in enumerate(blocks):
        if block.kind is not ClauseKind.HEADING:
            continue
        if block.level > 0:
            base, seen = block.level, []
            continue
        style = styles.get(at, "control")
        if style not in seen:
            seen = sorted([*seen, style], key=_ORDER.index)
        depth = split_label(block.text)[0].strip(".)").count(".") if style in {"number", "bold"} else 0
        block.level = min(_DEEPEST, base + 1 + seen.index(style) + depth)


_ORDER = ["capitals", "number", "control", "bold", "line"]


def _rank_lines(blocks: Sequence[Block]) -> None:
    """Plain text ranks nothing. Headings right after each other nest; a lone one continues the level of the last."""
    level = depth = 1
    previous_was_heading = False
    follows = [(block, below) for block, below in pairwise([*blocks, Block("")])]
    for at, (block, below) in enumerate(follows):
        if block.kind is not ClauseKind.HEADING:
            previous_was_heading = False
            continue
        if previous_was_heading:
            depth = min(_DEEPEST, depth + 1)
        elif at == 0:
            depth = 1
        elif below.kind is ClauseKind.HEADING:
            depth = 2
        else:
            depth = max(2, level)
        number = split_label(block.text)[0].strip(".)")
        block.level = level = min(_DEEPEST, 2 + number.count(".")) if number[:1].isdigit() else depth
        previous_was_heading = True
