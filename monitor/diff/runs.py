"""Runs of equal tokens in two sequences: diff-match-patch, with its input kept short enough to need no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from diff_match_patch import diff_match_patch
from rapidfuzz.distance import LCSseq

from monitor.diff.chain import heaviest_chain

_BOUND: Final = 120  # tokens of both sides together that go to the engine at once; it is quadratic in what differs
_MATRIX: Final = 200_000_000  # bits (25 MB) that aligning a longer stretch may take
_SEQUENCE: Final = 3  # words that make a place in a long stretch


class Run(NamedTuple):
    """`size` tokens from `old` on are the same as those from `new` on."""

    old: int
    new: int
    size: int


class _Stretch(NamedTuple):
    old: int
    old_stop: int
    new: int
    new_stop: int


class _Pieces(NamedTuple):
    """What a stretch is cut into: where each piece starts, what it says, and how many tokens of it are its own."""

    starts: Sequence[int]
    texts: list[str]
    sizes: Sequence[int]


_Cutter = Callable[[str, int, int], _Pieces]


def equal_runs(old: str, new: str, ends: frozenset[str] = frozenset()) -> list[Run]:
    """Longest runs in order, none touching the next on both sides. Tokens are characters; `ends` close a sentence.

    A stretch too long for the engine is parted at equal sentences that occur once, then at sequences of words and at
    words that occur once. If it is still too long, it is aligned by bit-parallel LCS, and if it is too long even for
    that, it counts as replaced.
    """

    def sentences(text: str, start: int, stop: int) -> _Pieces:
        stops = [at + 1 for at in range(start, stop - 1) if text[at] in ends] + [stop]
        starts = [start, *stops[:-1]]
        texts = [text[one:other] for one, other in zip(starts, stops, strict=True)]
        return _Pieces(starts, texts, list(map(len, texts)))

    cutters: tuple[_Cutter, ...] = (sentences, _sequences, _singles)
    return _fused(_runs(old, new, _Stretch(0, len(old), 0, len(new)), cutters))


def _runs(old: str, new: str, within: _Stretch, cutters: Sequence[_Cutter]) -> list[Run]:
    start, old_stop, begin, new_stop = within
    lead = _shared(old[start:old_stop], new[begin:new_stop])
    start, begin = start + lead, begin + lead
    trail = _shared(old[start:old_stop][::-1], new[begin:new_stop][::-1])
    rest = _Stretch(start, old_stop - trail, begin, new_stop - trail)
    runs = [Run(within.old, within.new, lead)]
    if rest.old < rest.old_stop and rest.new < rest.new_stop:
        runs += _inside(old, new, rest, cutters)
    runs.append(Run(rest.old_stop, rest.new_stop, trail))
    return runs


def _inside(old: str, new: str, within: _Stretch, cutters: Sequence[_Cutter]) -> list[Run]:
    """Runs in a stretch whose ends differ."""
    sizes = within.old_stop - within.old, within.new_stop - within.new
    if sum(sizes) <= _BOUND:
        return _engine(old[within.old : within.old_stop], new[within.new : within.new_stop], within)
    if not cutters:
        if sizes[0] * sizes[1] > _MATRIX:
            return []
        blocks = LCSseq.opcodes(old[within.old : within.old_stop], new[within.new : within.new_stop])
        return [Run(within.old + b.a, within.new + b.b, b.size) for b in blocks.as_matching_blocks()]
    runs: list[Run] = []
    at_old, at_new = within.old, within.new
    for post in (*_posts(old, new, within, cutters[0]), Run(within.old_stop, within.new_stop, 0)):
        runs += _runs(old, new, _Stretch(at_old, post.old, at_new, post.new), cutters[1:])
        runs.append(post)
        at_old, at_new = post.old + post.size, post.new + post.size
    return runs


def _posts(old: str, new: str, within: _Stretch, cut: _Cutter) -> list[Run]:
    """Pieces that each side of a stretch has once, as far as they keep their order."""
    before, after = cut(old, within.old, within.old_stop), cut(new, within.new, within.new_stop)
    once_old = {text for text, times in Counter(before.texts).items() if times == 1}
    once_new = {text for text, times in Counter(after.texts).items() if times == 1}
    both = once_old & once_new
    if not both:
        return []
    place = {text: start for text, start in zip(after.texts, after.starts, strict=True) if text in both}
    found = [
        Run(start, place[text], size)
        for start, text, size in zip(before.starts, before.texts, before.sizes, strict=True)
        if text in both
    ]
    return [found[k] for k in heaviest_chain([run.new for run in found], [run.size for run in found])]


def _sequences(text: str, start: int, stop: int) -> _Pieces:
    """Each token, told apart by those that follow it."""
    starts = range(start, stop - _SEQUENCE + 1)
    return _Pieces(starts, [text[at : at + _SEQUENCE] for at in starts], [1] * len(starts))


def _singles(text: str, start: int, stop: int) -> _Pieces:
    return _Pieces(range(start, stop), list(text[start:stop]), [1] * (stop - start))


class _Engine(diff_match_patch):  # type: ignore[misc]  # it ships no types
    """diff-match-patch without its clock, which makes the result depend on the machine, nor its clean-up of letters."""

    def __init__(self) -> None:
        super().__init__()
        self.Diff_Timeout = 0

    def diff_cleanupMerge(self, diffs: list[tuple[int, str]]) -> None:  # noqa: N802 - the library's name
        """Runs are put together here, token by token."""


def _engine(old: str, new: str, within: _Stretch) -> list[Run]:
    if set(old).isdisjoint(new):
        return []
    runs = []
    i, j = within.old, within.new
    for kind, text in _Engine().diff_main(old, new, False):
        if kind == _Engine.DIFF_EQUAL:
            runs.append(Run(i, j, len(text)))
        i += len(text) if kind != _Engine.DIFF_INSERT else 0
        j += len(text) if kind != _Engine.DIFF_DELETE else 0
    return runs


def _shared(one: str, other: str) -> int:
    """Length of the common beginning."""
    if one[:1] != other[:1]:
        return 0
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _fused(runs: Sequence[Run]) -> list[Run]:
    """Without empty runs, and those that touch on both sides made one."""
    fused: list[Run] = []
    for run in runs:
        if not run.size:
            continue
        last = fused[-1] if fused else None
        if last and last.old + last.size == run.old and last.new + last.size == run.new:
            fused[-1] = Run(last.old, last.new, last.size + run.size)
        else:
            fused.append(run)
    return fused
