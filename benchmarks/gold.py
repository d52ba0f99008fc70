"""Made-up edits of real texts, with the list of what was done: the truth that a diff is held against."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from monitor.model import Clause, OperationKind
from monitor.text import clause_digest

SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+(?=\S)")
_SHARES: Final = {  # of the clauses that a hard edit touches
    OperationKind.MODIFIED: 0.40,
    OperationKind.ADDED: 0.15,
    OperationKind.REMOVED: 0.15,
    OperationKind.MOVED: 0.12,
    OperationKind.SPLIT: 0.09,
    OperationKind.MERGE: 0.09,
}
_MOST_MOVED: Final = 10  # clauses in a block


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was done: its kind and the clauses it names, by their places in the old and the new text."""

    kind: OperationKind
    old: tuple[int, ...]
    new: tuple[int, ...]


@dataclass(slots=True)
class Edited:
    """An edited text, and the truth about it."""

    old: list[Clause]
    new: list[Clause]
    facts: set[Fact]
    same: list[tuple[int, int]]  # places of clauses that nothing was done to
    changed: dict[tuple[int, int], int]  # by places of a modified clause: characters of the words edited, both sides


@dataclass(slots=True)
class _Piece:
    """Clauses on their way into the new text, and where they came from."""

    clauses: list[Clause]
    old: tuple[int, ...]
    kind: OperationKind | None = None
    renumbered: bool = False
    characters: int = 0


