"""One check end to end: real reading, real store; only the web is a fake."""

from __future__ import annotations

from dataclasses import replace

from monitor.check import check_policy, read_once
from monitor.errors import HttpStatus, TimedOut
from monitor.model import AlertKind, Fetched, FetchRequest, Outcome
from monitor.ports import Store
from tests.fakes import FakeFetcher
from tests.watch import CLAUSES, HOUR, LONGER, START, URL, Watch, html


def test_a_change_from_first_sight_to_the_outbox(watch: Watch) -> None:
    assert watch.look(html(*CLAUSES)).outcome is Outcome.FIRST
    assert watch.look(html(*LONGER), after=24 * HOUR).outcome is Outcome.CANDIDATE
    assert watch.store.deliveries() == []
    changed = watch.look(after=13 * HOUR)
    assert changed.outcome is Outcome.CHANGED
    (change,) = watch.store.changes(watch.policy.id)
    assert "24 months" in change.summary
    assert (change.bracket.after, change.bracket.before) == (START, START + 24 * HOUR)
    assert [version.number for version in watch.store.versions(watch.policy.id)] == [1, 2]
    (alert,) = watch.store.alerts()
    assert alert.change_id == change.id
    assert {delivery.channel for delivery in watch.store.deliveries()} == {"email", "hook"}


def test_other_bytes_with_the_same_words_are_unchanged_and_kept_as_a_capture(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    assert watch.look(html(*CLAUSES, token="2"), after=HOUR).outcome is Outcome.UNCHANGED
    assert len(watch.store.captures(watch.policy.id)) == 2


def test_equal_bytes_are_neither_read_nor_kept_again(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    assert watch.look(after=HOUR).outcome is Outcome.UNCHANGED
    assert len(watch.store.captures(watch.policy.id)) == 1


def test_a_304_says_unchanged_and_confirms_a_candidate(watch: Watch) -> None:
    watch.look(html(*CLAUSES), etag='"a"')
    assert watch.look(after=HOUR).outcome is Outcome.UNCHANGED
    assert watch.web.requests[-1].validators is not None
    watch.look(html(*LONGER), after=24 * HOUR, etag='"b"')
    assert watch.look(after=13 * HOUR).outcome is Outcome.CHANGED
    (version,) = watch.store.versions(watch.policy.id)[1:]
    assert watch.store.body(version.capture_ids[0]) == html(*LONGER).encode()


def test_once_a_week_the_server_is_asked_without_validators(watch: Watch) -> None:
    watch.look(html(*CLAUSES), etag='"a"')
    watch.look(after=6 * 24 * HOUR)
    assert watch.web.requests[-1].validators is not None
    watch.look(after=2 * 24 * HOUR)
    assert watch.web.requests[-1].validators is None
    watch.look(after=HOUR)
    assert watch.web.requests[-1].validators is not None


class Stubborn:
    """A server that answers 304 to whatever it is asked."""

    def __init__(self, web: FakeFetcher) -> None:
        self._web = web

    def fetch(self, request: FetchRequest) -> Fetched:
        return replace(self._web.fetch(request), status=304, body=b"")


def test_an_unasked_304_is_trouble(watch: Watch) -> None:
    watch.web.page(URL, html(*CLAUSES))
    checked = check_policy(watch.policy.id, replace(watch.parts, fetcher=Stubborn(watch.web)))
    assert checked.outcome is Outcome.UNREACHABLE
    assert checked.record.observation.reason == "http-status"


def test_an_error_page_is_suspect_again_and_again_at_no_cost(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    page = (
        "<html><head><title>Oops</title></head><body><h1>Service unavailable</h1><p>Try again later.</p></body></html>"
    )
    outcomes = [watch.look(page if not number else None, after=HOUR).outcome for number in range(5)]
    assert outcomes == [Outcome.SUSPECT] * 5
    assert [alert.kind for alert in watch.store.alerts()] == [AlertKind.UNREACHABLE]
    assert watch.look(html(*CLAUSES), after=HOUR).outcome is Outcome.UNCHANGED
    assert len(watch.store.versions(watch.policy.id)) == 1


def test_failures_are_observations_of_their_own_kind(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    watch.web.fails(URL, HttpStatus(URL, 503, retry_after=7200))
    watch.look(after=HOUR)
    watch.web.fails(URL, TimedOut(URL, "too slow"))
    watch.look(after=HOUR)
    watch.look(after=HOUR)
    latest = watch.store.observations(watch.policy.id, limit=2)
    assert [(one.reason, one.count) for one in latest] == [("timed-out", 2), ("http-status", 1)]


def test_a_broken_pdf_is_unreachable_and_its_bytes_are_kept(watch: Watch) -> None:
    watch.web.pdf(URL, b"%PDF-1.7 nothing more")
    checked = watch.look()
    assert checked.outcome is Outcome.UNREACHABLE
    assert checked.record.observation.reason == "unreadable"
    assert len(watch.store.captures(watch.policy.id)) == 1


def test_several_pages_are_one_policy(store: Store) -> None:
    second = "https://acme.example/privacy/2"
    watch = Watch(store, URL, second)
    watch.web.page(second, html(*CLAUSES[3:]), etag='"2"')
    assert watch.look(html(*CLAUSES[:3])).outcome is Outcome.FIRST
    assert watch.look(html(*LONGER[:3]), after=HOUR).outcome is Outcome.CANDIDATE
    watch.look(after=13 * HOUR)
    (change,) = watch.store.changes(watch.policy.id)
    assert len(change.operations) == 1
    version = watch.store.version(change.new_version_id)
    assert len(version.capture_ids) == 2
    assert watch.store.body(version.capture_ids[1]) == html(*CLAUSES[3:]).encode()


def test_a_permanent_redirect_is_noted(watch: Watch) -> None:
    moved = "https://acme.example/legal/privacy"
    watch.web.page(URL, html(*CLAUSES), final_url=moved, permanent=True)
    watch.look()
    assert watch.store.policy("acme").moved_to == moved


def test_a_variant_and_its_return_are_silent(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    watch.look(html(*LONGER), after=24 * HOUR)
    watch.look(after=13 * HOUR)
    assert watch.look(html(*CLAUSES), after=24 * HOUR).outcome is Outcome.VARIANT
    assert watch.look(html(*LONGER), after=24 * HOUR).outcome is Outcome.UNCHANGED
    assert len(watch.store.changes(watch.policy.id)) == 1
    assert len(watch.store.alerts()) == 1


def test_bytes_of_a_dropped_candidate_are_known_again(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    watch.look(html(*LONGER), after=HOUR)
    watch.look(html(*CLAUSES), after=HOUR)
    assert watch.look(html(*LONGER), after=HOUR).outcome is Outcome.CANDIDATE
    assert watch.look(after=13 * HOUR).outcome is Outcome.CHANGED


def test_a_page_read_once_leaves_nothing_behind(watch: Watch) -> None:
    watch.web.page(URL, html(*CLAUSES))
    reading, doubt = read_once([URL], watch.parts)
    assert doubt is None
    assert [clause.text for clause in reading.clauses] == ["Privacy policy", *CLAUSES]
    assert watch.store.captures(watch.policy.id) == []
