"""Splits and merges outside the gaps: free clauses that make up a clause elsewhere, or the rest of a matched one."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.diff.gaps import WIDEST
from monitor.diff.likeness import CONTAINED, SHORT, common, contained, joined
from monitor.diff.near import candidates
from monitor.diff.pairing import Pairing, Span
from monitor.diff.side import Side


def link_joints(pairing: Pairing) -> None:
    """Find the splits and merges among what the gaps left."""
    _absorb(pairing, pairing.old, pairing.new, backwards=False)
    _absorb(pairing, pairing.new, pairing.old, backwards=True)
    _assemble(pairing, pairing.old, pairing.new, backwards=False)
    _assemble(pairing, pairing.new, pairing.old, backwards=True)


def _absorb(pairing: Pairing, wholes: Side, parts: Side, *, backwards: bool) -> None:
    """Let free parts join a neighbour if they are the rest of what it was made from."""
    to_whole = pairing.to_new if backwards else pairing.to_old
    to_parts = pairing.to_old if backwards else pairing.to_new
    for j in range(len(parts)):
        if to_whole[j]:
            continue
        for beside in (j - 1, j + 1):
            whole = to_whole[beside] if 0 <= beside < len(parts) else ()
            wider = _widest(wholes, whole[0], parts, to_parts[whole[0]], to_whole) if len(whole) == 1 else ()
            if wider:
                _link(pairing, whole, wider, backwards=backwards)
                break


def _widest(wholes: Side, whole: int, parts: Side, group: Span, to_whole: Sequence[Span]) -> Span:
    """The group with the free clauses around it that hold most of what it lacks of the whole; () if none do."""
    if len(group) >= WIDEST or (len(group) == 1 and wholes.digests[whole] == parts.digests[group[0]]):
        return ()
    words = wholes.words(whole)
    least = common(words, "".join(map(parts.words, group)))
    best: Span = ()
    most = 0
    for before in range(WIDEST - len(group) + 1):
        if before and (group[0] - before < 0 or to_whole[group[0] - before]):
            break
        for after in range(WIDEST - len(group) - before + 1):
            if after and (group[-1] + after >= len(parts) or to_whole[group[-1] + after]):
                break
            added = (*range(group[0] - before, group[0]), *range(group[-1] + 1, group[-1] + after + 1))
            wider = tuple(sorted((*group, *added)))
            shared = joined(words, [parts.words(part) for part in wider]) if added else 0
            if shared > most and shared - least >= contained(sum(len(parts.words(part)) for part in added)):
                best, most = wider, shared
    return best


def _assemble(pairing: Pairing, wholes: Side, parts: Side, *, backwards: bool) -> None:
    """Link a free clause with the free clauses that it was made into, wherever they stand side by side."""
    free_old, free_new = pairing.free_old(0, len(pairing.old)), pairing.free_new(0, len(pairing.new))
    free_wholes, free_parts = (free_new, free_old) if backwards else (free_old, free_new)
    free_wholes = [i for i in free_wholes if len(wholes.words(i)) >= 2 * SHORT]
    free_parts = [j for j in free_parts if len(parts.words(j)) >= SHORT]
    groups: dict[int, list[int]] = {}
    for j, places in zip(
        free_parts,
        candidates([parts.words(j) for j in free_parts], [wholes.words(i) for i in free_wholes]),
        strict=True,
    ):
        for i in (free_wholes[place] for place in places):
            if common(wholes.words(i), parts.words(j)) >= CONTAINED * len(parts.words(j)):
                groups.setdefault(i, []).append(j)
    taken: set[int] = set()
    for i, group in sorted(groups.items()):
        for run in _runs([j for j in group if j not in taken]):
            if 1 < len(run) <= WIDEST and joined(wholes.words(i), [parts.words(part) for part in run]):
                _link(pairing, (i,), run, backwards=backwards)
                taken.update(run)
                break


def _runs(places: Sequence[int]) -> list[Span]:
    """Places that follow one another."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return [tuple(run) for run in runs]


def _link(pairing: Pairing, whole: Span, parts: Span, *, backwards: bool) -> None:
    if backwards:
        pairing.link(parts, whole)
    else:
        pairing.link(whole, parts)
