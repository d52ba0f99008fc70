"""What a configuration may say. Unknown keys are errors, since a misspelt one would silently do nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import Field, SecretStr, field_validator, model_validator

from monitor.config.archives import ArchiveSection, BackfillSection, EvidenceSection, SavePageNowSection
from monitor.config.channels import NotifySection
from monitor.config.section import Section
from monitor.config.values import (
    Duration,
    OneLine,
    PositiveDuration,
    PrivateEntry,
    Secret,
    SecretWebAddress,
    Size,
    WebAddress,
)
from monitor.config.watching import MonitorSection, PolicySection, RuleSection, timetable_problem
from monitor.model import PolicySpec, Rule


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
