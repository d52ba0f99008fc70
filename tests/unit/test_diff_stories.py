"""What a reader is told when somebody changes a policy."""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.diff import apply, compare, invert, marks, restrict, words
from monitor.model import Clause, ClauseKind, Diff, EditKind, Link, Operation
from monitor.text import clause, clause_digest

PARAGRAPH, HEADING, ITEM, ROW = ClauseKind.PARAGRAPH, ClauseKind.HEADING, ClauseKind.LIST_ITEM, ClauseKind.TABLE_ROW


def said(*texts: str) -> list[Clause]:
    return [clause(text, PARAGRAPH) for text in texts]


def heading(text: str, level: int = 2) -> Clause:
    return replace(clause(text, HEADING), level=level)


def row(*cells: str, heads: tuple[str, ...] = ("What", "Why", "How long")) -> Clause:
    return replace(clause(" | ".join(cells), ROW), cells=tuple(zip(heads, cells, strict=True)))


def labelled(label: str, text: str) -> Clause:
    return replace(clause(text, ITEM), label=label)


def told(diff: Diff) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    assert apply(diff.old, diff) == diff.new
    assert compare(diff.new, diff.old) == invert(diff)
    return [(operation.kind.value, operation.old, operation.new) for operation in diff.operations]


def redline(old: str, new: str) -> str:
    shown = {EditKind.EQUAL: "{}", EditKind.DELETE: "[-{}-]", EditKind.INSERT: "{{+{}+}}"}
    return "".join(shown[edit.kind].format(edit.text) for edit in words(old, new))


POLICY = said(
    "We collect your name and address when you open an account with us.",
    "We keep your data for 30 days after you close your account.",
    "You may ask us for a copy of everything that we hold about you.",
    "Our partners in advertising never learn who you are.",
    "Write to the data protection officer at our office in Ghent.",
)


def test_the_same_text_has_no_operations() -> None:
    assert told(compare(POLICY, list(POLICY))) == []
    assert told(compare([], [])) == []


def test_a_period_grows_from_days_to_months() -> None:
    new = POLICY.copy()
    new[1] = clause("We keep your data for 24 months after you close your account.", PARAGRAPH)
    diff = compare(POLICY, new)
    assert told(diff) == [("modified", (1,), (1,))]
    assert [(e.kind.value, e.text) for e in diff.operations[0].words] == [
        ("equal", "We keep your data for "),
        ("delete", "30 days"),
        ("insert", "24 months"),
        ("equal", " after you close your account."),
    ]


def test_a_clause_comes_and_another_goes() -> None:
    new = [*POLICY[:2], *POLICY[3:], clause("We sell location histories to data brokers every week.", PARAGRAPH)]
    assert told(compare(POLICY, new)) == [("removed", (2,), ()), ("added", (), (4,))]


def test_everything_is_new_or_gone() -> None:
    assert told(compare([], POLICY[:2])) == [("added", (), (0,)), ("added", (), (1,))]
    assert told(compare(POLICY[:2], [])) == [("removed", (0,), ()), ("removed", (1,), ())]


def test_a_clause_moves_to_the_end() -> None:
    assert told(compare(POLICY, [*POLICY[:1], *POLICY[2:], POLICY[1]])) == [("moved", (1,), (4,))]


def test_a_clause_moves_and_changes() -> None:
    moved = clause("You may ask us once a year for a copy of everything that we hold about you.", PARAGRAPH)
    diff = compare(POLICY, [moved, *POLICY[:2], *POLICY[3:]])
    assert told(diff) == [("moved", (2,), (0,))]
    assert [e.text for e in diff.operations[0].words if e.kind is EditKind.INSERT] == [" once a year"]


def test_a_section_moves_with_its_short_heading_and_a_changed_clause() -> None:
    section = [heading("Cookies"), *said("Cookies remember your language.", "You can block cookies in your browser.")]
    changed = [*section[:2], clause("You can block most cookies in your browser.", PARAGRAPH)]
    diff = compare([*section, *POLICY], [*POLICY, *changed])
    assert told(diff) == [("moved", (0,), (5,)), ("moved", (1,), (6,)), ("moved", (2,), (7,))]
    assert [bool(operation.words) for operation in diff.operations] == [False, False, True]


