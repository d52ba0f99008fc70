"""Notices to chats and phones (Slack, Discord, Teams, Telegram, Matrix, ntfy and a hundred more) by Apprise.

Apprise is an extra: `pip install clausewatch[apprise]`.
"""

from __future__ import annotations

import logging
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.errors import DeliveryError
from monitor.model import Digest, Notice
from monitor.report.harmless import shorten
from notifiers.base import Compare, parts_of_address, scrubbed
from notifiers.render import Renderer

# What would call everybody in a room (@everyone, <!channel>), or hide a link behind other words.
_STEERING = re.compile(r"(?<=@)(?=\w)|(?<=<)(?=[!@#&a-z])|(?<=\])(?=\()")
_NOTHING = "\u200b"  # a space of no width: the same to the eye, and no command to a chat


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatOptions:
    """One place, as an Apprise address such as `slack://…`: it holds tokens, and never shows.

    `limit` bounds the characters of a message; Apprise cuts further where a service takes less. `deadline` bounds the
    sending, in seconds.

    Raises:
        ValueError: something in it cannot be used, or Apprise is not installed.
    """

    url: str = field(repr=False)
    name: str = "apprise"
    limit: int = 1_800
    deadline: float = 30.0
    templates: Path | None = None


class ChatChannel:
    """Implements `monitor.ports.Channel`.

    Apprise says only whether a message was taken, so no refusal counts as final.
    """

    def __init__(self, options: ChatOptions, *, compare: Compare) -> None:
        self._options = options
        self._service = _service(options.url)
        self._renderer = Renderer(compare, options.templates)
        self._hidden = parts_of_address(options.url)

    @property
    def name(self) -> str:
        """As configured."""
        return self._options.name

    def send(self, notice: Notice) -> None:
        """Hand title and text to the service.

        Raises:
            DeliveryError: it was not taken.
        """
        self._hand_over(*self._renderer.chat(notice))

    def send_digest(self, digest: Digest) -> None:
        """The same for a digest."""
        self._hand_over(*self._renderer.digest_chat(digest))

    def _hand_over(self, title: str, text: str) -> None:
        said: list[str] = []
        taken = self._service.notify(
            title=_calm(title),
            body=_calm(shorten(text, self._options.limit)),
            body_format="text",
            timeout=self._options.deadline,
            log_callback=lambda entry, _service: said.append(entry.message),
            log_level=logging.WARNING,
        )
        if not taken:
            what = scrubbed(" ".join(said) or "it was not taken", self._hidden)
            raise DeliveryError(f"apprise channel {self.name}: {what}")


def _service(url: str) -> Any:
    try:
        import apprise  # noqa: PLC0415 - an extra: the program works without it
    except ImportError:
        raise ValueError("apprise is not installed; `pip install clausewatch[apprise]` brings it") from None
    # It logs addresses, which hold tokens; what it has to say comes with each result.
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what its hundred plugins import
            plugin = apprise.Apprise.instantiate(url, suppress_exceptions=False)
    except Exception as error:  # noqa: BLE001 - each plugin has errors of its own; their words may quote the tokens
        raise ValueError(f"apprise cannot use this address ({type(error).__name__})") from None
    if plugin is None:
        raise ValueError("apprise knows no service of this address")
    plugin.overflow_mode = apprise.OverflowMode.TRUNCATE
    service = apprise.Apprise()
    service.add(plugin)
    return service


def _calm(text: str) -> str:
    return _STEERING.sub(_NOTHING, text)
