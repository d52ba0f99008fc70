"""A redline as one HTML page: no script, nothing fetched, readable in light and dark, on paper, on a phone, aloud."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment
from markupsafe import Markup

from monitor.model import Clause, ClauseKind, Edit, OperationKind
from monitor.report import marks, runs, wording
from monitor.report.cells import is_row_pair, row_cells
from monitor.report.harmless import shorten, visible
from monitor.report.layout import Entry, Fold, Hunk, Move, Row, lay_out
from monitor.report.redline import Redline
from monitor.report.templating import packaged

CONTEXT = 1  # clauses that stayed, shown on each side of a change


def render(redline: Redline, *, context: int = CONTEXT) -> str:
    """The page, complete and self-contained. Clauses that stayed are all in it, folded."""
    style = style_sheet()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    layout = lay_out(redline.diff, context=context)
    return (
        _templates()
        .get_template("page.html.j2")
        .render(
            redline=redline,
            blocks=layout,
            changes=_changes(layout),
            old=redline.diff.old,
            new=redline.diff.new,
            language=redline.new.language,
            style=Markup(style),  # noqa: S704 - our own file
            style_hash=digest,
        )
    )


def web_link(url: str) -> bool:
    """May be followed from a page of ours: no javascript:, data: or file:."""
    return url.lower().startswith(("https://", "http://"))


def _changes(layout: Sequence[Hunk | Fold]) -> list[Entry | Move]:
    return [row for block in layout if isinstance(block, Hunk) for row in block.rows if isinstance(row, (Entry, Move))]


def _shape(row: Row | Hunk | Fold) -> str:
    return type(row).__name__.lower()


def _view(entry: Entry, old: Sequence[Clause], new: Sequence[Clause]) -> str:
    """How an entry is best read: inline, beside (two texts), cells, or whole (no word differs)."""
    before, after = [old[i] for i in entry.old], [new[j] for j in entry.new]
    if not wording.has_edits(entry):
        return "whole"
    if is_row_pair(before, after):
        return "cells"
    if entry.kind in (OperationKind.SPLIT, OperationKind.MERGE):
        return "inline"
    return "beside" if runs.is_rewrite(entry.words) else "inline"


def _inline(entry: Entry, old: Sequence[Clause], new: Sequence[Clause]) -> Sequence[Edit]:
    return marks.inline(entry, [old[i] for i in entry.old], [new[j] for j in entry.new])


def _cells(
    entry: Entry, old: Sequence[Clause], new: Sequence[Clause]
) -> list[tuple[str, Sequence[Edit], Sequence[Edit]]]:
    return list(row_cells(entry.words, old[entry.old[0]], new[entry.new[0]]))


def _opening(row: Entry | Move, old: Sequence[Clause], new: Sequence[Clause]) -> str:
    entry = row.entries[0] if isinstance(row, Move) else row
    clause = new[entry.new[0]] if entry.new else old[entry.old[0]]
    return clause.text


@lru_cache(maxsize=1)
def style_sheet() -> str:
    """Of all pages; nothing in it ends the element that it stands in."""
    return files("monitor.report").joinpath("templates/page.css").read_text("utf-8").replace("</", "")


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = packaged()
    environment.globals.update(
        view=_view,
        inline=_inline,
        cells=_cells,
        opening=_opening,
        opening_of=lambda text: shorten(visible(text), 90),
        old_side=runs.old_side,
        new_side=runs.new_side,
        wording=wording,
        shape=_shape,
        ROW=ClauseKind.TABLE_ROW,
        HEADING=ClauseKind.HEADING,
    )
    environment.tests["web_link"] = web_link
    environment.filters["upper_first"] = lambda text: text[:1].upper() + text[1:]
    return environment
