from __future__ import annotations

import pytest

from monitor.model import Edit, EditKind, Operation, OperationKind
from monitor.report.summary import LIMIT, summarise
from tests.redlines import clause, marked_up

HEAD = "= h1 | Policy\n= h2 2. | Retention\n"


def said(source: str) -> str:
    diff = marked_up(source)
    return summarise(diff.old, diff.new, diff.operations)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("= p | As it was.", "No clause changed"),
        (HEAD + "~ p | We keep it for [-30 days-]{+24 months+}.", "Retention: “30 days” → “24 months”"),
        (HEAD + "~ p | We keep it for [-30-]{+60+} days.", "Retention: “30 days” → “60 days”"),
        (HEAD + "~ p | We keep it{+ for ever+}.", "Retention: added “for ever”"),
        (HEAD + "~ p | We {+may +}sell [-no -]data.", "Retention: added “may”, 1 more edit"),
        (HEAD + "~ p | We keep [-no-]{+some+} [-data-]{+records+}.", "Retention: “no data” → “some records”"),
        (HEAD + "~ p | We do [-not -]sell it.", "Retention: removed “not”"),
        ("~ p | It is {+un+}safe.", "added “un”"),
        (HEAD + "+ p | We may keep it.", "1 clause added under “Retention”: “We may keep it.”"),
        (HEAD + "- p | We erase it.", "1 clause removed under “Retention”: “We erase it.”"),
        ("+ p | We may keep it.", "1 clause added: “We may keep it.”"),
        ("+ h2 | Tracking", "1 clause added under “Tracking”"),
        (HEAD + "+ p | One.\n+ p | Two.\n- p | Three.", "2 clauses added, 1 removed under “Retention”"),
        (HEAD + "+ p | One.\n= h2 | Sharing\n- p | Two.", "1 clause added, 1 removed in 2 sections"),
        ("= h1 | P\n+ h2 | AI\n+ p | We train.\n+ h3 | More\n+ p | Much.", "Section “AI” added (4 clauses)"),
        ("= h1 | P\n- h2 | AI\n- p | We train.", "Section “AI” removed (2 clauses)"),
        ("= h1 | P\n<a h2 | AI\n<b p | Us.\n= p | Mid.\n>a h2 | AI\n>b p | Us.", "Section “AI” moved (2 clauses)"),
        ("= h2 | A\n<a p 1.1 | Text.\n= h2 | B\n>a p 2.1 | Text.", "1 clause moved from § 1.1 to § 2.1"),
        ("= h2 | A\n<a p | Text.\n= p | Mid.\n>a p | Text.", "1 clause moved within “A”"),
        ("= h2 | A\n<a p | I{+t+}.\n= h2 | B\n>a p | I{+t+}.", "B: moved, added “t”"),
        (HEAD + "~ p | Write to us{+. We answer in a month+}.", "Retention: added “We answer in a month”"),
        (
            "~ p | Last updated: 1 [-March-]{+June+} 2025\n" + HEAD + "~ p | It is {+un+}safe.",
            "Retention: added “un”",
        ),
        (
            "~ p | Of [-30-]{+60+} days since 2025\n" + HEAD + "~ p | It is {+un+}safe.",
            "“30 days” → “60 days”; 1 more modified",
        ),
        (HEAD + "/ p | One. ¶ Two.", "1 clause split under “Retention”"),
        (HEAD + "& p | One. ¶ Two. ¶ Three.", "3 clauses merged under “Retention”"),
        (HEAD + "# p 1.→2. | One.", "Number 1. → 2. under “Retention”"),
        (HEAD + "# p 1.→2. | One.\n# p 2.→3. | Two.", "2 clauses renumbered under “Retention”"),
        (HEAD + "= p | See here. @here=a>b", "1 clause relinked under “Retention”"),
        (
            "~ p | Updated [-1 May 2025-]{+2 June 2026+}\n" + HEAD + "~ p | Kept [-30 days-]{+24 months+}.",
            "Retention: “30 days” → “24 months”",
        ),
        ("= h1 | P\n~ p | Updated [-1 May 2025-]{+2 June 2026+}", "P: “1 May 2025” → “2 June 2026”"),
        (
            HEAD + "~ p | We [-may-]{+will+} keep it.\n= h2 | Use\n~ p | For [-3-]{+9+} years.\n~ p | I[-t-]{+f+}.",
            "Use: “3 years” → “9 years”; 2 more modified",
        ),
    ],
)
def test_it_reads_well(source: str, line: str) -> None:
    assert said(source) == line


def test_a_modified_clause_whose_words_are_unknown_is_counted() -> None:
    old, new = clause("a"), clause("b")
    operations = [Operation(kind=OperationKind.MODIFIED, old=(n,), new=(n,)) for n in range(2)]
    assert summarise([old, old], [new, new], operations) == "2 clauses modified"


def test_a_white_space_edit_alone_is_counted() -> None:
    words = (Edit(EditKind.EQUAL, "a"), Edit(EditKind.INSERT, " "), Edit(EditKind.EQUAL, "b"))
    operation = Operation(kind=OperationKind.MODIFIED, old=(0,), new=(0,), words=words)
    assert summarise([clause("ab")], [clause("a b")], [operation]) == "1 clause modified"


def test_an_operation_that_names_no_clause_is_survived() -> None:
    assert summarise([], [], [Operation(kind=OperationKind.ADDED)]) == "1 clause added"


def test_long_texts_are_cut_between_words() -> None:
    line = said(f"= h2 | {'Very long heading ' * 9}\n~ p | It is [-{'old words ' * 40}-]{{+{'new words ' * 40}+}}.")
    assert len(line) <= LIMIT
    assert line.startswith("Very long heading Very long heading…: “old words old words")


def test_what_does_not_fit_is_counted_instead() -> None:
    heading = "= h2 | A heading of many words that goes on\n"
    edit = "~ p | [-Some thirty characters it was.-]{+Some forty characters it is now.+} It"
    assert said(f"{heading}{edit}\n{edit}") == "2 clauses modified under “A heading of many words that goes on”"


def test_nothing_in_it_can_end_a_line_or_turn_it_around() -> None:
    line = said("= h2 | Re\u202etention\r\n~ p | We [-keep\x1b[31m-]{+sell\x00+} it.".replace("\r\n~", "\n~"))
    assert line == "Re[U+202E]tention: “keep␛[31m” → “sell␀”"


def test_what_it_is_about_stands_before_mere_numbers() -> None:
    diff = marked_up(HEAD + "+ p | One.\n+ p | Two.\n- p | Three.")
    topic = "sharing and retention (mixed)"
    assert summarise(diff.old, diff.new, diff.operations, topic=topic) == f"{topic}: 2 clauses added, 1 removed"
    long = f"{topic} and {'much ' * 8}more"
    assert summarise(diff.old, diff.new, diff.operations, topic=long) == f"{long}: 3 clauses differ"
