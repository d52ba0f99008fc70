"""One line that tells what changed, for logs and the subjects of alerts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from monitor.model import Clause, ClauseKind, Edit, EditKind, Operation, OperationKind
from monitor.report import runs
from monitor.report.harmless import shorten, visible
from monitor.report.places import Places

LIMIT = 100  # characters, so that a subject line shows it whole on most screens
_SECTION = 40
_QUOTE = 34
_SMALL = (OperationKind.RENUMBERED, OperationKind.RELINKED, OperationKind.RESTYLED)
_ORDER = tuple(OperationKind)
_VERBS = {
    OperationKind.ADDED: "added",
    OperationKind.REMOVED: "removed",
    OperationKind.MODIFIED: "modified",
    OperationKind.MOVED: "moved",
    OperationKind.SPLIT: "split",
    OperationKind.MERGE: "merged",
    OperationKind.RENUMBERED: "renumbered",
    OperationKind.RELINKED: "relinked",
    OperationKind.RESTYLED: "restyled",
}
# A number alone says little: the word after it ("30 days") is quoted too.
_BARE = re.compile(r"[\d\s.,()%€$£+-]{1,12}\Z")
_NEXT_WORD = re.compile(r"\s*\S+")
_YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")
_DATE = 40
_DATE_LINE = 60  # characters of a clause that says little but its date
_PART_OF_DATE = re.compile(r"(?:(?:0?[1-9]|[12]\d|3[01])\b[\s.,]*)?[^\W\d]{3,12}(?:\s(?:0?[1-9]|[12]\d|3[01]))?,?\Z")
_FEW = 4  # modified clauses, of which the weightiest is quoted
_STOP = re.compile(r"\A[.,;:]\s+")
_GLUE = re.compile(r"\s*\Z")


@dataclass(frozen=True, slots=True)
class _Hunk:
    """Words that stood and words that stand in their place."""

    old: str
    new: str

    @property
    def is_date(self) -> bool:
        """One date became another, in any language: short, with a year on both sides."""
        return all(len(side) <= _DATE and _YEAR.search(side) for side in (self.old, self.new))

    @property
    def is_part_of_date(self) -> bool:
        """A day, a month or both became others: at most one word, and figures that a day may have."""
        return all(_PART_OF_DATE.match(side.strip()) for side in (self.old, self.new))

    @property
    def weight(self) -> tuple[bool, bool, int]:
        """Figures matter most (periods, ages, sums) but for dates, then length."""
        figures = any(char.isdigit() for char in self.old + self.new)
        return not self.is_date, figures, len(self.old) + len(self.new)


def summarise(old: Sequence[Clause], new: Sequence[Clause], operations: Sequence[Operation], *, topic: str = "") -> str:
    """At most 100 characters on one line, safe to print; the same for the same input, always.

    `topic` says what it is about, where all that is left to tell is how many clauses differ.
    """
    return shorten(visible(_summary(old, new, weighty(operations), topic)).strip(), LIMIT)


def weighty(operations: Sequence[Operation]) -> list[Operation]:
    """Those that say something; a new number, link or date of the text only where nothing else happened."""
    found = [operation for operation in operations if operation.kind not in _SMALL]
    undated = [operation for operation in found if not _only_dates(operation)]
    return undated or found or list(operations)


def _only_dates(operation: Operation) -> bool:
    """A "last updated" line: it says that something changed, not what."""
    words = runs.joined(operation.words)
    hunks = _hunks(words)
    if operation.kind is not OperationKind.MODIFIED or not hunks:
        return False
    sides = [runs.text_of(side) for side in (runs.old_side(words), runs.new_side(words))]
    dated = all(len(side) <= _DATE_LINE and _YEAR.search(side) for side in sides)
    return all(hunk.is_date or (dated and hunk.is_part_of_date) for hunk in hunks)


def _summary(old: Sequence[Clause], new: Sequence[Clause], operations: list[Operation], topic: str) -> str:
    if not operations:
        return "No clause changed"
    if len(operations) == 1:
        return _one(old, new, operations[0])
    return (
        _whole_section(old, new, operations)
        or _weightiest(old, new, operations)
        or (_about(topic, operations) if topic else f"{_counts(operations)}{_where(old, new, operations)}")
    )


def _weightiest(old: Sequence[Clause], new: Sequence[Clause], operations: Sequence[Operation]) -> str:
    """Of a few modified clauses the one that says most, if that fits."""
    if len(operations) > _FEW or any(operation.kind is not OperationKind.MODIFIED for operation in operations):
        return ""
    hunks = [_hunks(runs.joined(operation.words)) for operation in operations]
    if not all(hunks):
        return ""
    weights = [max(hunk.weight for hunk in each) for each in hunks]
    more = len(operations) - 1
    text = f"{_one(old, new, operations[weights.index(max(weights))])}; {more} more modified"
    return text if len(text) <= LIMIT else ""


def _one(old: Sequence[Clause], new: Sequence[Clause], operation: Operation) -> str:
    words = runs.joined(operation.words)
    section = _section(old, new, operation)
    text = _words(words)
    if text:
        moved = "moved, " if operation.kind is OperationKind.MOVED else ""
        return f"{section}: {moved}{text}" if section else f"{moved}{text}"
    if operation.kind is OperationKind.MOVED and operation.old and operation.new:
        return _moved(old, new, operation)
    if operation.kind is OperationKind.RENUMBERED and len(operation.old) == len(operation.new) == 1:
        before, after = old[operation.old[0]].label, new[operation.new[0]].label
        return f"Number {before or 'none'} → {after or 'none'}{_under(section)}"
    text = f"{_counts([operation])}{_under(section)}"
    if operation.kind in (OperationKind.ADDED, OperationKind.REMOVED):
        clauses, indices = (new, operation.new) if operation.new else (old, operation.old)
        room = LIMIT - len(text) - len(": “”")
        if room > _QUOTE // 2 and len(indices) == 1 and clauses[indices[0]].kind is not ClauseKind.HEADING:
            text += f": “{shorten(visible(clauses[indices[0]].text), room)}”"
    return text


def _moved(old: Sequence[Clause], new: Sequence[Clause], operation: Operation) -> str:
    source, target = Places(old).of(operation.old[0]), Places(new).of(operation.new[0])
    if source == target:
        return f"{_counts([operation])} within {source}"
    return f"{_counts([operation])} from {source} to {target}"


def _words(words: Sequence[Edit]) -> str:
    hunks = _hunks(words)
    if not hunks:
        return ""
    main = max(hunks, key=lambda hunk: hunk.weight)
    before, after = (_quoted(part) for part in (main.old, main.new))
    if before and after:
        text = f"“{before}” → “{after}”"
    elif after:
        text = f"added “{after}”"
    elif before:
        text = f"removed “{before}”"
    else:
        return ""
    more = len(hunks) - 1
    return f"{text}, {more} more {'edit' if more == 1 else 'edits'}" if more else text


def _quoted(part: str) -> str:
    """Short, and without the stop of the sentence before, to which a new sentence is added."""
    text = visible(part).strip()
    return shorten(_STOP.sub("", text, count=1) or text, _QUOTE)


def _hunks(words: Sequence[Edit]) -> list[_Hunk]:
    """Edits that touch, or that only white space parts, together."""
    hunks: list[_Hunk] = []
    old = new = ""
    for edit, following in pairwise((*words, Edit(EditKind.EQUAL, ""))):
        if edit.kind is EditKind.EQUAL:
            if (old or new) and _GLUE.match(edit.text) and following.kind is not EditKind.EQUAL:
                old, new = old + edit.text, new + edit.text
                continue
            _close(hunks, old, new, edit.text)
            old = new = ""
        elif edit.kind is EditKind.DELETE:
            old += edit.text
        else:
            new += edit.text
    _close(hunks, old, new, "")
    return hunks


def _close(hunks: list[_Hunk], old: str, new: str, following: str) -> None:
    if not (old or new):
        return
    word = _NEXT_WORD.match(following)
    if word and (old + new).strip() and _BARE.match(old or new) and _BARE.match(new or old):
        unit = word.group().rstrip(".,;:")
        old, new = (part + unit if part else part for part in (old, new))
    hunks.append(_Hunk(old, new))


def _counts(operations: Sequence[Operation]) -> str:
    """Such as "3 clauses added, 1 removed"."""
    counted: Counter[OperationKind] = Counter()
    for operation in operations:
        # A split is one clause that became several, a merge several that became one.
        side = operation.old if operation.kind in (OperationKind.SPLIT, OperationKind.MERGE) else operation.new
        counted[operation.kind] += max(len(side or operation.old), 1)
    parts = [f"{counted[kind]:,} {_VERBS[kind]}" for kind in _ORDER if kind in counted]
    first, verb = parts[0].split(" ", 1)
    parts[0] = f"{first} {'clause' if first == '1' else 'clauses'} {verb}"
    return ", ".join(parts)


def _about(topic: str, operations: Sequence[Operation]) -> str:
    text = f"{topic}: {_counts(operations)}"
    return text if len(text) <= LIMIT else f"{topic}: {len(operations):,} clauses differ"


def _where(old: Sequence[Clause], new: Sequence[Clause], operations: Sequence[Operation]) -> str:
    sections = {_section(old, new, operation) for operation in operations}
    if len(sections) == 1:
        return _under(next(iter(sections)))
    return f" in {len(sections)} sections"


def _under(section: str) -> str:
    return f" under “{section}”" if section else ""


def _section(old: Sequence[Clause], new: Sequence[Clause], operation: Operation) -> str:
    """The heading that a reader finds it under; of a heading, itself."""
    clauses, indices = (new, operation.new) if operation.new else (old, operation.old)
    if not indices:
        return ""
    clause = clauses[indices[0]]
    heading = clause.text if clause.kind is ClauseKind.HEADING else clause.path[-1] if clause.path else ""
    return shorten(visible(heading).strip(), _SECTION)


def _whole_section(old: Sequence[Clause], new: Sequence[Clause], operations: Sequence[Operation]) -> str:
    """A heading that came or went with everything under it."""
    kinds = {operation.kind for operation in operations}
    if len(kinds) != 1 or not kinds <= {OperationKind.ADDED, OperationKind.REMOVED, OperationKind.MOVED}:
        return ""
    kind = next(iter(kinds))
    clauses = old if kind is OperationKind.REMOVED else new
    touched = [
        clauses[index]
        for operation in operations
        for index in (operation.old if kind is OperationKind.REMOVED else operation.new)
    ]
    top = min(touched, key=lambda clause: (clause.kind is not ClauseKind.HEADING, len(clause.path)))
    path = (*top.path, top.text)
    if top.kind is not ClauseKind.HEADING or any(
        clause is not top and clause.path[: len(path)] != path for clause in touched
    ):
        return ""
    name = shorten(visible(top.text).strip(), _SECTION)
    return f"Section “{name}” {_VERBS[kind]} ({len(touched):,} clauses)"
