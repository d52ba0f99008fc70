"""The rules that tell practices by the concepts of a sentence; the same for every language."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from monitor.model import Actor

_REACH = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of `rules.toml`, which explains the fields."""

    practice: str
    aspect: str
    anchor: str
    needs: tuple[tuple[str, ...], ...]
    without: tuple[str, ...]
    reach: int
    weight: float
    lead: bool
    signed: bool
    actor: Actor | None


def _rule(entry: Mapping[str, Any]) -> Rule:
    return Rule(
        practice=entry["practice"],
        aspect=entry["aspect"],
        anchor=entry["anchor"],
        needs=tuple(tuple(alternatives.split()) for alternatives in entry.get("with", ())),
        without=tuple(name for names in entry.get("without", ()) for name in names.split()),
        reach=entry.get("reach", _REACH),
        weight=entry["weight"],
        lead=entry.get("lead", False),
        signed=entry.get("signed", True),
        actor=Actor(entry["actor"]) if "actor" in entry else None,
    )


@cache
def _raw() -> Mapping[str, Any]:
    return tomllib.loads(files("monitor.practices").joinpath("rules.toml").read_text(encoding="utf-8"))


@cache
def attributes() -> Mapping[str, frozenset[str]]:
    """Practice → what its facts hold: data, purposes, recipients, conditions, and kinds of value."""
    return {practice: frozenset(names) for practice, names in _raw()["attributes"].items()}


def aspect_label(aspect: str) -> str:
    """What a reader is told of an aspect; empty where it says no more than the practice does."""
    named: Mapping[str, str] = _raw()["aspects"]
    return named.get(aspect, aspect.replace("-", " "))


@cache
def rules() -> Mapping[str, tuple[Rule, ...]]:
    """By anchor; read once."""
    found: dict[str, list[Rule]] = {}
    for entry in _raw()["rule"]:
        made = _rule(entry)
        found.setdefault(made.anchor, []).append(made)
    return {anchor: tuple(group) for anchor, group in found.items()}