def test_a_short_clause_alone_does_not_move_but_goes_and_comes() -> None:
    assert told(compare([heading("Scope"), *POLICY], [*POLICY, heading("Scope")])) == [
        ("removed", (0,), ()),
        ("added", (), (5,)),
    ]


def test_a_sentence_gets_a_paragraph_of_its_own_and_back() -> None:
    whole = clause("We use cookies on all our pages. You can refuse them in the settings at any time.", PARAGRAPH)
    parts = said("We use cookies on all our pages.", "You can refuse them in the settings at any time.")
    assert told(compare([*POLICY, whole], [*POLICY, *parts])) == [("split", (5,), (5, 6))]
    diff = compare([*POLICY, *parts], [*POLICY, whole])
    assert told(diff) == [("merge", (5, 6), (5,))]
    assert diff.operations[0].words == ()


def test_a_split_in_four_with_words_changed() -> None:
    sentences = [
        "We share data with banks.", "We share reports with the tax office.",
        "We share nothing with advertisers whatsoever.", "We tell you about every request in writing.",
    ]  # fmt: skip
    changed = [*sentences[:3], "We tell you about each request in writing."]
    diff = compare(said(POLICY[0].text, " ".join(sentences)), said(POLICY[0].text, *changed))
    assert told(diff) == [("split", (1,), (1, 2, 3, 4))]
    assert [e.text for e in diff.operations[0].words if e.kind is not EditKind.EQUAL] == ["every", "each"]


def test_a_paragraph_and_what_followed_it_become_one_with_a_stranger_before() -> None:
    stranger = clause("Mediation takes place in Antwerp and is free of charge for consumers.", PARAGRAPH)
    joined = clause(f"{POLICY[1].text} Backups live a week longer. {POLICY[2].text}", PARAGRAPH)
    old = [POLICY[0], POLICY[1], clause("Backups live a week longer.", PARAGRAPH), *POLICY[2:]]
    assert told(compare(old, [POLICY[0], stranger, joined, *POLICY[3:]])) == [
        ("added", (), (1,)),
        ("merge", (1, 2, 3), (2,)),
    ]


def test_a_part_of_a_removed_clause_turns_up_split_elsewhere() -> None:
    whole = clause(
        "Children under sixteen may not use the service without consent. Parents can ask us to delete such accounts.",
        PARAGRAPH,
    )
    parts = said(
        "Children under sixteen may not use the service without consent.",
        "Parents can ask us to delete such accounts.",
    )
    assert told(compare([whole, *POLICY], [*POLICY, *parts])) == [("split", (0,), (5, 6))]


def test_a_removed_clause_turns_up_in_three_parts_elsewhere() -> None:
    sentences = [
        "Children under sixteen may not use the service without consent.",
        "Parents can ask us at any moment to delete such accounts.",
        "Schools that order for a class answer for its pupils alone.",
    ]
    whole = clause(" ".join(sentences), PARAGRAPH)
    assert told(compare([whole, *POLICY], [*POLICY, *said(*sentences)])) == [("split", (0,), (5, 6, 7))]
    assert told(compare([*POLICY, *said(*sentences)], [whole, *POLICY])) == [("merge", (5, 6, 7), (0,))]


def test_a_clause_much_changed_inside_a_block_that_moved() -> None:
    block = said(
        "Disputes go to the court of Ghent unless the law says otherwise.",
        "You pay no fee for a complaint.",
        "The mediator answers within ninety days of your letter.",
    )
    changed = [block[0], clause("You pay a small fee for every appeal.", PARAGRAPH), block[2]]
    assert told(compare([*block, *POLICY], [*POLICY, *changed])) == [
        ("moved", (0,), (5,)),
        ("moved", (1,), (6,)),
        ("moved", (2,), (7,)),
    ]
    strange = [block[0], *said("Swans nest here.", "Nobody knows why."), block[2]]
    assert ("removed", (1,), ()) in told(compare([*block, *POLICY], [*POLICY, *strange]))


