"""Channels that are ready to send to a receiver of the tests, with as few options as there can be."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

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
from tests.notices import replace_all


def mail(port: int, *recipients: str, **options: Any) -> EmailChannel:
    given = {
        "host": "127.0.0.1",
        "port": port,
        "security": Security.NONE,
        "sender": "Clausewatch <watch@clauses.example>",
        "recipients": recipients or ("reader@press.example",),
        "timeout": 5.0,
        **options,
    }
    return EmailChannel(EmailOptions(**given), compare=replace_all)


@contextmanager
def plain_session() -> Iterator[requests.Session]:
    """One that no variable of the environment sends elsewhere."""
    with requests.Session() as session:
        session.trust_env = False
        yield session


def webhook(url: str, session: requests.Session, **options: Any) -> WebhookChannel:
    given = {"timeout": 5.0, **options}
    return WebhookChannel(WebhookOptions(url=url, **given), session=session, compare=replace_all)


def chat(url: str, **options: Any) -> ChatChannel:
    """By the service of Apprise that is nothing but a JSON post to the URL."""
    return ChatChannel(ChatOptions(url=url.replace("http:", "json:"), **options), compare=replace_all)


def feed(path: Path, **options: Any) -> FeedChannel:
    return FeedChannel(FeedOptions(path=path, **options), compare=replace_all)


def command(script: str, *arguments: str, **options: Any) -> CommandChannel:
    """Runs a script of Python."""
    given = CommandOptions(command=(sys.executable, "-c", script, *arguments), **options)
    return CommandChannel(given, compare=replace_all)
