"""The order in which operations are told, and the clauses that none of them names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from monitor.model import Operation, OperationKind

_RANK: Final = {kind: rank for rank, kind in enumerate(OperationKind)}


def kept(old: int, new: int, operations: Iterable[Operation]) -> list[tuple[int, int]]:
    """(old, new) places of the clauses that no operation names; they are equal and in the same order on both sides.

    `old` and `new` are the lengths of the two texts.
    """
    named_old: set[int] = set()
    named_new: set[int] = set()
    for operation in operations:
        named_old.update(operation.old)
        named_new.update(operation.new)
    return list(
        zip(
            (i for i in range(old) if i not in named_old),
            (j for j in range(new) if j not in named_new),
            strict=True,
        )
    )


def arranged(old: int, new: int, operations: list[Operation]) -> tuple[Operation, ...]:
    """In the order of the new text; what was removed is told where it stood, before what came in its place."""
    moved = {operation.old for operation in operations if operation.kind is OperationKind.MOVED}
    after = dict(kept(old, new, operations))
    for operation in operations:
        if operation.old and operation.new and operation.old not in moved:
            after[operation.old[-1]] = operation.new[-1]
    places = []  # for each old clause, the place in the new text behind what stayed before it
    place = 0
    for i in range(old):
        places.append(place)
        place = max(place, after[i] + 1) if i in after else place

    def key(operation: Operation) -> tuple[int, int, int, int]:
        if operation.new:
            return (operation.new[0], 1, operation.old[0] if operation.old else 0, _RANK[operation.kind])
        return (places[operation.old[0]], 0, operation.old[0], 0)

    return tuple(sorted(operations, key=key))
