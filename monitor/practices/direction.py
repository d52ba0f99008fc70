"""Which way a change of a fact goes for the reader, by the ordered table in `directions.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from monitor.model import Direction

_FIELDS = ("change", "what", "shift", "stance", "practice", "aspect", "polarity", "detail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A change of a fact in the terms of the table. `details` are the conditions or kinds that it touches."""

    change: str
    practice: str
    aspect: str
    polarity: str
    what: str = ""
    shift: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    wanted: tuple[tuple[str, frozenset[str]], ...]
    direction: Direction
    reason: str


@cache
def _table() -> tuple[Mapping[str, str], tuple[_Row, ...]]:
    raw = tomllib.loads(files("monitor.practices").joinpath("directions.toml").read_text(encoding="utf-8"))
    return raw["stance"], tuple(_row(entry) for entry in raw["row"])


def _row(entry: Mapping[str, Any]) -> _Row:
    wanted = tuple(
        (name, frozenset([entry[name]] if isinstance(entry[name], str) else entry[name]))
        for name in _FIELDS
        if name in entry
    )
    return _Row(wanted, Direction(entry["direction"]), entry["reason"])


def stance(practice: str, aspect: str) -> str:
    """What more of it means for the reader: intrusive, burden, protective or neutral."""
    stances = _table()[0]
    return stances.get(f"{practice}/{aspect}") or stances.get(practice, "neutral")


@lru_cache(maxsize=4096)
def judge(case: Case) -> tuple[Direction, str]:
    """The direction and the reason; UNCLEAR and no reason when the table does not say."""
    held = {
        "change": case.change,
        "what": case.what,
        "shift": case.shift,
        "stance": stance(case.practice, case.aspect),
        "practice": case.practice,
        "aspect": case.aspect,
        "polarity": case.polarity,
    }
    for row in _table()[1]:
        if all(
            not names.isdisjoint(case.details) if field == "detail" else held[field] in names
            for field, names in row.wanted
        ):
            return row.direction, row.reason
    return Direction.UNCLEAR, ""
