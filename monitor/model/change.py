"""What changed between two versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.text import Clause


class OperationKind(StrEnum):
    """What happened to clauses between two versions. The last three leave a clause's words alone."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    MOVED = "moved"  # its words may differ too: see Operation.words
    SPLIT = "split"
    MERGE = "merge"
    RENUMBERED = "renumbered"  # the label differs
    RELINKED = "relinked"  # a link target differs
    RESTYLED = "restyled"  # kind, level or cell borders differ


class EditKind(StrEnum):
    """What happened to a run of words."""

    EQUAL = "equal"
    DELETE = "delete"
    INSERT = "insert"


@dataclass(frozen=True, slots=True)
class Edit:
    """A run of words inside changed clauses. Equal and deleted runs give the old text, equal and inserted the new."""

    kind: EditKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that happened: indices into the old and the new sequence, and the words inside."""

    kind: OperationKind
    old: tuple[int, ...] = ()
    new: tuple[int, ...] = ()
    words: tuple[Edit, ...] = ()  # empty where no word differs


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """Two clause sequences compared. Clauses that no operation names are equal on both sides."""

    old: tuple[Clause, ...]
    new: tuple[Clause, ...]
    operations: tuple[Operation, ...]


class Significance(StrEnum):
    """How much a change matters to a reader, least first."""

    NONE = "none"
    COSMETIC = "cosmetic"
    EDITORIAL = "editorial"
    SUBSTANTIVE = "substantive"

    @property
    def rank(self) -> int:
        """0 for none, up to 3 for substantive."""
        return tuple(Significance).index(self)


class ChangeKind(StrEnum):
    """What sort of event a change is."""

    CHANGED = "changed"
    RESTORED = "restored"  # a text of long ago is back to stay
    REEXTRACTED = "re-extracted"  # our reading differs, not what the authors wrote


@dataclass(frozen=True, slots=True)
class Bracket:
    """When it happened: after the last look that showed the old text, at or before the first that showed the new."""

    after: datetime | None
    before: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDraft:
    """A change that a check found. Operation indices refer to the two versions' clauses."""

    kind: ChangeKind
    old_version_id: int
    operations: tuple[Operation, ...]
    significance: Significance
    why: str  # one line: why it has that significance
    summary: str  # one line: what changed
    bracket: Bracket
    silent: bool = False  # words changed under an unchanged stated date


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(ChangeDraft):
    """A change as the store keeps it."""

    id: int
    policy_id: int
    new_version_id: int
    confirmed: datetime
