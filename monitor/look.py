"""What one look brought, and what a decision depends on besides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model import CheckRecord, History, ObservationDraft, Outcome, Reading, Rule, Suspicion, Version

# A text last seen within this time may still be served to somebody: a region, a test group, a stale cache.
RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a decision depends on besides the facts."""

    confirm_after: timedelta = timedelta(hours=12)
    early_look: timedelta = timedelta(hours=1)  # a candidate is looked at again after this; that can only drop it
    unreachable_after: int = 4
    back_off_to: timedelta = timedelta(hours=12)  # a policy that stays away is looked at ever less, down to this
    rules: tuple[Rule, ...] = ()
    channels: tuple[str, ...] = ()  # of readers
    operators: tuple[str, ...] = ()  # channels that are told what is wrong with the watch


@dataclass(frozen=True, slots=True)
class Failure:
    """A fetch that brought nothing usable. `retry_after` is in seconds, as the server asked."""

    code: str
    message: str
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look brought: a failure, a suspicion, or a reading.

    `baselines` are the texts that a new one may stem from: the current version first, then other confirmed ones seen
    within RECENT. `misses` counts the looks in a row before this one that did not show the policy.
    """

    now: datetime
    reading: Reading | None = None
    suspicion: Suspicion | None = None
    failure: Failure | None = None
    baselines: tuple[Version, ...] = ()
    misses: int = 0


def record_of(history: History, look: Look, outcome: Outcome, reason: str = "", detail: str = "") -> CheckRecord:
    """Begin the record of a look."""
    return CheckRecord(
        policy_id=history.policy.id,
        revision=history.revision,
        now=look.now,
        observation=ObservationDraft(outcome=outcome, reason=reason, detail=detail),
    )
