"""The words inside a changed clause: what was deleted, what inserted, never half a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from monitor.diff.runs import Run, equal_runs
from monitor.diff.tokens import TOKEN, Lexicon
from monitor.model import Edit, EditKind

ISLAND: Final = 3  # letters that are too few to stand as equal text between two changes


def words(old: str, new: str) -> tuple[Edit, ...]:
    """How one text became another. Deleted runs come before inserted ones; `words(b, a)` is the mirror image.

    The same on every machine and bounded in time: see `equal_runs`.
    """
    if old == new:
        return (Edit(EditKind.EQUAL, old),) if old else ()
    if old > new:  # which way one looks must not matter
        return mirrored(_compare(new, old))
    return _compare(old, new)


def mirrored(edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """The same edits seen from the new text."""
    turned: list[Edit] = []
    for edit in edits:
        if edit.kind is EditKind.DELETE:
            turned.append(Edit(EditKind.INSERT, edit.text))
        elif edit.kind is EditKind.EQUAL:
            turned.append(edit)
        elif turned and turned[-1].kind is EditKind.INSERT:
            turned.insert(-1, Edit(EditKind.DELETE, edit.text))
        else:
            turned.append(Edit(EditKind.DELETE, edit.text))
    return tuple(turned)


class _Text:
    """A text cut into tokens, with the white space between them kept apart."""

    def __init__(self, text: str) -> None:
        self.text = text
        spans = [match.span() for match in TOKEN.finditer(text)]
        self.tokens = [text[start:stop] for start, stop in spans]
        self.starts = [start for start, _ in spans]
        self.starts.append(len(text))
        self.stops = [0]  # stops[k] is where the token before token k ends
        self.stops += [stop for _, stop in spans]

    def letters(self, start: int, stop: int) -> int:
        """Letters and digits of these tokens, counted no further than needed to leave an island."""
        count = 0
        for token in self.tokens[start:stop]:
            count += sum(map(str.isalnum, token))
            if count > ISLAND:
                break
        return count


def _compare(old: str, new: str) -> tuple[Edit, ...]:
    before, after = _Text(old), _Text(new)
    lexicon = Lexicon()
    coded = lexicon.encode(before.tokens), lexicon.encode(after.tokens)
    runs = equal_runs(*coded, lexicon.ends())
    return _edits(before, after, _without_islands(before, after, runs))


def _without_islands(before: _Text, after: _Text, runs: Sequence[Run]) -> list[Run]:
    """Runs that are worth keeping: one between two changes needs more than a short word."""
    kept = []
    for run in runs:
        at_start = run.old == run.new == 0
        at_end = run.old + run.size == len(before.tokens) and run.new + run.size == len(after.tokens)
        if at_start or at_end or before.letters(run.old, run.old + run.size) > ISLAND:
            kept.append(run)
    return kept


class _Writer:
    """Puts edits together: changes are held back until equal text follows."""

    def __init__(self) -> None:
        self.edits: list[Edit] = []
        self._equal = self._deleted = self._inserted = ""

    def change(self, deleted: str, inserted: str) -> None:
        self._deleted += deleted
        self._inserted += inserted

    def keep(self, text: str) -> None:
        self._settle()
        self._equal += text

    def finish(self) -> tuple[Edit, ...]:
        self._settle()
        self._write(EditKind.EQUAL, self._equal)
        return tuple(self.edits)

    def _settle(self) -> None:
        deleted, inserted = self._deleted, self._inserted
        if not deleted and not inserted:
            return
        self._deleted = self._inserted = ""
        lead = _shared_space(deleted, inserted)
        trail = _shared_space(deleted[lead:][::-1], inserted[lead:][::-1])
        self._equal += deleted[:lead]
        tail = deleted[len(deleted) - trail :]
        deleted, inserted = deleted[lead : len(deleted) - trail], inserted[lead : len(inserted) - trail]
        if deleted or inserted:
            self._write(EditKind.EQUAL, self._equal)
            self._equal = ""
            self._write(EditKind.DELETE, deleted)
            self._write(EditKind.INSERT, inserted)
        self._equal += tail

    def _write(self, kind: EditKind, text: str) -> None:
        if text:
            self.edits.append(Edit(kind, text))


def _shared_space(one: str, other: str) -> int:
    count = 0
    while count < min(len(one), len(other)) and one[count] == other[count] and one[count].isspace():
        count += 1
    return count


def _edits(before: _Text, after: _Text, runs: Sequence[Run]) -> tuple[Edit, ...]:
    writer = _Writer()
    i = j = 0
    for run in (*runs, Run(len(before.tokens), len(after.tokens), 0)):
        writer.change(
            before.text[before.stops[i] : before.stops[run.old]], after.text[after.stops[j] : after.stops[run.new]]
        )
        i, j = run.old + run.size, run.new + run.size
        if run.size == 0:
            writer.change(before.text[before.stops[i] :], after.text[after.stops[j] :])
            break
        _equal(writer, before, after, run)
    return writer.finish()


def _equal(writer: _Writer, before: _Text, after: _Text, run: Run) -> None:
    """Write a run of equal tokens; white space that differs between them is a change."""
    for k in range(run.size):
        i, j = run.old + k, run.new + k
        space_old = before.text[before.stops[i] : before.starts[i]]
        space_new = after.text[after.stops[j] : after.starts[j]]
        rest_old = before.text[before.starts[i] : before.stops[run.old + run.size]]
        rest_new = after.text[after.starts[j] : after.stops[run.new + run.size]]
        if space_old == space_new:
            writer.keep(space_old)
        else:
            writer.change(space_old, space_new)
        if rest_old == rest_new:
            writer.keep(rest_old)
            return
        writer.keep(before.tokens[i])
