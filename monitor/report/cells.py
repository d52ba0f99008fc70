"""Table rows beside each other, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from monitor.model import Clause, Edit, EditKind
from monitor.report import runs


def is_row_pair(old: Sequence[Clause], new: Sequence[Clause]) -> bool:
    """One table row became another, and both know their cells."""
    return len(old) == len(new) == 1 and bool(old[0].cells) and bool(new[0].cells)


def row_cells(words: Sequence[Edit], old: Clause, new: Clause) -> Iterator[tuple[str, Sequence[Edit], Sequence[Edit]]]:
    """The cells of two rows beside each other, by column head, else by place: (head, old runs, new runs)."""
    before = _by_head(runs.old_side(words), old, EditKind.DELETE)
    after = _by_head(runs.new_side(words), new, EditKind.INSERT)
    for head in dict.fromkeys((*before, *after)):
        was, now = before.get(head, ()), after.get(head, ())
        if runs.text_of(was) == runs.text_of(now):
            was = now = runs.joined([Edit(EditKind.EQUAL, runs.text_of(now))])
        yield head[0], was, now


def _by_head(words: Sequence[Edit], clause: Clause, other: EditKind) -> dict[tuple[str, int], Sequence[Edit]]:
    text = runs.text_of(words)
    found: dict[tuple[str, int], Sequence[Edit]] = {}
    at = 0
    for place, (head, cell) in enumerate(clause.cells):
        start = text.find(cell, at)
        key = (head, 0 if head and (head, 0) not in found else place)
        if start < 0:  # the row's text was not put together from its cells: the whole cell then
            found[key] = (Edit(other, cell),) if cell else ()
            continue
        found[key] = runs.cut(words, start, start + len(cell))
        at = start + len(cell)
    return found
