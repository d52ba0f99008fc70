"""The scheduled look into the past, and archived captures that stand in for live looks that miss something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.archive import WaybackArchive
from monitor.check import ARCHIVED, Checked, check_policy
from monitor.errors import ConnectionFailed
from monitor.model import Found, Outcome, Policy
from monitor.past.backfill import Backfilled, Bounds, backfill
from monitor.past.catching_up import catch_up
from monitor.past.looking import PastParts
from monitor.past.lookout import look_back
from monitor.ports import Store
from tests.databases import new_store
from tests.past_desk import DAY, URL
from tests.watch import CLAUSES, HOUR, LONGER, START, Watch, html
from tests.wayback_server import FakeTimer, Fault, Stored, Wayback, wayback_machine

OTHER = (*CLAUSES[:3], "We sell your personal information to whoever pays for it, each month.", *CLAUSES[4:])


class Both(Watch):
    """A policy that is looked at live and in an archive. Live looks begin at START, in 2026."""

    def __init__(self, store: Store, machine: Wayback) -> None:
        super().__init__(store)
        self.machine = machine
        self.archive = WaybackArchive(base=machine.base, timer=machine.timer)
        self.past = PastParts(store=store, archives=[self.archive], clock=self.clock, convert=self.parts.convert)

    def captured(self, clauses: tuple[str, ...], *, after: timedelta, token: str = "") -> None:
        """The archive took a capture at that time after START."""
        at = START + after
        body = html(*clauses, token=token or str(after)).encode()
        self.machine.stored.append(Stored(f"{at:%Y%m%d%H%M%S}", URL, body))

    def backfill(self) -> Backfilled:
        return backfill(self.policy, self.past, Bounds())

    def catch_up(self) -> list[Outcome]:
        self.backfill()
        return [one.outcome for one in catch_up(self.policy.id, self.parts, self.past)]

    def down(self, after: timedelta) -> Checked:
        self.clock.time += after
        self.web.fails(URL, ConnectionFailed(URL, "no route"))
        return check_policy(self.policy.id, self.parts)

    def alerts(self) -> list[str]:
        return [alert.kind.value for alert in self.store.alerts()]


@contextmanager
def both(path: Path) -> Iterator[Both]:
    store = new_store(path / "monitor.db")
    with wayback_machine(FakeTimer()) as machine:
        desk = Both(store, machine)
        yield desk
        desk.archive.close()
    store.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Both]:
    with both(tmp_path) as desk:
        yield desk


def changed_live(desk: Both) -> Checked:
    """A change that live looks found: ten days without a look lie before it."""
    desk.look(html(*CLAUSES))
    desk.look(html(*LONGER), after=10 * DAY)
    return desk.look(after=13 * HOUR)


def test_older_captures_narrow_a_bracket_and_alert_nobody(desk: Both) -> None:
    found = changed_live(desk)
    assert found.committed.change_id is not None
    before = desk.store.history(desk.policy.id), desk.store.observations(desk.policy.id), desk.alerts()
    desk.captured(CLAUSES, after=4 * DAY)
    desk.captured(LONGER, after=7 * DAY)
    for day in range(-400, 0, 40):
        desk.captured(OTHER if day < -200 else CLAUSES, after=day * DAY)
    done = desk.backfill()
    change = desk.store.change(found.committed.change_id)
    assert (change.bracket.after, change.bracket.before) == (START + 4 * DAY, START + 7 * DAY)
    assert done.narrowed == 1
    assert desk.catch_up() == []
    assert (desk.store.history(desk.policy.id), desk.store.observations(desk.policy.id), desk.alerts()) == before
    assert [t.new != t.old for t in done.timeline.transitions] == [True, True]
    assert desk.backfill().narrowed == 0


def test_a_text_of_an_old_region_does_not_narrow(desk: Both) -> None:
    found = changed_live(desk)
    assert found.committed.change_id is not None
    desk.captured(LONGER, after=2 * DAY)
    desk.captured(CLAUSES, after=6 * DAY)
    desk.captured(OTHER, after=8 * DAY)
    desk.backfill()
    change = desk.store.change(found.committed.change_id)
    assert (change.bracket.after, change.bracket.before) == (START + 6 * DAY, START + 10 * DAY)


def test_a_capture_confirms_a_candidate(desk: Both) -> None:
    desk.look(html(*CLAUSES))
    assert desk.look(html(*LONGER), after=DAY).outcome is Outcome.CANDIDATE
    desk.captured(LONGER, after=DAY + 14 * HOUR)
    assert desk.catch_up() == [Outcome.CHANGED]
    history = desk.store.history(desk.policy.id)
    assert history.candidate is None
    assert history.current is not None
    assert history.current.number == 2
    (change,) = desk.store.changes(desk.policy.id)
    assert (change.bracket.after, change.bracket.before) == (START, START + DAY)
    assert desk.alerts() == ["change"]
    assert desk.catch_up() == []
    assert desk.look(after=2 * DAY).outcome is Outcome.UNCHANGED


def test_a_capture_too_early_confirms_nothing(desk: Both) -> None:
    desk.look(html(*CLAUSES))
    desk.look(html(*LONGER), after=DAY)
    desk.captured(LONGER, after=DAY + 2 * HOUR)
    assert desk.catch_up() == []
    assert desk.alerts() == []


def test_an_archive_never_drops_a_candidate(desk: Both) -> None:
    """Another region may be served the old text there."""
    desk.look(html(*CLAUSES))
    desk.look(html(*LONGER), after=DAY)
    candidate = desk.store.history(desk.policy.id).candidate
    desk.captured(CLAUSES, after=DAY + 14 * HOUR)
    assert desk.catch_up() == []
    desk.down(2 * DAY)
    assert desk.catch_up() == []
    assert desk.store.history(desk.policy.id).candidate == candidate


def test_captures_fill_the_days_on_which_the_site_was_down(desk: Both) -> None:
    desk.look(html(*CLAUSES))
    for _ in range(3):
        desk.down(DAY)
    due = desk.store.next_due()
    desk.captured(CLAUSES, after=DAY + HOUR)
    desk.captured(LONGER, after=2 * DAY)
    desk.captured(LONGER, after=2 * DAY + 20 * HOUR)
    assert desk.catch_up() == [Outcome.UNCHANGED, Outcome.CANDIDATE, Outcome.CHANGED]
    (change,) = desk.store.changes(desk.policy.id)
    assert (change.bracket.after, change.bracket.before) == (START + DAY + HOUR, START + 2 * DAY)
    assert desk.alerts() == ["change"]
    assert {one.reason for one in desk.store.observations(desk.policy.id, limit=3)} == {ARCHIVED}
    assert desk.store.next_due() == due
    assert desk.look(html(*LONGER), after=DAY).outcome is Outcome.UNCHANGED


def test_you_are_told_that_the_site_is_unreachable_all_the_same(desk: Both) -> None:
    desk.look(html(*CLAUSES))
    for day in range(1, 6):
        desk.down(DAY)
        desk.captured(CLAUSES, after=day * DAY - HOUR)
        desk.catch_up()
    assert desk.alerts() == ["unreachable"]


def test_while_live_looks_work_the_archive_is_not_needed(desk: Both) -> None:
    desk.look(html(*CLAUSES))
    desk.clock.time += 3 * DAY
    desk.captured(LONGER, after=DAY)
    desk.captured(LONGER, after=2 * DAY)
    assert desk.catch_up() == []
    assert desk.alerts() == []


def test_before_the_first_version_nothing_stands_in(desk: Both) -> None:
    desk.down(HOUR)
    desk.captured(CLAUSES, after=-DAY)
    assert desk.catch_up() == []
    assert desk.store.versions(desk.policy.id) == []


def stand_in(desk: Both) -> None:
    catch_up(desk.policy.id, desk.parts, desk.past)


def look(desk: Both, *, max_fetches: int = 50) -> bool:
    def search(policy: Policy, bounds: Bounds) -> Backfilled:
        return backfill(policy, desk.past, bounds)

    return look_back(desk.past, every=DAY, max_fetches=max_fetches, backfill=search, catch_up=lambda _: stand_in(desk))


def test_a_new_policy_is_looked_up_and_then_day_by_day(desk: Both) -> None:
    for day in range(-300, 0, 10):
        desk.captured(OTHER if day < -100 else CLAUSES, after=day * DAY)
    assert look(desk)
    assert not look(desk)
    fetched = len(desk.store.past_looks(desk.policy.id))
    assert 0 < fetched < 30
    desk.clock.time += DAY
    desk.captured(LONGER, after=12 * HOUR)
    assert look(desk)
    assert len(desk.store.past_looks(desk.policy.id)) > fetched


def test_a_look_is_bounded_and_the_next_goes_on(desk: Both) -> None:
    for day in range(-300, 0, 10):
        desk.captured(OTHER if day < -100 else CLAUSES, after=day * DAY)
    look(desk, max_fetches=2)
    assert len(desk.store.past_looks(desk.policy.id)) == 2
    desk.clock.time += DAY
    look(desk, max_fetches=2)
    assert len(desk.store.past_looks(desk.policy.id)) == 4


def test_an_archive_that_refuses_is_left_alone_for_as_long_as_it_says(desk: Both) -> None:
    desk.captured(CLAUSES, after=-DAY)
    desk.machine.index_faults.append(Fault(status=429, headers=(("Retry-After", "7200"),)))
    assert look(desk)
    state = desk.store.past_state(desk.policy.id)
    assert state.due is not None
    assert timedelta(seconds=7000) < state.due - START <= timedelta(seconds=7200)
    assert "no requests" in state.note
    desk.clock.time = state.due
    desk.machine.timer.sleep(7200)
    assert look(desk)
    assert desk.store.past_state(desk.policy.id).note == ""


def test_a_crash_is_no_end(desk: Both) -> None:
    def broken(policy: Policy, bounds: Bounds) -> Backfilled:
        raise RuntimeError(policy, bounds)

    assert look_back(desk.past, every=DAY, max_fetches=5, backfill=broken, catch_up=lambda _: None)
    assert desk.store.past_state(desk.policy.id).due == START + timedelta(hours=6)


def test_somebody_else_may_be_faster(desk: Both) -> None:
    assert not look_back(desk.past, every=DAY, max_fetches=5, backfill=lambda *_: None, catch_up=lambda _: None)


def test_other_selectors_read_the_past_again(desk: Both) -> None:
    desk.captured(CLAUSES, after=-20 * DAY)
    desk.captured(LONGER, after=-10 * DAY)
    desk.backfill()
    before = desk.store.past_looks(desk.policy.id)
    spec = type(desk.policy.spec)(name="acme", urls=(URL,), remove=("p:nth-of-type(3)",))
    desk.policy = desk.store.change_policy(desk.policy.id, spec)
    asked = len(desk.machine.asked)
    done = desk.backfill()
    after = desk.store.past_looks(desk.policy.id)
    assert [look.capture_ids for look in after] == [look.capture_ids for look in before]
    assert {look.extractor for look in after}.isdisjoint(look.extractor for look in before)
    assert done.timeline.transitions == ()
    assert [path for _, path in desk.machine.asked[asked:] if path.startswith("/web/")] == []
    assert {look.found for look in after} == {Found.TEXT}
