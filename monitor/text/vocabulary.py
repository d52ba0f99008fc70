"""Words of the languages that policies are written in: one file of data per language, `languages/<code>.toml`."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any


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
    return tomllib.loads(source)


def fold(text: str) -> str:
    """Lower case, compatible characters, single spaces, so that words and months are found however they are set."""
    return flat(text).lower()


def flat(text: str) -> str:
    """Compatible characters and single spaces, case as it is."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("’", "'").replace("ʼ", "'").split())


def either(phrases: Iterable[str]) -> str:
    """A pattern for any of the phrases, the longest first."""
    ordered = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    return "|".join(map(re.escape, ordered)) or "(?!)"


def whole(phrases: Iterable[str]) -> re.Pattern[str]:
    """Matches any of the folded phrases in folded text, as whole words."""
    return re.compile(rf"(?<!\w)(?:{either(phrases)})(?!\w)")


def beginnings(phrases: Iterable[str]) -> re.Pattern[str]:
    """Matches words in folded text that begin with any of the folded phrases."""
    return re.compile(rf"(?<!\w)(?:{either(phrases)})")
