"""Archived captures newer than all that was seen live stand in for live looks, where these miss something.

Two cases: a candidate waits (a capture may confirm it, as another look would), or live looks fail (the site is down for
us, or blocks us; the archive may still see it). What is older than the newest live sight never comes here: it fills the
history and narrows brackets, and alerts nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from monitor.check import ARCHIVED, Checked, Parts, weigh
from monitor.model import ArchiveRow, ChangeKind, CheckRecord, Found, History, Outcome, Reading
from monitor.past.imported import is_imported
from monitor.past.looking import PastParts
from monitor.past.view import View, load_view
from monitor.reextraction import reextract
from monitor.rereading import Rereader
from monitor.text import extractor_id

_FAILED = frozenset({Outcome.SUSPECT, Outcome.UNREACHABLE})
# How far back live findings are read to tell whether looks fail; archived ones may lie between.
MOST_FINDINGS = 32


def catch_up(policy_id: int, parts: Parts, past: PastParts) -> list[Checked]:
    """Weigh the captures that are newer than all live sights, in order; give what was committed.

    Raises:
        StoreError: the database failed.
        StaleCheck: somebody else looked at the policy meanwhile.
    """
    rereader = Rereader(store=parts.store, convert=parts.convert, languages=parts.languages)
    history = reextract(parts.store.history(policy_id), rereader, parts.clock.now())
    failing = _live_looks_fail(policy_id, past)
    if history.current is None or not (failing or history.candidate):
        return []
    view = load_view(past.store, history.policy)
    done = []
    for row in _edges(view, after=_newest_sight(history)):
        record = _weighed(history, row, view, parts, past)
        if record is None or not _may_stand(history, record, failing=failing):
            continue
        done.append(Checked(policy=history.policy, record=record, committed=parts.store.commit(record)))
        history = parts.store.history(policy_id)
    return done


def _live_looks_fail(policy_id: int, past: PastParts) -> bool:
    found = past.store.observations(policy_id, limit=MOST_FINDINGS)
    return next((one.outcome in _FAILED for one in found if one.reason != ARCHIVED), False)


def _newest_sight(history: History) -> datetime:
    """When a text was last believed."""
    seen = [version.last_seen for version in history.variants]
    return max([*seen, history.candidate.last_seen] if history.candidate else seen)


def _edges(view: View, *, after: datetime) -> Iterator[ArchiveRow]:
    """The first and the last archived capture of each run that shows one text, newer than that."""
    shown = {look.digest: look.text for look in view.known if look.found is Found.TEXT}
    newer = [
        row
        for row in view.rows
        if row.taken > after and row.digest in shown and row.digest in view.looks and not is_imported(row.digest)
    ]
    for _, run in groupby(newer, key=lambda row: shown[row.digest]):
        rows = list(run)
        yield rows[0]
        if len(rows) > 1:
            yield rows[-1]


def _weighed(history: History, row: ArchiveRow, view: View, parts: Parts, past: PastParts) -> CheckRecord | None:
    look = view.looks[row.digest]
    spec = history.policy.spec
    if look.version_id is None or look.extractor != extractor_id(select=spec.select, remove=spec.remove):
        return None
    version = past.store.version(look.version_id)
    reading = Reading(
        clauses=version.clauses,
        digest=version.digest,
        extractor=look.extractor,
        language=version.language,
        dates=version.dates,
    )
    record = weigh(history, reading, parts, taken=row.taken)
    found = replace(record.observation, reason=ARCHIVED, detail=f"in a capture of {look.archive}")
    return parts.adapt(replace(record, observation=found, next_due=None))


def _may_stand(history: History, record: CheckRecord, *, failing: bool) -> bool:
    """Whether an archive's word suffices for this.

    It never drops a candidate: another region may be served another text there. Nor does it confirm a text in part:
    no capture of ours would show it.
    """
    if record.change is not None and record.change.kind is ChangeKind.REEXTRACTED:
        return False
    if record.version is not None:
        return record.version.exact
    if record.drop_candidate or not failing:
        return False
    waiting = {mark for mark, _ in history.candidate.since} if history.candidate else set()
    return record.candidate is None or waiting <= {mark for mark, _ in record.candidate.since}
