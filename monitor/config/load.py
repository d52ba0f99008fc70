"""A TOML file read into a `Config`, with errors that a person can act on."""

from __future__ import annotations

import os
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from monitor.config.consistency import Location, inconsistencies, misfits, suggestion
from monitor.config.places import line_of
from monitor.config.schema import Config
from monitor.config.watching import PolicySection, timetable_problem
from monitor.errors import ConfigError, ConfigProblem
from monitor.model import PolicySpec


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
    except RecursionError:
        raise ConfigError(str(path), (ConfigProblem("", "is nested too deeply"),)) from None
    problems: tuple[ConfigProblem, ...] = ()
    odd = list(inconsistencies(data))
    try:
        config = Config.model_validate(data, context=path.resolve().parent)
        odd += misfits(config)
    except ValidationError as error:
        problems = _problems(error, data, text)
    problems += tuple(
        ConfigProblem(_path(location, data), message, line_of(text, location)) for location, message in odd
    )
    if problems:
        raise ConfigError(str(path), tuple(sorted(problems, key=lambda problem: problem.line or 0)))
    return config.model_copy(update={"storage": _anchored(config, path)})


def declare(config: Config, fields: Mapping[str, Any]) -> PolicySpec:
    """Check the definition of a policy that is not in the file, by the rules of those that are.

    Raises:
        ConfigError: with every problem at once.
    """
    try:
        spec = PolicySection.model_validate(dict(fields)).spec(config.monitor)
    except ValidationError as error:
        raise ConfigError("policy", _problems(error, dict(fields), "")) from None
    if wrong := timetable_problem(spec):
        raise ConfigError("policy", (ConfigProblem("cron", wrong),))
    return spec


def _anchored(config: Config, path: Path) -> Any:
    url = config.storage.url.get_secret_value()
    if "://" in url or Path(url).expanduser().is_absolute():
        return config.storage
    anchored = type(config.storage.url)(str(path.resolve().parent / url))
    return config.storage.model_copy(update={"url": anchored})


def _problems(error: ValidationError, data: Mapping[str, Any], text: str) -> tuple[ConfigProblem, ...]:
    return tuple(
        ConfigProblem(_path(found["loc"], data), _message(found, data), line_of(text, found["loc"]))
        for found in error.errors(include_url=False, include_input=False)
    )


def _message(found: ErrorDetails, data: Mapping[str, Any]) -> str:
    location = found["loc"]
    given = _value(location, data)
    match found["type"]:
        case "extra_forbidden":
            return f"unknown key; {suggestion(str(location[-1]), _keys_beside(location))}"
        case "missing":
            return "is required"
        case "tuple_type" if isinstance(given, dict):
            return f"is written with double brackets: [[{location[-1]}]]"
        case "tuple_type":
            return 'is a list, written as ["…", "…"]'
        case "model_type":
            return f"is a table, written as [{'.'.join(str(part) for part in location if isinstance(part, str))}]"
        case "enum" | "literal_error" if isinstance(given, str):
            known = re.findall(r"'([^']+)'", found["ctx"]["expected"])
            return f"{given!r} is not possible; {suggestion(given, known)}"
    return found["msg"].removeprefix("Value error, ")


def _value(location: Location, data: Any) -> Any:
    """What stands at a place; None when there is nothing."""
    for part in location:
        if isinstance(data, dict):
            data = data if isinstance(part, int) else data.get(part)
        else:
            data = data[part] if isinstance(data, list | tuple) and isinstance(part, int) else None
    return data


def _path(location: Location, data: Any) -> str:
    """Write ("policy", 2, "every") as policy[3].every, counting from 1 as people do; a lone table has no number."""
    written = ""
    for part in location:
        if isinstance(part, str):
            written += f".{part}" if written else part
        elif not isinstance(data, dict):
            written += f"[{part + 1}]"
        data = _value((part,), data)
    return written


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
