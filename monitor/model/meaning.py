"""What a clause says a service does, and what a change of it means for the reader."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from monitor.model.change import Significance


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """One entry of the taxonomy. References are empty where a vocabulary or an act has no place for it."""

    id: str
    label: str
    definition: str
    dpv: str  # IRI of the Data Privacy Vocabulary 2.3
    opp115: str = ""  # category of the OPP-115 corpus
    gdpr: str = ""
    ccpa: str = ""
    pdpa: str = ""  # Malaysia, Personal Data Protection Act 2010


class Polarity(StrEnum):
    """Whether a clause says that something is done or that it is not."""

    DOES = "does"
    DOES_NOT = "does-not"


class Modality(StrEnum):
    """How firmly: stated as done, announced, permitted, or owed."""

    STATED = "stated"
    WILL = "will"
    MAY = "may"
    MUST = "must"


class Actor(StrEnum):
    """Who does it."""

    SERVICE = "service"
    READER = "reader"
    OTHERS = "others"
    UNSAID = "unsaid"


class Evidence(StrEnum):
    """What found a fact: a rule over the words of a lexicon, or the linear model alone."""

    RULE = "rule"
    MODEL = "model"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters `start` to `end` (exclusive) of a clause's text."""

    start: int
    end: int


class ValueKind(StrEnum):
    """What sort of value a clause names."""

    DURATION = "duration"
    AGE = "age"
    AMOUNT = "amount"
    COUNTRY = "country"
    CONTACT = "contact"
    COMPANY = "company"
    DATE = "date"


class DurationKind(StrEnum):
    """How long, in the four kinds of DPV 2.3 and the one for durations that cannot be told beforehand."""

    TEMPORAL = "TemporalDuration"
    UNTIL_EVENT = "UntilEventDuration"
    UNTIL_TIME = "UntilTimeDuration"
    ENDLESS = "EndlessDuration"
    INDETERMINATE = "IndeterminateDuration"

    @property
    def iri(self) -> str:
        """In the Data Privacy Vocabulary."""
        return f"https://w3id.org/dpv#{self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A value a clause names.

    `normal` is the same for equal values whatever their wording and language: durations in ISO 8601 ("P30D") or the
    name of the event, ages in years, amounts as "50 USD", countries as ISO 3166 codes, dates as ISO 8601. `size`
    orders values of one kind: days, years or the amount; None where there is no order.
    """

    kind: ValueKind
    text: str
    normal: str
    span: Span
    size: float | None = None
    duration: DurationKind | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that a clause says, and the words that show it.

    `aspect` is what of the practice it is about, such as "erase" for user access; recipients, data types, purposes
    and conditions are ids of the taxonomy.
    """

    practice: str
    aspect: str
    polarity: Polarity = Polarity.DOES
    modality: Modality = Modality.STATED
    actor: Actor = Actor.UNSAID
    recipients: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    values: tuple[Value, ...] = ()
    spans: tuple[Span, ...] = ()
    evidence: Evidence = Evidence.RULE
    score: float = 1.0  # 0 to 1: how sure


class Direction(StrEnum):
    """Which way a change goes for the reader."""

    LESS = "less-protective"
    MORE = "more-protective"
    MIXED = "mixed"
    NEUTRAL = "neutral"
    UNCLEAR = "unclear"  # abstained


class FactChangeKind(StrEnum):
    """What happened to a fact."""

    GAINED = "gained"
    LOST = "lost"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """A fact gained, lost or altered, the operation of the diff that shows it, and its direction with the reason.

    `what` names what differs: "fact" for gained and lost ones, else polarity, modality, value, recipient, data,
    purpose or condition. `before` and `after` are for display.
    """

    kind: FactChangeKind
    practice: str
    what: str
    operation: int
    old: Fact | None = None
    new: Fact | None = None
    before: str = ""
    after: str = ""
    direction: Direction = Direction.UNCLEAR
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a diff means for the reader. `practices` and `changes` are ordered, the weightiest first."""

    practices: tuple[str, ...]
    changes: tuple[FactChange, ...]
    direction: Direction
    reasons: tuple[str, ...]
    significance: Significance
    why: str  # one line: why it has that significance
    headline: str  # one line, such as "retention 30 days → 24 months (less protective)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What a voter holds of a change: a practice, its direction, and words of the old or the new text that show it."""

    practice: str
    direction: Direction
    quote: str
