"""What a change means stands first in a message: the weightiest clause, why, and nothing twice."""

from __future__ import annotations

from dataclasses import replace

from monitor.model import Direction, Evidence, Fact, FactChange, FactChangeKind, Meaning, Polarity, Significance
from monitor.report import mail
from monitor.report.layout import Hunk
from monitor.report.meaning import lines, told_line
from monitor.report.phrases import points, topic
from monitor.report.ranking import lead, rank
from monitor.report.redline import Redline, from_diff
from tests.redlines import marked_up

RETENTION = "= h1 | Policy\n~ p | Last updated: 1 [-March-]{+June+} 2025\n= h2 2. | Retention\n"
KEPT = "~ p | We keep your data for [-30 days-]{+24 months+} after you leave.\n"
SOLD = "= h2 3. | Sharing\n~ p | We [-do not-]{+may+} sell your personal data to advertisers.\n"
SAME = "= p | Write to us.\n" * 4


def redline(source: str) -> Redline:
    return from_diff(marked_up(source), title="Acme", old_label="old", new_label="new")


def change(what: str = "fact", **fields: object) -> FactChange:
    fact = Fact(practice="third-party-sharing", aspect=str(fields.pop("aspect", "share")))
    given = {"kind": FactChangeKind.GAINED, "practice": fact.practice, "operation": 0, "new": fact, **fields}
    return FactChange(what=what, **given)  # type: ignore[arg-type]


def meant(*changes: FactChange, direction: Direction = Direction.LESS) -> Meaning:
    return Meaning(
        practices=("third-party-sharing", "data-retention"),
        changes=changes,
        direction=direction,
        reasons=(),
        significance=Significance.SUBSTANTIVE,
        why="",
        headline="",
    )


def said(*changes: FactChange) -> list[str]:
    return lines(meant(*changes))


class TestRank:
    def test_the_clause_that_means_most_comes_first_with_where_it_stands(self) -> None:
        made = redline(RETENTION + KEPT + SAME)
        ranked = rank(made, context=1)
        (first,) = ranked.first
        assert first.path == ("Policy", "2. Retention")
        assert not ranked.is_all  # the date
        assert lead(made) == "retention 30 days → 24 months (less protective: data is kept for longer)"

    def test_what_the_lead_says_is_not_said_again(self) -> None:
        made = redline(RETENTION + KEPT)
        assert rank(made, context=1).first[0].said == ()
        assert mail.text(made).text.count("30 days") == 1

    def test_the_rest_leaves_out_what_stands_first(self) -> None:
        ranked = rank(redline(RETENTION + KEPT + SAME), context=1)
        rest = [row for block in ranked.rest if isinstance(block, Hunk) for row in block.rows]
        assert not any("24 months" in str(row) for row in rest)
        assert any("June" in str(row) for row in rest)

    def test_where_nothing_else_changed_the_message_says_so(self) -> None:
        made = redline("= h2 | Retention\n" + KEPT + SAME)
        assert rank(made, context=1).is_all
        assert mail.text(made).text.endswith("\nNothing else changed.\n")
        assert "Nothing else changed." in mail.html(made).text

    def test_every_clause_that_means_something_has_its_reason_beside_it(self) -> None:
        text = mail.text(redline(RETENTION + KEPT + SOLD)).text
        sold = text.index("* sale of data")
        assert sold < text.index("sell your personal data to advertisers") < text.index("Also changed")

    def test_without_meaning_all_stands_in_the_order_of_the_text(self) -> None:
        made = redline("~ p | Hel[-l-]o.\n" + SAME)
        assert rank(made, context=1).first == ()
        assert "Also changed" not in mail.text(made).text
        assert lead(made) == made.summary

    def test_a_bound_cuts_off_what_means_least_and_leaves_no_heading_alone(self) -> None:
        words = "the sea was calm that day, " * 8
        days = (f"= h2 | S{n}\n~ p | The weather was [-fine-]{{+good+}} and {words}{n}.\n" for n in range(40))
        source = "".join(days)
        small = mail.html(redline(source + "= h2 | Retention\n" + KEPT), limit=2_000)
        assert small.shown
        assert small.left
        assert "24 months" in small.text
        text = mail.text(redline(source + "= h2 | Retention\n" + KEPT), limit=700).text
        assert not text.rstrip().splitlines()[-1].startswith(("==", "*", "Also", "-"))

    def test_no_clause_takes_all_the_room(self) -> None:
        long = redline(f"= h2 | Retention\n{KEPT}= h2 | More\n+ p | We sell your data. {'blah ' * 2_000}")
        found = mail.text(long, limit=3_000)
        assert found.left == 0
        assert "more characters]" in found.text

    def test_what_moved_keeps_its_reason(self) -> None:
        source = (
            "= h2 | A\n<a p | We keep your data for [-30 days-]{+24 months+} after you leave.\n= h2 | B\n"
            ">a p | We keep your data for [-30 days-]{+24 months+} after you leave.\n"
        )
        text = mail.text(redline(source)).text
        assert "(moved" in text
        assert text.count("24 months") == 1

    def test_a_clause_to_which_two_things_happened_stands_once(self) -> None:
        made = redline("= h2 | Retention\n~ p 4→5 | We keep it [-briefly-]{+long+}.\n" + SAME)
        both = (change(operation=0, direction=Direction.LESS), change("value", operation=1, after="x"))
        ranked = rank(replace(made, meaning=meant(*both)), context=1)
        (first,) = ranked.first
        assert first.entries[0].numbers == (0, 1)
        assert ranked.is_all

    def test_what_only_moved_stands_in_its_place(self) -> None:
        made = redline("<a p | Tea is served.\n= p | Mid.\n= p | End.\n>a p | Tea is served{+ hot+}.")
        text = mail.text(made).text
        assert text.startswith("< (Moved to")
        assert text.endswith("> Tea is served{+ hot+}.\n")
        assert "Moved from" in mail.html(made).text


