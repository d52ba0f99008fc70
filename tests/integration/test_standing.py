"""What is remembered of a policy that stands is what its store holds, whatever happens between looks."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.answers import Once
from monitor.check import Parts, check_policy, prepare
from monitor.errors import StoreUnavailable, TimedOut
from monitor.model import FetchRequest, History, Outcome, Validators
from monitor.ports import Store
from monitor.standing import Memory
from storage.engine import Database, parse_url
from storage.store import SqlStore
from tests.databases import new_store
from tests.watch import CLAUSES, HOUR, LONGER, URL, Watch, html


def stands(watch: Watch) -> bool:
    """Whether the policy is remembered as standing; if so, it is remembered as it is."""
    standing = watch.parts.memory.take(watch.policy.id)
    if standing is None:
        return False
    assert standing.history == watch.store.history(watch.policy.id)
    watch.parts.memory.put(standing)
    return True


def test_looks_that_find_the_same_count_up(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    for _ in range(4):
        watch.look(after=12 * HOUR)
    assert stands(watch)
    last = watch.look(after=12 * HOUR)
    first, unchanged = reversed(watch.store.observations(watch.policy.id))
    assert (first.outcome, unchanged.outcome) == (Outcome.FIRST, Outcome.UNCHANGED)
    assert (unchanged.count, unchanged.last_seen) == (5, watch.clock.time)
    assert last.committed.observation_id == unchanged.id
    assert watch.store.history(watch.policy.id).revision == 6
    assert watch.store.due(now=watch.clock.time, limit=1) == []
    assert watch.store.next_due() == watch.clock.time + watch.policy.spec.every


def test_a_change_is_seen_after_looks_that_found_the_same(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    for _ in range(3):
        watch.look(after=HOUR)
    assert watch.look(html(*LONGER), after=HOUR).outcome is Outcome.CANDIDATE
    assert not stands(watch)
    assert watch.look(after=13 * HOUR).outcome is Outcome.CHANGED


def test_the_bytes_are_kept_again_when_they_are_asked_for_in_full(watch: Watch) -> None:
    """After a week without validators the same bytes are one more capture."""
    watch.look(html(*CLAUSES), etag='"a"')
    for _ in range(20):
        watch.look(after=12 * HOUR)
    assert len(watch.store.captures(watch.policy.id)) == 2
    assert stands(watch)


def test_another_process_that_looked_meanwhile_costs_a_look_in_full(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    for _ in range(3):
        watch.look(after=HOUR)
    watch.clock.time += HOUR
    check_policy(watch.policy.id, replace(watch.parts, memory=Memory()))
    before = watch.store.history(watch.policy.id).revision
    assert watch.look(after=HOUR).outcome is Outcome.UNCHANGED
    assert watch.store.history(watch.policy.id).revision == before + 1
    assert stands(watch)


def test_the_site_is_asked_once_though_what_was_remembered_is_out_of_date(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    for _ in range(3):
        watch.look(after=HOUR)
    history = watch.store.history(watch.policy.id)
    watch.store.set_places(watch.policy.id, history.revision, ())  # as another process would
    asked = len(watch.web.requests)
    assert watch.look(html(*LONGER), after=HOUR).outcome is Outcome.CANDIDATE
    assert len(watch.web.requests) == asked + 1


def test_a_page_that_was_sent_stands_for_whatever_is_known_of_it_by_now(watch: Watch) -> None:
    """Another process has looked while this one waited for its answer, and knows validators."""
    watch.look(html(*CLAUSES), etag='"a"')
    web = Once(watch.web)
    page = web.fetch(FetchRequest(url=URL))
    validators = Validators(etag='"a"')
    assert web.fetch(FetchRequest(url=URL, validators=validators)) is page
    other = Once(watch.web)
    assert other.fetch(FetchRequest(url=URL, validators=validators)).not_modified
    assert not other.fetch(FetchRequest(url=URL)).not_modified  # what a 304 stands for may be unknown by now
    assert len(watch.web.requests) == 4


def test_a_policy_that_is_watched_otherwise_is_looked_at_anew(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    for _ in range(3):
        watch.look(after=HOUR)
    watch.store.change_policy(watch.policy.id, replace(watch.policy.spec, urls=("https://acme.example/new",)))
    watch.web.page("https://acme.example/new", html(*LONGER))
    assert watch.look(after=HOUR).outcome is Outcome.CANDIDATE


def test_what_was_read_ahead_of_another_look_is_refused(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    watch.look(after=HOUR)
    prepare([watch.policy], watch.parts)
    check_policy(watch.policy.id, replace(watch.parts, memory=Memory()))
    before = watch.store.history(watch.policy.id).revision
    assert watch.look(html(*LONGER), after=HOUR).outcome is Outcome.CANDIDATE
    assert watch.store.history(watch.policy.id).revision == before + 1


class _Blind(SqlStore):
    """A store that cannot read ahead."""

    def __init__(self, database: Database, error: Exception) -> None:
        super().__init__(database)
        self._error = error

    def histories(self, _policy_ids: Sequence[int]) -> list[tuple[History, str | None]]:
        raise self._error


@pytest.mark.parametrize("error", [StoreUnavailable("away"), ValueError("one row makes no sense")])
def test_what_cannot_be_read_ahead_is_read_by_the_look(store: Store, tmp_path: Path, error: Exception) -> None:
    database = Database(parse_url(str(tmp_path / "watch.db")))
    watch = Watch(_Blind(database, error))
    watch.look(html(*CLAUSES))
    prepare([watch.policy], watch.parts)
    assert watch.look(after=HOUR).outcome is Outcome.UNCHANGED
    assert store.history(watch.policy.id).revision == 2
    database.close()


def test_memory_is_bounded(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    watch.look(after=HOUR)
    watch.look(after=HOUR)
    standing = watch.parts.memory.take(watch.policy.id)
    assert standing is not None
    memory = Memory(1)
    other = replace(standing.history, policy=replace(standing.history.policy, id=99))
    memory.put(standing)
    memory.put(replace(standing, history=other))
    assert memory.take(watch.policy.id) is None
    assert memory.take(99) is not None
    assert memory.take(99) is None


_PAGES = [
    html(*CLAUSES),
    html(*CLAUSES, token="2"),
    html(*CLAUSES).replace("</main>", "<!-- 3 --></main>"),
    html(*CLAUSES).replace("<main>", "<main><p class=x></p>"),
    html(*LONGER),
    "<html><title>503</title><body><h1>Service unavailable</h1></body></html>",
]


@pytest.mark.unfollowed  # hundreds of looks, of which following each line doubles the time
@given(st.lists(st.tuples(st.integers(-2, len(_PAGES) - 1), st.integers(1, 40), st.booleans()), max_size=14))
@settings(max_examples=25, deadline=None)
def test_memory_changes_nothing(looks: list[tuple[int, int, bool]]) -> None:
    """With and without memory and reading ahead the same is found, and what is remembered is what is stored."""
    with tempfile.TemporaryDirectory() as folder:
        one, other, ahead = (Watch(new_store(Path(folder) / f"{name}.db")) for name in ("one", "other", "ahead"))
        for page, hours, tagged in looks:
            outcomes = []
            for watch in (one, other, ahead):
                watch.clock.time += timedelta(hours=hours)
                if page >= 0:
                    watch.web.page(URL, _PAGES[page], etag=f'"{page}"' if tagged else None)
                elif page == -1:
                    watch.web.fails(URL, TimedOut(URL, 5))
                parts: Parts = watch.parts if watch is one else replace(watch.parts, memory=Memory(0))
                if watch is ahead:
                    prepare([watch.policy], parts)
                outcomes.append(check_policy(watch.policy.id, parts).outcome)
            assert len(set(outcomes)) == 1
            stands(one)
        for watch in (other, ahead):
            assert watch.store.history(watch.policy.id) == one.store.history(one.policy.id)
            assert watch.store.observations(watch.policy.id) == one.store.observations(one.policy.id)
            assert watch.store.captures(watch.policy.id) == one.store.captures(one.policy.id)
            assert watch.store.next_due() == one.store.next_due()
        for watch in (one, other, ahead):
            watch.store.close()
