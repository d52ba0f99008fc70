"""What a check finds, what it needs of the past and what it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.model.alert import AlertDraft, DeliveryState
from monitor.model.capture import Capture, Fetched
from monitor.model.change import ChangeDraft
from monitor.model.policy import Policy
from monitor.model.text import Reading, Suspicion, VersionInfo
from monitor.model.volatile import Place


class Outcome(StrEnum):
    """What a check found."""

    FIRST = "first"  # the first version of a policy
    UNCHANGED = "unchanged"
    VARIANT = "variant"
    CANDIDATE = "candidate"
    CHANGED = "changed"
    SUSPECT = "suspect"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationDraft:
    """What one check found. `reason` is a stable code (SuspectReason, a FetchError's code) and `detail` a sentence."""

    outcome: Outcome
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation(ObservationDraft):
    """A run of equal findings, folded: `count` checks from first_seen to last_seen."""

    id: int
    policy_id: int
    version_id: int | None
    first_seen: datetime
    last_seen: datetime
    count: int
    capture_ids: tuple[int, ...] = ()  # of the first check of the run


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateDraft:
    """A text that differs from the confirmed one and waits for later looks.

    `since` tells for each clause that came or went ("+digest" or "-digest") when that was first seen.
    """

    reading: Reading
    first_seen: datetime
    last_seen: datetime
    looks: int
    since: tuple[tuple[str, datetime], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate(CandidateDraft):
    """The one candidate that a policy may have. `version_id` is the row of its text, numbered 0 until confirmed."""

    policy_id: int
    version_id: int
    told: frozenset[str] = frozenset()  # marks of `since` that a rule with `when = "seen"` has told of

    @property
    def alerted(self) -> bool:
        """All of it has been told."""
        return bool(self.since) and all(mark in self.told for mark, _ in self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What a decision needs of the past.

    `revision` counts commits to this policy: a commit that was decided on an older one is refused.
    `latest` are the captures of the last look that brought bytes, one per URL, in the order of the URLs.
    """

    policy: Policy
    revision: int
    current: VersionInfo | None = None
    variants: tuple[VersionInfo, ...] = ()  # every confirmed version, the current one too, newest first
    candidate: Candidate | None = None
    last: Observation | None = None
    latest: tuple[Capture, ...] = ()
    places: tuple[Place, ...] = ()  # that keep changing, or are under observation; by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the same bytes were read as before: a text, or a suspicion."""

    text_digest: str | None
    suspicion: Suspicion | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionDraft:
    """A text to be kept as confirmed. If the policy has it already, that row is confirmed instead."""

    reading: Reading
    first_seen: datetime
    exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord:
    """Everything that one check leaves behind; a store writes all of it or nothing."""

    policy_id: int
    revision: int  # of the History it was decided on
    now: datetime
    observation: ObservationDraft
    captures: tuple[Fetched, ...] = ()  # new bytes; empty after 304s and failures
    remembered: Remembered | None = None  # what the captures (together) were read as, by which extractor
    also_read_as: tuple[str, ...] = ()  # other digests, one per URL, under which that reading is found again
    extractor: str = ""
    version: VersionDraft | None = None  # to confirm
    change: ChangeDraft | None = None  # from its old_version_id to `version`
    candidate: CandidateDraft | None = None  # to keep in place of any other
    drop_candidate: bool = False
    seen_version_id: int | None = None  # a known version that this look showed again
    make_current: bool = False  # ... and that is from now on the current one
    alerts: tuple[AlertDraft, ...] = ()
    alerts_due: datetime | None = None  # when they are sent; None: at once
    places: tuple[Place, ...] | None = None  # in place of all that were known; None: they are as they were
    moved_to: str | None = None
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rereading:
    """What the present extractor reads in the stored bytes behind a version that another extractor read.

    `change` leads from that version to `reading`; None: the text is the same, only its extractor differs.
    """

    policy_id: int
    revision: int  # of the History it was decided on
    now: datetime
    version_id: int
    reading: Reading
    change: ChangeDraft | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What a commit made: identifiers of new rows."""

    observation_id: int
    version_id: int | None = None
    change_id: int | None = None
    alert_ids: tuple[int, ...] = ()
    capture_ids: tuple[int, ...] = ()  # of the record's captures


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a policy stands, as a list of many shows it."""

    policy: Policy
    last: Observation | None
    versions: int  # confirmed ones
    due: datetime | None  # of the next look; None: it is retired


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many of what a database holds at a moment."""

    watched: int
    paused: int
    due: int  # paused and claimed ones left out
    claimed: int
    waiting: int  # for the confirmation of a candidate
    overdue: float  # seconds since the one that is longest due became so; 0 when none is
    deliveries: Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinned:
    """What was dropped, or would be: captures, and the bytes that theirs took in the database."""

    captures: int
    bytes: int