@dataclass(slots=True)
class Editor:
    """Edits clauses at random; `foreign` gives words and clauses that are not in the text."""

    chance: random.Random
    foreign: Sequence[Clause]
    words: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.words = sorted({word for clause in self.foreign for word in clause.text.split() if word.isalpha()})

    def edit(self, clauses: Sequence[Clause], hard: float) -> Edited:
        """Touch about `hard` (0 to 1) of the clauses, and renumber about one section."""
        old = self._numbered(clauses)
        pieces = [_Piece([clause], (place,)) for place, clause in enumerate(old)]
        wanted = hard * len(old)
        touched = 0
        for _ in range(20 * len(old)):
            if touched >= wanted:
                break
            kind = self.chance.choices(list(_SHARES), list(_SHARES.values()))[0]
            touched += self._apply(kind, pieces)
        self._renumber(pieces)
        return _told(old, pieces)

    def _apply(self, kind: OperationKind, pieces: list[_Piece]) -> int:
        """Try one operation at a random place; how many clauses it touched."""
        at = self.chance.randrange(len(pieces))
        piece = pieces[at]
        if kind is OperationKind.ADDED:
            pieces.insert(at, _Piece([self._foreign_clause()], (), kind))
            return 1
        if piece.kind:
            return 0
        if kind is OperationKind.REMOVED:
            piece.kind, piece.clauses = kind, []
            return 1
        if kind is OperationKind.MODIFIED:
            return self._modify(piece)
        if kind is OperationKind.SPLIT:
            return self._split(piece)
        if kind is OperationKind.MERGE:
            return self._merge(pieces, at)
        return self._move(pieces, at)

    def _modify(self, piece: _Piece) -> int:
        old = piece.clauses[0]
        words = old.text.split()
        if len(words) < 3:
            return 0
        edits = max(1, round(self.chance.uniform(0.01, 0.6) * len(words)))
        edited: list[str] = []
        characters = 0
        chosen = set(self.chance.sample(range(len(words)), edits))
        for place, word in enumerate(words):
            if place not in chosen:
                edited.append(word)
                continue
            how = self.chance.random()
            new = self.chance.choice(self.words)
            if how < 0.7:
                edited.append(new)
                characters += len(word) + len(new)
            elif how < 0.85:
                edited += [word, new]
                characters += len(new)
            else:
                characters += len(word)
        text = " ".join(edited)
        if clause_digest(text) == old.digest or not text:
            return 0
        piece.clauses = [_reworded(old, text)]
        piece.kind, piece.characters = OperationKind.MODIFIED, characters
        return 1

    def _split(self, piece: _Piece) -> int:
        old = piece.clauses[0]
        sentences = SENTENCE.split(old.text)
        if len(sentences) < 2 or old.cells:
            return 0
        at = self.chance.randrange(1, len(sentences))
        parts = [" ".join(sentences[:at]), " ".join(sentences[at:])]
        if min(len(part.split()) for part in parts) < 3:
            return 0
        piece.clauses = [_reworded(old, parts[0]), replace(_reworded(old, parts[1]), label="")]
        piece.kind = OperationKind.SPLIT
        return 1

    def _merge(self, pieces: list[_Piece], at: int) -> int:
        group = pieces[at : at + self.chance.choice((2, 2, 3))]
        first = group[0].clauses[0]
        if len(group) < 2 or any(p.kind or p.clauses[0].kind is not first.kind or p.clauses[0].cells for p in group):
            return 0
        if min(len(p.clauses[0].text.split()) for p in group) < 3:
            return 0
        text = " ".join(p.clauses[0].text for p in group)
        merged = _Piece([_reworded(first, text)], tuple(p.old[0] for p in group), OperationKind.MERGE)
        pieces[at : at + len(group)] = [merged]
        return len(group)

    def _move(self, pieces: list[_Piece], at: int) -> int:
        block = pieces[at : at + self.chance.randint(1, _MOST_MOVED)]
        size = len(block)
        target = self.chance.randrange(len(pieces) - size + 1)
        if any(piece.kind for piece in block) or abs(target - at) <= 3 * size:
            return 0
        if sum(sum(map(str.isalnum, piece.clauses[0].text)) for piece in block) < 20 * size:
            return 0
        del pieces[at : at + size]
        pieces[target:target] = block
        for piece in block:
            piece.kind = OperationKind.MOVED
        return size

    def _foreign_clause(self) -> Clause:
        """Half of them whole clauses of other documents, half put together from their sentences."""
        one, other = self.chance.choice(self.foreign), self.chance.choice(self.foreign)
        if self.chance.random() < 0.5:
            return one
        halves = SENTENCE.split(one.text)[:2] + SENTENCE.split(other.text)[-2:]
        return _reworded(one, " ".join(halves))

    def _numbered(self, clauses: Sequence[Clause]) -> list[Clause]:
        """Half of the texts get section numbers, as most have too few to measure by."""
        if self.chance.random() < 0.5:
            return list(clauses)
        numbered = []
        sections: dict[tuple[str, ...], int] = {}
        places: dict[tuple[str, ...], int] = {}
        for clause in clauses:
            section = sections.setdefault(clause.path, len(sections) + 1)
            places[clause.path] = places.get(clause.path, 0) + 1
            numbered.append(replace(clause, label=f"{section}.{places[clause.path]}"))
        return numbered

    def _renumber(self, pieces: list[_Piece]) -> None:
        """Count the numbers of one section up by one."""
        sections = sorted({p.clauses[0].path for p in pieces if len(p.clauses) == 1 and _counts(p.clauses[0].label)})
        if not sections:
            return
        section = self.chance.choice(sections)
        for piece in pieces:
            if piece.kind in {None, OperationKind.MODIFIED, OperationKind.MOVED} and piece.clauses[0].path == section:
                clause = piece.clauses[0]
                if _counts(clause.label):
                    piece.clauses = [replace(clause, label=_counted_up(clause.label))]
                    piece.renumbered = True


def _counts(label: str) -> bool:
    return any(map(str.isdecimal, label))


def _counted_up(label: str) -> str:
    return re.sub(r"\d+", lambda number: str(int(number[0]) + 1), label, count=1)


def _reworded(clause: Clause, text: str) -> Clause:
    return replace(clause, text=text, digest=clause_digest(text))


def _told(old: list[Clause], pieces: list[_Piece]) -> Edited:
    edited = Edited(old=old, new=[], facts=set(), same=[], changed={})
    for piece in pieces:
        start = len(edited.new)
        edited.new += piece.clauses
        places = tuple(range(start, len(edited.new)))
        if piece.kind:
            edited.facts.add(Fact(piece.kind, piece.old, places))
        if piece.renumbered:
            edited.facts.add(Fact(OperationKind.RENUMBERED, piece.old, places))
        elif not piece.kind:
            edited.same.append((piece.old[0], start))
        if piece.kind is OperationKind.MODIFIED:
            edited.changed[piece.old[0], start] = piece.characters
    return edited
