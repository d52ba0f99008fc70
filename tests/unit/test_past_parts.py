"""The parts of the past that need no archive: identity of words, brackets, dates as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.cli.moments import is_moment, parse_moment, parse_since
from monitor.model import (
    ArchiveRow,
    Bracket,
    Change,
    ChangeKind,
    Clause,
    ClauseKind,
    ListedRow,
    Listing,
    Significance,
    StatedDates,
)
from monitor.past.identity import without_places, words_digest
from monitor.past.narrowing import narrowed
from monitor.past.view import content_key
from monitor.report import history
from monitor.report.chronicle import Chapter, ChapterKind, Chronicle, Hole
from monitor.text import clause
from monitor.volatile import place_name

DAY0 = datetime(2020, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def clauses(*texts: str) -> list[Clause]:
    return [clause(text, ClauseKind.PARAGRAPH) for text in texts]


class TestIdentity:
    def test_words_and_their_order_count_and_nothing_else(self) -> None:
        one, two = clauses("We keep data.", "We sell nothing.")
        labelled = Clause(kind=ClauseKind.LIST_ITEM, text=one.text, digest=one.digest, label="(a)", level=1)
        assert words_digest([one, two]) == words_digest([labelled, two])
        assert words_digest([one, two]) != words_digest([two, one])
        assert words_digest([one, two]) != words_digest([one])

    def test_what_keeps_changing_is_left_out(self) -> None:
        above, teaser, more, below, end = clauses("Above.", "Read this!", "And that!", "Below.", "The end.")
        name = place_name(above, below)
        assert without_places([above, teaser, more, below, end], [name]) == [above, below, end]
        assert words_digest([above, teaser, below, end], [name]) == words_digest([above, below, end], [name])
        assert words_digest([above, teaser, below], ["elsewhere"]) == words_digest([above, teaser, below])

    def test_the_start_and_the_end_frame_too(self) -> None:
        first, last, extra = clauses("First.", "Last.", "Extra.")
        names = [place_name(None, first), place_name(last, None)]
        assert without_places([extra, first, last, extra], names) == [first, last]
        assert without_places([], names) == []

    def test_a_place_is_small(self) -> None:
        above, below, *many = clauses("Above.", "Below.", *(f"Clause {n}." for n in range(20)))
        whole = [above, *many, below]
        assert without_places(whole, [place_name(above, below)]) == whole

    def test_made_up_digests_say_nothing_beyond_their_archive(self) -> None:
        row = ArchiveRow(url="https://a.example/", stamp="2015", taken=DAY0, digest="UNKNOWN-1-2")
        assert content_key(ListedRow("one", row)) != content_key(ListedRow("two", row))
        real = ArchiveRow(url="https://a.example/", stamp="2015", taken=DAY0, digest="ABC")
        assert content_key(ListedRow("one", real)) == content_key(ListedRow("two", real))


def change(after: int | None, before: int) -> Change:
    return Change(
        id=1, policy_id=1, kind=ChangeKind.CHANGED, old_version_id=1, new_version_id=2, operations=(),
        significance=Significance.SUBSTANTIVE, why="", summary="", confirmed=DAY0,
        bracket=Bracket(None if after is None else DAY0 + after * DAY, DAY0 + before * DAY),
    )  # fmt: skip


class TestNarrowing:
    @pytest.mark.parametrize(
        ("sights", "bracket"),
        [
            ("", (0, 10)),
            ("3A", (3, 10)),
            ("7B", (0, 7)),
            ("3A 7B", (3, 7)),
            ("2B 3A 7B 8B", (3, 7)),
            ("2B 8A", (8, 10)),
            ("0B 10A 12A", (0, 10)),
            ("5C", (0, 10)),
        ],
    )
    def test_between_the_last_old_and_the_first_new(self, sights: str, bracket: tuple[int, int]) -> None:
        seen = [(DAY0 + int(one[:-1]) * DAY, one[-1]) for one in sights.split()]
        found = narrowed(change(0, 10), seen, old="A", new="B")
        assert found == Bracket(DAY0 + bracket[0] * DAY, DAY0 + bracket[1] * DAY)

    def test_nothing_to_narrow(self) -> None:
        assert narrowed(change(None, 9), [(DAY0, "A")], old="A", new="B") == change(None, 9).bracket
        assert narrowed(change(0, 9), [(DAY0 + DAY, "A")], old="A", new="A") == change(0, 9).bracket


class TestDates:
    @pytest.mark.parametrize(
        ("text", "start", "end"),
        [
            ("2024", "2024-01-01T00:00:00", "2024-12-31T23:59:59.999999"),
            ("2024-02", "2024-02-01T00:00:00", "2024-02-29T23:59:59.999999"),
            ("2024-5-25", "2024-05-25T00:00:00", "2024-05-25T23:59:59.999999"),
            ("2024-05-25T10:00", "2024-05-25T10:00:00", "2024-05-25T10:00:00"),
            ("2024-05-25T10:00+02:00", "2024-05-25T08:00:00", "2024-05-25T08:00:00"),
        ],
    )
    def test_what_is_named(self, text: str, start: str, end: str) -> None:
        assert parse_moment(text, end=False) == datetime.fromisoformat(start).replace(tzinfo=UTC)
        assert parse_moment(text, end=True) == datetime.fromisoformat(end).replace(tzinfo=UTC)

    @pytest.mark.parametrize("text", ["", "soon", "2024-13", "2024-02-30", "0000", "24-01-01", "2024-05-25T99:00"])
    def test_what_is_no_date(self, text: str) -> None:
        assert parse_moment(text, end=True) is None

    def test_versions_and_days_are_told_apart(self) -> None:
        assert is_moment("now")
        assert is_moment("2024-05-25")
        assert not is_moment("2024")
        assert not is_moment("old.html")

    def test_ages(self) -> None:
        assert parse_since("30d", DAY0) == DAY0 - 30 * DAY
        assert parse_since("2019-01-01", DAY0) == parse_moment("2019-01-01", end=True)
        assert parse_since("30 parsecs", DAY0) is None


def chronicle(**fields: object) -> Chronicle:
    said: dict[str, object] = {
        "name": "acme", "title": "Acme", "url": "https://a.example/", "chapters": (), "holes": (), "listings": (),
        "first": None, "last": None, "looked_at": 0, "passed_over": 0, "unusable": 0, "complete": False,
        "finished": True,
    }  # fmt: skip
    return Chronicle(**(said | fields))  # type: ignore[arg-type]


class TestWords:
    def test_brackets_are_as_short_as_they_can_be(self) -> None:
        assert history.when(Bracket(None, DAY0)) == "by 2020-01-01"
        assert history.when(Bracket(DAY0, DAY0 + DAY / 2)) == "2020-01-01"
        assert history.when(Bracket(DAY0, DAY0 + 9 * DAY)) == "2020-01-01 … 01-10"
        assert history.when(Bracket(DAY0 - DAY, DAY0)) == "2019-12-31 … 2020-01-01"

    def test_short_gaps_are_left_out(self) -> None:
        told = chronicle(holes=(Hole(DAY0, DAY0 + DAY, 0, 3), Hole(DAY0, DAY0 + 30 * DAY, 1, 2)))
        assert list(history.holes(told)) == [
            "Not known: 2020-01-01 … 2020-01-31 (30 days): 1 capture not looked at, 2 in vain."
        ]

    def test_many_gaps_are_told_together(self) -> None:
        starts = [DAY0 + 100 * DAY * place for place in range(5)]
        small = [Hole(start, start + days * DAY, 2, 0) for start, days in zip(starts[:3], (18, 1, 3), strict=True)]
        long, vain = Hole(starts[3], starts[3] + 61 * DAY, 1, 0), Hole(starts[4], starts[4] + 20 * DAY, 0, 1)
        assert list(history.holes(chronicle(holes=(*small, long, vain)))) == [
            "Not known: 6 captures in 3 gaps of at most 18 days not looked at.",
            "Not known: 2020-10-27 … 2020-12-27 (61 days): 1 capture not looked at.",
            "Not known: 2021-02-04 … 2021-02-24 (20 days): 1 in vain.",
        ]
        assert list(history.holes(chronicle(holes=(small[0], long)))) == [
            "Not known: 2020-01-01 … 2020-01-19 (18 days): 2 captures not looked at.",
            "Not known: 2020-10-27 … 2020-12-27 (61 days): 1 capture not looked at.",
        ]

    def test_what_it_rests_on(self) -> None:
        part = Listing(archive="w", url="u", rows=3, token="t", unreadable=2, first=DAY0, last=DAY0)
        lines = list(history.facts(chronicle(listings=(part,), finished=False, note="it is down")))
        assert lines[0] == "w: 3 captures of 2020-01-01 to 2020-01-01 listed in part, 2 unreadable."
        assert lines[-2:] == [
            "The search is not at its end: monitor backfill acme",
            "The last search failed: it is down",
        ]
        whole = list(history.facts(chronicle(listings=(Listing(archive="w", url="u"),), complete=True)))
        assert whole[-1] == "Every capture says something: what is not here was never archived."

    def test_practices_have_their_place(self) -> None:
        chapter = Chapter(
            kind=ChapterKind.CHANGED, bracket=Bracket(None, DAY0), version_id=1, number=2, dates=StatedDates(),
            clauses=3, summary="x", significance=Significance.SUBSTANTIVE, silent=True, settled=False, unseen=4,
            practices=("shared with advertisers",),
        )  # fmt: skip
        assert list(history.notes(chapter)) == [
            "substantive",
            "silent: the stated date did not change",
            "shared with advertisers",
            "4 captures between the two not looked at",
        ]
