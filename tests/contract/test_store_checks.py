"""The contract of `HistoryStore`: commits and what can be read after them, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
import zstandard

from monitor.errors import NotFound, StaleCheck
from monitor.model import (
    CandidateDraft,
    Clause,
    ClauseKind,
    History,
    Link,
    Origin,
    Outcome,
    Provenance,
    Remembered,
    StatedDates,
    VersionDraft,
)
from monitor.ports import Store
from tests.records import (
    HOUR,
    NOON,
    a_candidate,
    a_change,
    a_clause,
    a_first,
    a_reading,
    a_record,
    a_spec,
    an_answer,
    sha,
    unchanged,
)

DAY = 24 * HOUR
OTHER = zstandard.compress(b"other bytes, whole")


def test_nothing_is_known_of_a_new_policy(store: Store, policy_id: int) -> None:
    history = store.history(policy_id)
    assert (history.revision, history.current, history.candidate, history.last) == (0, None, None, None)
    assert (history.variants, history.latest) == ((), ())
    assert store.observations(policy_id) == store.versions(policy_id) == store.captures(policy_id) == []
    assert store.recall(policy_id, [sha("x")], extractor="lines/1") is None
    assert store.version_by_digest(policy_id, sha("x")) is None


def test_several_histories_are_read_as_each_is(store: Store, policy_id: int, first: History) -> None:
    page = an_answer(b"<p>")
    assert first.current is not None
    read = Remembered(text_digest=first.current.digest, suspicion=None)
    store.commit(
        replace(unchanged(first, NOON + HOUR), captures=(page,), remembered=read, extractor=first.current.extractor)
    )
    new = store.add_policy(a_spec(name="new"), origin=Origin.DATABASE, now=NOON)
    open_ = store.add_policy(a_spec(name="open"), origin=Origin.DATABASE, now=NOON)
    store.commit(a_first(store.history(open_.id), "We keep data."))
    found = store.history(open_.id)
    store.commit(a_record(found, Outcome.CANDIDATE, NOON + HOUR, candidate=a_candidate("We sell data.")))
    assert store.histories([]) == []
    several = store.histories([policy_id, new.id, 99, open_.id])
    assert {history.policy.id: (history, read_as) for history, read_as in several} == {
        policy_id: (store.history(policy_id), first.current.digest),
        new.id: (store.history(new.id), None),
    }
    store.change_policy(policy_id, a_spec(urls=("https://elsewhere.example/",)))
    [(elsewhere, _)] = store.histories([policy_id])
    assert elsewhere == store.history(policy_id)
    assert elsewhere.latest == ()


def test_unknown_numbers(store: Store, policy_id: int) -> None:
    unknown = replace(store.history(policy_id).policy, id=9)
    calls: list[Callable[[], object]] = [
        lambda: store.history(9),
        lambda: store.recall(9, [], extractor=""),
        lambda: store.commit(a_first(History(policy=unknown, revision=0), "x")),
        lambda: store.observations(9),
        lambda: store.versions(9),
        lambda: store.version(9),
        lambda: store.version_by_digest(9, ""),
        lambda: store.changes(9),
        lambda: store.change(9),
        lambda: store.captures(9),
        lambda: store.capture(9),
        lambda: store.body(9),
        lambda: store.commit(a_record(store.history(policy_id), Outcome.UNCHANGED, seen_version_id=9)),
    ]
    for call in calls:
        with pytest.raises(NotFound, match="9"):
            call()
    assert store.history(policy_id).revision == 0


def test_the_first_version(store: Store, policy_id: int) -> None:
    answer = an_answer(b"<p>We keep data.</p>")
    record = a_first(store.history(policy_id), "We keep data.", "For 30 days.", captures=(answer,))
    committed = store.commit(record)
    history = store.history(policy_id)
    current = history.current
    assert current is not None
    assert committed.version_id == current.id
    assert (current.number, current.confirmed, current.first_seen, current.last_seen) == (1, NOON, NOON, NOON)
    assert (current.standing_since, current.absent_since, current.exact) == (NOON, None, True)
    assert [clause.text for clause in store.version(current.id).clauses] == ["We keep data.", "For 30 days."]
    assert current.clause_count == 2
    assert current.capture_ids == tuple(capture.id for capture in history.latest)
    assert [info.id for info in history.variants] == [current.id]
    last = history.last
    assert last is not None
    assert (last.id, last.outcome, last.version_id, last.count) == (
        committed.observation_id,
        Outcome.FIRST,
        current.id,
        1,
    )
    assert last.capture_ids == current.capture_ids
    assert history.revision == 1
    assert store.version(current.id) == store.version_by_digest(policy_id, current.digest)


def test_nothing_of_a_text_is_lost(store: Store, policy_id: int) -> None:
    """Clauses with equal words differ in all that their digest leaves out; hostile characters stay as they are."""
    odd = a_clause(
        "Nul \x00, lone \udfff, private \ue000, \ue000d800, zero-width \u200b",
        path=("1. Ä\x00", "b \ud800"),
        label="•\x00",
        links=(Link("he\x00re", "https://x.example/?q=\ue000"),),
    )
    same_words = [
        a_clause("Same"),
        a_clause("Same", text="same"),
        a_clause("Same", kind=ClauseKind.LIST_ITEM, level=2),
        a_clause("Same", label="4.2(b)"),
        a_clause("Same", links=(Link("here", "https://x.example/"), Link("", "mailto:a@b.example"))),
        a_clause("Same", path=("1. Data", "1.1 Use")),
        a_clause("Same", kind=ClauseKind.TABLE_ROW, cells=(("Data", "Same"), ("", "")), path=("1. Data",)),
        a_clause("Same"),
    ]
    texts: tuple[Clause, ...] = (*same_words, odd, a_clause(""))
    reading = a_reading(
        clauses=texts,
        language="ms",
        title="Dasar \x00",
        dates=StatedDates(updated=date(2024, 2, 29), effective=date(2024, 5, 1), wording="Last updated: 29 Feb"),
        provenance=Provenance(archive_url="https://web.archive.org/1", captured=date(2019, 1, 2)),
    )
    store.commit(
        a_record(
            store.history(policy_id),
            Outcome.CANDIDATE,
            candidate=CandidateDraft(
                reading=reading, first_seen=NOON, last_seen=NOON, looks=1, since=((f"+{odd.digest}", NOON - HOUR),)
            ),
        )
    )
    candidate = store.history(policy_id).candidate
    assert candidate is not None
    assert candidate.reading == reading
    assert candidate.since == ((f"+{odd.digest}", NOON - HOUR),)
    version = store.version(candidate.version_id)
    assert version.clauses == texts
    assert (version.dates, version.language, version.number) == (reading.dates, "ms", 0)


def test_a_text_without_clauses_is_one_too(store: Store, policy_id: int) -> None:
    store.commit(a_first(store.history(policy_id)))
    current = store.history(policy_id).current
    assert current is not None
    assert (store.version(current.id).clauses, current.clause_count, current.capture_ids) == ((), 0, ())


def test_equal_findings_fold(store: Store, first: History) -> None:
    policy_id = first.policy.id
    current = first.current
    assert current is not None
    for hours in (1, 2, 3):
        store.commit(unchanged(store.history(policy_id), NOON + hours * HOUR))
    down = {"reason": "http-status", "detail": "503"}
    store.commit(a_record(store.history(policy_id), Outcome.UNREACHABLE, NOON + 4 * HOUR, **down))
    store.commit(a_record(store.history(policy_id), Outcome.UNREACHABLE, NOON + 5 * HOUR, reason="timed-out"))
    store.commit(unchanged(store.history(policy_id), NOON + 6 * HOUR))
    found = store.observations(policy_id)
    assert [(o.outcome, o.reason, o.version_id, o.count) for o in found] == [
        (Outcome.UNCHANGED, "", current.id, 1),
        (Outcome.UNREACHABLE, "timed-out", None, 1),
        (Outcome.UNREACHABLE, "http-status", None, 1),
        (Outcome.UNCHANGED, "", current.id, 3),
        (Outcome.FIRST, "", current.id, 1),
    ]
    assert (found[3].first_seen, found[3].last_seen) == (NOON + HOUR, NOON + 3 * HOUR)
    assert found[2].detail == "503"
    assert store.observations(policy_id, limit=2) == found[:2]
    history = store.history(policy_id)
    assert history.last == found[0]
    assert history.current is not None
    assert history.current.last_seen == NOON + 6 * HOUR
    assert history.current.absent_since is None  # failures are no absence


def test_a_candidate_is_confirmed_in_its_row(store: Store, first: History) -> None:
    policy_id, old = first.policy.id, first.current
    assert old is not None
    new = a_reading("We keep data.", "For ever.")
    seen_at = NOON + DAY
    draft = CandidateDraft(reading=new, first_seen=seen_at, last_seen=seen_at, looks=1, since=(("+" + "a", seen_at),))
    looked = store.commit(a_record(first, Outcome.CANDIDATE, seen_at, candidate=draft, captures=(an_answer(b"<p>2"),)))
    waiting = store.history(policy_id)
    assert waiting.candidate is not None
    assert waiting.candidate.version_id == looked.version_id
    assert (waiting.candidate.reading, waiting.candidate.looks, waiting.candidate.alerted) == (new, 1, False)
    assert waiting.current is not None
    assert waiting.current.id == old.id
    assert [info.number for info in waiting.variants] == [1]
    assert store.versions(policy_id) == list(waiting.variants)
    now = seen_at + 12 * HOUR
    confirmed = store.commit(
        a_record(
            waiting,
            Outcome.CHANGED,
            now,
            version=VersionDraft(reading=new, first_seen=seen_at),
            change=a_change(old.id, now),
            drop_candidate=True,
        )
    )
    after = store.history(policy_id)
    assert after.candidate is None
    assert after.current is not None
    assert (after.current.id, after.current.number) == (looked.version_id, 2)
    assert (after.current.first_seen, after.current.standing_since) == (seen_at, seen_at)
    assert (after.current.last_seen, after.current.confirmed) == (now, now)
    assert after.current.capture_ids == tuple(c.id for c in waiting.latest)  # those that first showed it
    assert [info.number for info in after.variants] == [2, 1]
    [change] = store.changes(policy_id)
    assert change == store.change(confirmed.change_id or 0)
    wanted = a_change(old.id, now)
    assert (change.operations, change.bracket, change.summary) == (wanted.operations, wanted.bracket, wanted.summary)
    assert (change.old_version_id, change.new_version_id, change.confirmed) == (old.id, after.current.id, now)
    assert (change.kind, change.significance, change.why, change.silent) == (
        wanted.kind,
        wanted.significance,
        wanted.why,
        False,
    )


def test_there_is_one_candidate_at_most(store: Store, first: History) -> None:
    policy_id = first.policy.id
    for text in ("b", "c", "b"):
        store.commit(a_record(store.history(policy_id), Outcome.CANDIDATE, NOON + HOUR, candidate=a_candidate(text)))
    history = store.history(policy_id)
    assert history.candidate is not None
    assert [clause.text for clause in history.candidate.reading.clauses] == ["b"]
    store.commit(unchanged(history, NOON + 2 * HOUR))
    assert store.history(policy_id).candidate is not None  # only dropped when the check says so
    store.commit(unchanged(store.history(policy_id), NOON + 3 * HOUR, drop_candidate=True))
    assert store.history(policy_id).candidate is None
    dropped = store.version_by_digest(policy_id, a_reading("b").digest)
    assert dropped is not None
    assert (dropped.number, dropped.confirmed) == (0, None)
    assert [info.number for info in store.versions(policy_id)] == [1]


def test_a_text_that_went_and_came_back(store: Store, first: History) -> None:
    policy_id, old = first.policy.id, first.current
    assert old is not None
    new = a_reading("B")
    store.commit(
        a_record(
            first,
            Outcome.CHANGED,
            NOON + DAY,
            version=VersionDraft(reading=new, first_seen=NOON + DAY, exact=False),
            change=a_change(old.id),
        )
    )
    at_new = store.history(policy_id)
    assert at_new.current is not None
    assert not at_new.current.exact
    back = NOON + 40 * DAY
    seen = {"seen_version_id": old.id}
    store.commit(a_record(at_new, Outcome.VARIANT, back, **seen))
    store.commit(a_record(store.history(policy_id), Outcome.VARIANT, back + DAY, **seen))
    history = store.history(policy_id)
    assert history.current is not None
    assert history.current.id == at_new.current.id  # still, until the check says otherwise
    info = next(v for v in history.variants if v.id == old.id)
    assert (info.absent_since, info.standing_since, info.last_seen) == (NOON, back, back + DAY)
    restored = store.commit(
        a_record(
            history,
            Outcome.CHANGED,
            back + 15 * DAY,
            **seen,
            make_current=True,
            change=a_change(at_new.current.id),
        )
    )
    now_current = store.history(policy_id).current
    assert now_current is not None
    assert (now_current.id, now_current.number, now_current.standing_since) == (old.id, 1, back)
    assert store.change(restored.change_id or 0).new_version_id == old.id
    assert [c.old_version_id for c in store.changes()] == [at_new.current.id, old.id]
    assert len(store.changes(limit=1)) == 1


def test_a_known_version_confirmed_again_keeps_its_number(store: Store, first: History) -> None:
    policy_id, old = first.policy.id, first.current
    assert old is not None
    store.commit(a_first(first, "B", now=NOON + DAY))
    store.commit(a_first(store.history(policy_id), "We keep data.", "For 30 days.", now=NOON + 2 * DAY))
    current = store.history(policy_id).current
    assert current is not None
    assert (current.id, current.number, current.first_seen) == (old.id, 1, NOON)
    assert (current.absent_since, current.standing_since) == (NOON, NOON + 2 * DAY)


def test_a_look_that_found_the_same_is_counted_up(store: Store, policy_id: int, first: History) -> None:
    store.commit(unchanged(first, NOON + HOUR))
    before = store.history(policy_id)
    assert before.last is not None
    again = unchanged(before, NOON + 2 * HOUR, next_due=NOON + 14 * HOUR)
    assert store.repeat(again, before.last).observation_id == before.last.id
    after = store.history(policy_id)
    assert after.revision == before.revision + 1
    assert after.last == replace(before.last, last_seen=NOON + 2 * HOUR, count=before.last.count + 1)
    assert after.current is not None
    assert after.current.last_seen == NOON + 2 * HOUR
    assert store.next_due() == NOON + 14 * HOUR
    with pytest.raises(StaleCheck):
        store.repeat(again, before.last)
    store.repeat(unchanged(after, NOON + 3 * HOUR), after.last or before.last)
    assert store.next_due() == NOON + 14 * HOUR
