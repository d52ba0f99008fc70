"""A hash chain over records: each hash covers its record and the hash before, so that the head stands for all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64  # before the first link


@dataclass(frozen=True, slots=True)
class Link:
    """One record in its chain."""

    record: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends."""

    hash: str = GENESIS
    length: int = 0


def canonical(record: Mapping[str, Any]) -> bytes:
    """One JSON text for one record: sorted keys, no white space, ASCII alone (pages hold lone surrogates)."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def chain(records: Iterable[Mapping[str, Any]], *, previous: str = GENESIS) -> Iterator[Link]:
    """Link records in their order, behind `previous`."""
    for record in records:
        link = Link(record, previous, link_hash(record, previous))
        yield link
        previous = link.hash


def broken_links(links: Iterable[Link], *, previous: str = GENESIS) -> Iterator[int]:
    """Numbers, from 1, of links that do not hold what they say or do not follow on the one before."""
    for number, link in enumerate(links, 1):
        if link.previous != previous or link.hash != link_hash(link.record, link.previous):
            yield number
        previous = link.hash


def link_hash(record: Mapping[str, Any], previous: str) -> str:
    """SHA-256 over the hash before, a line feed and the canonical record."""
    return hashlib.sha256(previous.encode("utf-8", "surrogatepass") + b"\n" + canonical(record)).hexdigest()
