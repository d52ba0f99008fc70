"""Data tables: a row is a block, with its column heads. Tables made for layout are walked like anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

from monitor.model import ClauseKind
from monitor.text.block import Block
from monitor.text.normalise import visible
from monitor.text.survey import text_of

CELL_SEPARATOR = " | "
_EMPTY = "–"
_MAX_CELL = 1_500  # characters; cells with more, on average of their largest, hold a page, not data
_MAX_SPAN = 200
_SPAN_DIGITS = 5
_LEAST_ROWS = 2  # without column heads
_MAX_COLUMNS = 200


def is_data_table(table: etree._Element) -> bool:
    """Whether rows and columns mean something: two of each at least, no page layout inside."""
    if table.get("role") in {"presentation", "none"}:
        return False
    if table.find(".//table") is not None:
        return False
    rows = list(table.iter("tr"))
    wide = [cells for row in rows if len(cells := _cells(row)) > 1]
    if not wide:
        return False
    heads = any(True for _ in table.iter("th"))
    if len(wide) < _LEAST_ROWS and not heads:
        return False
    longest = max(len(text_of(cell)) for cells in wide for cell in cells)
    headings = sum(1 for _ in table.iter("h1", "h2", "h3"))
    return (heads or longest <= _MAX_CELL) and headings <= len(rows)


def table_rows(table: etree._Element, cell_blocks: Callable[[etree._Element], list[Block]]) -> list[Block]:
    """One block per row; the caption comes first, as a paragraph."""
    out: list[Block] = []
    caption = table.find("caption")
    if caption is not None:
        out += cell_blocks(caption)
    heads: list[str] = []
    spans: dict[int, int] = {}  # column → rows that a cell from above still covers
    for at, row in enumerate(table.iter("tr")):
        texts: list[str] = []
        places: list[int] = []
        links: list[tuple[str, str]] = []
        cells = _cells(row)
        for column, cell in _placed(cells, spans):
            blocks = cell_blocks(cell)
            places.append(column)
            texts.append(" ".join(block.text for block in blocks) or _mark(cell))
            links += [link for block in blocks for link in block.links]
        if not any(any(map(str.isalnum, text)) for text in texts):
            continue
        is_head = _is_head(row, cells, at=at, seen=bool(heads))
        if is_head:
            heads = [""] * (max(places) + 1)
            for column, text in zip(places, texts, strict=True):
                heads[column] = text
        # Under column heads an empty cell says something, and so does the place of a mark.
        shown = [text or _EMPTY for text in texts] if heads and not is_head else [text for text in texts if text]
        named = tuple(
            ("" if is_head or column >= len(heads) else heads[column], text)
            for column, text in zip(places, texts, strict=True)
        )
        out.append(Block(CELL_SEPARATOR.join(shown), ClauseKind.TABLE_ROW, links=links, cells=named))
    return out


def _mark(cell: etree._Element) -> str:
    """What a cell without words shows: "✓", "–", or the name of a picture."""
    said = " ".join(visible(text_of(cell)).split())
    return said or " ".join(alt.strip() for image in cell.iter("img") if (alt := image.get("alt")))


def _cells(row: etree._Element) -> list[etree._Element]:
    return [cell for cell in row if cell.tag in {"td", "th"}]


def _placed(cells: list[etree._Element], spans: dict[int, int]) -> Iterator[tuple[int, etree._Element]]:
    """Each cell with its column, as the spans of the rows above and of this row push it along."""
    column = 0
    free = {at: left - 1 for at, left in spans.items() if left > 1}
    for cell in cells:
        while spans.get(column, 0) > 0 and column < _MAX_COLUMNS:
            column += 1
        yield column, cell
        for _ in range(_span(cell, "colspan")):
            if (rows := _span(cell, "rowspan")) > 1:
                free[column] = rows - 1
            column += 1
    spans.clear()
    spans.update(free)


def _span(cell: etree._Element, name: str) -> int:
    text = cell.get(name) or "1"
    return min(max(1, int(text)), _MAX_SPAN) if text.isascii() and text.isdigit() and len(text) <= _SPAN_DIGITS else 1


def _is_head(row: etree._Element, cells: list[etree._Element], *, at: int, seen: bool) -> bool:
    parent = row.getparent()
    if parent is not None and parent.tag == "thead":
        return True
    if all(cell.tag == "th" for cell in cells) and len(cells) > 1:
        return True
    if at or seen:
        return False
    # A first row that is bold throughout is a head that was never marked up as one.
    return len(cells) > 1 and all(_is_bold(cell) for cell in cells)


def _is_bold(cell: etree._Element) -> bool:
    text = len("".join(text_of(cell).split()))
    bold = sum(
        len("".join(text_of(element).split()))
        for element in cell.iter("b", "strong")
        if not any(above.tag in {"b", "strong"} for above in element.iterancestors())
    )
    return 0 < text <= bold
