"""What keeps a watch going: pauses, claims that outlive their owner, urgency, timetables, turns to ask a host."""

from __future__ import annotations

import threading
from datetime import time, timedelta

import pytest

from monitor.errors import NotFound
from monitor.model import Origin, Outcome, Policy, Timetable
from monitor.ports import Store
from storage import open_store
from tests.records import HOUR, NOON, a_candidate, a_first, a_record, a_spec, unchanged

SECOND = timedelta(seconds=1)


def watched(store: Store, *names: str) -> list[Policy]:
    return [store.add_policy(a_spec(name), origin=Origin.DATABASE, now=NOON) for name in names]


def due(store: Store, now: object = NOON, limit: int = 9) -> list[str]:
    return [policy.spec.name for policy in store.due(now=now, limit=limit)]  # type: ignore[arg-type]


def test_a_timetable_comes_back_as_it_went(store: Store) -> None:
    timetable = Timetable(
        cron="*/5 9 * * MON-FRI",
        zone="Asia/Kuala_Lumpur",
        opens=time(9),
        closes=time(17, 30),
        days=(0, 4),
        jitter=timedelta(minutes=7, microseconds=1),
    )
    kept = store.add_policy(a_spec("one", timetable=timetable), origin=Origin.DATABASE, now=NOON)
    assert kept.spec.timetable == timetable
    assert store.policy("one").spec == a_spec("one", timetable=timetable)
    assert store.change_policy(kept.id, a_spec("one")).spec.timetable == Timetable()


def test_a_paused_policy_is_not_due_until_it_is_resumed(store: Store) -> None:
    one, _ = watched(store, "one", "two")
    paused = store.pause(one.id, now=NOON, until=None)
    assert (paused.paused, paused.resumes, paused.is_paused(NOON + 999 * HOUR)) == (NOON, None, True)
    assert due(store, NOON + 99 * HOUR) == ["two"]
    resumed = store.resume(one.id)
    assert (resumed.paused, resumed.is_paused(NOON)) == (None, False)
    assert due(store) == ["one", "two"]


def test_a_pause_ends_by_itself(store: Store) -> None:
    (one,) = watched(store, "one")
    store.pause(one.id, now=NOON, until=NOON + HOUR)
    assert due(store, NOON + HOUR - SECOND) == []
    assert store.next_due() == NOON + HOUR
    assert due(store, NOON + HOUR) == ["one"]
    assert not store.policy("one").is_paused(NOON + HOUR)
    store.pause(one.id, now=NOON, until=None)
    assert store.next_due() is None


def test_a_pause_ends_with_the_watch(store: Store) -> None:
    (one,) = watched(store, "one")
    store.pause(one.id, now=NOON, until=None)
    store.retire_policy(one.id, now=NOON)
    assert store.add_policy(a_spec("one"), origin=Origin.DATABASE, now=NOON).paused is None
    for call in (lambda: store.pause(99, now=NOON, until=None), lambda: store.resume(99)):
        with pytest.raises(NotFound):
            call()


def test_policies_whose_candidate_waits_go_first(store: Store) -> None:
    old, new, last = watched(store, "old", "new", "last")
    store.commit(a_first(store.history(new.id), "We keep it."))
    store.commit(
        a_record(
            store.history(new.id),
            Outcome.CANDIDATE,
            NOON + HOUR,
            candidate=a_candidate("We sell it."),
            next_due=NOON + 2 * HOUR,
        )
    )
    store.postpone(last.id, until=NOON + HOUR)
    assert due(store, NOON + 3 * HOUR) == ["new", "old", "last"]
    assert due(store, NOON + 3 * HOUR, limit=1) == ["new"]
    assert due(store, NOON + 3 * HOUR, limit=2) == ["new", "old"]
    assert due(store, NOON + HOUR) == ["old", "last"]
    gone = unchanged(store.history(new.id), NOON + 3 * HOUR, drop_candidate=True, next_due=NOON + 4 * HOUR)
    store.commit(gone)
    assert due(store, NOON + 5 * HOUR) == ["old", "last", "new"]
    assert old.id < new.id


def test_standings_tell_of_all_policies_at_once(store: Store) -> None:
    one, two, gone = watched(store, "b", "a", "c")
    store.commit(a_first(store.history(one.id), "We keep it.", next_due=NOON + HOUR))
    store.commit(unchanged(store.history(one.id), NOON + HOUR, next_due=NOON + 2 * HOUR))
    store.retire_policy(gone.id, now=NOON)
    first, second = store.standings()
    assert (first.policy, first.last, first.versions, first.due) == (two, None, 0, NOON)
    assert (second.policy, second.versions, second.due) == (one, 1, NOON + 2 * HOUR)
    assert second.last == store.observations(one.id)[0]
    assert [one.policy.spec.name for one in store.standings(retired=True)] == ["a", "b", "c"]
    assert store.standings(retired=True)[2].due is None


def test_turns_to_ask_a_host_come_a_gap_apart(store: Store) -> None:
    turns = [store.take_turn("a.example", now=NOON, gap=SECOND) for _ in range(3)]
    assert turns == [NOON, NOON + SECOND, NOON + 2 * SECOND]
    assert store.take_turn("b.example", now=NOON, gap=SECOND) == NOON
    assert store.take_turn("a.example", now=NOON + HOUR, gap=5 * SECOND) == NOON + HOUR
    assert store.take_turn("a.example", now=NOON, gap=SECOND) == NOON + HOUR + 5 * SECOND


def test_a_host_that_is_held_gives_no_turn_before(store: Store) -> None:
    store.hold_turns("a.example", until=NOON + HOUR)
    store.hold_turns("a.example", until=NOON)  # never shortens
    assert store.take_turn("a.example", now=NOON, gap=SECOND) == NOON + HOUR
    store.hold_turns("a.example", until=NOON + 2 * HOUR)
    assert store.take_turn("a.example", now=NOON, gap=SECOND) == NOON + 2 * HOUR


def test_processes_that_share_a_database_share_its_turns(url: str) -> None:
    stores = [open_store(url) for _ in range(4)]
    taken: list[object] = []

    def take(store: Store) -> None:
        for _ in range(5):
            taken.append(store.take_turn("a.example", now=NOON, gap=SECOND))  # noqa: PERF401 - one at a time

    threads = [threading.Thread(target=take, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores:
        store.close()
    assert sorted(taken, key=str) == [NOON + number * SECOND for number in range(20)]
