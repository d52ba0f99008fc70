"""Where a clause stands, in words: its headings with their numbers, "§ 4.2(b)"."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.model import Clause, ClauseKind
from monitor.report.harmless import shorten, visible

_HEADING_LIMIT = 80


class Places:
    """The places of one text. A clause's path holds heading texts alone; their numbers are found here."""

    def __init__(self, clauses: Sequence[Clause]) -> None:
        self._clauses = clauses
        self._labels = {
            (*clause.path, clause.text): clause.label for clause in clauses if clause.kind is ClauseKind.HEADING
        }

    def path(self, index: int) -> tuple[str, ...]:
        """The headings above a clause, outermost first, each with its number."""
        path = self._clauses[index].path
        return tuple(
            shorten(visible(f"{self._labels.get(path[: depth + 1], '')} {text}".strip()), _HEADING_LIMIT)
            for depth, text in enumerate(path)
        )

    def of(self, index: int) -> str:
        """One short name of where a clause stands, for "moved from …"."""
        clause = self._clauses[index]
        label = number(clause.label)
        if any(char.isdigit() for char in label):
            return f"§ {label}"
        if clause.kind is ClauseKind.HEADING:
            return f"“{shorten(visible(clause.text), _HEADING_LIMIT)}”"
        path = self.path(index)
        under = f"“{path[-1]}”" if path else "the text without a heading"
        return f"{under}, {label}" if label else under


def number(label: str) -> str:
    """A label as one refers to it: "4.2" for "4.2.", nothing for a bullet."""
    shown = visible(label).strip().removesuffix(".")
    return shown if any(char.isalnum() for char in shown) else ""
