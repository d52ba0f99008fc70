"""The contract of `HistoryStore`: commits and what can be read after them, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
import zstandard
from sqlalchemy import select, update

from monitor.errors import NotFound, StaleCheck, StoreError
from monitor.model import (
    AlertDraft,
    AlertKind,
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
    SuspectReason,
    Suspicion,
    VersionDraft,
)
from monitor.ports import Store
from storage import open_store
from storage.tables import blobs
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


@pytest.fixture
def policy_id(store: Store) -> int:
    return store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON).id


@pytest.fixture
def first(store: Store, policy_id: int) -> History:
    """A policy with its first version."""
    store.commit(a_first(store.history(policy_id), "We keep data.", "For 30 days.", captures=(an_answer(b"<p>"),)))
    return store.history(policy_id)


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


def test_a_capture_comes_back_as_it_was_fetched(store: Store, policy_id: int) -> None:
    answer = an_answer(
        bytes(range(256)) * 9, status=200, charset=None, media_type="application/pdf", archive_url="https://a.example/1"
    )
    store.commit(a_first(store.history(policy_id), "We keep data.", captures=(answer,)))
    [capture] = store.captures(policy_id)
    for field in ("url", "final_url", "taken", "source", "status", "headers", "digest", "wire_digest", "wire_size"):
        assert getattr(capture, field) == getattr(answer, field)
    assert (capture.media_type, capture.charset, capture.archive_url) == ("application/pdf", None, answer.archive_url)
    assert store.capture(capture.id) == capture
    assert store.body(capture.id) == answer.body
    assert capture.validators.etag == '"1"'


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


def test_several_urls_make_one_look(store: Store) -> None:
    one, two = "https://a.example/1", "https://a.example/2"
    policy = store.add_policy(a_spec(urls=(one, two)), origin=Origin.DATABASE, now=NOON)
    answers = (an_answer(b"one", one), an_answer(b"two", two))
    store.commit(a_first(store.history(policy.id), "x", captures=answers))
    latest = store.history(policy.id).latest
    assert [capture.url for capture in latest] == [one, two]
    # Only the first brings new bytes; the second answered 304 and takes part with what it had.
    newer = an_answer(b"one more", one, taken=NOON + HOUR)
    store.commit(unchanged(store.history(policy.id), NOON + HOUR, captures=(newer,)))
    history = store.history(policy.id)
    assert [capture.digest for capture in history.latest] == [newer.digest, answers[1].digest]
    assert history.latest[1].id == latest[1].id
    store.commit(unchanged(history, NOON + 2 * HOUR))
    assert store.history(policy.id).latest == history.latest
    assert [capture.taken for capture in store.captures(policy.id, limit=1)] == [NOON + HOUR]
    assert len(store.captures(policy.id)) == 3
    store.change_policy(policy.id, a_spec(urls=(two,)))
    assert store.history(policy.id).latest == ()


def test_what_bytes_were_read_as_is_remembered(store: Store, first: History) -> None:
    policy_id = first.policy.id
    answer = an_answer(b"<p>busy</p>")
    suspicion = Suspicion(SuspectReason.ERROR_PAGE, "“try again later” \x00")
    store.commit(
        a_record(
            first,
            Outcome.SUSPECT,
            captures=(answer,),
            remembered=Remembered(text_digest=None, suspicion=suspicion),
            extractor="lines/1",
        )
    )
    remembered = store.recall(policy_id, [answer.digest], extractor="lines/1")
    assert remembered == Remembered(text_digest=None, suspicion=suspicion)
    assert store.recall(policy_id, [answer.digest], extractor="lines/2") is None
    assert store.recall(policy_id, [answer.digest, answer.digest], extractor="lines/1") is None
    # Read again, from the bytes of the last look, by a newer extractor and then differently by the same.
    for text in ("a", "b"):
        again = Remembered(text_digest=sha(text), suspicion=None)
        store.commit(a_record(store.history(policy_id), Outcome.SUSPECT, remembered=again, extractor="lines/2"))
        assert store.recall(policy_id, [answer.digest], extractor="lines/2") == again
    current = store.history(policy_id).current
    assert current is not None
    assert current.last_seen == NOON


def test_equal_bytes_are_stored_once_and_similar_ones_small(url: str) -> None:
    store = open_store(url)
    policy_id = store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON).id
    page = b" ".join(sha(str(number)).encode() for number in range(2000))
    bodies = [page, page.replace(b"a1", b"token", 1), page[::-1], page[::-1] + b"!", page, b"", page[::-1] + b"?"]
    for body in bodies:
        store.commit(a_record(store.history(policy_id), Outcome.SUSPECT, captures=(an_answer(body),)))
    captures = store.captures(policy_id)
    assert [store.body(capture.id) for capture in reversed(captures)] == bodies
    with store._database.read() as connection:  # type: ignore[attr-defined]
        rows = connection.exec_driver_sql("SELECT digest, base, packed FROM blobs").all()
    packed = {row.digest: len(row.packed) for row in rows}
    base = {row.digest: row.base for row in rows}
    assert len(rows) == len(set(bodies))
    assert base[sha(bodies[1])] == sha(page)
    assert base[sha(bodies[2])] is None  # a wholly different page is a key frame
    assert base[sha(bodies[3])] == sha(bodies[2])
    assert packed[sha(bodies[1])] < packed[sha(page)] / 30
    assert base[sha(bodies[6])] in {None, sha(bodies[2])}
    assert all(base[row.base] is None for row in rows if row.base)  # depth 1
    store.close()


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: packed[:-1] + b"?", lambda _: OTHER])
def test_damaged_bytes_are_found(url: str, damage: Callable[[bytes], bytes]) -> None:
    store = open_store(url)
    policy_id = store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON).id
    body = b"We keep data. " * 50
    store.commit(a_record(store.history(policy_id), Outcome.SUSPECT, captures=(an_answer(body),)))
    [capture] = store.captures(policy_id)
    with store._database.write() as connection:  # type: ignore[attr-defined]
        packed = connection.scalar(select(blobs.c.packed))
        connection.execute(update(blobs).values(packed=damage(packed)))
    with pytest.raises(StoreError, match="damaged"):
        store.body(capture.id)
    store.close()


def test_a_stale_check_leaves_nothing(store: Store, first: History) -> None:
    policy_id = first.policy.id
    store.commit(unchanged(first, NOON + HOUR))
    before = (store.history(policy_id), store.captures(policy_id))
    late = a_first(first, "B", captures=(an_answer(b"late"),), next_due=NOON + DAY)
    with pytest.raises(StaleCheck, match="acme/privacy"):
        store.commit(late)
    assert (store.history(policy_id), store.captures(policy_id)) == before
    assert store.next_due() == NOON


def test_a_commit_that_fails_midway_leaves_nothing(store: Store, first: History) -> None:
    """The change refers to a version that does not exist: the database refuses it after most was written."""
    policy_id = first.policy.id
    before = (store.history(policy_id), store.captures(policy_id), store.observations(policy_id))
    alert = AlertDraft(kind=AlertKind.CHANGE, rule="all", channels=("mail",))
    broken = a_first(first, "B", captures=(an_answer(b"b"),), change=a_change(999), alerts=(alert,))
    with pytest.raises(StoreError):
        store.commit(broken)
    assert (store.history(policy_id), store.captures(policy_id), store.observations(policy_id)) == before
    assert store.version_by_digest(policy_id, a_reading("B").digest) is None
    assert store.alerts() == []
    store.commit(unchanged(store.history(policy_id), NOON + HOUR))


def test_of_two_commits_on_one_revision_one_is_refused(url: str) -> None:
    stores = [open_store(url) for _ in range(4)]
    policy_id = stores[0].add_policy(a_spec(), origin=Origin.DATABASE, now=NOON).id
    start = threading.Barrier(len(stores))
    ends: list[str] = []

    def look(store: Store, text: str) -> None:
        for _ in range(5):
            history = store.history(policy_id)
            start.wait()
            try:
                store.commit(a_first(history, text, captures=(an_answer(text.encode()),)))
                ends.append("committed")
            except StaleCheck:
                ends.append("stale")
            start.wait()

    threads = [threading.Thread(target=look, args=(s, f"text {n}")) for n, s in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    history = stores[0].history(policy_id)
    assert history.revision == ends.count("committed") == 5
    assert ends.count("stale") == 15
    assert sum(o.count for o in stores[0].observations(policy_id)) == 5
    for store in stores:
        store.close()


def test_policies_share_texts_that_are_written_at_once(url: str) -> None:
    """Many policies with the same clauses in different orders, and the same bytes, from several threads."""
    stores = [open_store(url) for _ in range(3)]
    texts = [f"Clause {number}" for number in range(60)]
    failures: list[Exception] = []

    def commit_some(store: Store, worker: int) -> None:
        try:
            for number in range(4):
                policy = store.add_policy(a_spec(f"{worker}/{number}"), origin=Origin.DATABASE, now=NOON)
                mixed = texts[worker * 7 + number :] + texts[: worker * 7 + number]
                body = an_answer(f"page {number}".encode(), policy.spec.urls[0])
                store.commit(a_first(store.history(policy.id), *mixed, captures=(body,)))
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=commit_some, args=(s, n)) for n, s in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    for policy in stores[0].policies():
        current = stores[0].history(policy.id).current
        assert current is not None
        assert sorted(clause.text for clause in stores[0].version(current.id).clauses) == sorted(texts)
    for store in stores:
        store.close()


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


def test_captures_are_numbered_in_what_a_commit_gives_back(store: Store, policy_id: int) -> None:
    answers = (an_answer(b"<p>"), an_answer(b"<p>", url="https://acme/privacy.example/more"))
    committed = store.commit(a_first(store.history(policy_id), "We keep data.", captures=answers))
    assert [store.capture(number).url for number in committed.capture_ids] == [answer.url for answer in answers]
