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
        ("We use your number 12345 here.", "We use your number 12346 here."),
        ("You give us 5 % of all.", "You give us 5 of all."),
    ],
)
def test_the_meaning_may_differ(old: str, new: str) -> None:
    assert words(old, new) is Significance.SUBSTANTIVE


def test_words_that_come_or_go() -> None:
    extra = "<p>We share your location with advertisers in every country.</p>"
    assert judged("", extra) == (Significance.SUBSTANTIVE, "what is said of sharing differs")
    assert judged(extra, "") == (Significance.SUBSTANTIVE, "what is said of sharing differs")
    assert judged("", extra, language="xx") == (Significance.SUBSTANTIVE, "words were added")
    more = extra + "<p>Recordings of your voice train our models for as long as we please.</p>"
    significance, why = judged("<p>Old one, of which nothing whatever remains here today.</p>", more)
    assert significance is Significance.SUBSTANTIVE
    assert why.startswith("what is said of")
    assert judged("<p>Old one, of which nothing whatever remains.</p>", more, language="xx")[1].endswith("more")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            "We share your data with our partner firms.",
            "We share your data with our partners firms.",
            "reworded; what it says of each practice is the same",
        ),
        (
            "You can reach us about this notice at old@meadow.example every day.",
            "You can reach us about this notice at new@meadow.example every day.",
            "only how they are reached differs",
        ),
    ],
)
def test_what_leaves_every_fact_as_it_was_is_editorial(old: str, new: str, why: str) -> None:
    assert judged(f"<p>{old}</p>", f"<p>{new}</p>") == (Significance.EDITORIAL, why)


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


def test_what_the_policy_says_twice_in_one_place_is_editorial() -> None:
    said = "<h2>Your rights</h2><p>You may ask us for a copy of your data.</p><p>Write to us.</p>{}"
    once, twice = RULES + said.format(""), RULES + said.format("<p>You may ask us for a copy of your data.</p>")
    for old, new in ((once, twice), (twice, once)):
        assert judged(old, new) == (Significance.EDITORIAL, "the policy says the same elsewhere")


def test_what_is_promised_to_others_is_no_repetition() -> None:
    promise = "<h2>{}</h2><p>We will not sell your personal data without your consent.</p>"
    both = RULES + promise.format("European residents") + promise.format("California residents")
    assert judged(both, RULES + promise.format("California residents"))[0] is Significance.SUBSTANTIVE


def test_a_move_under_words_that_say_otherwise_is_substantive() -> None:
    item = "<ul><li>Sell your personal data to any data brokers at all</li></ul>"
    lists = f"{RULES}<h3>We will never:</h3>{{}}<p>Nor anybody else.</p><h3>We may:</h3><p>Do this:</p>{{}}"
    assert judged(lists.format(item, ""), lists.format("", item))[0] is Significance.SUBSTANTIVE


@pytest.mark.parametrize(
    ("old", "new", "language"),
    [
        ("Wir geben keine Daten an Werbepartner weiter.", "Wir geben Daten an Werbepartner weiter.", "de"),
        ("Niemand liest Ihre privaten Nachrichten.", "Jemand liest Ihre privaten Nachrichten.", "de"),
        ("Le prestataire doit protéger les fichiers.", "Le prestataire peut protéger les fichiers.", "fr"),
        ("We obtain consent before processing.", "We obtain consent after processing.", "en"),
        ("Access is authorised by nobody.", "Access is unauthorised by nobody.", "en"),
        ("We keep logs for seventeen days.", "We keep logs for seventy days.", "en"),
        ("You must be ≥ 16 years old.", "You must be ≤ 16 years old.", "en"),
        ("No vendemos sus datos personales a terceros.", "Vendemos sus datos personales a terceros.", "es"),
    ],
)
def test_words_that_turn_a_sentence_round_are_substantive(old: str, new: str, language: str) -> None:
    assert judged(f"<p>{old}</p>", f"<p>{new}</p>", language)[0] is Significance.SUBSTANTIVE


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


def test_a_second_title_and_clauses_under_thanks_may_say_much() -> None:
    body = f"{RULES}<h1>You may opt out of sale</h1><p>Write to us.</p>"
    assert judged(body, body.replace("may opt", "may not opt"))[0] is Significance.SUBSTANTIVE
    thanks = f"{RULES}<h2>Acknowledgements</h2><p>We thank Ann for maps, and share your address with Google{{}}.</p>"
    assert judged(thanks.format(""), thanks.format(" and Data Broker Inc"))[0] is Significance.SUBSTANTIVE


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
