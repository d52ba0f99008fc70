"""What is watched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum


class PolicyKind(StrEnum):
    """What sort of document a policy is."""

    PRIVACY = "privacy"
    TERMS = "terms"
    COOKIES = "cookies"
    DPA = "dpa"
    SUBPROCESSORS = "subprocessors"
    ACCEPTABLE_USE = "acceptable-use"
    AI = "ai"
    OTHER = "other"


class Origin(StrEnum):
    """Who keeps a policy's definition: the configuration file or the database alone."""

    CONFIG = "config"
    DATABASE = "database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When a policy may be looked at, besides how often. Its times and days are those of `zone`."""

    cron: str = ""  # five fields, as Debian's cron reads them; in place of `PolicySpec.every`
    zone: str = "UTC"  # a name of the IANA database
    opens: time | None = None  # no look before this; with `closes`
    closes: time | None = None  # none at or after this; not after `opens`: that of the next day
    days: tuple[int, ...] = ()  # 0 for Monday; a look after midnight belongs to the day that opened; empty: all
    jitter: timedelta = timedelta()  # looks are later by up to this, by as much for one policy every time


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySpec:
    """How a policy is to be watched. `name` is its unique handle; several URLs are read in order as one document."""

    name: str
    urls: tuple[str, ...]
    service: str = ""
    kind: PolicyKind = PolicyKind.PRIVACY
    language: str | None = None  # ISO 639-1; None: found in the text
    every: timedelta = timedelta(hours=12)
    select: tuple[str, ...] = ()  # CSS selectors of what to keep
    remove: tuple[str, ...] = ()  # CSS selectors of what to drop
    timetable: Timetable = Timetable()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A watched document as the store knows it."""

    id: int
    spec: PolicySpec
    origin: Origin
    created: datetime
    retired: datetime | None = None
    paused: datetime | None = None  # since when it is not looked at
    resumes: datetime | None = None  # when that ends by itself; None: when somebody says so
    moved_to: str | None = None  # where its address answers with a permanent redirect, until `monitor move` takes it

    def is_paused(self, now: datetime) -> bool:
        """No look is due, however long ago the last was."""
        return self.paused is not None and (self.resumes is None or now < self.resumes)
