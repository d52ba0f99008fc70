"""Reading the configuration anew in a process that goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from monitor.app import App
from monitor.config import Config
from monitor.errors import ClausewatchError

log = structlog.get_logger(__name__)


def reloaded(app: App, read_anew: Callable[[], Config]) -> App | None:
    """An app by the configuration as it is now; None where it has mistakes, which are logged: the old one stays."""
    try:
        config = read_anew()
        new = app.reconfigured(config)
    except ClausewatchError as error:
        log.error("the configuration stays as it was", error=str(error))  # noqa: TRY400 - a mistake in a file
        return None
    except Exception:  # a watch does not end for a file that is worse than we thought
        log.exception("the configuration stays as it was")
        return None
    if config.storage != app.config.storage:
        log.warning("another database is used from the next start on")
    if config.monitor.listen != app.config.monitor.listen:
        log.warning("another address is listened at from the next start on")
    if config.monitor.work != app.config.monitor.work:
        log.warning("who does the work changes with the next start")
    log.info("reloaded", policies=len(config.specs), channels=sorted(new.channels))
    return new


class Former:
    """The apps by earlier configurations, each of which ends what it had begun while the process goes on."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []

    def retire(self, app: App) -> None:
        """Let this one end. Whatever it is sending may take minutes, in which nobody else should wait."""
        thread = threading.Thread(target=app.retire, name="retire")
        self._threads.append(thread)
        thread.start()

    def wait(self, last: App) -> None:
        """Wait for them to end, and retire the `last` one, unless it is the first: of that, its maker takes care."""
        for thread in self._threads:
            thread.join()
        if self._threads:
            last.retire()
