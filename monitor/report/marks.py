"""Marks in plain characters: `[-gone-]{+come+}`, as `wdiff` and `git diff --word-diff` have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from monitor.model import Clause, Edit, EditKind, OperationKind
from monitor.report import runs
from monitor.report.harmless import visible
from monitor.report.layout import Entry

_MARKS = {EditKind.EQUAL: ("", ""), EditKind.DELETE: ("[-", "-]"), EditKind.INSERT: ("{+", "+}")}
_MARK_LIKE = re.compile(r"\[-|-\]|\{\+|\+\}")


def marked(edit: Edit) -> str:
    """A run between its marks. What looks like a mark in the page's own text gets a backslash: it must not pass."""
    shown = _MARK_LIKE.sub(lambda match: "\\".join(match.group()), visible(edit.text))
    before, after = _MARKS[edit.kind]
    return f"{before}{shown}{after}" if shown else ""


def texts(entry: Entry, old: Sequence[Clause], new: Sequence[Clause]) -> Iterator[runs.Runs]:
    """An entry's text with its edits inside, or, where too little stayed for that, old and new one after the other."""
    if runs.is_rewrite(entry.words) and entry.kind not in (OperationKind.SPLIT, OperationKind.MERGE):
        yield runs.joined([Edit(EditKind.DELETE, runs.text_of(runs.old_side(entry.words)))])
        yield runs.joined([Edit(EditKind.INSERT, runs.text_of(runs.new_side(entry.words)))])
    else:
        yield inline(entry, old, new)


def inline(entry: Entry, old: Sequence[Clause], new: Sequence[Clause]) -> runs.Runs:
    """An entry's text with its edits inside, and a pilcrow where clauses were split or merged."""
    if entry.kind is OperationKind.SPLIT:
        return runs.with_borders(entry.words, [clause.text for clause in new], EditKind.INSERT)
    if entry.kind is OperationKind.MERGE:
        return runs.with_borders(entry.words, [clause.text for clause in old], EditKind.DELETE)
    return runs.joined(entry.words)
