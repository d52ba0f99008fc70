"""The chain of a policy: every capture and every finding, in the order in which they came to be chained.

It is kept, not computed anew with each export: what was chained once stays as it was, whatever is added to the past
later (an import, an archive) and whatever a later release says of a capture. So two exports have the same head unless
something was found between them, and the chain of the later one begins with the chain of the earlier one.

A run of looks is chained when it begins (`found`) and, each time that the chain is extended and the run has gone on,
once more (`lasted`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Protocol

from monitor.errors import StaleCheck
from monitor.evidence.chain import GENESIS, Head, canonical, link_hash
from monitor.evidence.records import Record, capture_record, lasted_record, observation_record
from monitor.model import ChainLink, LinkKind, Observation
from monitor.ports import HistoryStore
from monitor.proof_ports import ChainStore

# Another process that exports the same policy may be faster; then what is left to chain is looked for again.
_TRIES = 5


class ProofStore(HistoryStore, ChainStore, Protocol):
    """What proof is made from."""


def extend_chain(store: ProofStore, policy_id: int) -> Head:
    """Chain what is not chained yet; give the head.

    Raises:
        StaleCheck: others extended the same chain again and again meanwhile.
    """
    for attempt in range(_TRIES):
        links = store.chain(policy_id)
        new = list(_link(_missing(store, policy_id, links), links[-1].hash if links else GENESIS, len(links)))
        try:
            store.extend_chain(policy_id, new)
        except StaleCheck:
            if attempt == _TRIES - 1:
                raise
            continue
        break
    end = [*links, *new][-1:]
    return Head(end[0].hash, end[0].position) if end else Head()


def broken_chain(store: ProofStore, policy_id: int) -> Iterator[tuple[int, str]]:
    """Links of a stored chain that do not hold: their position, and what is wrong."""
    captures = {capture.id: capture for capture in store.captures(policy_id)}
    runs = {observation.id: observation for observation in store.observations(policy_id)}
    previous = GENESIS
    for number, link in enumerate(store.chain(policy_id), 1):
        try:
            record: Any = json.loads(link.record)
            holds = link.position == number and link.hash == link_hash(record, previous)
        except (ValueError, TypeError, RecursionError):
            record, holds = {}, False
        if not holds:
            yield number, "does not follow on the link before"
        elif link.kind is LinkKind.CAPTURE:
            capture = captures.get(link.subject)
            # Later releases may say more of a capture, but nothing else.
            if capture is None or not (record.items() <= capture_record(capture).items()):
                yield number, f"capture {link.subject} is not what was chained"
        else:
            run = runs.get(link.subject)
            if run is None or not _is_same_run(record, run):
                yield number, f"observation {link.subject} is not what was chained"
        previous = link.hash


def _is_same_run(record: Record, run: Observation) -> bool:
    """A run may have gone on since; what it found may not have become something else."""
    now = {**observation_record(run, text=None), "kind": record.get("kind")}
    open_ended = {"last_seen", "count", "text"}
    kept = {name: value for name, value in record.items() if name not in open_ended}
    return kept.items() <= now.items() and record.get("count", 0) <= run.count


def _missing(store: ProofStore, policy_id: int, links: list[ChainLink]) -> Iterator[tuple[LinkKind, int, Record]]:
    """What is to be chained. Observations are read before captures, so that those they name are there."""
    last_capture = max((link.subject for link in links if link.kind is LinkKind.CAPTURE), default=0)
    said = {
        link.subject: (record["last_seen"], record["count"])
        for link in links
        if link.kind is not LinkKind.CAPTURE
        for record in [json.loads(link.record)]
    }
    observations = sorted(store.observations(policy_id), key=lambda one: one.id)
    for capture in sorted(store.captures(policy_id), key=lambda one: one.id):
        if capture.id > last_capture:
            yield LinkKind.CAPTURE, capture.id, capture_record(capture)
    texts: dict[int, str] = {}
    for one in observations:
        if one.id not in said:
            if one.version_id is not None and one.version_id not in texts:
                texts[one.version_id] = store.version(one.version_id).digest
            text = texts[one.version_id] if one.version_id is not None else None
            yield LinkKind.FOUND, one.id, observation_record(one, text=text)
            continue
        lasted = lasted_record(one)
        if said[one.id] != (lasted["last_seen"], lasted["count"]):
            yield LinkKind.LASTED, one.id, lasted


def _link(found: Iterator[tuple[LinkKind, int, Record]], previous: str, position: int) -> Iterator[ChainLink]:
    for number, (kind, subject, record) in enumerate(found, position + 1):
        previous = link_hash(record, previous)
        yield ChainLink(
            position=number, kind=kind, subject=subject, record=canonical(record).decode("ascii"), hash=previous
        )
