"""Names of companies that policies often give without a legal form, and the legal forms."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def _raw() -> Mapping[str, list[str]]:
    return tomllib.loads(files("monitor.practices").joinpath("companies.toml").read_text(encoding="utf-8"))


def company_names() -> list[str]:
    """As written by the companies."""
    return _raw()["names"]


@cache
def legal_forms() -> frozenset[str]:
    """Words, in lower case, that end the name of a company."""
    return frozenset(_raw()["legal_forms"])
