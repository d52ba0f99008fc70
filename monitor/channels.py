"""Makes the configured channels, with the manners that each was given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.alert_ports import Channel
from monitor.config import Config
from monitor.config.channels import (
    AnyChannel,
    AppriseSection,
    AtomSection,
    CommandSection,
    EmailSection,
    WebhookSection,
)
from monitor.config.moments import DAYS, clock_time, hours, rate
from monitor.config.refusals import configured
from monitor.delivery import Manners
from monitor.diff import compare
from monitor.fetch import Guard, guarded_session
from monitor.timetable import Rhythm, Timetable
from notifiers import (
    ChatChannel,
    ChatOptions,
    CommandChannel,
    CommandOptions,
    EmailChannel,
    EmailOptions,
    FeedChannel,
    FeedOptions,
    Security,
    WebhookChannel,
    WebhookOptions,
)
from notifiers.envelope import once

_ANYWHERE = ("0.0.0.0/0", "::/0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A channel that works. `probe` sees whether it could, and sends nothing; `part` and `well` are words for it."""

    channel: Channel
    manners: Manners
    part: str
    well: str
    probe: Callable[[], None] | None = None
    close: Callable[[], None] | None = None


def make_channels(config: Config) -> dict[str, Made]:
    """All channels by name.

    Raises:
        ConfigError: what only the channel itself can judge is wrong, its templates among it.
    """
    return {section.name: _made(section, config) for section in config.notify.channels}


def manners_of(section: AnyChannel) -> Manners:
    """When and how fast the channel may be told."""
    timetable = None
    if section.digest or section.quiet:
        timetable = Timetable(
            zone=ZoneInfo(section.timezone),
            digest=Rhythm(section.digest) if section.digest else None,
            at=clock_time(section.at),
            day=DAYS.index(section.day),
            quiet=hours(section.quiet),
        )
    return Manners(timetable=timetable, rate=rate(section.rate), operator=section.operator)


def _made(section: AnyChannel, config: Config) -> Made:
    manners = manners_of(section)
    sort = type(section).__name__.removesuffix("Section").lower()
    with configured(f"notify.{sort} ({section.name})"):
        match section:
            case EmailSection():
                mail = EmailChannel(_email(section), compare=compare)
                part = f"mail server of {section.name}"
                return Made(
                    channel=mail, manners=manners, part=part, well="answers, and takes our login", probe=mail.probe
                )
            case WebhookSection():
                return _webhook(section, config, manners)
            case AppriseSection():
                chat = ChatOptions(
                    url=section.url.get_secret_value(),
                    name=section.name,
                    deadline=section.timeout.total_seconds(),
                    templates=_folder(section),
                )
                return Made(
                    channel=ChatChannel(chat, compare=compare),
                    manners=manners,
                    part=f"apprise {section.name}",
                    well="its address is understood",
                )
            case AtomSection():
                feed = FeedChannel(_feed(section), compare=compare)
                return Made(
                    channel=feed,
                    manners=manners,
                    part=f"feed {section.name}",
                    well="its folder can be written",
                    probe=feed.probe,
                )
            case CommandSection():
                command = CommandChannel(_command(section), compare=compare)
                return Made(
                    channel=command,
                    manners=manners,
                    part=f"command {section.name}",
                    well="there is such a program",
                    probe=command.probe,
                )


def _email(section: EmailSection) -> EmailOptions:
    return EmailOptions(
        name=section.name,
        host=section.host,
        port=section.port,
        security=Security(section.security),
        username=section.username,
        password=section.password.get_secret_value() if section.password else "",
        sender=section.sender,
        recipients=once(section.to),
        timeout=section.timeout.total_seconds(),
        unsubscribe=section.unsubscribe,
        templates=_folder(section),
    )


def _webhook(section: WebhookSection, config: Config, manners: Manners) -> Made:
    timeout = section.timeout.total_seconds()
    options = WebhookOptions(
        name=section.name,
        url=section.url.get_secret_value(),
        secrets=(section.secret.get_secret_value(),) if section.secret else (),
        timeout=timeout,
        templates=_folder(section),
    )
    guard = Guard(_ANYWHERE if section.allow_private else config.fetch.allow_private)
    session = guarded_session(guard, connect_timeout=timeout)
    try:
        hook = WebhookChannel(options, session=session, compare=compare)
    except ValueError:
        session.close()
        raise
    return Made(
        channel=hook,
        manners=manners,
        part=f"webhook {section.name}",
        well="its host answers",
        probe=hook.probe,
        close=partial(session.close),
    )


def _feed(section: AtomSection) -> FeedOptions:
    return FeedOptions(
        path=Path(section.path),
        name=section.name,
        title=section.title,
        url=section.url,
        entries=section.entries,
        templates=_folder(section),
    )


def _command(section: CommandSection) -> CommandOptions:
    return CommandOptions(
        command=section.command,
        name=section.name,
        timeout=section.timeout.total_seconds(),
        environment=section.environment,
        templates=_folder(section),
    )


def _folder(section: AnyChannel) -> Path | None:
    return Path(section.templates) if section.templates else None
