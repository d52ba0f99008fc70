"""One side of a comparison: clauses with their words coded, each coded when it is first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from monitor.diff.tokens import WORD, Lexicon
from monitor.model import Clause, ClauseKind

_ONE: Final = 80  # characters, a short sentence


class Side:
    """The old or the new clauses of one comparison. Both sides share a lexicon."""

    def __init__(self, clauses: Sequence[Clause], lexicon: Lexicon) -> None:
        self.clauses = tuple(clauses)
        self.digests = [clause.digest for clause in self.clauses]
        # How much a clause counts for what stayed and what moved: for being one, and up to as much for its length. So
        # the fewest clauses are told to have moved, and short ones rather than long ones.
        self.weights = [_ONE + min(len(clause.text), _ONE) for clause in self.clauses]
        self._lexicon = lexicon
        self._words: list[str | None] = [None] * len(self.clauses)
        self._cells: dict[int, tuple[tuple[str, str], ...]] = {}

    def __len__(self) -> int:
        return len(self.clauses)

    def words(self, index: int) -> str:
        """The words of a clause, one character each, without case."""
        words = self._words[index]
        if words is None:
            words = self._words[index] = self._encode(self.clauses[index].text)
        return words

    def cells(self, index: int) -> tuple[tuple[str, str], ...]:
        """(column head, words) of a table row; empty for other clauses."""
        cells = self._cells.get(index)
        if cells is None:
            cells = tuple((head, self._encode(cell)) for head, cell in self.clauses[index].cells)
            self._cells[index] = cells
        return cells

    def is_heading(self, index: int) -> bool:
        """Headings are compared with bodies only when they are very alike."""
        return self.clauses[index].kind is ClauseKind.HEADING

    def _encode(self, text: str) -> str:
        return self._lexicon.encode(WORD.findall(text.lower()))
