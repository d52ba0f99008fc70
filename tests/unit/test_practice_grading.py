"""What is called editorial or cosmetic, and what must never be."""

from __future__ import annotations

import pytest

from monitor.diff import compare
from monitor.model import Clause, ClauseKind, Direction, Meaning, Significance
from monitor.practices import meaning, read
from monitor.practices.read import read_all
from monitor.text import clause

WELCOME = "Thank you for reading this page with care."


def paragraphs(*texts: str) -> list[Clause]:
    return [clause(text, ClauseKind.PARAGRAPH) for text in texts if text]


def told(old: str, new: str, language: str = "en") -> Meaning:
    return meaning(compare(paragraphs(WELCOME, old), paragraphs(WELCOME, new)), language)


@pytest.mark.parametrize(
    ("language", "old", "new"),
    [
        ("en", "Sharing is disabled by default.", "Sharing is enabled by default."),
        ("en", "You get a copy free of charge.", "You get a copy for a fee."),
        ("en", "Drafts live for a maximum of a season.", "Drafts live for a minimum of a season."),
        ("en", "We wipe recordings daily.", "We wipe recordings yearly."),
        ("en", "The licence is non-exclusive.", "The licence is exclusive."),
        ("en", "We pay the costs of arbitration.", "You pay the costs of arbitration."),
        ("en", "Your pictures belong to you.", "Our pictures belong to you."),
        ("en", "Photos are analysed locally.", "Photos are analysed remotely."),
        ("en", "English courts decide.", "Cayman courts decide."),
        ("en", "We work with trusted partners.", "We work with partners."),
        ("en", "The contract is short.", "The control is short."),
        ("fr", "Le partage est désactivé.", "Le partage est activé."),
        ("de", "Ihr Profil ist privat.", "Ihr Profil ist öffentlich."),
        ("ms", "Perkhidmatan ini percuma.", "Perkhidmatan ini berbayar."),
        # the same words in another order
        ("en", "We do not sell your data but we may share it.", "We do sell your data but we may not share it."),
        ("en", "Entry is 10 EUR for adults, 20 EUR for dogs.", "Entry is 20 EUR for adults, 10 EUR for dogs."),
        ("en", "Files go from Malta to Peru.", "Files go from Peru to Malta."),
        # dates that are not the document's own
        ("en", "Your data is kept until 31 December 2026.", "Your data is kept until 31 December 2046."),
        ("en", "The fine is 1,000 USD.", "The fine is 10,00 USD."),
    ],
)
def test_what_may_matter_is_substantive(language: str, old: str, new: str) -> None:
    assert told(old, new, language).significance is Significance.SUBSTANTIVE
    assert told(new, old, language).significance is Significance.SUBSTANTIVE


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        (
            "We collect your name when you open an account.",
            "When you open an account we collect your name.",
            "editorial",
        ),
        ("The organisation honours this.", "The organization honors this.", "editorial"),
        ("The site shows art. 7 of the rules.", "The website shows article 7 of the rules.", "editorial"),
        ("We keep logs for two years.", "We keep logs for 24 months.", "editorial"),
        ("Our offices are in Ghent, Lyon and Turin.", "Our offices are in Turin, Ghent and Lyon.", "cosmetic"),
    ],
)
def test_what_says_the_same_is_not(old: str, new: str, wanted: str) -> None:
    assert told(old, new).significance.value == wanted


def test_the_end_of_a_clause_too_long_to_be_read_still_counts() -> None:
    long = "Here is a tale of the sea. " * 2_000
    found = told(long, long + "We sell your fingerprints to data brokers.")
    assert found.significance is Significance.SUBSTANTIVE


LESS, MORE = Direction.LESS, Direction.MORE


@pytest.mark.parametrize(
    ("language", "old", "new", "direction"),
    [
        ("en", "You may opt out of the sale of your personal information.", "", LESS),
        (
            "en",
            "We do not share your data with third parties.",
            "We do not share your data with third parties, other than advertisers.",
            LESS,
        ),
        ("en", "We will not sell your data.", "We will not sell your data, except to selected partners.", LESS),
        (
            "en",
            "We do not use your content to train AI models.",
            "Unless you opt out, we use your content to train AI models.",
            LESS,
        ),
        ("en", "", "We will never use your content to train AI.", MORE),
        ("en", "Logs are kept briefly.", "Logs are kept permanently.", LESS),
        ("en", "We do not collect data of children under 16.", "We do not collect data of children under 13.", LESS),
        ("de", "Wir geben Ihre Daten nicht an Dritte weiter.", "Wir geben Ihre Daten an Dritte weiter.", LESS),
        ("de", "Wir übermitteln keine Daten an Dritte.", "Wir übermitteln Daten an Dritte.", LESS),
    ],
)
def test_directions_that_are_easily_got_wrong(language: str, old: str, new: str, direction: Direction) -> None:
    assert told(old, new, language).direction is direction


def test_equal_periods_have_no_direction() -> None:
    assert told("We keep logs for two (2) years.", "We keep logs for 730 days.").direction not in {LESS, MORE}


def test_items_share_the_negation_of_their_lead_in() -> None:
    items = [
        clause("share your data with advertisers;", ClauseKind.LIST_ITEM),
        clause("read letters.", ClauseKind.LIST_ITEM),
    ]
    lead = paragraphs("We will not:")
    (shared, _) = read_all([*lead, *items], "en")[1:]
    assert {fact.polarity.value for s in shared for fact in s.facts if fact.practice == "third-party-sharing"} == {
        "does-not"
    }
    assert meaning(compare([*lead, *items], [*lead, items[1]]), "en").direction is LESS


def test_the_negation_of_use_reaches_what_it_is_for() -> None:
    for language, text in (
        ("en", "We do not use your content to train AI models."),
        ("fr", "Nous n'utilisons pas vos contenus pour entraîner une intelligence artificielle."),
    ):
        facts = [
            f for f in read(clause(text, ClauseKind.PARAGRAPH), language) if f.practice == "automated-decisions-ai"
        ]
        assert {fact.polarity.value for fact in facts} == {"does-not"}
    asked = read(clause("We do not need your consent to share your data with partners.", ClauseKind.PARAGRAPH), "en")
    assert "does-not" not in {fact.polarity.value for fact in asked if fact.practice == "third-party-sharing"}


def test_another_name_in_the_place_of_a_recipient_has_no_direction() -> None:
    found = told("We share data with our partner Meta.", "We share data with our partner Lumenvale.")
    assert "third-party-sharing" in found.practices
    assert found.direction not in {LESS, MORE}
    assert told("We share data with Meta and Stripe.", "We share data with Stripe.").direction is MORE


def test_a_name_added_to_recipients_is_told() -> None:
    found = told("We share data with Google and Stripe.", "We share data with Google, Stripe and Lumenvale.")
    assert found.practices == ("third-party-sharing",)


@pytest.mark.parametrize("tag", ["en", "EN", "en-GB", "en_US"])
def test_a_tag_of_a_language_is_read_as_the_language(tag: str) -> None:
    assert read(clause("We keep your messages for 30 days.", ClauseKind.PARAGRAPH), tag)
    found = told("We keep messages for 30 days.", "We keep messages for 90 days.", tag)
    assert found.direction is LESS


def test_a_date_beside_consent_or_missing_notice_is_more_than_a_date() -> None:
    for text in (
        "These terms apply from 1 May 2026, and by using the service after that you accept them.",
        "We may change this policy on 1 May 2026 without notice.",
    ):
        assert told("", text).significance is Significance.SUBSTANTIVE
