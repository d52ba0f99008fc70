"""A bundle: a zip of captures, versions, changes and chains, in which every byte is accounted for.

`manifest.json` has the SHA-256 of every other file; the zip's comment has the manifest's. That one number, the seal, is
what to publish: with it nothing can be exchanged, not even by somebody who makes all hashes anew. `chains.json` has the
heads of the chains; it is what a time-stamping authority stamps. docs/reference/bundle.md tells the format.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor.evidence import container
from monitor.evidence.chain import GENESIS, Head, canonical
from monitor.evidence.ledger import ProofStore, extend_chain
from monitor.evidence.records import change_record, instant, policy_record, version_record
from monitor.model import Capture, LinkKind, Policy

FORMAT = "clausewatch-bundle/1"
CHAINS_FORMAT = "clausewatch-chains/1"
MANIFEST = "manifest.json"
CHAINS = "chains.json"
CHAIN = "chain.jsonl"
TIMESTAMP = "timestamp.tsr"
BODIES = "bodies/"


@dataclass(frozen=True, slots=True)
class Window:
    """Captures taken between two moments, both included; None: no limit."""

    after: datetime | None = None
    before: datetime | None = None

    def __contains__(self, moment: datetime) -> bool:
        return (self.after is None or moment >= self.after) and (self.before is None or moment <= self.before)


@dataclass(frozen=True, slots=True)
class Written:
    """What a bundle came to hold."""

    seal: str
    heads: Mapping[str, Head]  # by name of the policy
    captures: int
    versions: int
    changes: int
    bodies: int


def write_bundle(
    path: Path,
    store: ProofStore,
    policies: Sequence[Policy],
    *,
    window: Window = Window(),
    stamp: Callable[[bytes], bytes] | None = None,
    progress: Callable[[], object] = lambda: None,
) -> Written:
    """Write a bundle of these policies. One policy's metadata and one body are in memory at a time.

    The chains are always whole, since a part of a chain proves nothing; bodies, versions and changes are those of the
    window. `stamp` gives a time stamp for the content of `chains.json`. `progress` is called for every capture.

    Raises:
        StoreError: the database failed, or a body is not what it was.
    """
    policies = sorted(policies, key=lambda policy: policy.id)
    heads = {policy.id: extend_chain(store, policy.id) for policy in policies}
    counts = {"captures": 0, "versions": 0, "changes": 0}

    def counted(name: str, records: Iterator[Mapping[str, Any]]) -> Iterator[bytes]:
        for record in records:
            counts[name] += 1
            yield canonical(record) + b"\n"

    sums: dict[str, str] = {}
    with zipfile.ZipFile(path, "w") as target:
        lines = (canonical(policy_record(policy)) + b"\n" for policy in policies)
        sums["policies.jsonl"] = container.put_lines(target, "policies.jsonl", lines)
        chained = (line for policy in policies for line in _chain_lines(store, policy.id, heads[policy.id].length))
        sums[CHAIN] = container.put_lines(target, CHAIN, chained)
        sums["versions.jsonl"] = container.put_lines(
            target, "versions.jsonl", counted("versions", _versions(store, policies, window))
        )
        sums["changes.jsonl"] = container.put_lines(
            target, "changes.jsonl", counted("changes", _changes(store, policies, window))
        )
        for capture in _captures(store, policies, window, heads):
            counts["captures"] += 1
            name = BODIES + capture.digest
            if name not in sums:
                sums[name] = container.put(target, name, store.body(capture.id))
            progress()
        chains = canonical(
            {
                "format": CHAINS_FORMAT,
                "chains": [
                    {
                        "policy": policy.id,
                        "name": policy.spec.name,
                        "head": heads[policy.id].hash,
                        "length": heads[policy.id].length,
                    }
                    for policy in policies
                ],
            }
        )
        sums[CHAINS] = container.put(target, CHAINS, chains)
        if stamp is not None:
            sums[TIMESTAMP] = container.put(target, TIMESTAMP, stamp(chains))
        manifest = canonical(
            {
                "format": FORMAT,
                "files": sums,
                "window": {"from": instant(window.after), "to": instant(window.before)},
            }
        )
        seal = hashlib.sha256(manifest).hexdigest()
        container.put(target, MANIFEST, manifest)
        target.comment = seal.encode("ascii")
    return Written(
        seal=seal,
        heads={policy.spec.name: heads[policy.id] for policy in policies},
        bodies=sum(name.startswith(BODIES) for name in sums),
        **counts,
    )


def captures_within(store: ProofStore, policy_id: int, window: Window) -> list[Capture]:
    """A policy's captures of the window, in the order in which they were taken."""
    found = [capture for capture in store.captures(policy_id) if capture.taken in window]
    return sorted(found, key=lambda capture: (capture.taken, capture.id))


def _chain_lines(store: ProofStore, policy_id: int, length: int) -> Iterator[bytes]:
    previous = GENESIS
    for link in store.chain(policy_id)[:length]:
        # The record goes in as it was hashed; the line is canonical, since its keys are in order.
        yield (
            f'{{"hash":"{link.hash}","policy":{policy_id},"previous":"{previous}","record":{link.record}}}\n'.encode(
                "ascii"
            )
        )
        previous = link.hash


def _captures(
    store: ProofStore, policies: Sequence[Policy], window: Window, heads: Mapping[int, Head]
) -> Iterator[Capture]:
    """Those that are chained: a check that goes on meanwhile may bring more, for the next bundle."""
    for policy in policies:
        links = store.chain(policy.id)[: heads[policy.id].length]
        chained = {link.subject for link in links if link.kind is LinkKind.CAPTURE}
        yield from (one for one in captures_within(store, policy.id, window) if one.id in chained)


def _versions(store: ProofStore, policies: Sequence[Policy], window: Window) -> Iterator[Mapping[str, Any]]:
    for policy in policies:
        for info in store.versions(policy.id):
            if _overlaps(window, info.first_seen, info.last_seen):
                yield version_record(store.version(info.id))


def _changes(store: ProofStore, policies: Sequence[Policy], window: Window) -> Iterator[Mapping[str, Any]]:
    for policy in policies:
        for change in reversed(store.changes(policy.id)):
            if _overlaps(window, change.bracket.after or change.bracket.before, change.bracket.before):
                yield change_record(change)


def _overlaps(window: Window, first: datetime, last: datetime) -> bool:
    return (window.before is None or first <= window.before) and (window.after is None or last >= window.after)
