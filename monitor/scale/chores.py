"""What the leader does itself, beside handing out: looking into the past, asking for public copies. Of both little."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from monitor.app import App
from monitor.errors import StoreError

log = structlog.get_logger(__name__)


class Chores:
    """Each in a thread of its own, since an archive may take half a minute to answer. None is begun before it ended."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._under_way: dict[str, asyncio.Task[None]] = {}

    def begin(self, app: App) -> None:
        """Begin those that are not under way."""
        for name, chore in (("look into the past", self._look_back), ("ask for public copies", self._save_pages)):
            if name not in self._under_way or self._under_way[name].done():
                self._under_way[name] = asyncio.create_task(asyncio.to_thread(self._tried, name, chore, app))

    def _tried(self, name: str, chore: Callable[[App], None], app: App) -> None:
        try:
            chore(app)
        except StoreError as error:
            log.error("a chore failed", chore=name, error=str(error))  # noqa: TRY400 - told in a line

    def _look_back(self, app: App) -> None:
        past = app.hindsight
        while not self._stopping() and past.is_automatic and past.look_back(stop=self._stopping):
            pass

    def _save_pages(self, app: App) -> None:
        if not self._stopping() and (copies := app.copies) is not None:
            copies.advance()
