"""Places that keep changing by themselves, as stories: learned, left out, heeded when they stand, pinned."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.decide import decide
from monitor.diff import compare
from monitor.look import Look, Settings
from monitor.model import (
    Candidate,
    CheckRecord,
    Clause,
    Diff,
    History,
    Origin,
    Outcome,
    Place,
    Policy,
    PolicySpec,
    Reading,
    Rule,
    Significance,
    Version,
)
from monitor.text import clause, reading_digest
from monitor.volatile import MOST_PLACES, MOST_TEXTS, gaps, pinned, settle, unpinned

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLICY = Policy(
    id=1, spec=PolicySpec(name="acme", urls=("https://acme.example/privacy",)), origin=Origin.CONFIG, created=NOON
)
TOP = (
    "We keep messages for 30 days after they were delivered.",
    "We do not sell your personal data to anybody at all.",
    "You may ask for a copy of everything we hold about you.",
)
END = (
    "Pictures taken by lockers are deleted after fourteen days.",
    "Write to our data protection officer with any question.",
)
TEASER = "Read next: how our lockers came to be green."
BASE = (*TOP, TEASER, *END)
OTHERS = tuple(
    f"Read next: {words}."
    for words in (
        "a day at the depot",
        "seven lost hats",
        "meet our bees",
        "the parcel that swam",
        "why we paint doors",
        "a letter from Ipoh",
    )
)


def text(teaser: str | None, top: tuple[str, ...] = TOP) -> tuple[str, ...]:
    return (*top, *([teaser] if teaser else []), *END)


def read_as(texts: tuple[str, ...], *, extractor: str = "x") -> Reading:
    clauses = tuple(clause(one) for one in texts)
    return Reading(clauses=clauses, digest=reading_digest(clauses), extractor=extractor, language="en")


class Story:
    """A policy over time: what a look leaves behind is what the next one begins with."""

    def __init__(self, texts: tuple[str, ...] = BASE) -> None:
        self.now = NOON
        self.settings = Settings(rules=(Rule(name="all"),), channels=("email",))
        self.versions: list[Version] = []
        self.candidate: Candidate | None = None
        self.places: tuple[Place, ...] = ()
        self.current = self._confirm(read_as(texts))

    @property
    def history(self) -> History:
        return History(
            policy=POLICY,
            revision=0,
            current=self.current,
            variants=tuple(reversed(self.versions)),
            candidate=self.candidate,
            places=self.places,
        )

    @property
    def place(self) -> Place:
        (one,) = self.places
        return one

    def look(self, *texts: str, after: timedelta = DAY, extractor: str = "x") -> CheckRecord:
        self.now += after
        reading = read_as(texts, extractor=extractor)
        bases = (self.current, *(one for one in self.versions if one.id != self.current.id))
        record = decide(self.history, Look(now=self.now, reading=reading, baselines=bases), self.settings)
        if record.places is not None:
            self.places = record.places
        if record.candidate:
            draft = record.candidate
            self.candidate = Candidate(
                reading=draft.reading,
                first_seen=draft.first_seen,
                last_seen=draft.last_seen,
                looks=draft.looks,
                since=draft.since,
                policy_id=1,
                version_id=99,
            )
        elif record.drop_candidate:
            self.candidate = None
        if record.version:
            self.current = self._confirm(record.version.reading)
        elif record.seen_version_id:
            self._see(record.seen_version_id)
        return record

    def rotate(self, *teasers: str, after: timedelta = DAY) -> CheckRecord:
        for teaser in teasers:
            record = self.look(*text(teaser), after=after)
        return record

    def _confirm(self, reading: Reading) -> Version:
        number = len(self.versions) + 1
        self.versions.append(
            Version(
                id=number,
                policy_id=1,
                number=number,
                digest=reading.digest,
                extractor="x",
                language="en",
                dates=reading.dates,
                first_seen=self.now,
                last_seen=self.now,
                confirmed=self.now,
                standing_since=self.now,
                absent_since=None,
                capture_ids=(number,),
                clauses=reading.clauses,
            )
        )
        return self.versions[-1]

    def _see(self, number: int) -> None:
        self.versions = [replace(one, last_seen=self.now) if one.id == number else one for one in self.versions]
        self.current = next(one for one in self.versions if one.id == self.current.id)


@pytest.fixture
def learned() -> Story:
    """A teaser that has rotated often enough; the look that learned showed OTHERS[3]."""
    story = Story()
    story.rotate(*OTHERS[:4])
    return story


def test_three_texts_that_came_and_went_teach_a_place(learned: Story) -> None:
    place = learned.place
    assert place.volatile
    assert place.learned == NOON + 4 * DAY
    assert [one.text for one in place.texts] == list(OTHERS[:4])
    assert [one.gone is None for one in place.texts] == [False, False, False, True]
    assert (place.before, place.after) == (TOP[-1], END[0])
    assert place.why.startswith("3 texts came and went here between 02 March 2025 and 05 March 2025")


def test_two_texts_teach_nothing() -> None:
    story = Story()
    assert story.rotate(*OTHERS[:3]).observation.outcome is Outcome.CANDIDATE
    assert not story.place.volatile
    assert len(story.place.texts) == 2


def test_the_same_text_again_and_again_is_one_text() -> None:
    story = Story()
    story.rotate(OTHERS[0], TEASER, OTHERS[0], TEASER, OTHERS[0], TEASER, OTHERS[1], TEASER)
    assert len(story.place.texts) == 4
    assert not story.place.volatile


def test_a_place_learned_from_a_text_that_alternates_with_the_confirmed_one() -> None:
    story = Story()
    record = story.rotate(OTHERS[0], TEASER, OTHERS[1], TEASER, OTHERS[2], TEASER)
    assert record.observation.outcome is Outcome.UNCHANGED
    assert story.place.volatile
    assert story.place.standing is None


def test_texts_of_long_ago_are_forgotten() -> None:
    story = Story()
    story.rotate(*OTHERS[:3])
    story.look(*BASE, after=61 * DAY)
    story.look(*BASE, after=61 * DAY)
    assert story.rotate(OTHERS[3], TEASER).places is not None
    assert not story.place.volatile
    assert len([one for one in story.place.texts if one.gone and story.now - one.gone < 60 * DAY]) == 1


def test_an_author_at_work_for_a_day_teaches_nothing() -> None:
    story = Story()
    story.rotate(*OTHERS, after=2 * HOUR)
    assert len(story.place.texts) == 5
    assert not story.place.volatile


def test_what_happens_at_a_volatile_place_neither_waits_nor_is_told(learned: Story) -> None:
    record = learned.rotate(OTHERS[4])
    assert record.observation.outcome is Outcome.UNCHANGED
    assert "keeps changing" in record.observation.detail
    assert record.seen_version_id == learned.current.id
    assert (record.candidate, record.change, record.alerts) == (None, None, ())
    assert record.next_due == learned.now + POLICY.spec.every
    assert learned.candidate is None


def test_a_clause_that_goes_missing_at_a_volatile_place_is_left_out_too(learned: Story) -> None:
    assert learned.look(*text(None)).observation.outcome is Outcome.UNCHANGED
    assert learned.place.texts[-1].text == ""


def test_a_real_edit_elsewhere_is_confirmed_as_ever(learned: Story) -> None:
    edited = ("We keep messages for 24 months after they were delivered.", *TOP[1:])
    assert learned.look(*text(OTHERS[4], edited)).observation.outcome is Outcome.CANDIDATE
    record = learned.look(*text(OTHERS[5], edited))
    assert record.observation.outcome is Outcome.CHANGED
    assert record.version is not None
    assert not record.version.exact
    assert [one.text for one in record.version.reading.clauses] == list(text(TEASER, edited))
    assert record.change is not None
    assert len(record.change.operations) == 1
    assert len(record.alerts) == 1
    assert learned.look(*text(OTHERS[0], edited)).observation.outcome is Outcome.UNCHANGED


EDIT = "We hand your parcels to the neighbours if you are out."


def test_what_stands_at_a_volatile_place_for_a_week_is_a_change(learned: Story) -> None:
    first = learned.now + DAY
    outcomes = [learned.look(*text(EDIT)).observation.outcome for _ in range(7)]
    assert outcomes == [Outcome.UNCHANGED] * 7
    record = learned.look(*text(EDIT))
    assert record.observation.outcome is Outcome.CHANGED
    assert record.change is not None
    assert record.change.significance is Significance.SUBSTANTIVE
    assert (record.change.bracket.after, record.change.bracket.before) == (first - DAY, first)
    assert record.version is not None
    assert record.version.exact
    assert EDIT in [one.text for one in record.version.reading.clauses]
    assert len(record.alerts) == 1


def test_after_that_the_place_is_volatile_still_and_the_edit_is_no_passing_text(learned: Story) -> None:
    for _ in range(8):
        learned.look(*text(EDIT))
    assert learned.look(*text(EDIT)).observation.outcome is Outcome.UNCHANGED
    assert EDIT not in [one.text for one in learned.place.texts]
    assert learned.place.volatile
    assert learned.look(*text(OTHERS[0])).observation.outcome is Outcome.UNCHANGED


def test_what_stands_less_than_a_week_begins_anew(learned: Story) -> None:
    for shown in (*[EDIT] * 6, TEASER, *[EDIT] * 7):
        assert learned.look(*text(shown)).observation.outcome is Outcome.UNCHANGED


def test_a_pinned_place_is_watched_for_good(learned: Story) -> None:
    learned.places = (pinned(learned.place, learned.now),)
    assert learned.rotate(*OTHERS).observation.outcome is Outcome.CANDIDATE
    assert not learned.place.volatile
    assert learned.place.pinned
    assert learned.rotate(OTHERS[-1]).observation.outcome is Outcome.CHANGED


def test_an_unpinned_place_is_learned_from_scratch(learned: Story) -> None:
    learned.places = (unpinned(pinned(learned.place, learned.now)),)
    learned.rotate(*OTHERS[:3])
    assert not learned.place.volatile
    learned.rotate(OTHERS[3])
    assert learned.place.volatile


def test_another_extractor_teaches_nothing() -> None:
    story = Story()
    story.look(*text(OTHERS[0]))
    story.look(*text(OTHERS[1]), extractor="y")
    assert story.places == ()


def test_what_another_test_group_is_shown_teaches_nothing() -> None:
    story = Story()
    other = ("Residents of the moon may ask for a copy on paper, twice a year.", *TOP[1:])
    story.versions.append(replace(story.current, id=2, number=2, **_body(text(TEASER, other))))
    for number in range(6):
        story.look(*text(TEASER, other), f"New clause {number} about couriers who ring twice.", after=HOUR)
        story.look(*BASE, f"Old clause {number} about couriers who never ring.", after=HOUR)
    assert {place.before for place in story.places} <= {END[-1]}


def _body(texts: tuple[str, ...]) -> dict[str, object]:
    reading = read_as(texts)
    return {"clauses": reading.clauses, "digest": reading.digest}


def test_an_edit_next_to_a_rotating_clause_is_no_text_of_its_place() -> None:
    """The frame of the place has changed, so nothing is known to have come and gone between its neighbours."""
    story = Story()
    story.look(*text(OTHERS[0]))
    story.look(*text(OTHERS[1], (*TOP[:2], "You may not ask for a copy of anything.")))
    assert story.places == ()


def test_texts_kept_of_a_place_are_bounded(learned: Story) -> None:
    for number in range(3 * MOST_TEXTS):
        learned.rotate(f"Read next: story number {number} of many.")
    assert len(learned.place.texts) == MOST_TEXTS


def test_places_under_observation_are_bounded() -> None:
    many = tuple(f"Rule {n}: whoever keeps {n} parcels longer than {n} days pays." for n in range(3 * MOST_PLACES))
    story = Story(many)
    for look in range(2):
        shown = [f"{one} {look}" if n % 2 else one for n, one in enumerate(many)]
        story.look(*shown)
    assert len(story.places) == MOST_PLACES


class TestGaps:
    def diff(self, old: tuple[str, ...], new: tuple[str, ...]) -> Diff:
        return compare(*(tuple(clause(one) for one in texts) for texts in (old, new)))

    def names(self, old: tuple[str, ...], new: tuple[str, ...]) -> list[str]:
        return [gap.name for gap in gaps(self.diff(old, new))]

    def test_a_place_has_one_name_whatever_happens_there(self) -> None:
        (modified,) = self.names(BASE, text(OTHERS[0]))
        (removed,) = self.names(BASE, text(None))
        (replaced,) = self.names(BASE, text("Ünïcode only: nothing of what stood here before remains."))
        assert modified == removed == replaced

    def test_the_start_and_the_end_are_places(self) -> None:
        found = gaps(self.diff(BASE, ("Hello there, dear reader of ours!", *BASE, "Goodbye then, and come again.")))
        assert [(gap.above is None, gap.below is None) for gap in found] == [(True, False), (False, True)]

    def test_nothing_standing_is_no_place(self) -> None:
        assert self.names(("One thing only stands here.",), ("Quite another text is shown.",)) == []

    def test_neighbours_that_meet_twice_name_no_place(self) -> None:
        twice = ("Back to top.", "Contact us.", *TOP, "Back to top.", "Contact us.", *END)
        assert self.names(twice, ("Back to top.", "New here: something.", "Contact us.", *twice[2:])) == []

    def test_a_large_part_is_no_place(self) -> None:
        assert self.names(BASE, (*TOP[:1], "All is new in here.", "Really all of it.", *END[1:])) == []

    def test_what_moved_names_neither_end(self) -> None:
        moved = (TOP[1], TOP[2], TEASER, END[0], TOP[0], END[1])
        assert self.names(BASE, moved) == []

    def test_a_new_label_is_no_place_of_its_own(self) -> None:
        old = tuple(clause(one) for one in BASE)
        new = tuple(replace(one, label=f"{number}.") for number, one in enumerate(old))
        assert gaps(compare(old, new)) == []

    def test_a_clause_reworded_and_renumbered_is_left_out_whole(self, learned: Story) -> None:
        relabelled: list[Clause] = [
            replace(one, label="7.") if one.text == OTHERS[4] else one for one in read_as(text(OTHERS[4])).clauses
        ]
        reading = replace(read_as(text(OTHERS[4])), clauses=tuple(relabelled), digest=reading_digest(tuple(relabelled)))
        settled = settle(learned.history, reading, (learned.current,), learned.now)
        assert settled.reading.digest == learned.current.digest
