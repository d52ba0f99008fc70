"""The contract of `HistoryStore` about other extractors and places that keep changing, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from alembic import command
from sqlalchemy import text

from monitor.errors import NotFound, StaleCheck
from monitor.model import (
    ChangeKind,
    History,
    Origin,
    Outcome,
    PassingText,
    Place,
    Remembered,
    Rereading,
    Significance,
    StatedDates,
)
from monitor.ports import Store
from storage import open_store
from storage.engine import Database, parse_url
from storage.schema import alembic_config
from tests.records import (
    HOUR,
    NOON,
    a_candidate,
    a_change,
    a_first,
    a_reading,
    a_record,
    a_spec,
    an_answer,
    unchanged,
)

PLACES = (
    Place(
        name="0a1b2c3d",
        before="Above\x00\ud800",
        after="",
        texts=(
            PassingText(digest="d1", text="", seen=NOON, after=NOON - HOUR, gone=NOON + HOUR),
            PassingText(digest="d2", text="“Neu”", seen=NOON + HOUR),
        ),
        learned=NOON + HOUR,
        why="it changes",
    ),
    Place(name="Zz", before="a", after="b", pinned=NOON),
)


@pytest.fixture
def first(store: Store) -> History:
    """A policy with its first version, seen twice."""
    policy_id = store.add_policy(a_spec(), origin=Origin.DATABASE, now=NOON).id
    store.commit(a_first(store.history(policy_id), "We keep data.", "For 30 days.", captures=(an_answer(b"<p>"),)))
    store.commit(unchanged(store.history(policy_id), NOON + HOUR))
    return store.history(policy_id)


def rereading(history: History, *texts: str, changed: bool = True, **fields: object) -> Rereading:
    assert history.current is not None
    change = a_change(history.current.id, NOON + 2 * HOUR, kind=ChangeKind.REEXTRACTED, significance=Significance.NONE)
    return Rereading(
        policy_id=history.policy.id,
        revision=history.revision,
        now=NOON + 2 * HOUR,
        version_id=history.current.id,
        reading=a_reading(*texts, extractor="lines/2", **fields),
        change=change if changed else None,
    )


def test_another_text_takes_the_versions_place(store: Store, first: History) -> None:
    old = first.current
    assert old is not None
    number = store.reread(rereading(first, "We keep data."))
    history = store.history(first.policy.id)
    new = history.current
    assert new is not None
    assert (new.id, new.number, new.extractor, new.clause_count) == (number, 2, "lines/2", 1)
    assert (new.first_seen, new.last_seen, new.standing_since) == (NOON, NOON + HOUR, NOON)
    assert (new.capture_ids, new.exact, new.confirmed) == (old.capture_ids, True, NOON + 2 * HOUR)
    assert history.revision == first.revision + 1
    assert history.last == first.last
    assert store.version(old.id).reread_by == "lines/2"
    (change,) = store.changes(first.policy.id)
    assert (change.kind, change.old_version_id, change.new_version_id) == (ChangeKind.REEXTRACTED, old.id, new.id)


def test_a_look_after_that_goes_on_where_the_old_version_stood(store: Store, first: History) -> None:
    store.reread(rereading(first, "We keep data."))
    store.commit(unchanged(store.history(first.policy.id), NOON + 3 * HOUR))
    current = store.history(first.policy.id).current
    assert current is not None
    assert (current.standing_since, current.absent_since) == (NOON, None)


def test_the_same_text_keeps_its_version(store: Store, first: History) -> None:
    dates = StatedDates(updated=date(2026, 1, 2))
    store.reread(rereading(first, "We keep data.", "For 30 days.", changed=False, dates=dates, language="en"))
    (version,) = store.versions(first.policy.id)
    assert (version.extractor, version.dates, version.language) == ("lines/2", dates, "en")
    assert (version.number, version.reread_by, version.last_seen) == (1, None, NOON + HOUR)
    assert store.changes(first.policy.id) == []


def test_a_text_that_waited_may_turn_out_to_be_what_was_always_there(store: Store, first: History) -> None:
    store.commit(
        a_record(first, Outcome.CANDIDATE, NOON + HOUR, candidate=a_candidate("We keep data.", now=NOON + HOUR))
    )
    history = store.history(first.policy.id)
    assert history.candidate is not None
    number = store.reread(rereading(history, "We keep data."))
    assert number == history.candidate.version_id
    current = store.history(first.policy.id).current
    assert current is not None
    assert (current.id, current.number) == (number, 2)


def test_a_look_that_reads_the_same_text_makes_the_version_its_extractors(store: Store, first: History) -> None:
    assert first.current is not None
    for digest, expected in (("another", "lines/1"), (first.current.digest, "lines/2")):
        store.commit(
            unchanged(
                store.history(first.policy.id),
                NOON + HOUR,
                extractor="lines/2",
                remembered=Remembered(text_digest=digest, suspicion=None),
            )
        )
        (version,) = store.versions(first.policy.id)
        assert version.extractor == expected


def test_places_come_back_as_they_were_and_are_replaced_as_a_whole(store: Store, first: History) -> None:
    assert first.places == ()
    store.commit(unchanged(first, NOON + 2 * HOUR, places=PLACES))
    assert store.history(first.policy.id).places == PLACES
    store.commit(unchanged(store.history(first.policy.id), NOON + 3 * HOUR))
    assert store.history(first.policy.id).places == PLACES
    store.commit(unchanged(store.history(first.policy.id), NOON + 3 * HOUR, places=PLACES[1:]))
    assert store.history(first.policy.id).places == PLACES[1:]
    store.commit(unchanged(store.history(first.policy.id), NOON + 3 * HOUR, places=()))
    assert store.history(first.policy.id).places == ()


def test_places_of_two_policies_are_apart(store: Store, first: History) -> None:
    other = store.add_policy(a_spec("other"), origin=Origin.DATABASE, now=NOON)
    store.set_places(first.policy.id, first.revision, PLACES)
    store.set_places(other.id, 0, PLACES[1:])
    assert store.history(first.policy.id).places == PLACES
    assert store.history(other.id).places == PLACES[1:]


def test_a_check_decided_before_a_place_was_pinned_is_stale(store: Store, first: History) -> None:
    store.set_places(first.policy.id, first.revision, PLACES)
    with pytest.raises(StaleCheck):
        store.commit(unchanged(first, NOON + 2 * HOUR, places=()))
    with pytest.raises(StaleCheck):
        store.set_places(first.policy.id, first.revision, ())
    with pytest.raises(StaleCheck):
        store.reread(rereading(first, "We keep data."))
    assert store.history(first.policy.id).places == PLACES


def test_unknown_policies(store: Store, first: History) -> None:
    with pytest.raises(NotFound):
        store.set_places(99, 0, ())
    with pytest.raises(NotFound):
        store.reread(replace(rereading(first, "x"), policy_id=99))


def test_a_database_of_the_first_schema_is_brought_up_with_all_it_holds(empty_url: str) -> None:
    database = Database(parse_url(empty_url))
    with database.write() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.execute(
            text(
                'INSERT INTO policies (id, name, urls, service, kind, every, "select", remove, origin, created)'
                " VALUES (7, 'old', '[\"https://old.example/\"]', '', 'privacy', 1000000, '[]', '[]', 'database',"
                " '2026-01-01 00:00:00')"
            )
        )
        connection.execute(text("INSERT INTO policy_states (policy_id, revision) VALUES (7, 3)"))
    database.close()
    store = open_store(empty_url)
    assert (store.history(7).policy.spec.name, store.history(7).revision, store.history(7).places) == ("old", 3, ())
    store.close()
