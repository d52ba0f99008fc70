"""Words of the languages that policies are written in: one file of data per language, `languages/<code>.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, cast


@cache
def languages() -> tuple[str, ...]:
    """ISO 639-1 codes of the languages that have a file, in order."""
    folder = files("monitor.text").joinpath("languages")
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


@cache
def words(language: str) -> dict[str, Any]:
    """The file of one language, as it stands.

    Raises:
        KeyError: there is no file for that language.
    """
    if language not in languages():
        raise KeyError(language)
    source = files("monitor.text").joinpath("languages", f"{language}.toml").read_text("utf-8")
    return cast("dict[str, Any]", tomllib.loads(source))
