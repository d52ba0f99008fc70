"""Whatever comes in, reading neither fails nor forgets what it was told."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Clause, Page, PolicyKind, Reading, Suspicion
from monitor.text import clause
from monitor.text.dates import is_date_line, stated_dates, without_dates
from monitor.text.discover import policy_links
from monitor.text.language import foreign, identify, likely
from monitor.text.markers import Guard, Markers, guards
from monitor.text.sanity import suspicion
from monitor.text.vocabulary import languages, words
from tests.pages import CHALLENGES, CONSENT, ENGLISH, ERRORS, HOME, LOGIN, SHELLS, page

CODES = languages()
PHRASES = [
    *ENGLISH,
    "Last updated: 25 May 2018",
    "Stand: 05.2018",
    "404",
    "Accept all",
    "2018-13-45",
    "Log in",
    "İ",
    "\x00",
    "\ud800",
]
lines = st.one_of(st.text(max_size=80), st.sampled_from(PHRASES))
clauses = st.lists(lines.map(clause), max_size=40)
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31))
MARKUP = [*CHALLENGES.values(), *ERRORS.values(), *SHELLS.values(), LOGIN, CONSENT, HOME, page(ENGLISH)]


def reading(said: list[Clause]) -> Reading:
    return Reading(clauses=tuple(said), digest="d", extractor="e", language="en", title=said[0].text if said else "")


@given(
    said=clauses,
    before=st.none() | clauses,
    body=st.binary(max_size=200) | st.sampled_from([m.encode() for m in MARKUP]),
    cut=st.integers(0, 3000),
)
@settings(max_examples=60, deadline=None)
def test_any_look_gets_a_verdict(said: list[Clause], before: list[Clause] | None, body: bytes, cut: int) -> None:
    pages = [Page(body=body[:cut], media_type="text/html", url="https://a.example/p")]
    for kind in (PolicyKind.PRIVACY, PolicyKind.SUBPROCESSORS):
        found = suspicion(
            pages,
            reading(said),
            current=before,
            addresses=[("https://a.example/p", "http://[")],
            kind=kind,
            language="en",
        )
        assert found is None or isinstance(found, Suspicion)
        assert found is None or found.why


@given(said=clauses)
@settings(max_examples=40, deadline=None)
def test_the_same_text_is_never_a_suspect(said: list[Clause]) -> None:
    policy = [clause(line.lstrip("# ")) for line in ENGLISH]
    whole = [*policy, *said]
    pages = [Page(body=page(ENGLISH).encode(), media_type="text/html")]
    assert suspicion(pages, reading(whole), current=whole, addresses=[], kind=PolicyKind.PRIVACY, language=None) is None


@given(said=clauses, language=st.sampled_from([None, "sv", *CODES]))
@settings(max_examples=60, deadline=None)
def test_dates_never_fail(said: list[Clause], language: str | None) -> None:
    found = stated_dates(said, language)
    assert bool(found.wording) == (found.updated is not None or found.effective is not None)
    for one in said:
        is_date_line(one, language)
        once = without_dates(one.text, language)
        assert without_dates(once, language) == once


@given(day=days, code=st.sampled_from(CODES), data=st.data())
@settings(max_examples=150, deadline=None)
def test_dates_come_back(day: date, code: str, data: st.DataObject) -> None:
    table = words(code)["dates"]
    month = data.draw(st.sampled_from(table["months"][day.month - 1]))
    joiner = data.draw(st.sampled_from([" ", "-", *(f" {one} " for one in table["joiners"] if not one.endswith("'"))]))
    written = data.draw(
        st.sampled_from(
            [
                f"{day.day}{joiner}{month}{joiner}{day.year}",
                f"{day.day}. {month.upper()} {day.year}",
                f"{month.capitalize()} {day.day}, {day.year}",
                f"{day.day:02}.{day.month:02}.{day.year}",
                day.isoformat(),
                f"{day.year}/{day.month}/{day.day}",
            ]
        )
    )
    phrase = data.draw(st.sampled_from(table["updated"]))
    for language in (code, None):
        found = stated_dates([clause(f"{phrase}: {written}")], language)
        assert found.updated == day, (phrase, written)
    assert is_date_line(clause(f"{phrase}: {written}"), code)


@given(day=days)
@settings(max_examples=40, deadline=None)
def test_numbers_come_back_where_the_text_says_whose_they_are(day: date) -> None:
    british = [clause(f"Last updated: {day.day}/{day.month}/{day.year}"), clause("We are a company in England.")]
    american = [clause(f"Last updated: {day.month}/{day.day}/{day.year}"), clause("We are a company in Delaware.")]
    assert stated_dates(british, "en").updated == day
    assert stated_dates(american, "en").updated == day


@given(sample=st.text(max_size=300) | st.text(alphabet="abc déß漢ا \ud800", max_size=3000))
@settings(max_examples=50, deadline=None)
def test_languages_never_fail(sample: str) -> None:
    assert identify(sample, ["en", "fr"]) in {None, "en", "fr"}
    found = likely(sample)
    assert found is None or 0 < found[1] <= 1
    assert foreign(sample, ["en", "fr"]) not in {"en", "fr"}


@given(
    markup=st.binary(max_size=300) | st.text(max_size=300) | st.sampled_from(MARKUP),
    base=st.sampled_from(["", "https://a.example/", "http://["]),
)
@settings(max_examples=60, deadline=None)
def test_links_never_fail(markup: str | bytes, base: str) -> None:
    urls = [one.url for one in policy_links(markup, base)]
    assert len(set(urls)) == len(urls)


@given(junk=st.binary(max_size=400), times=st.integers(1, 400))
@settings(max_examples=40, deadline=None)
def test_markers_never_fail(junk: bytes, times: int) -> None:
    markers = Markers.of([Page(body=junk * times, media_type="text/html")])
    markers.guard(certain=False)
    assert markers.scripts >= 0
    assert isinstance((markers.noscript, markers.titles, markers.buttons), tuple)
    assert {markers.password_field, markers.empty_root, markers.cut_in_tag} <= {True, False}


@pytest.mark.parametrize(
    "opening", [b"<input ", b"<noscript>", b"<title>", b"<button>", b"<div id=root>", b"<div id=root", b"<a ", b"<"]
)
def test_markers_take_their_time_in_proportion(opening: bytes) -> None:
    markers = Markers.of([Page(body=opening * 60_000, media_type="text/html")])
    assert not markers.password_field
    assert markers.noscript == ""
    assert markers.titles == ()
    assert markers.buttons == ()
    assert not markers.empty_root


@pytest.mark.parametrize("guard", guards(), ids=lambda guard: guard.name)
def test_every_guard_is_known_by_every_marker(guard: Guard) -> None:
    for marker in guard.certain:
        assert Markers.of([Page(body=b"<HTML>" + marker.upper(), media_type="text/html")]).guard(certain=True)
    for marker in guard.likely:
        assert Markers.of([Page(body=b"<HTML>" + marker.upper(), media_type="text/html")]).guard(certain=False)
