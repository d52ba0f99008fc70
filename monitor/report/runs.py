"""Runs of words inside changed clauses: joined, cut, shortened, laid side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from monitor.model import Clause, Edit, EditKind
from monitor.report.harmless import shorten

Runs = tuple[Edit, ...]

PILCROW = "¶"  # stands for the border of two clauses, as in lawyers' redlines

# A clause of which less than this share stayed is easier to read as two texts than as one with marks.
_REWRITTEN_BELOW = 0.5
_REWRITTEN_FROM = 60  # characters; a short clause reads well inline whatever happened to it


def joined(words: Sequence[Edit]) -> Runs:
    """Neighbours of one kind as one run, empty runs dropped."""
    runs = (
        Edit(kind, "".join(edit.text for edit in group)) for kind, group in groupby(words, key=lambda edit: edit.kind)
    )
    return tuple(run for run in runs if run.text)


def of_clauses(old: Sequence[Clause], new: Sequence[Clause], words: Sequence[Edit]) -> Runs:
    """The runs of an operation. Without words: one equal run if the texts agree, else all of old, then all of new."""
    if words:
        return joined(words)
    before, after = (" ".join(clause.text for clause in side) for side in (old, new))
    if before == after:
        return joined([Edit(EditKind.EQUAL, after)])
    return joined([Edit(EditKind.DELETE, before), Edit(EditKind.INSERT, after)])


def old_side(words: Sequence[Edit]) -> Runs:
    """What stood: equal and deleted runs."""
    return tuple(edit for edit in words if edit.kind is not EditKind.INSERT)


def new_side(words: Sequence[Edit]) -> Runs:
    """What stands now: equal and inserted runs."""
    return tuple(edit for edit in words if edit.kind is not EditKind.DELETE)


def text_of(words: Sequence[Edit]) -> str:
    """The runs as bare text."""
    return "".join(edit.text for edit in words)


def cut(words: Sequence[Edit], start: int, stop: int) -> Runs:
    """The characters from start to stop of the runs laid end to end."""
    found = []
    at = 0
    for edit in words:
        piece = edit.text[max(start - at, 0) : max(stop - at, 0)]
        if piece:
            found.append(Edit(edit.kind, piece))
        at += len(edit.text)
    return tuple(found)


def is_rewrite(words: Sequence[Edit]) -> bool:
    """Too little stayed for marks inside one text to be readable."""
    equal, deleted, inserted = (
        sum(len(edit.text) for edit in words if edit.kind is kind)
        for kind in (EditKind.EQUAL, EditKind.DELETE, EditKind.INSERT)
    )
    if not deleted or not inserted or equal + max(deleted, inserted) < _REWRITTEN_FROM:
        return False
    return equal < _REWRITTEN_BELOW * (equal + max(deleted, inserted))


def with_borders(words: Sequence[Edit], texts: Sequence[str], kind: EditKind) -> Runs:
    """The runs with a pilcrow of `kind` wherever one of `texts` ends and the next begins.

    With INSERT, `texts` are the new clauses of a split; with DELETE, the old ones of a merge. Borders are found by
    counting what is not white space, so it does not matter how the clauses were joined.
    """
    parts = _parts(words, texts, EditKind.DELETE if kind is EditKind.INSERT else EditKind.INSERT)
    runs: list[Edit] = []
    for number, part in enumerate(parts):
        runs += [Edit(kind, f"{PILCROW} "), *part] if number else part
    return joined(runs)


def _parts(words: Sequence[Edit], texts: Sequence[str], other_side: EditKind) -> list[list[Edit]]:
    ends = [_solid(text) for text in texts[:-1]]
    parts: list[list[Edit]] = [[]]
    seen = 0
    for edit in words:
        start = 0
        if edit.kind is not other_side:
            for at, char in enumerate(edit.text):
                if char.isspace():
                    continue
                if ends and seen == ends[0]:
                    parts[-1].append(Edit(edit.kind, edit.text[start:at]))
                    parts.append([])
                    start, seen = at, 0
                    del ends[0]
                seen += 1
        parts[-1].append(Edit(edit.kind, edit.text[start:]))
    return parts


def _solid(text: str) -> int:
    return sum(not char.isspace() for char in text)


def elided(words: Sequence[Edit], *, around: int, longest: int) -> Runs:
    """For narrow media: of long equal runs only `around` characters next to an edit; of long edits only `longest`."""
    last = len(words) - 1
    return tuple(
        Edit(edit.kind, _equal(edit.text, around, first=number == 0, last=number == last))
        if edit.kind is EditKind.EQUAL
        else Edit(edit.kind, _long(edit.text, longest))
        for number, edit in enumerate(words)
    )


def capped(words: Sequence[Edit], total: int) -> Runs:
    """Whole runs up to `total` characters, the last of them cut, with a note of how much is left out."""
    size = sum(len(edit.text) for edit in words)
    if size <= total:
        return tuple(words)
    return (*cut(words, 0, total), Edit(EditKind.EQUAL, f"… [{size - total:,} more characters]"))


def _equal(text: str, around: int, *, first: bool, last: bool) -> str:
    if len(text) <= around * 2 + 40:  # shorter by less than the note would take
        return text
    if last:
        return f"{_head(text, around)} …"
    return f"… {_tail(text, around)}" if first else f"{_head(text, around)} … {_tail(text, around)}"


def _head(text: str, length: int) -> str:
    return shorten(text, length + 1).removesuffix("…")


def _tail(text: str, length: int) -> str:
    return shorten(text[::-1], length + 1).removesuffix("…")[::-1]


def _long(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{shorten(text, longest)} [{len(text) - longest:,} more characters]"
