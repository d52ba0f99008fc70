"""Whatever a page shows, look after look: what holds of places that keep changing."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.diff import compare, restrict
from monitor.model import Outcome, Place
from monitor.text import clause
from monitor.volatile import MOST_PLACES, MOST_TEXTS, gaps
from tests.unit.test_volatile import DAY, Story

WORDS = st.sampled_from([f"Clause about {thing} and what we do with it." for thing in "abcdefghij"])
TEXTS = st.lists(WORDS, min_size=2, max_size=9).map(tuple)


@given(TEXTS, TEXTS)
@settings(max_examples=150, deadline=None)
def test_leaving_a_place_out_gives_the_old_text_there_and_the_new_one_elsewhere(
    old: tuple[str, ...], new: tuple[str, ...]
) -> None:
    diff = compare(tuple(map(clause, old)), tuple(map(clause, new)))
    names = [gap.name for gap in gaps(diff)]
    assert len(names) == len(set(names))
    for gap in gaps(diff):
        text = restrict(diff, lambda operation, gap=gap: operation not in gap.operations)
        again = compare(diff.old, text)
        assert gap.name not in [other.name for other in gaps(again)]


@given(TEXTS, st.lists(TEXTS, max_size=8))
@settings(max_examples=60, deadline=None)
def test_no_look_breaks_what_is_known_of_places(first: tuple[str, ...], looks: list[tuple[str, ...]]) -> None:
    story = Story(first)
    for texts in looks:
        record = story.look(*texts)
        assert len(story.places) <= MOST_PLACES
        assert [place.name for place in story.places] == sorted({place.name for place in story.places})
        for place in story.places:
            assert len(place.texts) <= MOST_TEXTS
            assert all(text.gone is not None for text in place.texts[:-1])
            assert all(text.gone is None or text.seen <= text.gone for text in place.texts)
        if record.observation.outcome is Outcome.CHANGED:
            assert record.change is not None
            before = record.change.bracket.after
            assert before is None or before <= record.change.bracket.before <= story.now


@given(TEXTS.filter(lambda texts: len(set(texts)) == len(texts)), WORDS)
@settings(max_examples=60, deadline=None)
def test_what_stands_is_confirmed_in_the_end_volatile_or_not(texts: tuple[str, ...], added: str) -> None:
    """Even if every place were volatile, a text that stays is the policy after a week and a day."""
    story = Story(texts)
    new = (*texts[:1], f"{added} This is new.", *texts[1:])
    diff = compare(story.current.clauses, tuple(map(clause, new)))
    story.places = tuple(
        sorted(
            (Place(name=gap.name, before="", after="", learned=story.now) for gap in gaps(diff)),
            key=lambda place: place.name,
        )
    )
    outcomes = [story.look(*new, after=DAY).observation.outcome for _ in range(9)]
    assert Outcome.CHANGED in outcomes
    assert [one.text for one in story.current.clauses] == list(new)
