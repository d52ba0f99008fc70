"""What all commands share: the configuration, the app, where to print, how to log."""

from __future__ import annotations

import json
import logging
import sys
from contextlib import ExitStack
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO, cast

import click
import structlog
from rich.console import Console

from monitor import config as configuration
from monitor.app import App
from monitor.errors import ConfigError, ConfigProblem


class Terminal(Console):
    """A console that tells of a reader that has gone, in place of rich's own exit code 1: "something changed"."""

    def on_broken_pipe(self) -> None:
        """Let whoever called us end."""
        raise BrokenPipeError

    @property
    def needs_marks(self) -> bool:
        """Deleted and inserted words cannot be told apart by colour here."""
        return self.no_color or not self.is_terminal or self.color_system is None


class Context:
    """The surroundings of one command. Nothing is read or opened before a command asks for it."""

    def __init__(self, config_path: str | None) -> None:
        self._given = config_path
        self._open = ExitStack()
        self.out = Terminal(highlight=False)
        self.err = Terminal(stderr=True, highlight=False)

    @cached_property
    def path(self) -> Path | None:
        """The configuration file in use; None when there is none."""
        path = configuration.find(self._given)
        if path is not None and not path.is_file():
            raise ConfigError(str(path), (ConfigProblem("", "there is no such file; `monitor init` writes one"),))
        return path

    @cached_property
    def config(self) -> configuration.Config:
        """The configuration, or the defaults."""
        return self.read_config()

    def read_config(self) -> configuration.Config:
        """Read the configuration as it is now."""
        return configuration.load(self.path) if self.path else configuration.defaults()

    @property
    def tsa_root(self) -> bytes | None:
        """Certificates of trusted time-stamping authorities (PEM); none without a configuration that names some."""
        return self.config.evidence.roots if self.path else None

    def app(self, *, confirm_after: timedelta | None = None) -> App:
        """Open the app; it is closed with the command."""
        app = App(self.config, confirm_after=confirm_after)
        self._open.callback(app.close)
        return app

    def close(self) -> None:
        """Close what commands opened."""
        self._open.close()

    def print_json(self, value: Any) -> None:
        """Print data for a program: plain JSON, the same on a terminal and in a pipe."""
        self.print_document(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")

    def print_document(self, text: str) -> None:
        """Print what another program reads (JSON, HTML, Markdown): in UTF-8, whatever the terminal speaks."""
        click.echo(text.encode("utf-8", "replace"), nl=False)


def _plain(value: object) -> str | float:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} is not for JSON")


class _StandardError:
    """Standard error as it is when something is written: whoever embeds us may exchange or close it meanwhile."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def configure_logging(verbosity: int, *, as_json: bool) -> None:
    """Send events to standard error: warnings, with -v what is done, with -vv everything."""
    level = {0: logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    renderer: Any = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    errors = cast("TextIO", _StandardError())
    shared: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=errors),
        cache_logger_on_first_use=False,
    )
    # What libraries have to say comes in the same form.
    others = logging.StreamHandler(errors)
    others.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[others])
    # It warns of each beat that waits for the one before, as they do while a database is slow.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
