"""What the maker of a part refuses of the configuration is a mistake in it, and told as one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from monitor.errors import ConfigError, ConfigProblem


@contextmanager
def configured(place: str) -> Iterator[None]:
    """Make a part of what stands at `place` of the configuration."""
    try:
        yield
    except ValueError as error:
        raise ConfigError("configuration", (ConfigProblem(place, str(error)),)) from None
