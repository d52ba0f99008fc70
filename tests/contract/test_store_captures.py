"""The contract of `HistoryStore`: captures, their bytes, and what these were read as, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import zstandard
from sqlalchemy import select, update

from monitor.errors import StoreError
from monitor.model import (
    History,
    Origin,
    Outcome,
    Remembered,
    SuspectReason,
    Suspicion,
)
from monitor.ports import Store
from storage import open_store
from storage.tables import blobs
from tests.records import (
    HOUR,
    NOON,
    a_first,
    a_record,
    a_spec,
    an_answer,
    sha,
    unchanged,
)

DAY = 24 * HOUR
OTHER = zstandard.compress(b"other bytes, whole")


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


def test_captures_are_numbered_in_what_a_commit_gives_back(store: Store, policy_id: int) -> None:
    answers = (an_answer(b"<p>"), an_answer(b"<p>", url="https://acme/privacy.example/more"))
    committed = store.commit(a_first(store.history(policy_id), "We keep data.", captures=answers))
    assert [store.capture(number).url for number in committed.capture_ids] == [answer.url for answer in answers]
