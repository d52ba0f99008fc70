"""The page about config.toml: from the schema, and the comments of the file itself."""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal

from annotated_types import Ge, Le
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from monitor.config import Config
from monitor.config.values import Listener, Size, WebAddress, Weekdays, Window
from tools.cells import cell, first_line

_FILE = Path(__file__).resolve().parent.parent / "config.toml"


def config() -> str:
    """Every key of config.toml: type, default, and the comment that stands beside it there."""
    said = comments(_FILE.read_text(encoding="utf-8"))
    parts = [
        "# config.toml\n",
        (
            "Read from the file that `--config` names, else `$CLAUSEWATCH_CONFIG`, else `config.toml` in the current "
            "folder, else `~/.config/clausewatch/config.toml`. Every key is optional unless it is marked as required. "
            "An unknown key is an error. `monitor init` writes the file with all of these as comments.\n"
        ),
        (
            'Durations are written as `"30s"`, `"10m"`, `"12h"`, `"7d"` or `"1d 6h"`; sizes as `"500KB"` or `"20MB"`. '
            'A secret is `{ env = "NAME" }` or `{ file = "path" }`; it may be written out, and is never printed.\n'
        ),
    ]
    for path, section in _sections(Config, ()):
        title = ".".join(path)
        parts += [
            f"## {_heading(path)}\n",
            f"{first_line(section)}\n",
            "| key | value | default | meaning |\n|---|---|---|---|",
        ]
        for name, field in section.model_fields.items():
            key = field.alias or name
            # What all channels may say stands in the file once, with the first of them.
            if not (meaning := said.get(f"{title}.{key}", "") or said.get(f"notify.email.{key}", "")):
                raise LookupError(f"config.toml says nothing beside {title}.{key}")
            parts.append(f"| `{key}` | {cell(_value(field))} | {cell(_default(field))} | {cell(meaning)} |")
        parts.append("")
    return "\n".join(parts)


def comments(toml: str) -> dict[str, str]:
    """The comment beside each key of a TOML file, keys that are commented out too: {"fetch.pace": "least time …"}."""
    found: dict[str, str] = {}
    table = ""
    for line in toml.splitlines():
        bare = line.removeprefix("# ")
        if header := re.fullmatch(r"\[\[?([a-z._]+)\]\]?", bare):
            table = header[1]
        elif entry := re.fullmatch(r"([a-z_]+) = (?:\"[^\"]*\"|[^\"#]|\"[^\"]*\")*?\s+# (.+)", bare):
            found.setdefault(f"{table}.{entry[1]}", entry[2].strip())
    return found


def _sections(section: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    for name, field in section.model_fields.items():
        inner = next(
            (kind for kind in _flat(field.annotation) if isinstance(kind, type) and issubclass(kind, BaseModel)), None
        )
        if inner is None:
            continue
        nested = list(_sections(inner, (*path, name)))
        yield from nested or [((*path, name), inner)]


def _heading(path: tuple[str, ...]) -> str:
    """As the file writes it: a top-level tuple of sections is an array of tables."""
    many = len(path) == 1 and typing.get_origin(Config.model_fields[path[0]].annotation) is tuple
    return f"[[{path[0]}]]" if many else f"[{'.'.join(path)}]"


def _flat(annotation: Any) -> Iterator[Any]:
    yield annotation
    for part in typing.get_args(annotation):
        yield from _flat(part)


def _value(field: FieldInfo) -> str:
    kind, marks = field.annotation, tuple(field.metadata)
    if typing.get_origin(kind) in {typing.Union, UnionType}:
        kind = next(part for part in typing.get_args(kind) if part is not NoneType)
        if typing.get_origin(kind) is typing.Annotated:
            kind, *more = typing.get_args(kind)
            marks += tuple(more)
    if any(_marked(marks, one) for one in (Window, Weekdays, Listener)):  # read from text into something else
        kind = str
    bounds = [f"at least {mark.ge}" for mark in marks if isinstance(mark, Ge)]
    bounds += [f"at most {mark.le}" for mark in marks if isinstance(mark, Le)]
    return ", ".join([_kind(kind, marks), *bounds])


def _kind(kind: Any, marks: tuple[Any, ...]) -> str:
    if typing.get_origin(kind) is typing.Annotated:
        inner, *more = typing.get_args(kind)
        return _kind(inner, tuple(more))
    if typing.get_origin(kind) is tuple:
        return f"list of {_kind(typing.get_args(kind)[0], ())}"
    if typing.get_origin(kind) is Literal:
        return "one of " + ", ".join(f"`{value}`" for value in typing.get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "one of " + ", ".join(f"`{member.value}`" for member in kind)
    if kind is SecretStr:
        return "secret"
    if _marked(marks, Size):
        return "size"
    if _marked(marks, WebAddress):
        return "address"
    return {int: "number", float: "number", bool: "true or false", str: "text", Path: "path of a file"}.get(
        kind, "duration"
    )


def _marked(marks: tuple[Any, ...], annotated: Any) -> bool:
    return any(mark in marks for mark in typing.get_args(annotated)[1:])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, tuple):
        value = list(value)
    if value is None or value == "" or _marked(tuple(field.metadata), Weekdays):
        return ""
    if _marked(tuple(field.metadata), Size):
        return f'`"{value // 10**6}MB"`'
    return f"`{json.dumps(value, ensure_ascii=False)}`"
