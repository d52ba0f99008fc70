"""The rules of a decision, each as a small story."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.decide import decide
from monitor.look import Failure, Look, Settings
from monitor.model import (
    AlertKind,
    Candidate,
    ChangeKind,
    CheckRecord,
    History,
    Origin,
    Outcome,
    Policy,
    PolicySpec,
    Reading,
    Rule,
    Significance,
    StatedDates,
    SuspectReason,
    Suspicion,
    Version,
)
from monitor.text import clause, reading_digest

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
SETTINGS = Settings(rules=(Rule(name="all"),), channels=("email",))
TEXT = (
    "We keep messages for 30 days after they were delivered.",
    "We do not sell your personal data to anybody at all.",
    "You may ask for a copy of everything we hold about you.",
    "Pictures taken by lockers are deleted after fourteen days.",
)
POLICY = Policy(
    id=1, spec=PolicySpec(name="acme", urls=("https://acme.example/privacy",)), origin=Origin.CONFIG, created=NOON
)


def reading(*texts: str, updated: date | None = None) -> Reading:
    clauses = tuple(clause(text) for text in texts)
    return Reading(
        clauses=clauses,
        digest=reading_digest(clauses),
        extractor="x",
        language="en",
        dates=StatedDates(updated=updated),
    )


def version(number: int, *texts: str, seen: datetime = NOON, updated: date | None = None) -> Version:
    shown = reading(*texts, updated=updated)
    return Version(
        id=number,
        policy_id=1,
        number=number,
        digest=shown.digest,
        extractor="x",
        language="en",
        dates=shown.dates,
        first_seen=seen,
        last_seen=seen,
        confirmed=seen,
        standing_since=seen,
        absent_since=None,
        capture_ids=(number,),
        clauses=shown.clauses,
    )


def history(current: Version | None, *others: Version, candidate: Candidate | None = None) -> History:
    variants = tuple(one for one in (current, *others) if one)
    return History(policy=POLICY, revision=0, current=current, variants=variants, candidate=candidate)


def waiting(record: CheckRecord) -> Candidate:
    draft = record.candidate
    assert draft is not None
    return Candidate(
        reading=draft.reading,
        first_seen=draft.first_seen,
        last_seen=draft.last_seen,
        looks=draft.looks,
        since=draft.since,
        policy_id=1,
        version_id=99,
    )


def with_text(index: int, text: str) -> tuple[str, ...]:
    return (*TEXT[:index], text, *TEXT[index + 1 :])


def look(*texts: str, at: datetime, bases: tuple[Version, ...], updated: date | None = None) -> Look:
    return Look(now=at, reading=reading(*texts, updated=updated), baselines=bases)


def test_first_text_becomes_a_version_and_tells_nobody() -> None:
    record = decide(history(None), Look(now=NOON, reading=reading(*TEXT)), SETTINGS)
    assert record.observation.outcome is Outcome.FIRST
    assert record.version is not None
    assert record.version.reading.digest == reading(*TEXT).digest
    assert record.alerts == ()
    assert record.next_due == NOON + 12 * HOUR


def test_the_same_text_is_unchanged() -> None:
    base = version(1, *TEXT)
    record = decide(history(base), look(*TEXT, at=NOON + DAY, bases=(base,)), SETTINGS)
    assert record.observation.outcome is Outcome.UNCHANGED
    assert record.seen_version_id == 1
    assert not record.drop_candidate


LONGER = with_text(0, "We keep messages for 24 months after they were delivered.")


def test_a_new_text_waits_for_a_later_look() -> None:
    base = version(1, *TEXT)
    record = decide(history(base), look(*LONGER, at=NOON + DAY, bases=(base,)), SETTINGS)
    assert record.observation.outcome is Outcome.CANDIDATE
    assert record.version is None
    assert record.change is None
    assert record.alerts == ()
    assert record.next_due == NOON + DAY + HOUR  # the early look


def test_what_still_stands_twelve_hours_later_is_a_change() -> None:
    base = version(1, *TEXT)
    first = decide(history(base), look(*LONGER, at=NOON + DAY, bases=(base,)), SETTINGS)
    early = decide(
        history(base, candidate=waiting(first)), look(*LONGER, at=NOON + DAY + HOUR, bases=(base,)), SETTINGS
    )
    assert early.observation.outcome is Outcome.CANDIDATE
    assert early.next_due == NOON + DAY + 12 * HOUR
    record = decide(
        history(base, candidate=waiting(early)), look(*LONGER, at=NOON + DAY + 12 * HOUR, bases=(base,)), SETTINGS
    )
    assert record.observation.outcome is Outcome.CHANGED
    assert record.change is not None
    assert record.change.significance is Significance.SUBSTANTIVE
    assert (record.change.bracket.after, record.change.bracket.before) == (NOON, NOON + DAY)
    assert [alert.kind for alert in record.alerts] == [AlertKind.CHANGE]
    assert record.drop_candidate


def test_what_is_gone_in_the_next_look_is_forgotten() -> None:
    base = version(1, *TEXT)
    first = decide(history(base), look(*LONGER, at=NOON + DAY, bases=(base,)), SETTINGS)
    record = decide(history(base, candidate=waiting(first)), look(*TEXT, at=NOON + 2 * DAY, bases=(base,)), SETTINGS)
    assert record.observation.outcome is Outcome.UNCHANGED
    assert record.drop_candidate


def test_confirm_now_needs_no_second_look() -> None:
    base = version(1, *TEXT)
    settings = replace(SETTINGS, confirm_after=timedelta())
    record = decide(history(base), look(*LONGER, at=NOON + DAY, bases=(base,)), settings)
    assert record.observation.outcome is Outcome.CHANGED


def test_a_rotating_clause_holds_up_no_real_change() -> None:
    base = version(1, *TEXT, "Read next: how our lockers came to be green.")
    shown = [(*LONGER, f"Read next: {words}.") for words in ("a day at the depot", "seven lost hats", "meet our bees")]
    candidate = None
    for number, texts in enumerate(shown):
        record = decide(
            history(base, candidate=candidate), look(*texts, at=NOON + (number + 1) * 8 * HOUR, bases=(base,)), SETTINGS
        )
        candidate = waiting(record) if record.candidate else None
    assert record.observation.outcome is Outcome.CHANGED
    assert record.version is not None
    assert not record.version.exact
    texts = [one.text for one in record.version.reading.clauses]
    assert texts == [*LONGER, "Read next: how our lockers came to be green."]
    assert record.candidate is not None  # the rotating clause goes on waiting
    assert [operation.kind for operation in record.change.operations] == ["modified"]  # type: ignore[union-attr]


def test_a_clause_that_gives_way_to_ever_new_ones_was_not_removed() -> None:
    base = version(1, *TEXT, "Subscribe to our newsletter and win a bicycle.")
    quotes = ("“Best lockers in town”, says Aminah.", "A word from Ipoh: marvellous service!", "Trusted by 300 shops.")
    candidate = None
    for number, quote in enumerate(quotes):
        record = decide(
            history(base, candidate=candidate),
            look(*TEXT, quote, at=NOON + (number + 1) * 13 * HOUR, bases=(base,)),
            SETTINGS,
        )
        assert record.observation.outcome is Outcome.CANDIDATE
        candidate = waiting(record)


def test_a_change_that_grows_is_confirmed_part_by_part() -> None:
    base = version(1, *TEXT)
    more = (*LONGER, "We also share your number with couriers.")
    first = decide(history(base), look(*LONGER, at=NOON, bases=(base,)), SETTINGS)
    second = decide(history(base, candidate=waiting(first)), look(*more, at=NOON + 12 * HOUR, bases=(base,)), SETTINGS)
    assert second.observation.outcome is Outcome.CHANGED
    assert second.version is not None
    assert second.version.reading.digest == reading(*LONGER).digest
    grown = version(2, *LONGER, seen=NOON + 12 * HOUR)
    third = decide(
        history(grown, base, candidate=waiting(second)),
        look(*more, at=NOON + 24 * HOUR, bases=(grown, base)),
        SETTINGS,
    )
    assert third.observation.outcome is Outcome.CHANGED
    assert third.change is not None
    assert [operation.kind for operation in third.change.operations] == ["added"]


def test_a_text_that_was_confirmed_before_is_a_silent_variant() -> None:
    old, new = version(1, *TEXT), version(2, *LONGER, seen=NOON + DAY)
    record = decide(history(new, old), look(*TEXT, at=NOON + 2 * DAY, bases=(new, old)), SETTINGS)
    assert record.observation.outcome is Outcome.VARIANT
    assert record.seen_version_id == 1
    assert record.change is None
    assert not record.make_current


def test_a_text_back_to_stay_after_long_absence_is_told() -> None:
    now = NOON + 60 * DAY
    old = replace(version(1, *TEXT, seen=now - HOUR), standing_since=now - 15 * DAY, absent_since=NOON)
    new = version(2, *LONGER, seen=now - 16 * DAY)
    record = decide(history(new, old), look(*TEXT, at=now, bases=(new, old)), SETTINGS)
    assert record.observation.outcome is Outcome.CHANGED
    assert record.make_current
    assert record.change is not None
    assert record.change.kind is ChangeKind.RESTORED
    assert record.change.significance is Significance.SUBSTANTIVE
    assert len(record.alerts) == 1


def test_a_text_back_to_stay_after_short_absence_is_current_and_silent() -> None:
    now = NOON + 30 * DAY
    old = replace(version(1, *TEXT, seen=now - HOUR), standing_since=now - 15 * DAY, absent_since=now - 20 * DAY)
    new = version(2, *LONGER, seen=now - 16 * DAY)
    record = decide(history(new, old), look(*TEXT, at=now, bases=(new, old)), SETTINGS)
    assert record.make_current
    assert record.change is not None
    assert record.change.significance is Significance.NONE
    assert record.alerts == ()


def test_a_variant_that_is_not_the_last_text_shown_starts_its_stay_anew() -> None:
    now = NOON + 60 * DAY
    old = replace(version(1, *TEXT, seen=now - 2 * DAY), standing_since=now - 15 * DAY, absent_since=NOON)
    new = version(2, *LONGER, seen=now - DAY)
    record = decide(history(new, old), look(*TEXT, at=now, bases=(new, old)), SETTINGS)
    assert record.observation.outcome is Outcome.VARIANT


def test_a_new_text_is_compared_with_the_nearest_variant() -> None:
    other = with_text(2, "Residents of the moon may ask for a copy on paper, twice a year.")
    arm_a, arm_b = version(1, *TEXT, seen=NOON), version(2, *other, seen=NOON)
    edited = (*other[:1], "We sell your personal data to three companies.", *other[2:])
    settings = replace(SETTINGS, confirm_after=timedelta())
    record = decide(history(arm_a, arm_b), look(*edited, at=NOON + HOUR, bases=(arm_a, arm_b)), settings)
    assert record.change is not None
    assert record.change.old_version_id == 2
    assert len(record.change.operations) == 1


def test_the_same_edit_in_the_other_arm_of_a_test_is_no_news() -> None:
    other = with_text(2, "Residents of the moon may ask for a copy on paper, twice a year.")
    arm_a, arm_b = version(1, *TEXT), version(2, *other)
    edited_b = version(3, *LONGER[:2], other[2], other[3])
    settings = replace(SETTINGS, confirm_after=timedelta())
    bases = (edited_b, arm_a, arm_b)
    record = decide(history(*bases), look(*LONGER, at=NOON + DAY, bases=bases), settings)
    assert record.change is not None
    assert record.change.significance is Significance.NONE
    assert record.alerts == ()


@pytest.mark.parametrize("misses", [0, 2, 3, 4])
def test_the_operator_is_told_once_that_a_policy_is_unreachable(misses: int) -> None:
    failure = Look(now=NOON, failure=Failure("timed-out", "too slow"), misses=misses)
    record = decide(history(version(1, *TEXT)), failure, SETTINGS)
    assert record.observation.outcome is Outcome.UNREACHABLE
    assert [alert.kind for alert in record.alerts] == ([AlertKind.UNREACHABLE] if misses == 3 else [])
    assert record.version is None


def test_who_is_told_of_a_doubted_page_is_told_what_to_do() -> None:
    base = version(1, *TEXT)
    seen = Look(
        now=NOON + DAY,
        reading=reading("Service unavailable."),
        suspicion=Suspicion(SuspectReason.ERROR_PAGE, "it says so"),
        baselines=(base,),
        misses=3,
    )
    watched = history(base)
    (alert,) = decide(watched, seen, SETTINGS).alerts
    assert alert.reason.startswith("it says so. ")
    assert f"monitor accept {watched.policy.spec.name}" in alert.reason


def test_failures_are_retried_soon_and_then_ever_later() -> None:
    waits = []
    for misses in range(6):
        record = decide(history(None), Look(now=NOON, failure=Failure("x", "y"), misses=misses), SETTINGS)
        assert record.next_due is not None
        waits.append((record.next_due - NOON) / HOUR)
    assert waits == [1, 2, 4, 8, 12, 12]


def test_retry_after_is_respected() -> None:
    failure = Failure("http-status", "busy", retry_after=7 * 3600)
    record = decide(history(None), Look(now=NOON, failure=failure), SETTINGS)
    assert record.next_due == NOON + 7 * HOUR


def test_a_suspect_page_changes_nothing() -> None:
    base = version(1, *TEXT)
    seen = Look(
        now=NOON + DAY,
        reading=reading("Service unavailable."),
        suspicion=Suspicion(SuspectReason.ERROR_PAGE, "it says so"),
        baselines=(base,),
    )
    record = decide(history(base), seen, SETTINGS)
    assert record.observation.outcome is Outcome.SUSPECT
    assert record.observation.reason == "error-page"
    assert (record.version, record.change, record.candidate) == (None, None, None)


def test_an_edit_under_an_unchanged_date_is_silent() -> None:
    day = date(2025, 1, 1)
    base = version(1, *TEXT, updated=day)
    settings = replace(SETTINGS, confirm_after=timedelta())
    silent = decide(history(base), look(*LONGER, at=NOON + DAY, bases=(base,), updated=day), settings)
    open_ = decide(history(base), look(*LONGER, at=NOON + DAY, bases=(base,), updated=day + DAY), settings)
    assert silent.change is not None
    assert open_.change is not None
    assert (silent.change.silent, open_.change.silent) == (True, False)


def test_what_grows_after_it_was_told_is_told_and_what_was_told_is_not_told_again() -> None:
    base = version(1, *TEXT)
    settings = replace(SETTINGS, rules=(Rule(name="eager", when="seen"),))
    first = waiting(decide(history(base), look(*LONGER, at=NOON, bases=(base,)), settings))
    told = replace(first, told=frozenset(mark for mark, _ in first.since))
    more = (*LONGER, "We sell your address to anybody who asks for it.")
    grown = decide(history(base, candidate=told), look(*more, at=NOON + HOUR, bases=(base,)), settings)
    assert [alert.kind for alert in grown.alerts] == [AlertKind.SEEN]
    again = replace(waiting(grown), told=told.told)  # had nobody been told of what is new in it
    confirmed = decide(history(base, candidate=again), look(*more, at=NOON + HOUR * 12, bases=(base,)), settings)
    assert confirmed.observation.outcome is Outcome.CHANGED
    assert confirmed.alerts == ()  # what stands by now is what was told
    assert confirmed.candidate is not None
    whole = decide(history(base, candidate=again), look(*more, at=NOON + DAY, bases=(base,)), settings)
    assert [alert.kind for alert in whole.alerts] == [AlertKind.CHANGE]


def test_a_rule_may_want_to_hear_at_first_sight_and_then_hears_once() -> None:
    base = version(1, *TEXT)
    settings = replace(SETTINGS, rules=(Rule(name="eager", when="seen"),))
    first = decide(history(base), look(*LONGER, at=NOON, bases=(base,)), settings)
    assert [alert.kind for alert in first.alerts] == [AlertKind.SEEN]
    told = replace(waiting(first), told=frozenset(mark for mark, _ in waiting(first).since))
    second = decide(history(base, candidate=told), look(*LONGER, at=NOON + HOUR, bases=(base,)), settings)
    assert second.alerts == ()
    third = decide(history(base, candidate=told), look(*LONGER, at=NOON + DAY, bases=(base,)), settings)
    assert third.observation.outcome is Outcome.CHANGED
    assert third.alerts == ()


def test_what_stands_may_only_restore_a_known_text() -> None:
    """Two edits were seen; the older of them leads back to a version of before, the younger is not old enough."""
    old = version(1, *TEXT)
    new = version(2, *LONGER, seen=NOON + DAY)
    first = decide(
        history(new, old), look(*TEXT, "Something quite new.", at=NOON + 2 * DAY, bases=(new, old)), SETTINGS
    )
    assert first.observation.outcome is Outcome.CANDIDATE
