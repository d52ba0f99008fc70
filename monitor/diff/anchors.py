"""Clauses that read the same on both sides: the first links, before anything is compared word by word."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

from monitor.diff.pairing import Pairing


def link_equal(pairing: Pairing) -> None:
    """Link equal clauses: unique ones, their equal neighbours, then repeated ones told apart by their headings."""
    old, new = pairing.old, pairing.new
    _link_unique(pairing, old.digests, new.digests)
    spread(pairing)
    paths_old = [(digest, clause.path) for digest, clause in zip(old.digests, old.clauses, strict=True)]
    paths_new = [(digest, clause.path) for digest, clause in zip(new.digests, new.clauses, strict=True)]
    _link_unique(pairing, paths_old, paths_new)
    spread(pairing)


def spread(pairing: Pairing) -> None:
    """From each link on, both ways, link equal neighbours that are free; from the ends of both sides too."""
    old, new, to_new = pairing.old.digests, pairing.new.digests, pairing.to_new
    at: int | None = -1  # where the last old clause went; before the first one stands the start
    for i, digest in enumerate(old):
        at = to_new[i][-1] if to_new[i] else _beside(at, 1, digest, pairing)
        if at is not None and not to_new[i]:
            pairing.link((i,), (at,))
    at = len(new)
    for i in range(len(old) - 1, -1, -1):
        at = to_new[i][0] if to_new[i] else _beside(at, -1, old[i], pairing)
        if at is not None and not to_new[i]:
            pairing.link((i,), (at,))


def _beside(at: int | None, step: int, digest: str, pairing: Pairing) -> int | None:
    """The place beside `at` if a free new clause with that digest is there."""
    if at is None:
        return None
    at += step
    if 0 <= at < len(pairing.new) and pairing.new.digests[at] == digest and not pairing.to_old[at]:
        return at
    return None


def link_far_equal(pairing: Pairing) -> None:
    """Link what is still free and equal, the k-th on one side with the k-th on the other."""
    places: defaultdict[str, list[int]] = defaultdict(list)
    for j in pairing.free_new(0, len(pairing.new)):
        places[pairing.new.digests[j]].append(j)
    for found in places.values():
        found.reverse()
    for i in pairing.free_old(0, len(pairing.old)):
        waiting = places.get(pairing.old.digests[i])
        if waiting:
            pairing.link((i,), (waiting.pop(),))


def _link_unique(pairing: Pairing, old: Sequence[Hashable], new: Sequence[Hashable]) -> None:
    """Link free clauses whose key no other free clause of their side has."""
    free_old = pairing.free_old(0, len(old))
    free_new = pairing.free_new(0, len(new))
    times_old = Counter(old[i] for i in free_old)
    times_new = Counter(new[j] for j in free_new)
    place = {new[j]: j for j in free_new}
    for i in free_old:
        key = old[i]
        if times_old[key] == 1 and times_new.get(key) == 1:
            pairing.link((i,), (place[key],))
