"""The order of work: equal clauses, sure ones, gaps between them, then what moved, split and merged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from rapidfuzz.distance import LCSseq

from monitor.diff.anchors import link_equal, link_far_equal, spread
from monitor.diff.chain import heaviest_chain
from monitor.diff.gaps import LARGEST, align
from monitor.diff.joints import link_joints
from monitor.diff.likeness import IN_GAP, common, enough, likeness
from monitor.diff.near import alike, link_far, link_sure
from monitor.diff.pairing import Pairing, Span
from monitor.diff.side import Side
from monitor.diff.tokens import Lexicon
from monitor.model import Clause

SHOWN: Final = 20  # alphanumerics from which on a clause that moved alone is told: shorter ones move by chance
_EVEN: Final = 20  # clauses in a piece of a gap that nothing parts
_LONGEST: Final = 20_000  # clauses a side of a gap may have for its equal clauses to be aligned exactly (50 MB)

Link = tuple[Span, Span]
_Cutter = Callable[[Pairing, Sequence[int], Sequence[int]], list[tuple[int, int]]]


def pair(old: Sequence[Clause], new: Sequence[Clause]) -> Pairing:
    """Say which old clauses became which new ones."""
    lexicon = Lexicon()
    pairing = Pairing(Side(old, lexicon), Side(new, lexicon))
    link_equal(pairing)
    link_sure(pairing)
    drop_chance_moves(pairing)
    _fill_gaps(pairing)
    _fill_moved(pairing)
    link_far_equal(pairing)
    link_far(pairing)
    spread(pairing)
    drop_chance_moves(pairing)
    link_joints(pairing)
    drop_chance_moves(pairing)
    return pairing


def drop_chance_moves(pairing: Pairing) -> None:
    """Unlink short clauses that are out of order, unless they moved side by side with a longer one."""
    _, moved = pairing.stayed()
    blocks: list[list[Link]] = []
    for before, after in moved:
        if blocks and blocks[-1][-1] == ((before[0] - 1,), (after[0] - 1,)):
            blocks[-1].append((before, after))
        else:
            blocks.append([(before, after)])
    for block in blocks:
        if all(_letters(pairing, link) < SHOWN for link in block):
            for link in block:
                pairing.unlink(*link)


def _letters(pairing: Pairing, link: Link) -> int:
    return min(
        sum(sum(map(str.isalnum, pairing.old.clauses[i].text)) for i in link[0]),
        sum(sum(map(str.isalnum, pairing.new.clauses[j].text)) for j in link[1]),
    )


def _fill_gaps(pairing: Pairing) -> None:
    """Align what is free between clauses that stayed in order."""
    stayed, _ = pairing.stayed()
    start: Link = ((-1,), (-1,))
    end: Link = ((len(pairing.old),), (len(pairing.new),))
    for left, right in pairwise((start, *stayed, end)):
        before = pairing.free_old(left[0][-1] + 1, right[0][0])
        after = pairing.free_new(left[1][-1] + 1, right[1][0]) if before else []
        _fill(pairing, before, after, (_equal_posts, _alike_posts))


def _fill(pairing: Pairing, before: Sequence[int], after: Sequence[int], cutters: Sequence[_Cutter]) -> None:
    """Align one gap. A large one is first parted at clauses that are equal, then at those much alike, then evenly."""
    if len(before) * len(after) <= LARGEST:
        align(pairing, before, after)
        return
    if not cutters:
        pieces = -(-max(len(before), len(after)) // _EVEN)
        for piece in range(pieces):
            align(
                pairing,
                before[len(before) * piece // pieces : len(before) * (piece + 1) // pieces],
                after[len(after) * piece // pieces : len(after) * (piece + 1) // pieces],
            )
        return
    row = column = 0
    for post_row, post_column in (*cutters[0](pairing, before, after), (len(before), len(after))):
        if post_row < len(before):
            pairing.link((before[post_row],), (after[post_column],))
        _fill(pairing, before[row:post_row], after[column:post_column], cutters[1:])
        row, column = post_row + 1, post_column + 1


def _equal_posts(pairing: Pairing, before: Sequence[int], after: Sequence[int]) -> list[tuple[int, int]]:
    """Places of equal clauses in a gap, in order on both sides."""
    old, new = [pairing.old.digests[i] for i in before], [pairing.new.digests[j] for j in after]
    if max(len(old), len(new)) > _LONGEST or set(old).isdisjoint(new):
        return []
    blocks = LCSseq.opcodes(old, new).as_matching_blocks()
    return [(block.a + k, block.b + k) for block in blocks for k in range(block.size)]


def _alike_posts(pairing: Pairing, before: Sequence[int], after: Sequence[int]) -> list[tuple[int, int]]:
    """Places of clauses in a gap that are much alike, in order on both sides."""
    found: dict[int, tuple[int, int]] = {}
    used: set[int] = set()
    rows, columns = {i: k for k, i in enumerate(before)}, {j: k for k, j in enumerate(after)}
    for measure, i, j in alike(pairing, before, after, IN_GAP):
        if rows[i] not in found and j not in used:
            found[rows[i]] = (columns[j], int(measure * pairing.old.weights[i]) + 1)
            used.add(j)
    order = sorted(found)
    chain = heaviest_chain([found[row][0] for row in order], [found[row][1] for row in order])
    return [(order[k], found[order[k]][0]) for k in chain]


def _fill_moved(pairing: Pairing) -> None:
    """Align what is free inside blocks that moved, and beside them."""
    _, moved = pairing.stayed()
    for left, right in pairwise(moved):
        before = range(left[0][-1] + 1, right[0][0])
        after = range(left[1][-1] + 1, right[1][0])
        if 0 < len(before) * len(after) <= LARGEST and len(before) == len(pairing.free_old(before[0], before[-1] + 1)):
            free = pairing.free_new(after[0], after[-1] + 1)
            if len(free) == len(after):
                align(pairing, before, after)
    for before_link, after_link in moved:
        for step in (-1, 1):
            _grow(pairing, before_link[0], after_link[0], step)


def _grow(pairing: Pairing, i: int, j: int, step: int) -> None:
    """Link the free neighbours of a moved clause as long as they are alike."""
    while True:
        i, j = i + step, j + step
        if not (0 <= i < len(pairing.old) and 0 <= j < len(pairing.new)) or pairing.to_new[i] or pairing.to_old[j]:
            return
        shared = common(pairing.old.words(i), pairing.new.words(j))
        if likeness(pairing.old, i, pairing.new, j, shared) < enough(pairing.old, i, pairing.new, j, sandwiched=False):
            return
        pairing.link((i,), (j,))
