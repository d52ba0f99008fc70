"""Lines of a PDF page → HTML, so that a PDF is read as any other document.

A PDF knows glyphs at places. What is a heading, a paragraph or a list item must be seen from size, weight and position.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from monitor.text.pdf_edges import without_running_lines
from monitor.text.pdf_lines import LINE_END_HYPHENS, SAME_SIZE, WIDER_LEADING, PdfLine, usual_leading
from monitor.text.pdf_words import joined, words_of

_HEADING_RATIO = 1.1  # a heading is so much larger than the text
_LONGEST_HEADING = 200
_SHORT_LINE = 0.85  # a line that ends before that share of the text's width may be the last of its paragraph
_INDENT = 6.0  # points
_DEEPEST_HEADING = 4

_BULLET = re.compile(r"(?:[•◦▪▫●○■□‣⁃∙·➢➤►✓✔❖\uf0b7\uf0a7\uf0d8\uf076\uf0fc]|[-–—*](?=\s))\s*")
_NUMBERED = re.compile(r"(?:\((?:\d{1,2}|[A-Za-z]|[ivxIVX]{1,5})\)|(?:\d{1,2}|[A-Za-z]|[ivxIVX]{1,5})[.)])(?=\s)")
_CLAUSE_NUMBER = re.compile(
    r"(?:§+\s*)?\d{1,2}(?:\.\d{1,3})+\.?(?=\s)|(?:Article|Section|Artikel|Seksyen|Bahagian)\s\d"
)
_SENTENCE_END = re.compile(r"[.!?:;。][\"'”’)\]]*$")


@dataclass(slots=True)
class _Block:
    """Lines that belong together."""

    lines: list[PdfLine] = field(default_factory=list)
    listed: bool = False

    @property
    def first(self) -> PdfLine:
        return self.lines[0]

    @property
    def last(self) -> PdfLine:
        return self.lines[-1]

    @property
    def length(self) -> int:
        return sum(len(line.text) for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Look:
    """What is usual in a document."""

    size: float
    leading: float  # distance of baselines, as a multiple of the size
    right: float  # where full lines end
    left: float
    bold: bool  # the text itself is bold, so that bold marks nothing


def lines_to_html(lines: Iterable[PdfLine]) -> str:
    """One HTML document with h1 to h4, p and ul/li. Lines come in reading order, page by page."""
    kept = without_running_lines([line for line in lines if line.text.strip()])
    if not kept:
        return "<html><body></body></html>"
    look = _look(kept)
    words = words_of(kept)
    blocks = _blocks(kept, look)
    levels = _heading_levels(blocks, look)
    out: list[str] = []
    indents: list[float] = []  # of the lists that are open
    for block, level in zip(blocks, levels, strict=True):
        content = joined(block.lines, words)
        if not block.listed:
            out.extend("</ul>" for _ in indents)
            indents.clear()
            tag = f"h{level}" if level else "p"
            out.append(f"<{tag}>{content}</{tag}>")
            continue
        while len(indents) > 1 and block.first.left < indents[-1] - _INDENT:
            indents.pop()
            out.append("</ul>")
        if not indents or block.first.left > indents[-1] + _INDENT:
            indents.append(block.first.left)
            out.append("<ul>")
        out.append(f"<li>{content}</li>")
    out.extend("</ul>" for _ in indents)
    return "<html><body>\n" + "\n".join(out) + "\n</body></html>"


def _look(lines: Sequence[PdfLine]) -> _Look:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    size = max(sizes, key=lambda each: (sizes[each], -each))
    body = [line for line in lines if abs(line.size - size) <= SAME_SIZE]
    rights = sorted(line.right for line in body)
    bold = sum(len(line.text) for line in body if line.bold)
    return _Look(
        size=size,
        leading=usual_leading(body),
        right=rights[int(len(rights) * 0.9)],
        left=min(line.left for line in body),
        bold=bold * 2 > sum(len(line.text) for line in body),
    )


def _blocks(lines: Sequence[PdfLine], look: _Look) -> list[_Block]:
    blocks: list[_Block] = []
    for line in lines:
        if blocks and _belongs(blocks[-1], line, look):
            blocks[-1].lines.append(line)
        else:
            blocks.append(_Block([line], listed=_starts_item(line) and not _stands_out(line, look)))
    return blocks


def _belongs(block: _Block, line: PdfLine, look: _Look) -> bool:
    if _same_row(block.last, line) and _is_lone_bullet(block):
        return True
    if _starts_item(line):
        return False
    if _same_row(block.last, line) and block.last.bold == line.bold:  # cells of a table's row, words set apart
        return True
    return not _CLAUSE_NUMBER.match(line.text) and _continues(block, line, look)


def _starts_item(line: PdfLine) -> bool:
    text = line.text.strip()
    return bool(_BULLET.match(text) or _NUMBERED.match(text) or _NUMBERED.match(f"{text} "))


def _is_lone_bullet(block: _Block) -> bool:
    """A marker whose words come as a line of their own, at the same height."""
    text = block.last.text.strip()
    return len(block.lines) == 1 and bool(_BULLET.fullmatch(f"{text} ") or _NUMBERED.fullmatch(text))


def _same_row(line: PdfLine, other: PdfLine) -> bool:
    return line.page == other.page and abs(line.baseline - other.baseline) < 0.3 * line.size and other.left >= line.left


def _stands_out(line: PdfLine, look: _Look) -> bool:
    """Larger than the text, or bold where the text is not."""
    return line.size >= look.size * _HEADING_RATIO or (line.bold and not look.bold and line.size >= look.size - 0.1)


def _continues(block: _Block, line: PdfLine, look: _Look) -> bool:
    """Whether a line goes on with the sentence of those above it."""
    above = block.last
    if abs(above.size - line.size) > SAME_SIZE:
        return False
    if _stands_out(above, look) != _stands_out(line, look):
        # a heading ends; but bold words may fill a line inside a paragraph
        return len(block.lines) > 1 and _is_full(above, look) and line.text[:1].islower()
    if above.page != line.page or line.baseline < above.baseline - above.size:  # a new page, or a new column
        return not _SENTENCE_END.search(above.text.rstrip()) and not _stands_out(line, look) and _goes_on(above, line)
    distance = (line.baseline - above.baseline) / above.size
    if distance > look.leading * WIDER_LEADING:
        return False
    if above.text.endswith(LINE_END_HYPHENS) or _stands_out(line, look):
        return True
    ended = bool(_SENTENCE_END.search(above.text.rstrip()))
    indented = line.left > above.left + _INDENT and not (block.listed and len(block.lines) == 1)
    outdented = block.listed and line.left < block.first.left - 1
    return not (ended and (indented or outdented or not _is_full(above, look)))


def _is_full(line: PdfLine, look: _Look) -> bool:
    return line.right - look.left >= (look.right - look.left) * _SHORT_LINE


def _goes_on(above: PdfLine, line: PdfLine) -> bool:
    start = line.text.lstrip()[:1]
    return above.text.endswith(LINE_END_HYPHENS) or start.islower() or (not start.isupper() and start.isalpha())


def _heading_levels(blocks: Sequence[_Block], look: _Look) -> list[int]:
    """For each block 1 to 4, or 0 for text. The largest size is level 1; bold of the text's size comes after all."""
    headed = [
        block
        for block in blocks
        if not block.listed
        and _stands_out(block.first, look)
        and all(line.bold == block.first.bold or line.size >= look.size * _HEADING_RATIO for line in block.lines)
        and block.length <= _LONGEST_HEADING
        and not block.last.text.rstrip().endswith((",", ";"))
    ]
    ranks: list[float] = []
    for size in sorted({block.first.size for block in headed if block.first.size >= look.size * _HEADING_RATIO})[::-1]:
        if not ranks or ranks[-1] - size > SAME_SIZE:
            ranks.append(size)
    chosen = {id(block) for block in headed}
    levels: list[int] = []
    for block in blocks:
        if id(block) not in chosen:
            levels.append(0)
            continue
        larger = sum(rank - block.first.size > SAME_SIZE for rank in ranks)
        levels.append(min(larger + 1, _DEEPEST_HEADING))
    return levels
