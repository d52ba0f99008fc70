"""What is watched, when, and which changes are told: the sections monitor, policy and rule."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from monitor.config.languages import CODES
from monitor.config.section import Name, Section, some
from monitor.config.values import (
    Duration,
    Listener,
    OneLine,
    PositiveDuration,
    TimeZone,
    WebAddress,
    Weekdays,
    Window,
)
from monitor.model import Direction, PolicyKind, PolicySpec, Significance, Timetable
from monitor.practices.taxonomy import taxonomy
from monitor.schedule import problem

# What is told of a configuration must not depend on the day on which it is read.
_ANY_MOMENT = datetime(2024, 1, 1, tzinfo=UTC)


def _language(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", value):
        raise ValueError("a language is a two-letter code such as en, ms, fr, de (ISO 639-1)")
    if value not in CODES:
        raise ValueError(f"{value!r} is no language that can be told from others by its text")
    return value


def _selector(value: str) -> str:
    from cssselect import SelectorError  # noqa: PLC0415 - only files with selectors pay for it
    from lxml.cssselect import CSSSelector  # noqa: PLC0415

    try:
        CSSSelector(value)
    except SelectorError as error:
        raise ValueError(f"not a CSS selector: {error}") from None
    return value


def _practice(value: str) -> str:
    return _in_taxonomy(value, "practice", taxonomy().practices)


def _data_type(value: str) -> str:
    return _in_taxonomy(value, "type of data", taxonomy().data)


def _in_taxonomy(value: str, noun: str, known: Collection[str]) -> str:
    if value not in known:
        from monitor.config.consistency import suggestion  # noqa: PLC0415 - it looks at the schema, and that at us

        raise ValueError(f"no {noun} is called {value!r}; {suggestion(value, known)}")
    return value


Language = Annotated[str, AfterValidator(_language)]
Selector = Annotated[str, AfterValidator(_selector)]
Practice = Annotated[str, AfterValidator(_practice)]
DataType = Annotated[str, AfterValidator(_data_type)]


def timetable_problem(spec: PolicySpec) -> str | None:
    """What makes looks at a policy never come to pass."""
    return problem(spec.timetable, _ANY_MOMENT)


class MonitorSection(Section):
    """How policies are watched, unless a policy says otherwise."""

    contact: OneLine = ""
    languages: Annotated[tuple[Language, ...], AfterValidator(some)] = ("en", "ms", "fr", "de")
    every: PositiveDuration = Field(default="12h", validate_default=True)
    timezone: TimeZone = "UTC"
    window: Window | None = None
    weekdays: Weekdays = ()
    jitter: Duration = Field(default="0s", validate_default=True)
    confirm_after: Duration = Field(default="12h", validate_default=True)
    early_look: PositiveDuration = Field(default="1h", validate_default=True)
    unreachable_after: int = Field(default=4, ge=1)
    back_off_to: PositiveDuration = Field(default="12h", validate_default=True)
    jobs: int = Field(default=4, ge=1, le=64)
    lease: PositiveDuration = Field(default="2m", validate_default=True)
    work: Literal["here", "workers"] = "here"
    listen: Listener | None = None


class PolicySection(Section):
    """A policy that is watched."""

    name: Name
    url: WebAddress | None = None
    urls: tuple[WebAddress, ...] = ()
    service: str = ""
    kind: PolicyKind = PolicyKind.PRIVACY
    language: Language | None = None
    every: PositiveDuration | None = None
    cron: str = ""
    timezone: TimeZone | None = None
    window: Window | None = None
    weekdays: Weekdays = ()
    jitter: Duration | None = None
    select: tuple[Selector, ...] = ()
    remove: tuple[Selector, ...] = ()

    @field_validator("select", "remove", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _has_address(self) -> PolicySection:
        if bool(self.url) == bool(self.urls):
            raise ValueError("give either url, or urls when the policy stands on several pages")
        return self

    @model_validator(mode="after")
    def _comes_to_pass(self) -> PolicySection:
        if self.cron and self.every:
            raise ValueError("give either every or cron")
        return self

    def _timetable(self, monitor: MonitorSection) -> Timetable:
        window = self.window or monitor.window
        return Timetable(
            cron=self.cron,
            zone=self.timezone or monitor.timezone,
            opens=window[0] if window else None,
            closes=window[1] if window else None,
            days=self.weekdays or monitor.weekdays,
            jitter=monitor.jitter if self.jitter is None else self.jitter,
        )

    def spec(self, monitor: MonitorSection) -> PolicySpec:
        """As the store keeps it, with defaults filled in."""
        return PolicySpec(
            name=self.name,
            urls=(self.url,) if self.url else self.urls,
            service=self.service,
            kind=self.kind,
            language=self.language,
            every=self.every or monitor.every,
            select=self.select,
            remove=self.remove,
            timetable=self._timetable(monitor),
        )


class RuleSection(Section):
    """Which changes are told to whom."""

    name: str = ""
    policies: tuple[str, ...] = ()
    kinds: tuple[PolicyKind, ...] = ()
    languages: tuple[Language, ...] = ()
    significance: Significance = Significance.SUBSTANTIVE
    when: Literal["confirmed", "seen"] = "confirmed"
    practices: tuple[Practice, ...] = ()
    directions: tuple[Direction, ...] = ()
    data_types: tuple[DataType, ...] = ()
    least_period: PositiveDuration | None = None
    least_amount: float = Field(default=0, ge=0)
    channels: tuple[str, ...] = ()
