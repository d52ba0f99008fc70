"""What a diff of edited clauses got right, what it missed, and how much it marked that was not touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from benchmarks.gold import Edited, Fact
from monitor.model import Clause, Diff, Edit, EditKind, OperationKind


@dataclass(slots=True)
class Score:
    """Counts over many texts."""

    right: Counter[OperationKind] = field(default_factory=Counter)
    false: Counter[OperationKind] = field(default_factory=Counter)
    missed: Counter[OperationKind] = field(default_factory=Counter)
    unchanged: int = 0
    unchanged_marked: int = 0
    characters_marked: int = 0
    characters_changed: int = 0
    cuts: int = 0

    def add(self, edited: Edited, found: set[Fact]) -> None:
        """Hold what a diff found against the truth, operation by operation, place by place."""
        self.right.update(fact.kind for fact in found & edited.facts)
        self.false.update(fact.kind for fact in found - edited.facts)
        self.missed.update(fact.kind for fact in edited.facts - found)
        named = {
            (side, place) for fact in found for side, places in enumerate((fact.old, fact.new)) for place in places
        }
        self.unchanged += len(edited.same)
        self.unchanged_marked += sum((0, old) in named or (1, new) in named for old, new in edited.same)

    def add_words(self, diff: Diff, edited: Edited) -> None:
        """Count the characters marked inside modified clauses that the diff found, and the words it cut."""
        for operation in diff.operations:
            self.cuts += cuts(operation.words)
            changed = edited.changed.get((*operation.old[:1], *operation.new[:1]))  # type: ignore[call-overload]
            if operation.kind is OperationKind.MODIFIED and changed:
                self.characters_changed += changed
                self.characters_marked += sum(letters(e.text) for e in operation.words if e.kind is not EditKind.EQUAL)

    def f1(self) -> dict[str, float]:
        """Micro F1 of all operations together and of each kind."""
        kinds = [
            OperationKind.MODIFIED, OperationKind.MOVED, OperationKind.SPLIT, OperationKind.MERGE,
            OperationKind.ADDED, OperationKind.REMOVED, OperationKind.RENUMBERED,
        ]  # fmt: skip
        whole = _f1(sum(self.right.values()), sum(self.false.values()), sum(self.missed.values()))
        return {"all": whole} | {k.value: _f1(self.right[k], self.false[k], self.missed[k]) for k in kinds}

    def marked_share(self) -> float:
        """Of the unchanged clauses, those reported."""
        return self.unchanged_marked / max(self.unchanged, 1)


def _f1(right: int, false: int, missed: int) -> float:
    return round(2 * right / (2 * right + false + missed), 4) if right or false or missed else 1.0


def letters(text: str) -> int:
    """Characters that are not white space."""
    return len("".join(text.split()))


def truly_changed(edited: Edited) -> int:
    """Characters of all words that were edited, added or removed; moves, splits and merges change none."""
    added = sum(letters(edited.new[j].text) for f in edited.facts if f.kind is OperationKind.ADDED for j in f.new)
    removed = sum(letters(edited.old[i].text) for f in edited.facts if f.kind is OperationKind.REMOVED for i in f.old)
    return added + removed + sum(edited.changed.values())


def marked_by(diff: Diff) -> int:
    """Characters that a redline of this diff marks as deleted or inserted."""
    marked = 0
    for operation in diff.operations:
        if operation.kind is OperationKind.ADDED:
            marked += letters(diff.new[operation.new[0]].text)
        elif operation.kind is OperationKind.REMOVED:
            marked += letters(diff.old[operation.old[0]].text)
        marked += sum(letters(edit.text) for edit in operation.words if edit.kind is not EditKind.EQUAL)
    return marked


def cuts(edits: Iterable[Edit]) -> int:
    """Borders of edits inside a word, in the old text or the new one."""
    count = 0
    for left_out in (EditKind.INSERT, EditKind.DELETE):
        runs = [edit.text for edit in edits if edit.kind is not left_out]
        count += sum(one[-1].isalnum() and other[0].isalnum() for one, other in pairwise(runs))
    return count


def facts(diff: Diff) -> set[Fact]:
    """A diff's operations in the form of the truth."""
    return {Fact(operation.kind, operation.old, operation.new) for operation in diff.operations}


def plain(clauses: Sequence[Clause]) -> str:
    """A text for tools that know no clauses: one a line."""
    return "\n".join(f"{clause.label} {clause.text}".strip() for clause in clauses)
