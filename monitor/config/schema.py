"""What a configuration may say. Unknown keys are errors, since a misspelt one would silently do nothing."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from monitor.config.channels import NotifySection
from monitor.config.languages import CODES
from monitor.config.section import Name, Section, some
from monitor.config.values import (
    Duration,
    FilePath,
    Listener,
    OneLine,
    PositiveDuration,
    PrivateEntry,
    Secret,
    SecretWebAddress,
    Size,
    TimeZone,
    WebAddress,
    Weekdays,
    Window,
)
from monitor.errors import ConfigError, ConfigProblem
from monitor.model import Direction, PolicyKind, PolicySpec, Rule, Significance, Timetable
from monitor.practices.taxonomy import taxonomy
from monitor.schedule import problem

WAYBACK = "https://web.archive.org"
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
        from monitor.config.consistency import suggestion  # noqa: PLC0415 - it looks at this module for a default

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


class StorageSection(Section):
    """Where everything is kept: a file, or an SQLAlchemy URL of SQLite or PostgreSQL."""

    url: Secret = SecretStr("clausewatch.db")  # a URL may hold a password


class FetchSection(Section):
    """Manners and limits on the live web."""

    user_agent: OneLine = ""
    timeout: PositiveDuration = Field(default="20s", validate_default=True)
    total_timeout: PositiveDuration = Field(default="60s", validate_default=True)
    max_bytes: Size = 20_000_000
    max_redirects: int = Field(default=10, ge=0, le=50)
    retries: int = Field(default=2, ge=0, le=10)
    pace: Duration = Field(default="1s", validate_default=True)
    respect_robots: bool = False
    allow_private: tuple[PrivateEntry, ...] = ()
    proxy: SecretWebAddress | None = None  # a proxy's address may hold a password


class ArchiveSection(Section):
    """A web archive that is asked for the past. Without one, `monitor backfill` asks the Wayback Machine."""

    name: Name | None = None
    kind: Literal["wayback", "pywb", "timemap"] = "wayback"
    url: WebAddress = WAYBACK
    playback: WebAddress | None = None
    pace: int = Field(default=480, ge=1)
    index_pace: int = Field(default=24, ge=1)
    timeout: PositiveDuration = Field(default="60s", validate_default=True)
    patience: Duration = Field(default="2m", validate_default=True)
    window: Duration = Field(default="1d", validate_default=True)
    every: PositiveDuration = Field(default="1d", validate_default=True)

    @model_validator(mode="after")
    def _has_addresses(self) -> ArchiveSection:
        if self.kind != "wayback" and self.url == WAYBACK:
            raise ValueError(f"an archive of kind {self.kind} needs its url")
        if (self.kind == "timemap") != (self.playback is not None):
            raise ValueError("playback belongs to an archive of kind timemap, and is needed there")
        return self

    @property
    def title(self) -> str:
        """Its name, or else its host."""
        return self.name or urlsplit(self.url).netloc.rpartition("@")[2]


class BackfillSection(Section):
    """How `monitor run` looks into the past by itself; only where an [[archive]] is configured."""

    automatic: bool = True
    max_fetches: int = Field(default=200, ge=1)


class EvidenceSection(Section):
    """Who stamps the bundles that `monitor export` writes, and whose stamps `monitor verify` trusts."""

    tsa: WebAddress | None = None
    tsa_root: FilePath | None = None

    @property
    def roots(self) -> bytes | None:
        """Certificates in PEM form.

        Raises:
            ConfigError: the file cannot be read.
        """
        try:
            return self.tsa_root.read_bytes() if self.tsa_root else None
        except OSError as error:
            problem = ConfigProblem("evidence.tsa_root", f"{self.tsa_root} cannot be read: {error.strerror}")
            raise ConfigError("configuration", (problem,)) from None


class SavePageNowSection(Section):
    """Whether the Wayback Machine is asked to keep a page when its change is confirmed."""

    enabled: bool = False
    url: WebAddress = "https://web.archive.org"
    access_key: Secret | None = None
    secret_key: Secret | None = None
    wait: Duration = Field(default="1m", validate_default=True)
    per_day: int = Field(default=100, ge=1)

    @model_validator(mode="after")
    def _has_keys(self) -> SavePageNowSection:
        if self.enabled and not (self.access_key and self.secret_key):
            raise ValueError("needs access_key and secret_key, from https://archive.org/account/s3.php")
        return self


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


class LlmSection(Section):
    """A language model that is asked for a second opinion, where a command says so."""

    url: WebAddress | None = None  # None: there is none
    model: OneLine = ""
    key: Secret | None = None
    timeout: PositiveDuration = Field(default="60s", validate_default=True)
    most_characters: int = Field(default=20_000, ge=100, le=1_000_000)

    @model_validator(mode="after")
    def _has_model(self) -> LlmSection:
        if self.url and not self.model:
            raise ValueError("name the model that the endpoint is to use")
        return self


class Config(Section):
    """The whole file."""

    monitor: MonitorSection = MonitorSection()
    storage: StorageSection = StorageSection()
    fetch: FetchSection = FetchSection()
    archive: tuple[ArchiveSection, ...] = ()
    backfill: BackfillSection = BackfillSection()
    evidence: EvidenceSection = EvidenceSection()
    save_page_now: SavePageNowSection = SavePageNowSection()
    notify: NotifySection = NotifySection()
    policy: tuple[PolicySection, ...] = ()
    rule: tuple[RuleSection, ...] = ()
    llm: LlmSection = LlmSection()

    @field_validator("archive", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _crons_come(self) -> Config:
        for section in self.policy:
            if wrong := timetable_problem(section.spec(self.monitor)):
                raise ValueError(f"policy {section.name}: cron: {wrong}")
        return self

    @property
    def specs(self) -> tuple[PolicySpec, ...]:
        """The declared policies."""
        return tuple(policy.spec(self.monitor) for policy in self.policy)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, or the default one: every substantive change, once confirmed, on every channel."""
        if not self.rule:
            return (Rule(name="default"),)
        return tuple(
            Rule(
                name=rule.name or f"rule {number}",
                policies=rule.policies,
                kinds=rule.kinds,
                languages=rule.languages,
                significance=rule.significance,
                when=rule.when,
                channels=rule.channels,
                practices=rule.practices,
                directions=rule.directions,
                data_types=rule.data_types,
                least_days=rule.least_period / timedelta(days=1) if rule.least_period else 0.0,
                least_amount=rule.least_amount,
            )
            for number, rule in enumerate(self.rule, 1)
        )
