"""A TOML file read into a `Config`, with errors that a person can act on."""

from __future__ import annotations

import difflib
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from monitor.config.places import line_of
from monitor.config.schema import Config, PolicySection
from monitor.errors import ConfigError, ConfigProblem
from monitor.model import PolicySpec

Location = tuple[str | int, ...]


def find(given: str | None) -> Path | None:
    """Say which file to read: the one given, $CLAUSEWATCH_CONFIG, ./config.toml, or the user's own; None if none."""
    if named := given or os.environ.get("CLAUSEWATCH_CONFIG"):
        return Path(named).expanduser()
    home = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    for path in (Path("config.toml"), home / "clausewatch" / "config.toml"):
        if path.is_file():
            return path
    return None


def defaults() -> Config:
    """Give the configuration of an empty file."""
    return Config()


def load(path: Path) -> Config:
    """Read and check a file. A relative database path is taken from the file's folder.

    Raises:
        ConfigError: with every problem at once.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(str(path), (ConfigProblem("", f"cannot be read: {error.strerror or error}"),)) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), (ConfigProblem("", "is not UTF-8 text"),)) from None
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), (ConfigProblem("", f"is not valid TOML: {error}"),)) from None
    try:
        config = Config.model_validate(data)
    except ValidationError as error:
        raise ConfigError(str(path), _problems(error, text)) from None
    return config.model_copy(update={"storage": _anchored(config, path)})


def declare(config: Config, fields: Mapping[str, Any]) -> PolicySpec:
    """Check the definition of a policy that is not in the file, by the rules of those that are.

    Raises:
        ConfigError: with every problem at once.
    """
    try:
        return PolicySection.model_validate(dict(fields)).spec(config.monitor)
    except ValidationError as error:
        raise ConfigError("policy", _problems(error, "")) from None


def _anchored(config: Config, path: Path) -> Any:
    url = config.storage.url.get_secret_value()
    if "://" in url or Path(url).expanduser().is_absolute():
        return config.storage
    anchored = type(config.storage.url)(str(path.resolve().parent / url))
    return config.storage.model_copy(update={"url": anchored})


def _problems(error: ValidationError, text: str) -> tuple[ConfigProblem, ...]:
    problems = []
    for found in error.errors(include_url=False, include_input=False, include_context=False):
        location: Location = found["loc"]
        message = found["msg"].removeprefix("Value error, ")
        if found["type"] == "extra_forbidden":
            message = f"unknown key{_suggestion(location)}"
        elif found["type"] == "missing":
            message = "is required"
        problems.append(ConfigProblem(_path(location), message, line_of(text, location)))
    return tuple(problems)


def _path(location: Location) -> str:
    """Write ("policy", 2, "every") as policy[2].every, counting from 1 as people do."""
    written = ""
    for part in location:
        written += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if written else part
    return written


def _suggestion(location: Location) -> str:
    known = _keys_beside(location)
    close = difflib.get_close_matches(str(location[-1]), known, n=1, cutoff=0.5)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known here: {', '.join(sorted(known))}"


def _keys_beside(location: Location) -> list[str]:
    """The keys that the table which holds `location` may have."""
    model: type[BaseModel] = Config
    for part in location[:-1]:
        if isinstance(part, str) and part in model.model_fields:
            model = _section_of(model.model_fields[part].annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _section_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if typing.get_origin(annotation) in {tuple, types.UnionType, typing.Union}:
        return next(filter(None, map(_section_of, typing.get_args(annotation))), None)
    return None
