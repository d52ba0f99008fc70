"""Lines of a PDF page → HTML, so that a PDF is read as any other document.

A PDF knows glyphs at places. What is a heading, a paragraph or a list item must be seen from size, weight and
position; what repeats at the edges of pages is no part of the text.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise
from statistics import median

_EDGE_LINES = 3  # at the top and the bottom of a page: that many lines may be running headers or footers
_EDGE_SHARE = 0.4  # on so many pages a running line stands: less than half, as even and odd pages may differ
_SAME_PLACE = 6.0  # points
_LONGEST_RUNNING = 160  # characters
_SAME_SIZE = 0.6  # points: sizes that differ by less look the same
_HEADING_RATIO = 1.1  # a heading is so much larger than the text
_LONGEST_HEADING = 200
_USUAL_LEADING = 1.2  # of typesetting programs, where a document is too short to tell
_FARTHEST = 3.0  # lines farther apart than so many sizes do not follow each other
_WIDER_LEADING = 1.3  # more than so many times the usual distance of lines parts paragraphs
_SHORT_LINE = 0.85  # a line that ends before that share of the text's width may be the last of its paragraph
_INDENT = 6.0  # points
_DEEPEST_HEADING = 4

_BULLET = re.compile(r"(?:[•◦▪▫●○■□‣⁃∙·➢➤►✓✔❖\uf0b7\uf0a7\uf0d8\uf076\uf0fc]|[-–—*](?=\s))\s*")
_NUMBERED = re.compile(r"(?:\((?:\d{1,2}|[A-Za-z]|[ivxIVX]{1,5})\)|(?:\d{1,2}|[A-Za-z]|[ivxIVX]{1,5})[.)])(?=\s)")
_CLAUSE_NUMBER = re.compile(
    r"(?:§+\s*)?\d{1,2}(?:\.\d{1,3})+\.?(?=\s)|(?:Article|Section|Artikel|Seksyen|Bahagian)\s\d"
)
_SENTENCE_END = re.compile(r"[.!?:;。][\"'”’)\]]*$")
_DIGITS = re.compile(r"\d+|(?<=\s)[ivxlc]+$")
_WORD = re.compile(r"[^\W\d_]+(?:[-\u2010][^\W\d_]+)*")
_LINE_END_HYPHENS = ("-", "\u2010", "\u00ad")


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfLine:
    """One line of text as printed. Lengths are points; `baseline` and `page_height` are measured from the page's top.

    A soft hyphen at the end of `text` is a hyphen that the PDF's reader takes for one of the line break alone.
    `links` are (start, end, target) in `text`.
    """

    page: int  # from 0
    text: str
    left: float
    right: float
    baseline: float
    size: float
    bold: bool = False
    links: Sequence[tuple[int, int, str]] = ()


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
    kept = _without_running_lines([line for line in lines if line.text.strip()])
    if not kept:
        return "<html><body></body></html>"
    look = _look(kept)
    words = Counter(word.lower() for line in kept for word in _WORD.findall(line.text))
    blocks = _blocks(kept, look)
    levels = _heading_levels(blocks, look)
    out: list[str] = []
    indents: list[float] = []  # of the lists that are open
    for block, level in zip(blocks, levels, strict=True):
        content = _joined(block.lines, words)
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


def _without_running_lines(lines: Sequence[PdfLine]) -> list[PdfLine]:
    """Leave out headers, footers and page numbers: what stands in the same place of many pages, numbers aside."""
    pages: dict[int, list[PdfLine]] = defaultdict(list)
    for line in lines:
        pages[line.page].append(line)
    distances = _line_distances(lines)
    usual = _usual(distances) if distances else _USUAL_LEADING
    at_edge: dict[tuple[str, bool], list[PdfLine]] = defaultdict(list)
    for page in pages.values():
        ordered = sorted(page, key=lambda line: line.baseline)
        for top, inwards in ((True, ordered), (False, ordered[::-1])):
            for line in _apart(inwards, usual):
                at_edge[_DIGITS.sub("#", " ".join(line.text.split()).casefold()), top].append(line)
    running: set[int] = set()
    for (text, _top), group in at_edge.items():
        middle = median(line.baseline for line in group)
        placed = [line for line in group if abs(line.baseline - middle) <= _SAME_PLACE]
        on_pages = len({line.page for line in placed})
        if len(text) <= _LONGEST_RUNNING and on_pages >= max(2, _EDGE_SHARE * len(pages)):
            running.update(id(line) for line in placed)
    return [line for line in lines if id(line) not in running]


def _apart(inwards: Sequence[PdfLine], usual: float) -> Sequence[PdfLine]:
    """The first lines from a page's edge inwards, if they stand apart from the text by distance or by size."""
    for count in range(1, min(_EDGE_LINES, len(inwards) - 1) + 1):
        outer, inner = inwards[count - 1], inwards[count]
        distance = abs(outer.baseline - inner.baseline) / max(outer.size, inner.size)
        if distance > usual * _WIDER_LEADING or abs(outer.size - inner.size) > _SAME_SIZE:
            return inwards[:count]
    return ()


