"""Who is told of what, and how the telling went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from monitor.model.capture import Capture
from monitor.model.change import Change, Significance
from monitor.model.meaning import Direction
from monitor.model.policy import Policy, PolicyKind
from monitor.model.proof import PublicCopy
from monitor.model.text import Version

# Receivers within a channel who need no further attempt: who, and why it was refused for good, or "" if it was taken.
Settled: TypeAlias = tuple[tuple[str, str], ...]


class AlertKind(StrEnum):
    """Why somebody is told."""

    CHANGE = "change"
    SEEN = "seen"  # a candidate, told of before it is confirmed
    UNREACHABLE = "unreachable"
    TROUBLE = "trouble"  # the watch itself: an alert that was given up, a database that fails
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Which changes are told, on which channels. Empty `policies`, `kinds` or `channels` mean all."""

    name: str
    policies: tuple[str, ...] = ()  # names; * matches any run of characters
    kinds: tuple[PolicyKind, ...] = ()
    languages: tuple[str, ...] = ()  # of the text, as ISO 639-1; empty means all, and unknown ones too
    significance: Significance = Significance.SUBSTANTIVE  # the least that is told
    when: str = "confirmed"  # or "seen"
    channels: tuple[str, ...] = ()
    practices: tuple[str, ...] = ()  # ids of the taxonomy, one of which has to change; empty: any
    directions: tuple[Direction, ...] = ()
    data_types: tuple[str, ...] = ()  # ids of the taxonomy, one of which a changed fact has to hold
    least_days: float = 0.0  # a changed fact has to name a period at least as long; 0: any
    least_amount: float = 0.0  # ... an amount at least as high, in any currency


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertDraft:
    """A change (or a policy gone missing) that a rule wants told, and the channels to tell it on."""

    kind: AlertKind
    rule: str
    channels: tuple[str, ...]
    reason: str = ""  # for kinds without a change: what happened


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert as the store keeps it. `key` never repeats: receivers may drop a second one with the same key."""

    id: int
    key: str
    kind: AlertKind
    rule: str
    policy_id: int
    change_id: int | None
    version_id: int | None  # SEEN: the candidate's text
    created: datetime
    reason: str = ""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    DUE = "due"  # never tried, or to be tried again because somebody asked for it
    SENDING = "sending"  # leased; a lease that ran out makes it due again
    SENT = "sent"
    FAILED = "failed"  # tried in vain, and tried again when it is due
    DEAD = "dead"  # given up: a permanent error or too many attempts


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The sending of one alert to one channel."""

    id: int
    alert_id: int
    channel: str
    state: DeliveryState
    attempts: int
    due: datetime
    sent: datetime | None = None
    error: str = ""
    batch: str = ""  # the digest that it goes with; a digest is the same at every attempt
    settled: Settled = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An alert with all that a channel needs to render it."""

    alert: Alert
    policy: Policy
    change: Change | None = None
    old: Version | None = None
    new: Version | None = None
    captures: tuple[Capture, ...] = ()  # behind the new version
    copies: tuple[PublicCopy, ...] = ()  # that third parties hold of it
    settled: Settled = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Notices that are told together. `key` never repeats, as that of an alert; at every attempt it is the same."""

    key: str
    notices: tuple[Notice, ...]  # at least one, oldest first
    settled: Settled = ()
