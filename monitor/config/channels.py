"""The channels of the file: who is told, when, and how fast."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, field_validator

from monitor.config.moments import ClockTime, FilePath, Hours, Rate, Zone
from monitor.config.section import Name, Section, some
from monitor.config.values import MailAddress, OneLine, PositiveDuration, Secret, SecretWebAddress, WebhookSecret


def _unsubscribe(value: str) -> str:
    if value and not value.lower().startswith(("mailto:", "https:")):
        raise ValueError("is a mailto: or https: address")
    return value


def _links(value: str) -> str:
    if value and not value.lower().startswith(("http://", "https://")):
        raise ValueError("an address starts with https:// or http:// and names a host")
    return value


class ChannelSection(Section):
    """What every channel may say."""

    operator: bool = False
    digest: Literal["", "hourly", "daily", "weekly"] = ""
    at: ClockTime = "08:00"
    day: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    quiet: Hours = ""
    timezone: Zone = "UTC"
    rate: Rate = ""
    templates: FilePath = ""


class EmailSection(ChannelSection):
    """A mailbox that is told."""

    name: Name = "email"
    host: OneLine = Field(min_length=1)
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: OneLine = ""
    password: Secret | None = None
    sender: MailAddress = Field(alias="from")
    to: Annotated[tuple[MailAddress, ...], AfterValidator(some)]
    timeout: PositiveDuration = Field(default="30s", validate_default=True)
    unsubscribe: Annotated[OneLine, AfterValidator(_unsubscribe)] = ""


class WebhookSection(ChannelSection):
    """An address that is told."""

    name: Name = "webhook"
    url: SecretWebAddress  # the address itself often is the secret
    secret: WebhookSecret | None = None
    timeout: PositiveDuration = Field(default="15s", validate_default=True)
    allow_private: bool = False


class AppriseSection(ChannelSection):
    """A chat or a phone that is told, by Apprise."""

    name: Name = "apprise"
    url: Secret  # holds tokens
    timeout: PositiveDuration = Field(default="30s", validate_default=True)


class AtomSection(ChannelSection):
    """A feed in a file."""

    name: Name = "atom"
    path: FilePath = Field(min_length=1)
    title: str = "Clausewatch"
    url: Annotated[OneLine, AfterValidator(_links)] = ""
    entries: int = Field(default=50, ge=1, le=1000)


class CommandSection(ChannelSection):
    """A command that is run."""

    name: Name = "command"
    command: Annotated[tuple[str, ...], AfterValidator(some)]
    timeout: PositiveDuration = Field(default="30s", validate_default=True)
    environment: tuple[str, ...] = ()


AnyChannel: TypeAlias = EmailSection | WebhookSection | AppriseSection | AtomSection | CommandSection
SORTS = ("email", "webhook", "apprise", "atom", "command")


class NotifySection(Section):
    """The channels. One of a sort is a table, several are an array of tables with names of their own."""

    first_retry: PositiveDuration = Field(default="1m", validate_default=True)
    email: tuple[EmailSection, ...] = ()
    webhook: tuple[WebhookSection, ...] = ()
    apprise: tuple[AppriseSection, ...] = ()
    atom: tuple[AtomSection, ...] = ()
    command: tuple[CommandSection, ...] = ()

    @field_validator(*SORTS, mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, dict) else value

    @property
    def channels(self) -> tuple[AnyChannel, ...]:
        """All, in the order of their sorts."""
        return (*self.email, *self.webhook, *self.apprise, *self.atom, *self.command)

    @property
    def names(self) -> tuple[str, ...]:
        """Of all channels."""
        return tuple(channel.name for channel in self.channels)

    @property
    def readers(self) -> tuple[str, ...]:
        """Of the channels that are told what changed."""
        return tuple(channel.name for channel in self.channels if not channel.operator)

    @property
    def operators(self) -> tuple[str, ...]:
        """Of the channels that are told of trouble."""
        return tuple(channel.name for channel in self.channels if channel.operator)
