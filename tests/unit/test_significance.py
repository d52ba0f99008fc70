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


RULES = "".join(f"<p>We keep the data of part {n} for a year and then delete it.</p>" for n in ("one", "two", "three"))


def test_what_the_policy_says_elsewhere_too_is_editorial() -> None:
    said = "<h2>Your rights</h2><p>You may ask us for a copy of your data.</p>"
    again = "<h2>Rights in France</h2><p>You may ask us for a copy of your data.</p>"
    kept = RULES + said + "<h2>Rights in France</h2><p>Write to us.</p>"
    more = RULES + said + again + "<p>Write to us.</p>"
    for old, new in ((kept, more), (more, kept)):
        assert judged(old, new) == (Significance.EDITORIAL, "the policy says the same elsewhere")


def test_few_words_said_elsewhere_may_say_another_thing() -> None:
    old = RULES + "<h2>We collect</h2><ul><li>E-mail address</li></ul><h2>We sell</h2><ul><li>Nothing</li></ul>"
    new = old.replace("<li>Nothing</li>", "<li>Nothing</li><li>E-mail address</li>")
    assert judged(old, new)[0] is Significance.SUBSTANTIVE


def test_a_table_of_contents_is_form() -> None:
    text = f"<h1>Policy</h1>{{}}<h2>What we keep</h2>{RULES}<h2>Your rights</h2><p>You may object.</p>"
    contents = "<ul><li>What we keep</li><li>Your rights</li></ul>"
    assert judged(text.format(""), text.format(contents)) == (
        Significance.COSMETIC,
        "a heading is repeated, and 1 more",
    )


def test_a_short_line_set_elsewhere_is_form() -> None:
    top, end = f"<p>Go up</p>{RULES}", f"{RULES}<p>Go up</p>"
    assert judged(top, end)[0] is Significance.COSMETIC


def test_thanks_and_titles_are_editorial() -> None:
    thanks = f"{RULES}<h2>Acknowledgements</h2><ul><li>Ann Example</li>{{}}</ul>"
    assert judged(thanks.format(""), thanks.format("<li>Bo Sample</li>")) == (
        Significance.EDITORIAL,
        "only who is thanked differs",
    )
    partners = thanks.replace("Acknowledgements", "Our partners")
    assert judged(partners.format(""), partners.format("<li>Bo Sample</li>"))[0] is Significance.SUBSTANTIVE
    assert judged(f"<h1>Terms</h1>{RULES}", f"<h1>The terms of Acme</h1>{RULES}") == (
        Significance.EDITORIAL,
        "only the title differs",
    )


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("Write to us@a.exampleof ours.", "Write to us@a.example of ours.", Significance.COSMETIC),
        ("See https://a.example/old/page for more.", "See https://www.a.example/new for more.", Significance.COSMETIC),
        ("See https://a.example/old for more.", "See https://b.example/old for more.", Significance.SUBSTANTIVE),
        ("We keep it for 1 0 days.", "We keep it for 10 days.", Significance.SUBSTANTIVE),
    ],
    ids=["a space forgotten", "the same site", "another site", "digits apart"],
)
def test_addresses_and_spaces(old: str, new: str, found: Significance) -> None:
    assert words(old, new) is found


def test_a_label_of_a_date_without_its_date_is_a_date_line() -> None:
    assert judged(f"<p>Effective date:</p>{RULES}", RULES)[0] is Significance.COSMETIC