class TestPhrases:
    def test_what_of_a_practice_is_named_where_it_says_more(self) -> None:
        erased = Fact(practice="user-access", aspect="erase", polarity=Polarity.DOES_NOT)
        assert said(change()) == ["sharing: newly stated"]
        assert said(change(kind=FactChangeKind.LOST, practice="user-access", old=erased, new=None)) == [
            "rights (erase, not done): no longer stated"
        ]

    def test_a_reason_that_says_what_happened_is_the_phrase(self) -> None:
        assert said(change(direction=Direction.MORE, reason="a new promise not to")) == [
            "sharing: a new promise not to (more protective)"
        ]
        assert said(change("value", after="Acme", direction=Direction.LESS, reason="a new recipient")) == [
            "sharing: Acme added (less protective: a new recipient)"
        ]
        assert said(change("value", after="Acme", direction=Direction.LESS)) == [
            "sharing: Acme added (less protective)"
        ]

    def test_inner_things_are_called_what_they_are(self) -> None:
        assert said(change("condition", after="legal-obligation")) == [
            "sharing: the condition “legal obligation” is new"
        ]
        assert said(change("modality", before="stated", after="may")) == ["sharing: “is done” → “may be”"]

    def test_the_model_alone_is_no_line(self) -> None:
        seen = Fact(practice="third-party-sharing", aspect="about", evidence=Evidence.MODEL)
        assert points(meant(change(new=seen))) == ()

    def test_one_value_of_a_clause_is_told_once(self) -> None:
        ages = [
            change("value", before="13 years", after="16 years", practice=practice)
            for practice in ("first-party-collection", "specific-audiences")
        ]
        alone = change("value", before="13 years")
        assert said(*ages, alone) == ["collection 13 years → 16 years"]

    def test_clauses_with_a_direction_come_first(self) -> None:
        found = points(meant(change(operation=3), change(operation=5, direction=Direction.MORE, reason="x")))
        assert [point.operation for point in found] == [5, 3]

    def test_a_topic_names_practices_and_the_direction(self) -> None:
        assert topic(meant(direction=Direction.MIXED)) == "sharing and retention (mixed)"
        assert topic(meant(direction=Direction.UNCLEAR)) == "sharing and retention"

    def test_the_words_of_a_change_are_told_with_its_direction(self) -> None:
        diff = marked_up("= h2 | Rights\n~ p | Write to us{+. We answer in a month+}.")
        found = meant(change(direction=Direction.MORE), direction=Direction.MORE)
        line = told_line(found, diff.old, diff.new, diff.operations)
        assert line == "Rights: added “We answer in a month” (more protective)"
        long = marked_up(
            f"= h2 | {'Rights ' * 6}\n~ p | Write to us{{+. We answer {'in ' * 12}a month+}} and {{+us+}}."
        )
        assert told_line(found, long.old, long.new, long.operations).endswith("more edit")

    def test_a_line_says_how_much_else_there_is(self) -> None:
        diff = marked_up(KEPT + "+ p | Tea is served at four.\n+ p | Cake too.")
        found = meant(change("value", before="a", after="b", direction=Direction.LESS))
        assert told_line(found, diff.old, diff.new, diff.operations) == (
            "sharing a → b (less protective); 2 more clauses"
        )
