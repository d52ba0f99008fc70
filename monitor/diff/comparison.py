"""Comparing two sequences of clauses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from monitor.diff.alignment import pair
from monitor.diff.operations import operations
from monitor.diff.replay import invert
from monitor.model import Clause, Diff


def compare(old: Sequence[Clause], new: Sequence[Clause]) -> Diff:
    """Say what happened to which clauses, and to the words inside.

    Clauses are the same when their digests are. The result depends on nothing but its input, and `compare(b, a)` is
    `invert(compare(a, b))`. Time grows about linearly with the number of clauses and is bounded for any input.
    """
    old, new = tuple(old), tuple(new)
    if _order(old) > _order(new):  # the same work whichever way one looks, so that the answers agree
        return invert(Diff(old=new, new=old, operations=operations(pair(new, old))))
    return Diff(old=old, new=new, operations=operations(pair(old, new)))


@lru_cache(maxsize=16)
def compared(old: tuple[Clause, ...], new: tuple[Clause, ...]) -> Diff:
    """As `compare`, of texts that are likely to be compared again: a new text waits for several looks."""
    return compare(old, new)


def _order(clauses: tuple[Clause, ...]) -> tuple[object, ...]:
    """A total order of texts that does not depend on which one is called old."""
    return (
        len(clauses),
        [clause.digest for clause in clauses],
        [clause.label for clause in clauses],
        [clause.text for clause in clauses],
        [clause.path for clause in clauses],
    )
