"""What stands around a clause: the headings and the line above it, the clauses before and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from monitor.model import Clause, ClauseKind
from monitor.practices.read import statements
from monitor.practices.statement import Statement

_NEIGHBOUR = 0.6  # of the clauses before and after, beside the headings and the line above
_HEADINGS = 2  # above it
_FAR = 40  # clauses back that a line which ends with a colon is looked for


def around(
    clauses: Sequence[Clause], read: Sequence[tuple[Statement, ...]], index: int, language: str | None
) -> dict[str, float]:
    """Practice → how much of it what stands around the clause at `index` is about."""
    found: dict[str, float] = {}
    path = clauses[index].path
    for heading in path[-_HEADINGS:]:
        _join(found, _heading(heading, language), 1.0)
    for place in range(index - 1, max(-1, index - _FAR), -1):
        if clauses[place].path != path:
            break
        if clauses[place].text.rstrip().endswith(":"):
            _join(found, shares(read[place]), 1.0)
            break
    for place in (index - 1, index + 1):
        if 0 <= place < len(clauses) and clauses[place].path == path:
            _join(found, shares(read[place]), _NEIGHBOUR)
    return found


def shares(clause: Iterable[Statement]) -> dict[str, float]:
    """Practice → the most that any sentence of a clause is about it."""
    found: dict[str, float] = {}
    for statement in clause:
        _join(found, statement.shares, 1.0)
    return found


def _join(found: dict[str, float], more: Mapping[str, float], part: float) -> None:
    for practice, share in more.items():
        found[practice] = max(found.get(practice, 0.0), share * part)


@lru_cache(maxsize=4096)
def _heading(text: str, language: str | None) -> Mapping[str, float]:
    return shares(statements(Clause(kind=ClauseKind.PARAGRAPH, text=text, digest=""), language))