def test_only_the_confirmed_operations_are_done() -> None:
    def linked(label: str, text: str, target: str) -> Clause:
        return replace(labelled(label, text), links=(Link("here", target), Link("there", "https://c.example")))

    old = [linked("4.1", "Read more about it here or there.", "https://a.example"), *POLICY]
    new = [*POLICY[:4], linked("4.2", "Read much more about it here or there.", "https://b.example"), POLICY[4]]
    diff = compare(old, new)
    moved, renumbered, relinked = diff.operations
    assert [op.kind for op in diff.operations] == ["moved", "renumbered", "relinked"]

    def after(*done: Operation) -> tuple[Clause, ...]:
        return restrict(diff, lambda operation: operation in done)

    assert after() == tuple(old)
    assert after(moved, renumbered, relinked) == tuple(new)
    assert after(renumbered) == (replace(old[0], label="4.2"), *POLICY)
    assert after(relinked) == (replace(old[0], links=new[4].links), *POLICY)
    assert after(moved) == (*POLICY[:4], replace(new[4], label="4.1", links=old[0].links), POLICY[4])


def test_a_heading_that_became_text_is_confirmed_apart_from_its_number() -> None:
    old, new = [replace(heading("Your choices"), label="1.")], [labelled("2.", "Your choices")]
    diff = compare(old, new)
    renumbered, restyled = diff.operations
    assert restrict(diff, lambda operation: operation is restyled) == (replace(new[0], label="1."),)
    assert restrict(diff, lambda operation: operation is renumbered) == (replace(old[0], label="2."),)


def test_marks_tell_which_operation_is_meant() -> None:
    old = [heading("Data"), replace(POLICY[0], label="1", links=(Link("here", "https://a.example"),)), *POLICY[1:]]
    new = [heading("Data", 3), replace(POLICY[0], label="2", links=(Link("here", "https://b.example"),)), *POLICY[2:]]
    diff = compare(old, new)
    digest, gone = POLICY[0].digest, POLICY[1].digest
    assert [(op.kind.value, marks(diff, op)) for op in diff.operations] == [
        ("restyled", (f"-{old[0].digest}~heading2", f"+{old[0].digest}~heading3")),
        ("renumbered", (f"-{digest}#1", f"+{digest}#2")),
        ("relinked", (f"-{digest}>https://a.example", f"+{digest}>https://b.example")),
        ("removed", (f"-{gone}", f"-{gone}!")),
    ]


def test_numbers_change_and_bullets_do_not_count() -> None:
    old = [labelled("4.1", POLICY[0].text), labelled("•", POLICY[1].text), labelled("(a)", POLICY[2].text)]
    new = [labelled("4.2", POLICY[0].text), labelled("–", POLICY[1].text), labelled("a.", POLICY[2].text)]
    assert told(compare(old, new)) == [("renumbered", (0,), (0,))]


def test_a_clause_with_other_words_and_another_number_is_told_twice() -> None:
    old = [labelled("4.1", POLICY[1].text)]
    new = [labelled("5.1", POLICY[1].text.replace("30", "90"))]
    assert told(compare(old, new)) == [("modified", (0,), (0,)), ("renumbered", (0,), (0,))]


def test_a_link_leads_elsewhere() -> None:
    def linked(text: str, *targets: str) -> Clause:
        return replace(clause(text, PARAGRAPH), links=tuple(Link("our terms", target) for target in targets))

    here, there = "https://example.org/terms", "https://example.org/terms-2"
    assert told(compare([linked("See our terms.", here)], [linked("See our terms.", there)])) == [
        ("relinked", (0,), (0,))
    ]
    assert told(compare([linked("See our terms.", here)], [linked("See all our terms.", there)])) == [
        ("modified", (0,), (0,)),
        ("relinked", (0,), (0,)),
    ]
    # The words tell that a link came with them.
    assert told(compare([linked("See here.")], [linked("See here our terms.", here)])) == [("modified", (0,), (0,))]


def test_a_heading_becomes_a_paragraph_but_a_list_item_is_laid_out_freely() -> None:
    text = "Your choices about advertising"
    assert told(compare([heading(text)], said(text))) == [("restyled", (0,), (0,))]
    assert told(compare([heading(text)], [heading(text, 3)])) == [("restyled", (0,), (0,))]
    assert told(compare([clause(text, ITEM)], said(text))) == []


def test_white_space_and_quotes_are_not_told() -> None:
    assert told(compare(said("The “service”  we\nprovide"), said('The "service" we provide'))) == []


def test_a_row_is_added_to_a_table_of_near_twins() -> None:
    old = [
        row("E-mail", "Sign-in", "2 years"),
        row("Phone", "Sign-in", "2 years"),
        row("Address", "Billing", "10 years"),
    ]
    new = [*old[:1], row("Fingerprint", "Sign-in", "2 years"), *old[1:]]
    assert told(compare(old, new)) == [("added", (), (1,))]


