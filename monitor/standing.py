"""Policies that stand: what is known of them before a look, so that one more look at the same bytes is cheap.

Nearly every look at most policies finds what the look before found. Its history is the one before with new times, so
it is not read again; and the histories of policies that are due together are read together. The store refuses what was
decided on another revision: what is out of date costs a look in full and nothing else.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from threading import Lock

from monitor.model import Capture, CheckRecord, Committed, Fetched, History, Outcome

# Policies that are remembered at once; a history of 20 versions takes some 20 KB.
_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Standing:
    """What the next look at a policy begins with."""

    history: History
    digests: tuple[str, ...] = ()  # of the bytes that say once more what the last look said, one per URL; maybe none


class Memory:
    """What stands, by policy. May be used from several threads at once."""

    def __init__(self, most: int = _MOST) -> None:
        """Of 0 it remembers nothing: right where other processes look at the same policies in between."""
        self._most = most
        self._standing: OrderedDict[int, Standing] = OrderedDict()
        self._brought: dict[int, Standing] = {}
        self._lock = Lock()

    def lacks(self, policy_ids: Iterable[int]) -> list[int]:
        """Those of which nothing is remembered."""
        with self._lock:
            return [policy_id for policy_id in policy_ids if policy_id not in self._standing]

    def bring(self, standings: Iterable[Standing]) -> None:
        """Keep what was read for looks that are about to begin, however many they are, until it is taken."""
        with self._lock:
            self._brought.update((standing.history.policy.id, standing) for standing in standings)

    def take(self, policy_id: int) -> Standing | None:
        """What is remembered, once: whoever takes it puts back what stands after the look."""
        with self._lock:
            remembered = self._standing.pop(policy_id, None)
            return self._brought.pop(policy_id, remembered)

    def put(self, standing: Standing) -> None:
        """Remember it instead of what was looked at longest ago."""
        with self._lock:
            self._standing[standing.history.policy.id] = standing
            if len(self._standing) > self._most:
                self._standing.popitem(last=False)


def before(history: History, read_as: str | None, *, extractor: str) -> Standing:
    """What a look at a policy begins with whose history was read just now.

    `read_as` is the text that its latest bytes were read as by `extractor`, the policy's present one. Bytes that show
    the current text say nothing new if the look before found nothing new either.
    """
    current, last = history.current, history.last
    if (
        current is None
        or last is None
        or (last.outcome, last.reason, last.version_id) != (Outcome.UNCHANGED, "", current.id)
        or history.places
        or history.candidate
        or current.extractor != extractor
        or read_as != current.digest
    ):
        return Standing(history)
    return Standing(history, tuple(page.digest for page in history.latest))


def after(history: History, record: CheckRecord, committed: Committed, digests: tuple[str, ...]) -> Standing | None:
    """What stands after a look that was decided on this history; None when it has left anything open, or may have.

    The looks before and after have both shown the current text: then nothing but times and captures differs.
    """
    current, last = history.current, history.last
    if (
        record.observation.outcome is not Outcome.UNCHANGED
        or current is None
        or last is None
        or (last.outcome, last.reason, last.version_id, last.id)
        != (Outcome.UNCHANGED, record.observation.reason, current.id, committed.observation_id)
        or record.seen_version_id != current.id
        or record.places is not None
        or history.places
        or history.candidate
        or (record.captures and len(record.captures) != len(history.policy.spec.urls))
        or (record.extractor and record.extractor != current.extractor)
    ):
        return None
    seen = replace(current, last_seen=record.now)
    latest, policy = history.latest, history.policy
    if record.captures:
        policy = replace(policy, moved_to=record.moved_to)
        latest = tuple(
            _capture(policy.id, number, page)
            for number, page in zip(committed.capture_ids, record.captures, strict=True)
        )
    return Standing(
        replace(
            history,
            policy=policy,
            revision=history.revision + 1,
            current=seen,
            variants=tuple(seen if version.id == seen.id else version for version in history.variants),
            last=replace(last, last_seen=record.now, count=last.count + 1),
            latest=latest,
        ),
        digests,
    )


def _capture(policy_id: int, number: int, page: Fetched) -> Capture:
    return Capture(
        id=number,
        policy_id=policy_id,
        url=page.url,
        final_url=page.final_url,
        taken=page.taken,
        source=page.source,
        status=page.status,
        headers=page.headers,
        digest=page.digest,
        wire_digest=page.wire_digest,
        wire_size=page.wire_size,
        media_type=page.media_type,
        charset=page.charset,
        archive_url=page.archive_url,
    )
