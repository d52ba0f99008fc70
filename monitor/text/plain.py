"""Plain text → blocks: hard-wrapped lines joined again, innerText-like text taken line by line."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from monitor.model import ClauseKind
from monitor.text.block import Block
from monitor.text.labels import split_label
from monitor.text.normalise import visible

_WRAP_WIDEST = 110  # characters; text that was wrapped by hand or by a mailer has no longer line
_WRAP_FULL = 0.6  # share of the widest line that most lines of wrapped text fill
_LEAST_WRAPPED = 2  # lines that are followed by another
_SHORT_LINE = 60  # characters; lines of an address
_MOST_ADDRESS_LINES = 8
_FIELD = re.compile(r"[^\W\d][\w .'-]{0,24}:\s")  # "Telefon: …"
_SENTENCE_END = re.compile(r"[.!?:;][\"'”’)\]]*$")
_TAB = 4


class _Item(NamedTuple):
    indent: int  # characters
    numbering: str


def blocks(text: str) -> list[Block]:
    """Blocks in order. Headings are not decided here; a line that stood alone is its own block."""
    lines = [line.expandtabs(_TAB).rstrip() for line in re.split(r"\r\n?|[\n\v\f\x85\u2028\u2029]", text)]
    width = max(map(len, lines)) if _is_wrapped(lines) else 0
    out: list[Block] = []
    open_items: list[_Item] = []
    group: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            group.append(line)
        elif group:
            _group(group, out, open_items, width)
            group = []
    return out


def _is_wrapped(lines: list[str]) -> bool:
    """Whether line breaks mean nothing: no long line, and lines followed by another are mostly full."""
    lengths = [len(line) for line in lines if line]
    if not lengths or max(lengths) > _WRAP_WIDEST:
        return False
    followed = [len(line) for line, below in pairwise(lines) if line and below.strip()]
    if len(followed) < _LEAST_WRAPPED:
        return False
    full = sum(length >= max(lengths) * _WRAP_FULL for length in followed)
    return max(lengths) > _SHORT_LINE // 2 and full > len(followed) * 0.6


def _group(lines: list[str], out: list[Block], items: list[_Item], width: int) -> None:
    """Blocks of the lines between two blank ones.

    `items` are the list items still open, outermost first; `width` is that of wrapped text, 0 where lines are not.
    """
    if not width and _is_address(lines):
        out.append(Block(visible(" ".join(lines)), several_lines=True))
        items.clear()
        return
    above = ""
    for line in lines:
        text = visible(line)
        indent = len(line) - len(line.lstrip())
        label, _ = split_label(text)
        full = len(above) >= width * _WRAP_FULL or text[:1].islower()
        joins = bool(width and above and full and not label)
        above = line
        if joins:
            out[-1].text = _join(out[-1].text, text)
            continue
        if not any(map(str.isalnum, text)):
            above = ""
            continue
        if label:
            _enter(items, _Item(indent, _numbering(label, after=out[-1].text if out else "", items=items)))
            out.append(Block(text, ClauseKind.LIST_ITEM, level=len(items)))
        elif items and indent > items[-1].indent:
            out.append(Block(text, ClauseKind.LIST_ITEM, level=len(items)))
        else:
            items.clear()
            out.append(Block(text))


def _enter(items: list[_Item], item: _Item) -> None:
    """Close what the new item ends: deeper ones, and at its own indent those up to its kind of numbering."""
    while items and items[-1].indent > item.indent:
        items.pop()
    if item in items:
        del items[items.index(item) :]
    items.append(item)


def _numbering(label: str, *, after: str, items: list[_Item]) -> str:
    """1, a, A, i, I or a bullet. A lone "i" starts roman numbers unless it comes `after` an item "h"."""
    core = label.strip("(). :")
    if core[:1].isdigit():
        return "1" + "." * core.count(".")
    if not core.isalpha():
        return label
    roman, letter = ("i", "a") if core.islower() else ("I", "A")
    core = core.lower()
    if not set(core) <= set("ivx"):
        return letter
    if core == "i":
        return letter if split_label(after)[0].strip("(). :").lower() == "h" else roman
    return roman if len(core) > 1 or (items and items[-1].numbering == roman) else letter


def _join(above: str, below: str) -> str:
    # A word broken at a hyphen is whole again only when the next line goes on in small letters.
    if above.endswith("-") and above[-2:-1].isalpha() and below[:1].islower() and " " in above:
        return above + below
    return f"{above} {below}"


def _is_address(lines: list[str]) -> bool:
    return (
        1 < len(lines) <= _MOST_ADDRESS_LINES
        and all(len(line.strip()) <= _SHORT_LINE for line in lines)
        and any(any(map(str.isdigit, line)) for line in lines)
        and not any(_SENTENCE_END.search(line) or _FIELD.match(line.strip()) for line in lines)
        and not any(split_label(line.strip())[0] for line in lines)
    )
