"""The vocabulary: practices, and the kinds of data, purpose, recipient and condition, with their references."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from monitor.model import Practice


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """Practices by id in the order of the file; the other ids with their DPV IRI ("" where DPV has no term)."""

    practices: Mapping[str, Practice]
    data: Mapping[str, str]
    purposes: Mapping[str, str]
    recipients: Mapping[str, str]
    conditions: Mapping[str, str]
    sensitive: frozenset[str]  # ids of `data`


@cache
def taxonomy() -> Taxonomy:
    """As packaged; read once."""
    raw = tomllib.loads(files("monitor.practices").joinpath("taxonomy.toml").read_text(encoding="utf-8"))
    return Taxonomy(
        practices={entry["id"]: Practice(**entry) for entry in raw["practice"]},
        data=raw["data"],
        purposes=raw["purposes"],
        recipients=raw["recipients"],
        conditions=raw["conditions"],
        sensitive=frozenset(raw["ranks"]["sensitive"]),
    )
