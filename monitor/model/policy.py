"""What is watched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A watched document as the store knows it."""

    id: int
    spec: PolicySpec
    origin: Origin
    created: datetime
    retired: datetime | None = None
    moved_to: str | None = None  # where its address answers with a permanent redirect, until `monitor move` takes it
