from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.confirm import first_sights, is_known, nearest, standing
from monitor.diff import compare, marks
from monitor.model import CandidateDraft, Reading, StatedDates, Version
from tests.records import a_clause, a_reading

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HALF_DAY = timedelta(hours=12)
ONE = "We collect your name and your e-mail address when you make an account."
TWO = "We keep your messages for thirty days after they have been delivered."
THREE = "You may ask us at any time to delete everything that we hold about you."
ADVERT = "Spring sale: all parcels travel at half price until the end of April."
OTHER_ADVERT = "Our lockers are green because the founder grew up beside a rice field."


def version(number: int, *texts: str) -> Version:
    return Version(
        id=number,
        policy_id=1,
        number=number,
        digest=str(number),
        extractor="x",
        language="en",
        dates=StatedDates(),
        first_seen=NOON,
        last_seen=NOON,
        confirmed=NOON,
        standing_since=NOON,
        absent_since=None,
        capture_ids=(),
        clauses=tuple(map(a_clause, texts)),
    )


def candidate(reading: Reading, since: dict[str, datetime]) -> CandidateDraft:
    return CandidateDraft(reading=reading, first_seen=NOON, last_seen=NOON, looks=1, since=tuple(since.items()))


def test_the_nearest_text_is_the_one_with_least_to_write() -> None:
    reading = a_reading(ONE, TWO.replace("thirty", "ninety"), THREE)
    far, near = version(1, ONE), version(2, ONE, TWO, THREE)
    assert nearest([far, near], reading)[0] is near
    assert nearest([near, version(3, ONE, TWO, THREE)], reading)[0] is near  # of equals the first


def test_marks_keep_the_time_of_their_first_sight() -> None:
    base, reading = version(1, ONE, TWO), a_reading(ONE, TWO, THREE)
    diff = compare(base.clauses, reading.clauses)
    first = first_sights(None, NOON, diff)
    assert set(first.values()) == {NOON}
    later = NOON + HALF_DAY
    more = compare(base.clauses, a_reading(ONE, TWO, THREE, ADVERT).clauses)
    again = first_sights(candidate(reading, first), later, more)
    assert sorted(again.values()) == [NOON, later]


def test_an_operation_stands_once_it_is_old_enough() -> None:
    diff = compare(version(1, ONE, TWO).clauses, a_reading(ONE, TWO, THREE).clauses)
    since = first_sights(None, NOON, diff)
    assert standing(diff, since, now=NOON + HALF_DAY, confirm_after=HALF_DAY) == [True]
    assert standing(diff, since, now=NOON + HALF_DAY - timedelta(seconds=1), confirm_after=HALF_DAY) == [False]


def test_a_removal_whose_place_a_new_clause_took_does_not_stand() -> None:
    later = NOON + HALF_DAY
    diff = compare(version(1, ONE, ADVERT, THREE).clauses, a_reading(ONE, OTHER_ADVERT, THREE).clauses)
    since = {
        mark: NOON if mark.startswith("-") else later
        for operation in diff.operations
        for mark in marks(diff, operation)
    }
    assert not any(standing(diff, since, now=later, confirm_after=HALF_DAY))


def test_a_removal_elsewhere_stands_beside_a_young_clause() -> None:
    later = NOON + HALF_DAY
    diff = compare(version(1, ONE, TWO, THREE).clauses, a_reading(ADVERT, ONE, THREE).clauses)
    since = {
        mark: NOON if mark.startswith("-") else later
        for operation in diff.operations
        for mark in marks(diff, operation)
    }
    stands = dict(
        zip(
            (one.kind.value for one in diff.operations),
            standing(diff, since, now=later, confirm_after=HALF_DAY),
            strict=True,
        )
    )
    assert stands == {"removed": True, "added": False}


def test_what_another_recent_text_had_is_known() -> None:
    base, other = version(1, ONE, THREE), version(2, ONE, TWO, THREE)
    diff = compare(base.clauses, a_reading(ONE, TWO, THREE, ADVERT).clauses)
    known = {
        diff.new[operation.new[0]].text: is_known(diff, operation, base, (base, other)) for operation in diff.operations
    }
    assert known[TWO] is True
    assert known[ADVERT] is False
    assert not any(is_known(diff, operation, base, (base,)) for operation in diff.operations)


def test_a_comma_mended_while_a_clause_waits_does_not_make_it_wait_again() -> None:
    base, later = version(1, ONE), NOON + HALF_DAY
    first = a_reading(ONE, "We keep it for 1.5 years,and then we delete it.")
    waiting = candidate(first, first_sights(None, NOON, compare(base.clauses, first.clauses)))
    mended = compare(base.clauses, a_reading(ONE, "We keep it for 1.5 years, and then we delete it.").clauses)
    assert set(first_sights(waiting, later, mended).values()) == {NOON}
    other = compare(base.clauses, a_reading(ONE, "We keep it for 15 years, and then we delete it.").clauses)
    assert set(first_sights(waiting, later, other).values()) == {later}


def test_a_clause_that_goes_after_it_was_reworded_is_seen_to_go_only_then() -> None:
    base, later = version(1, ONE, TWO, THREE), NOON + HALF_DAY
    reworded = a_reading(ONE, f"{TWO} Or so.", THREE)
    waiting = candidate(reworded, first_sights(None, NOON, compare(base.clauses, reworded.clauses)))
    gone = compare(base.clauses, a_reading(ONE, THREE).clauses)
    assert standing(gone, first_sights(waiting, later, gone), now=later, confirm_after=HALF_DAY) == [False]
