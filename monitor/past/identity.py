"""What makes two texts of the past the same: their words, in order.

Labels and link targets are left out, and so is what stands at places that are known to keep changing: on the way
through twenty years nobody wants to be told of a token in a link.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from monitor.model import Clause
from monitor.volatile import MOST_CLAUSES, place_name


def words_digest(clauses: Sequence[Clause], volatile: Collection[str] = ()) -> str:
    """SHA-256 (hex) over the words of the clauses. `volatile` names the places that are left out."""
    kept = without_places(clauses, volatile) if volatile else clauses
    return hashlib.sha256("\n".join(clause.digest for clause in kept).encode()).hexdigest()


def without_places(clauses: Sequence[Clause], volatile: Collection[str]) -> list[Clause]:
    """The clauses but for those between two that frame one of these places."""
    framed: list[Clause | None] = [None, *clauses, None]
    kept: list[Clause] = []
    at = 0
    while at < len(framed) - 1:
        last = min(at + MOST_CLAUSES + 1, len(framed) - 1)
        reach = range(at + 1, last + 1)
        at = next((end for end in reversed(reach) if place_name(framed[at], framed[end]) in volatile), at + 1)
        clause = framed[at]
        if clause is not None:
            kept.append(clause)
    return kept
