"""Searches as stories."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.model import ArchiveRow
from monitor.timeline import AppearanceSearch, Found, Look, Plan, Search, collapse, usable
from monitor.timeline.worth import Rates, between_different, between_equal, gap_left_alone

DAY0 = datetime(2010, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


class Page:
    """A page that was captured once a day, or as told."""

    def __init__(self, texts: str, *, every: timedelta = DAY, digests: str = "") -> None:
        """One letter a capture: ! cannot be played, ? is not the policy. `digests` likewise; all differ without."""
        self.texts = texts
        self.rows = [
            ArchiveRow(
                url="https://a.example/",
                stamp=f"{place:014}",
                taken=DAY0 + every * place,
                digest=digests[place] if digests else str(place),
                status=200,
            )
            for place in range(len(texts))
        ]

    def look(self, row: ArchiveRow) -> Look:
        text = self.texts[next(place for place, other in enumerate(self.rows) if other.digest == row.digest)]
        if text in "!?":
            return Look(row.digest, Found.UNPLAYABLE if text == "!" else Found.SUSPECT)
        return Look(row.digest, Found.TEXT, text)

    def search(self, plan: Plan | None = None) -> Search:
        search = Search(self.rows, plan or Plan())
        while (row := search.next()) is not None:
            search.record(self.look(row))
        return search


def days(*brackets: tuple[int, int]) -> list[tuple[datetime, datetime]]:
    return [(DAY0 + DAY * a, DAY0 + DAY * b) for a, b in brackets]


def brackets(search: Search) -> list[tuple[datetime | None, datetime]]:
    return [(t.bracket.after, t.bracket.before) for t in search.timeline().transitions]


def test_no_captures() -> None:
    timeline = Page("").search().timeline()
    assert (timeline.stretches, timeline.transitions, timeline.unseen) == ((), (), ())
    assert timeline.finished
    assert timeline.complete


def test_one_capture() -> None:
    (stretch,) = Page("A").search().timeline().stretches
    assert stretch.one_off


def test_one_change_is_bisected() -> None:
    search = Page("A" * 400 + "B" * 300).search()
    assert brackets(search) == days((399, 400))
    assert len(search.looks) <= 2 + 700 // 60 + 7
    (change,) = search.timeline().transitions
    assert change.settled
    assert not change.one_off


def test_changes_between_two_anchors() -> None:
    assert brackets(Page("A" * 100 + "B" * 9 + "C" * 11 + "D" * 100).search()) == days(
        (99, 100), (108, 109), (119, 120)
    )


def test_equal_bytes_are_fetched_once() -> None:
    texts = "A" * 300 + "B" * 300 + "A" * 300
    search = Page(texts, digests=texts).search()
    assert [look.digest for look in search.looks] == ["A", "B"]
    timeline = search.timeline()
    assert timeline.complete
    assert [s.captures for s in timeline.stretches] == [300, 300, 300]
    assert brackets(search) == days((299, 300), (599, 600))


def test_a_text_that_came_and_went_within_recurring_bytes_is_found_for_free() -> None:
    texts = "A" * 30 + "BBB" + "A" * 30
    assert brackets(Page(texts, digests=texts).search()) == days((29, 30), (32, 33))


def test_an_outage_is_stepped_over() -> None:
    search = Page("A" * 200 + "!" * 200 + "B" * 200).search()
    ((after, before),) = brackets(search)
    assert after is not None
    assert after == DAY0 + DAY * 199
    assert before == DAY0 + DAY * 400
    assert len(search.looks) < 60
    (change,) = search.timeline().transitions
    assert change.unseen >= 200


def test_an_outage_changes_nothing() -> None:
    timeline = Page("A" * 100 + "?" * 100 + "A" * 100).search().timeline()
    assert timeline.transitions == ()
    assert any(gap.failed for gap in timeline.unseen)


def test_broken_ends() -> None:
    timeline = Page("!!A" + "A" * 100 + "?!").search().timeline()
    (stretch,) = timeline.stretches
    assert stretch.first_seen <= DAY0 + DAY * 3
    assert stretch.last_seen >= DAY0 + DAY * 99


def test_a_start_of_years_of_nothing() -> None:
    search = Page("?" * 1000 + "A" * 500).search()
    (stretch,) = search.timeline().stretches
    assert stretch.first_seen - (DAY0 + DAY * 1000) <= timedelta(days=61)
    assert len(search.looks) < 60


def test_nothing_readable_at_all() -> None:
    search = Page("!" * 700).search()
    timeline = search.timeline()
    assert timeline.stretches == ()
    assert len(search.looks) <= 8 + 2 * 700 // 60
    assert timeline.unseen[0].captures + timeline.unseen[0].failed == 700


def test_a_glitch_is_held_against_its_neighbours() -> None:
    """An anchor hits a text that only one visit saw: two more looks tell, not two bisections."""
    texts = ["A"] * 601
    plain = len(Page("".join(texts)).search().looks)
    hit = next(int(look.digest) for look in Page("".join(texts)).search().looks if 0 < int(look.digest) < 600)
    texts[hit] = "X"
    search = Page("".join(texts)).search(Plan(worth_a_fetch=1.0))
    assert len(search.looks) <= plain + 2
    odd = next(s for s in search.timeline().stretches if s.text == "X")
    assert odd.one_off
    assert brackets(search) == days((hit - 1, hit), (hit, hit + 1))


def test_a_budget_is_spent_evenly() -> None:
    search = Page("A" * 1000 + "B" * 1000).search(Plan(max_fetches=6))
    timeline = search.timeline()
    assert timeline.fetches == 6
    assert not timeline.finished
    ((after, before),) = brackets(search)
    assert after is not None
    assert before - after < timedelta(days=300)


def test_texts_that_come_and_go_are_hunted_where_they_are_usual() -> None:
    restless = "".join("A" * 40 + "B" * 25 for _ in range(20))
    calm = "A" * len(restless)
    gaps = {}
    for name, texts in (("restless", restless), ("calm", calm)):
        timeline = Page(texts).search().timeline()
        gaps[name] = max(gap.before - gap.after for gap in timeline.unseen)
    assert len(Page(restless).search().timeline().transitions) >= 36
    assert gaps["calm"] > timedelta(days=30) > gaps["restless"]


def test_what_a_fetch_is_worth() -> None:
    rates = Rates.estimate(transitions=40, returns=10, days=7300)
    assert between_different(30, rates) > between_different(3, rates)
    assert between_equal(60, rates) > between_equal(30, rates) > between_equal(15, rates) > between_equal(7, rates) == 0
    assert between_equal(400, rates) > between_equal(100, rates)
    gap = gap_left_alone(0.01, rates)
    assert abs(between_equal(gap, rates) - 0.01) < 0.001


def test_errors_and_redirects_are_not_usable_but_revisits_are() -> None:
    def row(digest: str, status: int | None, place: int) -> ArchiveRow:
        return ArchiveRow(url="u", stamp=str(place), taken=DAY0 + DAY * place, digest=digest, status=status)

    rows = [
        row("p", 200, 0),
        row("p", None, 1),
        row("e", 404, 2),
        row("e", None, 3),
        row("m", 301, 4),
        row("n", None, 5),
    ]
    assert [r.stamp for r in usable(rows)] == ["0", "1", "5"]


def test_the_row_that_holds_the_bytes_is_fetched() -> None:
    page = Page("AAA", digests="xxx")
    first, second, third = page.rows
    revisit = ArchiveRow(url=first.url, stamp=first.stamp, taken=first.taken, digest="x", revisit=True)
    assert Search([revisit, second, third], Plan()).next() == second


def test_runs() -> None:
    runs = collapse(Page("AAABB", digests="xxxyx").rows)
    assert [(run.digest, run.captures) for run in runs] == [("x", 3), ("y", 1), ("x", 1)]


class TestAppearance:
    def find(self, texts: str, **options: int) -> tuple[AppearanceSearch, int]:
        page = Page(texts)
        search = AppearanceSearch(page.rows, **options)  # type: ignore[arg-type]
        fetches = 0
        while (row := search.next()) is not None:
            text = page.texts[int(row.digest)]
            search.record(row.digest, present=None if text == "!" else text == "y")
            fetches += 1
        return search, fetches

    def test_it_came_and_stayed(self) -> None:
        search, fetches = self.find("n" * 500 + "y" * 1500)
        result = search.result()
        assert result is not None
        assert (result.first.after, result.first.before) == (DAY0 + DAY * 499, DAY0 + DAY * 500)
        assert (result.gone, result.last_seen) == (None, DAY0 + DAY * 1999)
        assert (result.first_certain, result.last_certain) == (False, True)
        assert fetches <= 2 + 11

    def test_it_stood_from_the_start_and_went(self) -> None:
        search, _ = self.find("y" * 500 + "n" * 100)
        result = search.result()
        assert result is not None
        assert (result.first.after, result.first.before) == (None, DAY0)
        assert result.first_certain
        assert result.gone is not None
        assert (result.gone.after, result.gone.before) == (DAY0 + DAY * 499, DAY0 + DAY * 500)

    def test_it_came_and_went(self) -> None:
        search, _ = self.find("n" * 500 + "y" * 200 + "n" * 900)
        result = search.result()
        assert result is not None
        assert result.first.before == DAY0 + DAY * 500
        assert result.last_seen == DAY0 + DAY * 699

    def test_an_earlier_life_makes_it_first_found_only(self) -> None:
        search, _ = self.find("n" * 300 + "yyy" + "n" * 300 + "y" * 300)
        result = search.result()
        assert result is not None
        assert result.first.before in {DAY0 + DAY * 603, DAY0 + DAY * 300}
        assert not result.first_certain

    def test_never_seen(self) -> None:
        search, fetches = self.find("n" * 600)
        assert search.result() is None
        assert fetches < 30

    def test_broken_captures_are_stepped_over(self) -> None:
        search, _ = self.find("!n" * 100 + "!y" * 100)
        result = search.result()
        assert result is not None
        assert (result.first.after, result.first.before) == (DAY0 + DAY * 199, DAY0 + DAY * 201)

    def test_no_captures_and_a_budget(self) -> None:
        assert self.find("")[1] == 0
        assert self.find("n" * 600, max_fetches=3)[1] == 3
        assert self.find("!" * 600)[0].result() is None
