"""What a diff means, in the cases that a mutation of one sentence does not show."""

from __future__ import annotations

from monitor.diff import compare
from monitor.model import Clause, ClauseKind, Direction, FactChangeKind, Meaning, Significance
from monitor.practices import meaning
from monitor.practices.direction import Case, judge
from monitor.text import clause


def paragraphs(*texts: str) -> list[Clause]:
    return [clause(text, ClauseKind.PARAGRAPH) for text in texts]


def told(old: list[Clause], new: list[Clause], language: str | None = "en") -> Meaning:
    return meaning(compare(old, new), language)


WELCOME = "Thank you for reading this page with care."


def test_equal_texts_mean_nothing() -> None:
    found = told(paragraphs(WELCOME), paragraphs(WELCOME))
    assert found.significance is Significance.NONE
    assert found.headline == "no word differs"


def test_two_empty_texts_mean_nothing() -> None:
    assert told([], [], None).significance is Significance.NONE


def test_a_value_that_moved_to_another_sentence_is_followed() -> None:
    found = told(
        paragraphs(WELCOME, "We keep your messages for 30 days."),
        paragraphs("Your messages stay with us a while, and we keep your messages for one year after that.", WELCOME),
    )
    assert "data-retention" in found.practices
    assert found.direction is Direction.LESS
    (change,) = [c for c in found.changes if c.what == "value"]
    assert (change.kind, change.before, change.after) == (FactChangeKind.ALTERED, "30 days", "one year")


def test_stated_to_criterion_to_endless_is_less_protective() -> None:
    terms = ["for 30 days", "for as long as necessary", "indefinitely"]
    texts = [paragraphs(WELCOME, f"We keep your messages {term}.") for term in terms]
    assert told(texts[0], texts[1]).direction is Direction.LESS
    assert told(texts[1], texts[2]).direction is Direction.LESS
    assert told(texts[2], texts[0]).direction is Direction.MORE


def test_a_new_officer_is_neutral_and_substantive() -> None:
    found = told(
        paragraphs("Our data protection officer is Dr Ana Lim."),
        paragraphs("Our data protection officer is Dr Ravi Menon."),
    )
    assert found.practices == ("identity-contact",)
    assert found.significance is Significance.SUBSTANTIVE
    assert found.direction not in {Direction.LESS, Direction.MORE}


def test_another_contact_belongs_to_who_is_responsible() -> None:
    found = told(paragraphs("Write to us: help@meadow.example"), paragraphs("Write to us: privacy@meadow.example"))
    assert found.practices[0] == "identity-contact"


def test_a_new_name_on_a_list_of_processors_is_a_recipient() -> None:
    rows = [
        Clause(kind=ClauseKind.TABLE_ROW, text=f"{name} | Analytics", digest=name, path=("Our service providers",))
        for name in ("Mixpanel", "Sentry", "Stripe")
    ]
    found = told(rows[:2], rows)
    assert "third-party-sharing" in found.practices


def test_changes_both_ways_are_mixed() -> None:
    found = told(
        paragraphs(WELCOME, "We do not sell your personal data.", "We keep your messages for 24 months."),
        paragraphs(WELCOME, "We may sell your personal data.", "We keep your messages for 30 days."),
    )
    assert found.direction is Direction.MIXED
    assert {"sale", "data-retention"} <= set(found.practices)
    assert len(found.reasons) > 1


def test_a_lost_consent_is_less_protective() -> None:
    found = told(
        paragraphs("We share your email address with advertisers with your consent."),
        paragraphs("We share your email address with advertisers."),
    )
    assert found.direction is Direction.LESS


def test_a_text_without_a_lexicon_has_no_practices() -> None:
    found = told(paragraphs("Vi delar inte uppgifter."), paragraphs("Vi delar alla uppgifter med andra bolag."), "sv")
    assert found.practices == ()
    assert found.changes == ()


def test_the_language_is_told_when_it_is_not_given() -> None:
    old = paragraphs("We keep the messages that you send to us for 30 days, and then we delete them for you.")
    new = paragraphs("We keep the messages that you send to us for 2 years, and then we delete them for you.")
    assert told(old, new, None).direction is Direction.LESS


def test_the_table_abstains_where_it_says_nothing() -> None:
    case = Case(
        change="altered",
        practice="third-party-sharing",
        aspect="share",
        polarity="does",
        what="modality",
        shift="weaker",
    )
    assert judge(case) == (Direction.UNCLEAR, "")


def test_equal_diffs_mean_the_same() -> None:
    old, new = paragraphs(WELCOME, "We do not sell your personal data."), paragraphs(WELCOME)
    assert told(old, new) == told(old, new)
