"""A redline for the terminal, as rich renderables. Marks say what colour says, so that nothing is lost without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from monitor.model import Clause, ClauseKind, Edit, EditKind, OperationKind
from monitor.report import marks, runs, wording
from monitor.report.cells import is_row_pair, row_cells
from monitor.report.harmless import shorten, visible
from monitor.report.layout import Departure, Entry, Fold, Hunk, Move, Pair, Row, lay_out
from monitor.report.redline import Redline

CONTEXT = 1  # clauses that stayed, shown on each side of a change

_CONTEXT_LIMIT = 240  # characters of a clause that stayed
_AROUND = 300  # characters that stayed, on each side of an edit
_LONGEST = 20_000  # characters of one edit; a terminal is no place for more
_STYLES = {EditKind.EQUAL: "", EditKind.DELETE: "strike red", EditKind.INSERT: "underline green"}
_SIGNS = {
    OperationKind.ADDED: ("+", "green"),
    OperationKind.REMOVED: ("-", "red"),
    OperationKind.MOVED: ("»", "blue"),
}


def render(redline: Redline, *, context: int = CONTEXT, with_marks: bool = True) -> RenderableType:
    """The whole of it. `with_marks=False` leaves `[-…-]{+…+}` away where colour is sure to be seen."""
    layout = lay_out(redline.diff, context=context)
    painter = _Painter(redline, with_marks=with_marks)
    body = [part for block in layout for part in painter.block(block)]
    return Group(_head(redline), *body)


def _head(redline: Redline) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("What", Text(visible(redline.summary), style="bold"))
    for name, value in wording.facts(redline):
        grid.add_row(name, Text(value, style="yellow" if name in ("Silent", "State") else ""))
    for evidence in redline.evidence:
        grid.add_row("Evidence", Text(f"{visible(evidence.url)} ({wording.moment(evidence.taken)})"))
    return Panel(grid, title=Text(visible(redline.title), style="bold"), title_align="left", border_style="dim")


class _Painter:
    def __init__(self, redline: Redline, *, with_marks: bool) -> None:
        self._old, self._new = redline.diff.old, redline.diff.new
        self._marks = with_marks

    def block(self, block: Hunk | Fold) -> Iterator[RenderableType]:
        if isinstance(block, Fold):
            yield Text()
            yield _Signed(" ", "", Text(f"… {wording.folded(block, self._old, self._new)} …", style="dim"))
            return
        yield Text()
        if block.path:
            yield Text(" › ".join(block.path), style="bold cyan", overflow="fold")
        for row in block.rows:
            yield from self._row(row)

    def _row(self, row: Row) -> Iterator[RenderableType]:
        if isinstance(row, Pair):
            text = self._start(self._old[row.old], self._new[row.new])
            text.append(shorten(visible(self._new[row.new].text), _CONTEXT_LIMIT))
            text.stylize("dim")
            yield _Signed(" ", "dim", text)
        elif isinstance(row, Departure):
            first = self._old[row.move.entries[0].old[0]]
            opening = shorten(visible(first.text), 60)
            yield _Signed("«", "blue", Text(f"{wording.departed(row.move)}: {opening}", style="blue"))
        elif isinstance(row, Move):
            yield _Signed("»", "blue", Text(wording.moved(row), style="blue"))
            for entry in row.entries:
                yield from self._entry(entry, moved=True)
        else:
            yield from self._entry(row)

    def _entry(self, entry: Entry, *, moved: bool = False) -> Iterator[RenderableType]:
        old, new = [self._old[i] for i in entry.old], [self._new[j] for j in entry.new]
        sign, style = _SIGNS.get(entry.kind, ("~", "yellow"))
        said = wording.happened(entry, self._old, self._new)
        if not moved and said not in ("added", "removed", "modified"):
            yield _Signed(sign, style, Text(said, style=style))
        if not wording.has_edits(entry):
            text = self._start(old[0], new[0]).append(shorten(visible(new[0].text), _CONTEXT_LIMIT))
            yield _Signed(sign, style, text)
        elif is_row_pair(old, new):
            yield Padding(self._cells(entry, old[0], new[0]), (0, 0, 0, 2))
        else:
            start = self._start(old[0] if old else None, new[0] if new else None)
            for number, words in enumerate(marks.texts(entry, old, new)):
                yield _Signed(sign, style, start + self._paint(words) if not number else self._paint(words))
        for link in entry.links:
            before, after = visible(link.old or "no link"), visible(link.new or "no link")
            edits = (Edit(EditKind.DELETE, before), Edit(EditKind.INSERT, after))
            yield _Signed(" ", "", Text(f"link “{visible(link.text)}”: ", style="dim") + self._paint(edits))

    def _start(self, old: Clause | None, new: Clause | None) -> Text:
        """The number of a clause, with the old one where it differs, and the depth of a list item."""
        clause = new or old
        assert clause is not None
        text = Text("  " * max(clause.level - 1, 0) if clause.kind is ClauseKind.LIST_ITEM else "")
        label = visible(clause.label)
        if old and new and old.label != new.label:
            text += self._paint([Edit(EditKind.DELETE, old.label), Edit(EditKind.INSERT, new.label)])
        elif label:
            text.append(label, style="cyan")
        return text.append(" ") if text.plain.strip() else text

    def _cells(self, entry: Entry, old: Clause, new: Clause) -> Table:
        table = Table(show_lines=True, border_style="dim", expand=False)
        for head in ("", "old", "new"):
            table.add_column(head, overflow="fold")
        for head, before, after in row_cells(entry.words, old, new):
            table.add_row(Text(visible(head), style="dim"), self._paint(before), self._paint(after))
        return table

    def _paint(self, words: Sequence[Edit]) -> Text:
        text = Text()
        for edit in runs.elided(words, around=_AROUND, longest=_LONGEST):
            text.append(marks.marked(edit) if self._marks else visible(edit.text), style=_STYLES[edit.kind])
        return text


@dataclass(frozen=True, slots=True)
class _Signed:
    """Text with a sign in the gutter of its first line; rich's own grids would pad every line with blanks."""

    sign: str
    style: str
    text: Text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for number, line in enumerate(self.text.wrap(console, max(options.max_width - 2, 1), overflow="fold")):
            line.rstrip()
            yield Text.assemble(("  " if number else f"{self.sign} ", self.style), line)
