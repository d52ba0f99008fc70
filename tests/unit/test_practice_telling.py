"""Which practices a change is told to be about."""

from __future__ import annotations

import pytest

from monitor.diff import compare
from monitor.model import Clause, ClauseKind, Direction, Evidence, Meaning, Significance, ValueKind
from monitor.practices import meaning, read
from monitor.practices.read import statements
from monitor.practices.rules import aspect_label, rules
from monitor.practices.slips import plain_letters
from monitor.text import clause


def paragraphs(*texts: str) -> list[Clause]:
    return [clause(text, ClauseKind.PARAGRAPH) for text in texts]


def told(old: list[Clause], new: list[Clause], language: str = "en") -> Meaning:
    return meaning(compare(old, new), language)


WELCOME = "Thank you for reading this page with care."


class TestContext:
    """A line that says little is about what stands around it."""

    lead = "We rely on service providers who process personal data for us:"

    def test_of_the_line_above(self) -> None:
        items = [clause(text, ClauseKind.LIST_ITEM) for text in ("Northcask (hosting);", "Mailwren (letters).")]
        more = clause("Peekline (pictures of how pages are read);", ClauseKind.LIST_ITEM)
        found = told([*paragraphs(self.lead), *items], [*paragraphs(self.lead), items[0], more, items[1]])
        assert found.practices[0] == "third-party-sharing"

    def test_of_nothing_without_it(self) -> None:
        found = told(paragraphs(WELCOME), paragraphs(WELCOME, "Ask for the blue room."))
        assert found.practices == ()
        assert found.headline == "words differ"


class TestDates:
    """The date that a document gives of itself is nothing that it does."""

    old = "This Privacy Policy applies from January 17, 2022. The previous version applies until then."

    def test_alone_it_is_cosmetic(self) -> None:
        for old, new in (
            (paragraphs(WELCOME), paragraphs(WELCOME, self.old)),
            (paragraphs(WELCOME, self.old), paragraphs(WELCOME)),
        ):
            found = told(old, new)
            assert found.significance is Significance.COSMETIC
            assert found.practices == ()

    def test_beside_another_change_it_is_not_told(self) -> None:
        biometric = "If you take part in photo verification, we collect your face geometry, which is biometric data."
        found = told(paragraphs(WELCOME), paragraphs(WELCOME, self.old, biometric))
        assert found.practices[0] == "first-party-collection"
        assert "policy-change" not in found.practices


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("You can ask us to to erase your account.", "You can ask us to erase your account."),
        ("Lost keys can not be replaced.", "Lost keys cannot be replaced."),
        ("We don't sell your data.", "We do not sell your data."),
        ("You won't be charged.", "You will not be charged."),
    ],
)
def test_the_same_letters_are_the_same_words(old: str, new: str) -> None:
    assert told(paragraphs(WELCOME, old), paragraphs(WELCOME, new)).significance is Significance.COSMETIC


def test_other_letters_are_not() -> None:
    assert plain_letters(["we", "may", "sell"]) != plain_letters(["we", "may", "not", "sell"])


def test_a_right_that_reaches_more_states_is_more_protective() -> None:
    before = "If you are a resident of Virginia, you may appeal when we deny your privacy request."
    after = "If you are a resident of Delaware, Iowa or Virginia, you may appeal when we deny your privacy request."
    found = told(paragraphs(WELCOME, before), paragraphs(WELCOME, after))
    assert found.direction is Direction.MORE
    assert {"user-access", "specific-audiences"} & set(found.practices)
    back = told(paragraphs(WELCOME, after), paragraphs(WELCOME, before))
    assert back.direction is Direction.LESS


def test_a_choice_does_not_make_up_for_the_practice_it_comes_with() -> None:
    found = told(
        paragraphs(WELCOME),
        paragraphs(
            WELCOME,
            "We collect your precise location and share it with advertisers.",
            "You can opt out of this at any time.",
        ),
    )
    assert found.direction is Direction.LESS
    alone = told(paragraphs(WELCOME), paragraphs(WELCOME, "You can opt out of this at any time."))
    assert alone.direction is Direction.MORE


def test_a_limit_of_liability_is_less_protective() -> None:
    before = "Our liability is limited by law."
    after = "Our liability is limited to 100 dollars by law."
    assert told(paragraphs(WELCOME, before), paragraphs(WELCOME, after)).direction is Direction.LESS


def test_a_period_in_brackets_is_quoted_without_them() -> None:
    (fact,) = [f for f in read(clause("We keep your messages (36 months).", ClauseKind.PARAGRAPH), "en") if f.values]
    (value,) = [value for value in fact.values if value.kind is ValueKind.DURATION]
    assert (value.text, value.normal) == ("36 months", "P3Y")


@pytest.mark.parametrize(
    ("language", "text", "practice"),
    [
        ("en", "Nothing here is kept out of the hands of those who run adverts on our behalf.", "third-party-sharing"),
        ("fr", "Un algorithme classe les annonces selon vos goûts.", "automated-decisions-ai"),
        ("de", "Unsere Server stehen in einem bewachten Rechenzentrum mit Zutrittskontrolle.", "data-security"),
        ("ms", "Tuan boleh memohon salinan rekod di kaunter dengan membawa kad pengenalan.", "user-access"),
    ],
)
def test_the_model_votes_in_every_language(language: str, text: str, practice: str) -> None:
    (statement,) = statements(clause(text, ClauseKind.PARAGRAPH), language)
    assert statement.topic == practice
    assert statement.about("eligibility") < statement.about(practice)


def test_what_the_model_alone_sees_has_no_parts_where_something_is_negated() -> None:
    texts = ("Voice is turned into text with the help of a language model.", "No voice ever reaches a language model.")
    for text in texts:
        for fact in read(clause(text, ClauseKind.PARAGRAPH), "en"):
            if fact.evidence is Evidence.MODEL:
                negated = text.startswith("No ")
                assert fact.aspect == ("mention" if negated else "about")
                assert not (negated and fact.data)


def test_every_aspect_reads_as_words() -> None:
    for group in rules().values():
        for rule in group:
            assert "-" not in aspect_label(rule.aspect) or rule.aspect == "opt-in"
    assert aspect_label("about") == aspect_label("mention") == ""


def test_a_clause_of_a_million_characters_is_read_to_a_bound() -> None:
    long = "We keep your messages for 30 days. " * 40_000
    found = read(clause(long, ClauseKind.PARAGRAPH), "en")
    assert 0 < len(found) < 2_000