def _line_distances(lines: Sequence[PdfLine]) -> list[float]:
    """Distances of the baselines of lines that follow each other, as multiples of their size."""
    return [
        (below.baseline - above.baseline) / above.size
        for above, below in pairwise(lines)
        if above.page == below.page and 0 < below.baseline - above.baseline < _FARTHEST * above.size
    ]


def _look(lines: Sequence[PdfLine]) -> _Look:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    size = max(sizes, key=lambda each: (sizes[each], -each))
    body = [line for line in lines if abs(line.size - size) <= _SAME_SIZE]
    distances = _line_distances(body)
    rights = sorted(line.right for line in body)
    bold = sum(len(line.text) for line in body if line.bold)
    return _Look(
        size=size,
        leading=_usual(distances) if distances else _USUAL_LEADING,
        right=rights[int(len(rights) * 0.9)],
        left=min(line.left for line in body),
        bold=bold * 2 > sum(len(line.text) for line in body),
    )


def _usual(distances: Sequence[float]) -> float:
    """The commonest distance; the least of them when several are as common, as paragraphs stand wider apart."""
    counted = Counter(round(distance, 1) for distance in distances)
    return max(counted, key=lambda each: (counted[each], -each))


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
    if abs(above.size - line.size) > _SAME_SIZE:
        return False
    if _stands_out(above, look) != _stands_out(line, look):
        # a heading ends; but bold words may fill a line inside a paragraph
        return len(block.lines) > 1 and _is_full(above, look) and line.text[:1].islower()
    if above.page != line.page or line.baseline < above.baseline - above.size:  # a new page, or a new column
        return not _SENTENCE_END.search(above.text.rstrip()) and not _stands_out(line, look) and _goes_on(above, line)
    distance = (line.baseline - above.baseline) / above.size
    if distance > look.leading * _WIDER_LEADING:
        return False
    if above.text.endswith(_LINE_END_HYPHENS) or _stands_out(line, look):
        return True
    ended = bool(_SENTENCE_END.search(above.text.rstrip()))
    indented = line.left > above.left + _INDENT and not (block.listed and len(block.lines) == 1)
    outdented = block.listed and line.left < block.first.left - 1
    return not (ended and (indented or outdented or not _is_full(above, look)))


def _is_full(line: PdfLine, look: _Look) -> bool:
    return line.right - look.left >= (look.right - look.left) * _SHORT_LINE


def _goes_on(above: PdfLine, line: PdfLine) -> bool:
    start = line.text.lstrip()[:1]
    return above.text.endswith(_LINE_END_HYPHENS) or start.islower() or (not start.isupper() and start.isalpha())


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
        if not ranks or ranks[-1] - size > _SAME_SIZE:
            ranks.append(size)
    chosen = {id(block) for block in headed}
    levels: list[int] = []
    for block in blocks:
        if id(block) not in chosen:
            levels.append(0)
            continue
        larger = sum(rank - block.first.size > _SAME_SIZE for rank in ranks)
        levels.append(min(larger + 1, _DEEPEST_HEADING))
    return levels


def _joined(lines: Sequence[PdfLine], words: Counter[str]) -> str:
    """The lines' words as HTML, line breaks and their hyphens undone, links around their words."""
    out: list[str] = []
    for number, line in enumerate(lines):
        text = line.text
        glue = ""
        if number + 1 < len(lines):
            following = lines[number + 1].text.lstrip()
            text, glue = _end_of_line(text.rstrip(), following, words)
        out.append(_linked(text, line.links) + glue)
    html = "".join(out).replace("\u00ad", "").strip()
    return re.sub(r"</a>( ?)<a href=\"([^\"]*)\">", _same_link, html)


def _same_link(match: re.Match[str]) -> str:
    before = match.string[: match.start()].rpartition('<a href="')[2].partition('"')[0]
    return match.group(1) if before == match.group(2) else match.group(0)


def _end_of_line(text: str, following: str, words: Counter[str]) -> tuple[str, str]:
    """A line's text without the hyphen of its break, and what stands between it and the next line."""
    if not text.endswith(_LINE_END_HYPHENS):
        return text, " "
    stem = text[:-1]
    before, after = _last_word(stem), _first_word(following)
    if not before or not after or not after[0].islower():
        return (stem if text.endswith("\u00ad") and not before else stem + "-"), ""
    whole, compound = words[(before + after).lower()], words[f"{before}-{after}".lower()]
    return (stem + "-" if compound > whole else stem), ""


def _last_word(text: str) -> str:
    found = re.search(r"[^\W\d_]+$", text)
    return found.group() if found else ""


def _first_word(text: str) -> str:
    found = re.match(r"[^\W\d_]+", text)
    return found.group() if found else ""


def _linked(text: str, links: Iterable[tuple[int, int, str]]) -> str:
    out: list[str] = []
    done = 0
    for start, end, target in sorted(links):
        first, last = max(start, done), min(end, len(text))
        if first < last and text[first:last].strip():
            out.append(escape(text[done:first]))
            out.append(f'<a href="{escape(target)}">{escape(text[first:last])}</a>')
            done = last
    out.append(escape(text[done:]))
    return "".join(out)
