"""Whatever a policy shows, look by look: what must hold of its versions, changes and alerts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.check import Parts, check_policy
from monitor.errors import HttpStatus, StoreUnavailable
from monitor.fetch import convert
from monitor.look import Settings
from monitor.model import AlertKind, Origin, Outcome, PolicySpec, Rule
from monitor.ports import Store
from tests.databases import new_store
from tests.fakes import FakeClock, FakeFetcher

URL = "https://acme.example/privacy"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)
STAND = timedelta(hours=12)
COMMON = (
    "This privacy policy says what personal data Acme collects when you use the service, and why.",
    "We collect your name, your e-mail address and the pages that you visit on our web site.",
    "We do not sell your personal information to third parties.",
    "You have the right to access, correct and delete your personal data at any time.",
)
# Each text differs from each other one in words that matter.
TEXTS = tuple(f"We keep your messages for {number} years after they have been delivered." for number in range(1, 5))

looks = st.lists(
    st.tuples(
        st.one_of(st.integers(0, len(TEXTS) - 1), st.just("down"), st.just("error page")),
        st.sampled_from([1, 5, 12, 13, 24, 24 * 8]),
    ),
    min_size=1,
    max_size=10,
)


def html(number: int) -> str:
    body = "".join(f"<p>{text}</p>" for text in (*COMMON[:2], TEXTS[number], *COMMON[2:]))
    return f"<html><head><title>Privacy</title></head><body><main><h1>Privacy policy</h1>{body}</main></body></html>"


class Life:
    """A policy, its site and its clock; `look` is one check."""

    def __init__(self, store: Store) -> None:
        self.clock = FakeClock(START)
        self.web = FakeFetcher(self.clock)
        self.store = store
        self.policy = store.add_policy(PolicySpec(name="acme", urls=(URL,)), origin=Origin.DATABASE, now=START)
        self.parts = Parts(
            store=store,
            fetcher=self.web,
            clock=self.clock,
            settings=Settings(rules=(Rule(name="all"),), channels=("hook",)),
            convert=convert,
        )

    def look(self, shown: int | str, hours: int) -> Outcome:
        self.clock.time += timedelta(hours=hours)
        if shown == "down":
            self.web.fails(URL, HttpStatus(URL, 503))
        elif shown == "error page":
            self.web.page(URL, "<html><title>Oops</title><body><h1>Service unavailable</h1></body></html>")
        else:
            assert isinstance(shown, int)
            self.web.page(URL, html(shown))
        return check_policy(self.policy.id, self.parts).outcome

    def texts(self) -> list[int]:
        """Of the versions, in order."""
        return [self._number(version.id) for version in self.store.versions(self.policy.id)]

    def _number(self, version_id: int) -> int:
        clauses = {clause.text for clause in self.store.version(version_id).clauses}
        (number,) = (number for number, text in enumerate(TEXTS) if text in clauses)
        return number

    def told(self) -> list[tuple[int, int]]:
        """From which text to which, oldest first."""
        changes = [self.store.change(alert.change_id) for alert in self.store.alerts() if alert.change_id is not None]
        return [(self._number(one.old_version_id), self._number(one.new_version_id)) for one in reversed(changes)]


@contextmanager
def lives() -> Iterator[Life]:
    with tempfile.TemporaryDirectory() as folder:
        store = new_store(Path(folder) / "life.db")
        try:
            yield Life(store)
        finally:
            store.close()


@settings(max_examples=15, deadline=None)
@given(looks)
def test_what_is_told_has_stood_and_is_told_once(sequence: list[tuple[int | str, int]]) -> None:
    with lives() as life:
        since: dict[int, datetime] = {}  # of texts in the unbroken run of looks that showed them
        for shown, hours in sequence:
            before = len(life.told())
            outcome = life.look(shown, hours)
            if isinstance(shown, int):
                since = {shown: since.get(shown, life.clock.time)}
            if outcome is Outcome.CHANGED:
                assert isinstance(shown, int)
                assert life.clock.time - since[shown] >= STAND
            fresh = life.told()[before:]
            assert bool(fresh) == (outcome is Outcome.CHANGED)
            assert all(new == shown and old != new for old, new in fresh)
        assert [version.number for version in life.store.versions(life.policy.id)] == list(
            range(1, len(life.texts()) + 1)
        )
        assert len(set(life.texts())) == len(life.texts())
        changes = [alert for alert in life.store.alerts() if alert.kind is AlertKind.CHANGE]
        assert len({alert.change_id for alert in changes}) == len(changes) == len(life.store.changes(life.policy.id))
        # Every look left its trace: unchanged as of when can be shown.
        assert sum(one.count for one in life.store.observations(life.policy.id)) == len(sequence)


@settings(max_examples=15, deadline=None)
@given(looks, st.integers(0, len(TEXTS) - 1))
def test_a_text_that_stays_ends_as_the_current_one(sequence: list[tuple[int | str, int]], last: int) -> None:
    with lives() as life:
        for shown, hours in sequence:
            life.look(shown, hours)
        known = last in life.texts()
        told = len(life.told())
        for hours in (1, 13, 24, 24 * 15):  # a text known before must stand a fortnight to be current again
            life.look(last, hours)
        current = life.store.history(life.policy.id).current
        assert current is not None
        assert life._number(current.id) == last
        assert life.look(last, 24) is Outcome.UNCHANGED
        news = life.told()[told:]
        assert len(news) <= 1
        if not known and life.texts()[0] != last:
            assert [new for _, new in news] == [last]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 3), st.lists(st.sampled_from([1, 12, 24, 240]), min_size=1, max_size=12))
def test_a_text_that_never_differs_never_changes(text: int, pauses: list[int]) -> None:
    with lives() as life:
        outcomes = [life.look(text, hours) for hours in pauses]
        assert outcomes == [Outcome.FIRST] + [Outcome.UNCHANGED] * (len(pauses) - 1)
        assert life.store.alerts() == []


class Dying:
    """A store that fails at its n-th call, before or after the call has done its work, as a crash would."""

    def __init__(self, store: Store, dies_at: int, *, after: bool) -> None:
        self._store = store
        self._left = dies_at
        self._after = after

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def call(*args: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise StoreUnavailable("it died")
            result = method(*args, **named)
            if self._left == 0:
                raise StoreUnavailable("it died")
            return result

        return call


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 8), st.booleans(), st.integers(1, 2))
def test_a_crash_at_any_call_loses_nothing(dies_at: int, after: bool, at_look: int) -> None:  # noqa: FBT001
    with lives() as life:
        life.look(0, 1)
        whole = life.parts
        for number, hours in enumerate((24, 13), 1):
            if number == at_look:
                life.parts = replace(whole, store=Dying(life.store, dies_at, after=after))
                try:
                    life.look(1, hours)
                except StoreUnavailable:
                    life.parts = whole
                    life.look(1, 0)  # the same look again, as whoever starts next would do
                life.parts = whole
            else:
                life.look(1, hours)
        life.look(1, 13)
        assert life.texts() == [0, 1]
        assert life.told() == [(0, 1)]
