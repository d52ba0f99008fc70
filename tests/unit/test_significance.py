from __future__ import annotations

import pytest

from monitor.diff import compare
from monitor.model import Clause, Significance
from monitor.significance import assess
from monitor.text import segment

HEAD = "<h1>Privacy policy</h1>"
TAIL = "<p>You have the right to access, correct and delete your personal data at any time.</p>"


def clauses(markup: str) -> list[Clause]:
    return segment((HEAD + markup + TAIL).encode(), "text/html")


def judged(old: str, new: str, language: str = "en") -> tuple[Significance, str]:
    assessment = assess(compare(clauses(old), clauses(new)), language=language)
    return assessment.significance, assessment.why


def words(old: str, new: str) -> Significance:
    return judged(f"<p>{old}</p>", f"<p>{new}</p>")[0]


def test_nothing_differs() -> None:
    assert judged("<p>One.</p>", "<p>One.</p>") == (Significance.NONE, "nothing differs")


def test_only_a_link_or_markup_differs() -> None:
    old = '<p>Read <a href="https://a.example/x?v=1">our page about your data</a> for more.</p>'
    assert judged(old, old.replace("v=1", "v=2"))[0] is Significance.NONE
    assert judged("<p>We keep it for a year.</p>", "<ul><li>We keep it for a year.</li></ul>")[0] is Significance.NONE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("You may recieve messages from us.", "You may receive messages from us."),
        ("We colect your address and name.", "We collect your address and name."),
        ("We keep it, for a year.", "We keep it for a year"),
        ("We keep your e-mail address.", "We keep your email address."),
        ("We keep YOUR data for a year.", "We keep your data for a year."),
    ],
)
def test_the_meaning_stays(old: str, new: str) -> None:
    assert words(old, new) is Significance.COSMETIC


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("We keep it for 30 days.", "We keep it for 24 months."),
        ("We keep 1.5 GB of logs.", "We keep 15 GB of logs."),
        ("We may sell your data.", "We may not sell your data."),
        ("You must be lawful here.", "You must be unlawful here."),
        ("This was adequate to us.", "This was inadequate to us."),
        ("We now share your data.", "We not share your data."),
        ("We pay $ 5 for each.", "We pay € 5 for each."),
        ("We share with our partner firms.", "We share with our partners firms."),
        ("We use your number 12345 here.", "We use your number 12346 here."),
        ("You give us 5 % of all.", "You give us 5 of all."),
    ],
)
def test_the_meaning_may_differ(old: str, new: str) -> None:
    assert words(old, new) is Significance.SUBSTANTIVE


def test_words_that_come_or_go() -> None:
    extra = "<p>We share your location with advertisers in every country.</p>"
    assert judged("", extra) == (Significance.SUBSTANTIVE, "words were added")
    assert judged(extra, "") == (Significance.SUBSTANTIVE, "words were removed")
    more = extra + "<p>Recordings of your voice train our models for as long as we please.</p>"
    significance, why = judged("<p>Old one, of which nothing whatever remains here today.</p>", more)
    assert significance is Significance.SUBSTANTIVE
    assert why.endswith("more")


def test_numbering_and_order_are_form() -> None:
    one, two = (
        "<h2>1. Cookies</h2><p>We set three cookies in your browser, to know you again when you come back to us.</p>",
        "<h2>2. Sharing</h2><p>We share what we know with nobody at all, neither for money nor for anything else.</p>",
    )
    swapped = two.replace("2.", "1.") + one.replace("1.", "2.")
    assert judged(one + two, swapped)[0] is Significance.COSMETIC
    assert judged(one, one.replace("1.", "3."))[0] is Significance.COSMETIC


def test_the_stated_date_alone() -> None:
    old, new = "<p>Last updated: 3 March 2025</p>", "<p>Last updated: 17 April 2025</p>"
    assert judged(old, new) == (Significance.COSMETIC, "only the stated date differs")
    assert judged("", new)[0] is Significance.COSMETIC
    terms = "<p>We delete it by 3 March 2025, wherever it may be kept by our partners.</p>"
    assert judged(terms, terms.replace("3 March", "17 April"))[0] is Significance.SUBSTANTIVE


def test_what_is_known_is_no_news() -> None:
    diff = compare(clauses("<p>We keep it for 30 days.</p>"), clauses("<p>We keep it for 24 months.</p>"))
    assert assess(diff, language="en", known=[True]).significance is Significance.NONE
    assert assess(diff, language="en", known=[False]).significance is Significance.SUBSTANTIVE
