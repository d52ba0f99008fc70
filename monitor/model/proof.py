"""What makes findings provable to others: the chain over them, and public copies that third parties keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LinkKind(StrEnum):
    """What a link of a policy's chain records."""

    CAPTURE = "capture"
    FOUND = "found"  # an observation, as it was when it was chained
    LASTED = "lasted"  # the same observation later: its run went on


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainLink:
    """One link of a policy's chain as the store keeps it. `record` is canonical JSON, `hash` covers it and the past."""

    position: int  # from 1
    kind: LinkKind
    subject: int  # the capture or observation
    record: str
    hash: str


class CopyState(StrEnum):
    """Where a public copy stands."""

    WANTED = "wanted"
    REQUESTED = "requested"  # the archive works on it
    SAVED = "saved"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCopy:
    """A page that an archive was asked to keep because a change of it was confirmed."""

    id: int
    policy_id: int
    change_id: int
    url: str
    state: CopyState
    created: datetime
    due: datetime  # when it is worked on next
    requested: datetime | None = None  # when the archive was last asked for it
    attempts: int = 0
    job: str = ""
    archive_url: str | None = None
    taken: datetime | None = None
    error: str = ""
