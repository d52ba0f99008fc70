"""The clauses of a text as a tree, and the versions of a policy as a table, for the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from monitor.model import Change, ChangeKind, Clause, ClauseKind, Significance, VersionInfo
from monitor.report import wording
from monitor.report.harmless import shorten, visible

_CLAUSE_LIMIT = 400  # characters; an outline is to be looked over, `diff` shows texts whole


def outline(clauses: Sequence[Clause], *, title: str, limit: int = _CLAUSE_LIMIT) -> Tree:
    """Clauses under their headings, list items under their level. Longer texts are cut at `limit` characters."""
    tree = Tree(Text(visible(title), style="bold"), guide_style="dim")
    branches: list[tuple[tuple[str, ...], Tree]] = [((), tree)]
    for clause in clauses:
        while len(branches) > 1 and clause.path[: len(branches[-1][0])] != branches[-1][0]:
            branches.pop()
        parent = branches[-1][1]
        if clause.kind is ClauseKind.HEADING:
            branches.append(((*clause.path, clause.text), parent.add(_heading(clause))))
        else:
            parent.add(_body(clause, limit))
    return tree


def _heading(clause: Clause) -> Text:
    return Text.assemble((f"{visible(clause.label)} " if clause.label else "", "cyan"), (visible(clause.text), "bold"))


def _body(clause: Clause, limit: int) -> Text:
    text = Text("  " * max(clause.level - 1, 0))
    if clause.label:
        text.append(f"{visible(clause.label)} ", style="cyan")
    if clause.kind is ClauseKind.TABLE_ROW and clause.cells:
        for number, (head, cell) in enumerate(clause.cells):
            text.append(" │ " if number else "", style="dim")
            text.append(f"{visible(head)}: " if head else "", style="dim")
            text.append(shorten(visible(cell), limit))
        return text
    return text.append(shorten(visible(clause.text), limit))


def log_table(versions: Sequence[VersionInfo], changes: Sequence[Change], *, title: str = "") -> Table:
    """Versions, newest first, each with the change that brought it."""
    table = Table(title=Text(visible(title)) if title else None, title_justify="left", expand=False)
    table.add_column("Version", justify="right", style="cyan", no_wrap=True)
    table.add_column("First seen", no_wrap=True)
    table.add_column("Date stated")
    table.add_column("Clauses", justify="right")
    table.add_column("What changed", ratio=1)
    by_version: dict[int, list[Change]] = {}
    for change in changes:
        by_version.setdefault(change.new_version_id, []).append(change)
    for version in sorted(versions, key=lambda version: (version.first_seen, version.number), reverse=True):
        table.add_row(
            str(version.number),
            wording.moment(version.first_seen),
            _dates(version),
            f"{version.clause_count:,}",
            Text("\n").join(_change(change) for change in by_version.get(version.id, ())),
        )
    return table


def _dates(version: VersionInfo) -> str:
    notice = wording.notice(version.dates, version.first_seen)
    return f"{wording.stated(version.dates)} ({notice})" if notice else wording.stated(version.dates)


def _change(change: Change) -> Text:
    text = Text(f"{visible(change.summary)} (")
    text.append(change.significance.value, style="yellow" if change.significance is Significance.SUBSTANTIVE else "")
    if change.silent:
        text.append(", silent", style="bold yellow")
    if change.kind is not ChangeKind.CHANGED:
        text.append(f", {change.kind.value}")
    return text.append(")")