def test_rows_are_known_by_their_first_cell() -> None:
    old = [row("E-mail", "Sign-in and news", "2 years"), row("Phone", "Sign-in and safety", "2 years")]
    new = [
        row("Passport", "Sign-in and safety", "3 years"),
        row("E-mail", "Sign-in and safety", "3 years"),
        row("Phone", "Sign-in and safety", "3 years"),
    ]
    assert told(compare(old, new)) == [("added", (), (0,)), ("modified", (0,), (1,)), ("modified", (1,), (2,))]


def test_columns_that_change_places_are_the_same_rows() -> None:
    heads = ("What", "How long", "Why")
    old = [row("Address of your home", "Billing of orders", "10 years"), row("Phone", "Safety", "2 years")]
    new = [
        row("Address of your home", "10 years", "Billing of orders", heads=heads),
        row("Phone", "2 years", "Safety", heads=heads),
    ]
    assert [kind for kind, *_ in told(compare(old, new))] == ["modified", "modified"]


def test_cell_borders_move_without_a_word() -> None:
    old, new = row("E-mail address", "news", "2 years"), row("E-mail", "address news", "2 years")
    same = replace(new, text=old.text, digest=old.digest)
    assert told(compare([old], [same])) == [("restyled", (0,), (0,))]


def test_one_of_two_equal_clauses_goes() -> None:
    twice = [POLICY[0], POLICY[1], POLICY[2], POLICY[1], POLICY[3]]
    assert told(compare(twice, [twice[0], twice[1], twice[2], twice[4]])) == [("removed", (3,), ())]
    assert told(compare(twice, [twice[0], twice[2], twice[3], twice[4]])) == [("removed", (1,), ())]


def test_equal_clauses_are_told_apart_by_their_headings() -> None:
    same = "We rely on your consent for this, which you can withdraw."
    news, profiles = (replace(clause(same, PARAGRAPH), path=(name,)) for name in ("Newsletters", "Profiling"))
    new = said("A fax is no longer read.", "Ghent has a new harbour master.", "Nobody counts the swans of Bruges.")
    diff = compare(
        [POLICY[0], news, POLICY[1], POLICY[2], profiles, POLICY[4]],
        [POLICY[0], new[0], profiles, new[1], news, new[2], POLICY[4]],
    )
    assert ("moved", (4,), (2,)) in told(diff)


def test_a_heading_is_replaced_where_it_stands() -> None:
    assert told(compare([POLICY[0], heading("Sharing"), POLICY[1]], [POLICY[0], heading("Disclosure"), POLICY[1]])) == [
        ("modified", (1,), (1,))
    ]


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("we keep data", "we keep data", "we keep data"),
        ("", "", ""),
        ("", "new words", "{+new words+}"),
        ("old words", "", "[-old words-]"),
        ("a fee of 3,000 euro", "a fee of 4,000 euro", "a fee of [-3,000-]{+4,000+} euro"),
        ("send an e-mail to us", "send a mail to us", "send [-an e-mail-]{+a mail+} to us"),
        ("don’t sell", "do sell", "[-don’t-]{+do+} sell"),
        ("keep the data safe", "hold the records safe", "[-keep the data-]{+hold the records+} safe"),
        ("keep personal data safe", "hold personal records safe", "[-keep-]{+hold+} personal [-data-]{+records+} safe"),
        ("Data is kept.", "All data is kept.", "[-Data-]{+All data+} is kept."),
        ("we share", "we share, sell", "we share{+, sell+}"),
        ("保存期間は三十日です", "保存期間は九十日です", "保存期間は[-三-]{+九+}十日です"),
        ("one  two", "one two", "one [- -]two"),
        ("two", " two ", "{+ +}two{+ +}"),
        ("a(b)c", "a (b) c", "a{+ +}(b){+ +}c"),
    ],
)
def test_words_inside(old: str, new: str, shown: str) -> None:
    assert redline(old, new) == shown


def test_a_digest_decides_what_is_equal() -> None:
    one = clause("Équipe", PARAGRAPH)
    assert told(compare([one], [replace(one, text="Équipe ")])) == []
    assert clause_digest("Équipe") == one.digest
