"""What must be true of every search, whatever the history looks like."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import ArchiveRow
from monitor.timeline import AppearanceSearch, Found, Look, Plan, Search, Timeline, usable

EPOCH = datetime(2010, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class History:
    rows: list[ArchiveRow]
    looks: dict[str, Look]  # by digest
    plan: Plan

    def texts(self) -> list[tuple[datetime, str | None]]:
        """What every capture shows; None: nothing usable."""
        return [(row.taken, self.looks[row.digest].text or None) for row in self.rows]


@st.composite
def histories(draw: st.DrawFn) -> History:
    count = draw(st.integers(0, 60))
    steps = draw(st.lists(st.integers(0, 24 * 90), min_size=count, max_size=count))
    hours = [sum(steps[: n + 1]) for n in range(count)]
    borders = sorted(draw(st.lists(st.integers(0, max(hours, default=0)), max_size=8)))
    names = draw(st.lists(st.sampled_from("ABCD"), min_size=9, max_size=9))
    same_bytes = draw(st.booleans())
    rows, looks = [], {}
    for number, hour in enumerate(hours):
        text = names[bisect_right(borders, hour)]
        fate = draw(st.sampled_from(["text"] * 8 + ["odd", "suspect", "unplayable"]))
        digest = f"{text} {fate}" if same_bytes and fate == "text" else f"{number} {fate}"
        if fate == "suspect":
            looks[digest] = Look(digest, Found.SUSPECT)
        elif fate == "unplayable":
            looks[digest] = Look(digest, Found.UNPLAYABLE)
        else:
            looks[digest] = Look(digest, Found.TEXT, f"odd {number}" if fate == "odd" else text)
        taken = EPOCH + HOUR * hour
        rows.append(ArchiveRow(url="https://a.example/", stamp=f"{taken:%Y%m%d%H%M%S}", taken=taken, digest=digest))
    plan = Plan(
        max_fetches=draw(st.none() | st.integers(0, 40)),
        precision=draw(st.sampled_from([timedelta(0), HOUR, timedelta(days=1)])),
        anchor_every=draw(st.sampled_from([timedelta(days=20), timedelta(days=60)])),
    )
    return History(rows, looks, plan)


def finish(history: History, search: Search, *, at_most: int | None = None) -> list[str]:
    """Go on with a search to its end, or for so many fetches; give the digests fetched."""
    fetched: list[str] = []
    while (at_most is None or len(fetched) < at_most) and (row := search.next()) is not None:
        fetched.append(row.digest)
        search.record(history.looks[row.digest])
    return fetched


def run(history: History) -> tuple[Timeline, list[str]]:
    search = Search(history.rows, history.plan)
    fetched = finish(history, search)
    return search.timeline(), fetched


@given(histories())
@settings(max_examples=40, deadline=None)
def test_a_bracket_is_true(history: History) -> None:
    timeline, _ = run(history)
    shown = set(history.texts())
    for transition in timeline.transitions:
        bracket = transition.bracket
        assert bracket.after is not None
        assert (bracket.after, transition.old) in shown
        assert (bracket.before, transition.new) in shown
        assert transition.old != transition.new
        assert bracket.after <= bracket.before


@given(histories())
@settings(max_examples=40, deadline=None)
def test_nothing_is_fetched_twice_nor_beyond_the_budget(history: History) -> None:
    timeline, fetched = run(history)
    assert len(fetched) == len(set(fetched)) == timeline.fetches
    assert history.plan.max_fetches is None or len(fetched) <= history.plan.max_fetches


@given(histories(), st.lists(st.integers(0, 30), max_size=4))
@settings(max_examples=40, deadline=None)
def test_cut_short_and_gone_on_with_is_never_cut_short(history: History, cuts: list[int]) -> None:
    timeline, fetched = run(history)
    search = Search(history.rows, history.plan)
    order: list[str] = []
    for cut in cuts:
        order += finish(history, search, at_most=cut)
        search = Search(history.rows, history.plan, looks=search.looks)  # all else is gone
    order += finish(history, search)
    assert order == fetched
    assert search.timeline() == timeline


@given(histories())
@settings(max_examples=40, deadline=None)
def test_every_capture_is_accounted_for(history: History) -> None:
    timeline, _ = run(history)
    known = sum(stretch.captures for stretch in timeline.stretches)
    assert known + sum(gap.captures + gap.failed for gap in timeline.unseen) == len(history.rows)
    assert timeline.complete == (known == len(history.rows))


@given(histories())
@settings(max_examples=40, deadline=None)
def test_stretches_and_transitions_tell_one_story(history: History) -> None:
    timeline, _ = run(history)
    assert len(timeline.transitions) == max(len(timeline.stretches) - 1, 0)
    for old, change, new in zip(timeline.stretches, timeline.transitions, timeline.stretches[1:], strict=False):
        assert (change.old, change.new) == (old.text, new.text)
        assert (change.bracket.after, change.bracket.before) == (old.last_seen, new.first_seen)


@given(histories())
@settings(max_examples=30, deadline=None)
def test_without_a_budget_what_differs_ends_up_side_by_side(history: History) -> None:
    """Unless what lies between could not be read, or the bracket is narrow enough."""
    plan = Plan(precision=history.plan.precision)
    timeline, _ = run(History(history.rows, history.looks, plan))
    assert timeline.finished
    for transition in timeline.transitions:
        assert transition.bracket.after is not None
        width = transition.bracket.before - transition.bracket.after
        between = [
            text for taken, text in history.texts() if transition.bracket.after < taken < transition.bracket.before
        ]
        assert width <= plan.precision or transition.settled or None in between


@given(histories())
@settings(max_examples=30, deadline=None)
def test_what_is_known_costs_nothing(history: History) -> None:
    _, fetched = run(history)
    again = Search(history.rows, history.plan, known=[history.looks[digest] for digest in fetched])
    assert not again.looks
    assert not set(finish(history, again)) & set(fetched)


@given(histories(), st.sampled_from("ABCD"))
@settings(max_examples=40, deadline=None)
def test_first_and_last_sight_of_a_clause_are_true(history: History, wanted: str) -> None:
    search = AppearanceSearch(history.rows, max_fetches=history.plan.max_fetches)
    fetched = set()
    while (row := search.next()) is not None:
        assert row.digest not in fetched
        fetched.add(row.digest)
        look = history.looks[row.digest]
        search.record(row.digest, present=look.text == wanted if look.text else None)
    result = search.result()
    texts = history.texts()
    if result is None:
        return
    assert (result.first.before, wanted) in texts
    assert (result.last_seen, wanted) in texts
    if result.first_certain:
        assert all(text != wanted for taken, text in texts if taken < result.first.before)
    if result.last_certain:
        assert all(text != wanted for taken, text in texts if taken > result.last_seen)
    if result.gone is not None:
        assert any(taken == result.gone.before and text not in {wanted, None} for taken, text in texts)


@given(histories())
@settings(max_examples=40, deadline=None)
def test_usable_rows_are_in_order_and_none_else(history: History) -> None:
    assert usable(reversed(history.rows)) == sorted(
        history.rows, key=lambda row: (row.taken, row.stamp, row.url, row.digest)
    )
