"""This is the policy now: a person takes a suspect page, or a text that waits, as a version."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.acceptance import accept_policy
from monitor.errors import HttpStatus, NothingToAccept
from monitor.look import Settings
from monitor.model import AlertKind, ChangeKind, Outcome, PolicySpec, Rule, Significance
from tests.watch import CLAUSES, HOUR, LONGER, START, URL, Watch, html

DAY = 24 * HOUR
SHORT = (
    "This privacy policy is short: we keep your name and your e-mail address while you are a member of our club.",
    "You have the right to see, to correct and to delete what we hold about you, at any time you like.",
)
LONG = (
    *CLAUSES,
    *(f"For purpose number {n} we process the data that you gave us, and nothing else." for n in range(30)),
)


def test_a_page_cut_short_becomes_the_policy_at_once(watch: Watch) -> None:
    watch.look(html(*LONG))
    assert watch.look(html(*SHORT), after=DAY).outcome is Outcome.SUSPECT
    watch.look(after=DAY)
    watch.clock.time += HOUR
    accepted = accept_policy(watch.policy.id, watch.parts)
    assert accepted.outcome is Outcome.CHANGED
    (change,) = watch.store.changes(watch.policy.id)
    assert change.kind is ChangeKind.CHANGED
    assert change.significance is Significance.SUBSTANTIVE
    assert change.why.startswith("accepted by hand")
    assert (change.bracket.after, change.bracket.before) == (START, START + DAY)
    assert [version.number for version in watch.store.versions(watch.policy.id)] == [1, 2]
    assert [alert.kind for alert in watch.store.alerts()] == [AlertKind.CHANGE]


def test_the_same_page_is_not_suspect_again(watch: Watch) -> None:
    watch.look(html(*LONG))
    watch.look(html(*SHORT), after=DAY)
    accept_policy(watch.policy.id, watch.parts)
    assert watch.look(after=HOUR).outcome is Outcome.UNCHANGED
    assert watch.look(html(*SHORT, token="2"), after=HOUR).outcome is Outcome.UNCHANGED
    edited = (SHORT[0].replace("name", "birthday"), SHORT[1])
    assert watch.look(html(*edited), after=HOUR).outcome is Outcome.CANDIDATE


def test_quiet_records_the_change_and_tells_nobody(watch: Watch) -> None:
    watch.look(html(*LONG))
    watch.look(html(*SHORT), after=DAY)
    accept_policy(watch.policy.id, watch.parts, quiet=True)
    assert len(watch.store.changes(watch.policy.id)) == 1
    assert watch.store.alerts() == []


def test_of_several_suspect_pages_the_last_is_taken_with_its_own_time(watch: Watch) -> None:
    watch.look(html(*LONG))
    watch.look(html(SHORT[0]), after=DAY)
    watch.look(html(*SHORT), after=DAY)
    accept_policy(watch.policy.id, watch.parts)
    (change,) = watch.store.changes(watch.policy.id)
    assert change.bracket.before == START + 2 * DAY
    version = watch.store.version(change.new_version_id)
    assert [clause.text for clause in version.clauses] == ["Privacy policy", *SHORT]
    assert watch.store.body(version.capture_ids[0]) == html(*SHORT).encode()


def test_a_failed_fetch_since_then_does_not_hide_the_page(watch: Watch) -> None:
    watch.look(html(*LONG))
    watch.look(html(*SHORT), after=DAY)
    watch.web.fails(URL, HttpStatus(URL, 503))
    watch.look(after=HOUR)
    assert accept_policy(watch.policy.id, watch.parts).outcome is Outcome.CHANGED


def test_a_first_page_that_was_not_believed_becomes_version_one(watch: Watch) -> None:
    page = html("Please log in to continue reading.", "Enter your e-mail address and your password below.").replace(
        "Privacy policy", "Log in"
    )
    assert watch.look(page).outcome is Outcome.SUSPECT
    accepted = accept_policy(watch.policy.id, watch.parts)
    assert accepted.outcome is Outcome.FIRST
    assert len(watch.store.versions(watch.policy.id)) == 1
    assert watch.store.alerts() == []


def test_a_waiting_text_is_confirmed_at_once_with_its_first_sight(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    watch.look(html(*LONGER), after=DAY)
    watch.look(after=HOUR)
    assert accept_policy(watch.policy.id, watch.parts).outcome is Outcome.CHANGED
    (change,) = watch.store.changes(watch.policy.id)
    assert change.bracket.before == START + DAY
    assert watch.store.history(watch.policy.id).candidate is None
    assert watch.look(after=DAY).outcome is Outcome.UNCHANGED
    assert len(watch.store.alerts()) == 1


def test_a_known_variant_needs_no_accepting(watch: Watch) -> None:
    watch.look(html(*LONG))
    watch.look(html(*SHORT), after=DAY)
    accept_policy(watch.policy.id, watch.parts)
    back = watch.look(html(*LONG, token="9"), after=DAY)
    assert back.outcome is Outcome.VARIANT
    with pytest.raises(NothingToAccept, match="found it variant"):
        accept_policy(watch.policy.id, watch.parts)


def test_whoever_was_told_of_a_candidate_is_not_told_again(watch: Watch) -> None:
    watch.parts = replace(watch.parts, settings=Settings(rules=(Rule(name="eager", when="seen"),), channels=("email",)))
    watch.look(html(*CLAUSES))
    watch.look(html(*LONGER), after=DAY)
    accept_policy(watch.policy.id, watch.parts)
    assert [alert.kind for alert in watch.store.alerts()] == [AlertKind.SEEN]


def test_why_there_is_nothing_to_accept(watch: Watch) -> None:
    with pytest.raises(NothingToAccept, match="not looked at yet"):
        accept_policy(watch.policy.id, watch.parts)
    watch.look(html(*CLAUSES))
    with pytest.raises(NothingToAccept, match="found it first"):
        accept_policy(watch.policy.id, watch.parts)
    watch.web.fails(URL, HttpStatus(URL, 404))
    watch.look(after=HOUR)
    with pytest.raises(NothingToAccept, match="brought no page"):
        accept_policy(watch.policy.id, watch.parts)


def test_a_page_without_text_is_never_a_version(watch: Watch) -> None:
    watch.look(html(*CLAUSES))
    shell = "<html><head><script src=/app.js></script></head><body><div id=root></div></body></html>"
    assert watch.look(shell, after=HOUR).record.observation.reason == "needs-browser"
    with pytest.raises(NothingToAccept, match="no text"):
        accept_policy(watch.policy.id, watch.parts)


def test_a_page_of_another_address_is_not_taken(watch: Watch) -> None:
    watch.look(html(*LONG))
    watch.look(html(*SHORT), after=DAY)
    watch.store.change_policy(watch.policy.id, PolicySpec(name="acme", urls=("https://acme.example/new",)))
    with pytest.raises(NothingToAccept, match="another address"):
        accept_policy(watch.policy.id, watch.parts)


def test_a_broken_page_is_told_as_such(watch: Watch) -> None:
    watch.look(html(*LONG))
    watch.look(html(*SHORT), after=DAY)
    watch.web.pdf(URL, b"%PDF-1.7 nothing more")
    watch.look(after=HOUR)
    with pytest.raises(NothingToAccept, match="cannot be read"):
        accept_policy(watch.policy.id, watch.parts)
