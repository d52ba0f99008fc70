from __future__ import annotations

import io
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import html as lxml_html
from rich.console import Console

from monitor.model import Bracket, ChangeKind, ClauseKind, Diff, Edit, EditKind, Link, Operation, OperationKind
from monitor.report import document, mail, markdown, page, runs, terminal
from monitor.report.cells import row_cells
from monitor.report.harmless import shorten, visible
from monitor.report.layout import Departure, Entry, Fold, Hunk, Move, Pair, Relink, lay_out, relinks
from monitor.report.outline import log_table, outline
from monitor.report.places import Places
from monitor.report.redline import Redline, from_change, from_diff, from_versions
from tests.notices import BOOKSHOP, changed, seen
from tests.redlines import clause, edits, marked_up


def view(source: str, **fields: object) -> Redline:
    made = from_diff(marked_up(source), title="A policy", old_label="old.html", new_label="new.html")
    return replace(made, **fields)  # type: ignore[arg-type]


def printed(renderable: object, **options: object) -> str:
    file = io.StringIO()
    Console(**({"file": file, "width": 80} | options)).print(renderable)  # type: ignore[arg-type]
    return file.getvalue()


def parsed(redline: Redline) -> lxml_html.HtmlElement:
    return lxml_html.document_fromstring(page.render(redline))


class TestLayout:
    def test_what_is_gone_stands_where_it_stood_before_what_came_instead(self) -> None:
        (hunk,) = lay_out(marked_up("= p | A\n- p | B\n+ p | C\n= p | D"), context=1)
        assert isinstance(hunk, Hunk)
        assert [row.kind if isinstance(row, Entry) else "stayed" for row in hunk.rows] == [
            "stayed",
            "removed",
            "added",
            "stayed",
        ]

    def test_what_is_gone_from_the_top_comes_first(self) -> None:
        (hunk,) = lay_out(marked_up("- p | A\n= p | B"), context=1)
        assert isinstance(hunk, Hunk)
        assert isinstance(hunk.rows[0], Entry)

    def test_clauses_that_moved_together_are_one_move(self) -> None:
        source = "<a h2 | A\n<b p | B\n= p | C\n<d p | D\n= p | E\n>a h2 | A\n>b p | B\n= p | F\n>d p | D"
        (hunk,) = lay_out(marked_up(source), context=9)
        assert isinstance(hunk, Hunk)
        moves = [row for row in hunk.rows if isinstance(row, Move)]
        departures = [row.move for row in hunk.rows if isinstance(row, Departure)]
        assert [len(move.entries) for move in moves] == [2, 1]
        assert departures == moves

    def test_unchanged_clauses_are_folded_but_never_a_single_one(self) -> None:
        source = "~ p | {+x+}A\n= p | B\n~ p | {+x+}C\n= p | D\n= p | E\n~ p | {+x+}F"
        one, fold, other = lay_out(marked_up(source), context=0)
        assert isinstance(one, Hunk)
        assert isinstance(fold, Fold)
        assert isinstance(other, Hunk)
        assert fold.pairs == (Pair(3, 3), Pair(4, 4))

    def test_equal_texts_are_one_fold(self) -> None:
        assert lay_out(marked_up("= p | A"), context=3) == (Fold((Pair(0, 0),), ()),)
        assert lay_out(Diff(old=(), new=(), operations=()), context=3) == ()

    def test_renumbering_alone_is_worth_a_row_but_beside_other_changes_it_is_not(self) -> None:
        (alone,) = lay_out(marked_up("# p 1.→2. | A"), context=0)
        assert isinstance(alone, Hunk)
        _, beside = lay_out(marked_up("+ p 1. | X\n# p 1.→2. | A\n# p 2.→3. | B"), context=0)
        assert isinstance(beside, Fold)
        assert beside.renumbered == beside.pairs

    def test_operations_on_the_same_clause_are_one_entry(self) -> None:
        (hunk,) = lay_out(marked_up("~ p 1.→2. | A{+x+} @l=a>b"), context=0)
        assert isinstance(hunk, Hunk)
        (entry,) = hunk.rows
        assert isinstance(entry, Entry)
        assert entry.kinds == (OperationKind.MODIFIED, OperationKind.RENUMBERED, OperationKind.RELINKED)
        assert entry.links == (Relink("l", "a", "b"),)

    def test_an_operation_on_many_clauses_is_taken_apart(self) -> None:
        texts = tuple(clause(each) for each in "abcd")
        for operation, rows in (
            (Operation(kind=OperationKind.ADDED, new=(0, 1, 2, 3)), 4),
            (Operation(kind=OperationKind.RENUMBERED, old=(0, 1), new=(0, 1)), 2),
        ):
            old = texts[: len(operation.old)] if operation.old else ()
            new = texts[: len(operation.new)]
            (hunk,) = lay_out(Diff(old=old, new=new, operations=(operation,)), context=0)
            assert isinstance(hunk, Hunk)
            assert len(hunk.rows) == rows

    def test_an_operation_of_uneven_sides_is_kept_whole(self) -> None:
        texts = tuple(clause(each) for each in "abc")
        operation = Operation(kind=OperationKind.MOVED, old=(0, 1), new=(0,))
        (hunk,) = lay_out(Diff(old=texts[:2], new=texts[2:], operations=(operation,)), context=0)
        assert isinstance(hunk, Hunk)
        departure, move = hunk.rows
        assert isinstance(departure, Departure)
        assert isinstance(move, Move)
        assert move.entries[0].words == (Edit(EditKind.DELETE, "a b"), Edit(EditKind.INSERT, "c"))

    def test_operations_that_do_not_fit_are_refused(self) -> None:
        with pytest.raises(ValueError, match="2 old clauses but 1 new"):
            lay_out(Diff(old=(clause("a"), clause("b")), new=(clause("a"),), operations=()), context=1)

    def test_links_are_paired_by_their_text(self) -> None:
        old = [clause("x", links=(Link("one", "a"), Link("two", "b"), Link("gone", "c"), Link("same", "s")))]
        new = [clause("x", links=(Link("same", "s"), Link("two", "B"), Link("one", "A"), Link("new", "d")))]
        assert relinks(old, new) == (
            Relink("one", "a", "A"),
            Relink("two", "b", "B"),
            Relink("gone", "c", None),
            Relink("new", None, "d"),
        )


class TestRuns:
    def test_cutting_and_sides(self) -> None:
        words = edits("We [-may-]{+will+} keep it")
        assert runs.text_of(runs.old_side(words)) == "We may keep it"
        assert runs.text_of(runs.new_side(words)) == "We will keep it"
        assert runs.cut(words, 1, 5) == (Edit(EditKind.EQUAL, "e "), Edit(EditKind.DELETE, "ma"))
        assert runs.capped(words, 100) == words
        assert runs.text_of(runs.capped(words, 4)) == "We m… [14 more characters]"

    def test_only_a_long_text_of_which_little_stayed_is_a_rewrite(self) -> None:
        assert not runs.is_rewrite(edits("[-a-]{+b+}"))
        assert not runs.is_rewrite(edits(f"{'stays ' * 20}[-a-]{{+b+}}"))
        assert not runs.is_rewrite(edits(f"{{+{'comes ' * 20}+}}"))
        assert runs.is_rewrite(edits(f"It [-{'goes ' * 20}-]{{+{'comes ' * 20}+}}"))

    @pytest.mark.parametrize("joiner", [" ", "\n", "", "  "])
    def test_borders_are_found_however_the_clauses_were_joined(self, joiner: str) -> None:
        words = edits(f"One [-a-]{{+b+}}.{joiner}Two.{joiner}Three.")
        marked = runs.with_borders(words, ["One b.", "Two.", "Three."], EditKind.INSERT)
        assert [edit for edit in marked if edit.text == "¶ "] == [Edit(EditKind.INSERT, "¶ ")] * 2
        assert runs.text_of(runs.old_side(marked)) == f"One a.{joiner}Two.{joiner}Three."

    def test_long_equal_runs_are_shortened_around_the_edits(self) -> None:
        filler = " ".join(f"word{number}" for number in range(200))
        shown = runs.elided(edits(f"{filler} [-a-]{{+b+}} {filler} {{+c+}} {filler}"), around=30, longest=50)
        texts = [edit.text for edit in shown]
        assert texts[0] == "… word197 word198 word199 "
        assert texts[3].startswith(" word0 word1")
        assert " … " in texts[3]
        assert texts[3].endswith("word199 ")
        assert texts[5].endswith("…")
        assert runs.text_of(runs.elided(edits("short"), around=1, longest=1)) == "short"

    def test_of_a_text_that_stayed_only_its_start_is_shown(self) -> None:
        (shown,) = runs.elided(edits("word " * 100), around=20, longest=5)
        assert shown.text == "word word word word …"

    def test_long_edits_are_cut_with_a_note(self) -> None:
        (shown,) = runs.elided(edits(f"{{+{'x' * 90}+}}"), around=5, longest=10)
        assert shown.text == f"{'x' * 9}… [80 more characters]"


class TestCells:
    def test_words_are_marked_inside_their_cells(self) -> None:
        diff = marked_up("~ row | Who: Quay | Why: [-Mail-]{+Mail, ads+}")
        rows = list(row_cells(diff.operations[0].words, diff.old[0], diff.new[0]))
        assert rows[0] == ("Who", (Edit(EditKind.EQUAL, "Quay"),), (Edit(EditKind.EQUAL, "Quay"),))
        assert rows[1] == ("Why", (Edit(EditKind.DELETE, "Mail"),), (Edit(EditKind.INSERT, "Mail, ads"),))

    def test_a_row_whose_text_is_not_its_cells_is_compared_cell_by_cell(self) -> None:
        old = clause("odd", kind=ClauseKind.TABLE_ROW, cells=(("", "one"), ("H", "two"), ("", "")))
        new = clause("odd", kind=ClauseKind.TABLE_ROW, cells=(("", "one"), ("H", "2"), ("New", "x")))
        rows = list(row_cells(edits("odd"), old, new))
        assert rows[0] == ("", (Edit(EditKind.EQUAL, "one"),), (Edit(EditKind.EQUAL, "one"),))
        assert rows[1] == ("H", (Edit(EditKind.DELETE, "two"),), (Edit(EditKind.INSERT, "2"),))
        assert rows[-1] == ("New", (), (Edit(EditKind.INSERT, "x"),))

    def test_columns_of_one_name_stay_apart(self) -> None:
        old = clause("a b", kind=ClauseKind.TABLE_ROW, cells=(("H", "a"), ("H", "b")))
        assert [head for head, _, _ in row_cells(edits("a b"), old, old)] == ["H", "H"]


class TestPlaces:
    def test_a_number_says_it_best_then_the_heading(self) -> None:
        diff = marked_up("= p | Top\n= h2 4. | Keep\n= p 4.2(b). | A\n= li (a) | B\n= li • | C\n= h3 | Sub")
        places = Places(diff.new)
        assert [places.of(index) for index in range(6)] == [
            "the text without a heading",
            "§ 4",
            "§ 4.2(b)",
            "“4. Keep”, (a)",
            "“4. Keep”",
            "“Sub”",
        ]
        assert places.path(5) == ("4. Keep",)


class TestHarmless:
    def test_hidden_characters_show(self) -> None:
        assert visible("a\x00\x1b\x7f\x85\u2028b\u202e\u2066\ud800\U000e0041\ufffe\U0001ffff") == (
            "a␀␛␡  b[U+202E][U+2066]\ufffd[U+E0041]\ufffd\ufffd"
        )

    def test_what_languages_need_stays(self) -> None:
        for text in ("می‌خواهیم", "שלום\u200f", "👩‍👧", "Größe", "數據"):
            assert visible(text) == text

    def test_shortening_prefers_words(self) -> None:
        assert shorten("one two three", 8) == "one two…"
        assert shorten("one two three", 9) == "one two…"
        assert shorten("unbreakable", 5) == "unbr…"
        assert shorten("a unbreakable", 8) == "a unbre…"
        assert shorten("x", 0) == "…"


class TestTerminal:
    def test_colour_strikes_and_underlines_and_marks_stay(self) -> None:
        shown = printed(
            terminal.render(view("~ p | Kept [-30 days-]{+24 months+}.")), force_terminal=True, color_system="standard"
        )
        assert "\x1b[9;31m[-30 days-]\x1b[0m\x1b[4;32m{+24 months+}\x1b[0m" in shown

    def test_marks_may_be_left_to_colour(self) -> None:
        shown = printed(terminal.render(view("~ p | [-30 days-]{+24 months+}."), with_marks=False))
        assert "30 days24 months." in shown

    def test_no_line_is_wider_than_the_screen_or_ends_in_blanks(self) -> None:
        source = f"= h2 | Head\n~ p | {'long words ' * 30}[-a-]{{+b+}}\n+ p | {'x' * 200}"
        for line in printed(terminal.render(view(source)), width=50).splitlines():
            assert len(line) <= 50
            assert line == line.rstrip()

    def test_marks_in_the_page_itself_do_not_pass_for_ours(self) -> None:
        added = Operation(kind=OperationKind.ADDED, new=(0,))
        diff = Diff(old=(), new=(clause("{+forged+} [-forged-]"),), operations=(added,))
        shown = printed(terminal.render(from_diff(diff, title="t", old_label="a", new_label="b")))
        assert r"{\+forged+\}" in shown
        assert r"[\-forged-\]" in shown

    def test_a_whole_section_moved_shows_each_clause_once(self) -> None:
        source = "<a h2 2. | Sale\n<b p 2.1 | We sell.\n= h2 | Mid\n= p | Text\n>a h2 3. | Sale\n>b p 3.1 | We sell."
        shown = printed(terminal.render(view(source)))
        assert "« 2 clauses moved to § 3: Sale" in shown
        assert "» 2 clauses moved from § 2\n» [-2.-]{+3.+} Sale\n» [-2.1-]{+3.1+} We sell." in shown

    def test_the_facts_stand_above(self) -> None:
        notice = changed(silent=True)
        assert notice.change
        assert notice.old
        assert notice.new
        made = from_change(notice.policy, notice.change, notice.old, notice.new, notice.captures)
        shown = printed(terminal.render(replace(made, kind=ChangeKind.RESTORED)), width=120)
        assert "The words changed under an unchanged stated date." in shown
        assert "A text of long ago is back." in shown
        early = Bracket(after=None, before=datetime(2026, 1, 1, tzinfo=UTC))
        shown = printed(terminal.render(replace(made, kind=ChangeKind.REEXTRACTED, bracket=early)), width=120)
        assert "Our reading of the page differs" in shown
        assert "When          not later than 2026-01-01 00:00 UTC" in shown

    def test_a_candidate_is_called_one(self) -> None:
        notice = seen()
        assert notice.old
        assert notice.new
        diff = Diff(old=notice.old.clauses, new=notice.old.clauses, operations=())
        made = from_versions(BOOKSHOP, diff, notice.old, notice.new)
        assert "Not confirmed yet" in printed(terminal.render(made))
        backwards = from_versions(BOOKSHOP, diff, notice.new, notice.old)
        assert backwards.bracket is None
        assert backwards.confirmed

    def test_a_policy_without_a_service_is_called_by_its_name(self) -> None:
        notice = changed()
        assert notice.change
        assert notice.old
        assert notice.new
        nameless = replace(BOOKSHOP, spec=replace(BOOKSHOP.spec, service=""))
        assert from_change(nameless, notice.change, notice.old, notice.new).title == "harbour-lane"


class TestOutline:
    def test_it_nests_by_headings_and_list_levels(self) -> None:
        diff = marked_up("= h1 | P\n= h2 1. | A\n= p | a\n= h3 | B\n= li • | b\n= h2 2. | C\n= row | H: x | : y")
        shown = printed(outline(diff.new, title="T")).splitlines()
        assert [line.rstrip() for line in shown] == [
            "T",
            "└── P",
            "    ├── 1. A",
            "    │   ├── a",
            "    │   └── B",
            "    │       └── • b",
            "    └── 2. C",
            "        └── H: x │ y",
        ]

    def test_long_clauses_are_cut(self) -> None:
        assert "word word…" in printed(outline([clause("word " * 99)], title="T", limit=11))

    def test_the_log_tells_of_kinds_other_than_the_usual(self) -> None:
        notice = changed()
        assert notice.change
        assert notice.new
        change = replace(notice.change, kind=ChangeKind.RESTORED)
        assert "restored" in printed(log_table([notice.new], [change]), width=200)


class TestPage:
    def test_a_move_is_linked_both_ways_and_shows_its_edits(self) -> None:
        tree = parsed(view("<a p 1.1 | It{+ may+} go.\n= p | B\n= p | C\n>a p 2.1 | It{+ may+} go."))
        (move,) = tree.xpath("//div[contains(@class, 'row moved')]")
        (departure,) = tree.xpath("//div[contains(@class, 'row departed')]")
        assert move.xpath(".//a/@href") == [f"#{departure.get('id')}"]
        assert departure.xpath(".//a/@href") == [f"#{move.get('id')}"]
        assert [each.text_content() for each in move.xpath(".//p//ins")] == ["inserted:  may end of insertion "]

    def test_rewrites_and_table_rows_stand_side_by_side(self) -> None:
        rewrite = f"~ p | It [-{'goes ' * 20}-]{{+{'comes ' * 20}+}}"
        tree = parsed(view(f"{rewrite}\n~ row | H: [-a-]{{+b+}}"))
        old, new = tree.xpath("//div[@class='beside']/div")
        assert old.xpath(".//del")
        assert not old.xpath(".//ins")
        assert new.xpath(".//ins")
        assert [cell.text_content() for cell in tree.xpath("//table//tbody//*[self::th or self::td]")] == [
            "H",
            "deleted: a end of deletion ",
            "inserted: b end of insertion ",
        ]

    def test_nothing_is_loaded_and_no_script_may_run(self) -> None:
        tree = parsed(view("~ p | {+x+}A"))
        policy = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert not tree.xpath("//script | //link | //img | //iframe | //@src | //@style")

    def test_addresses_other_than_of_the_web_are_no_links(self) -> None:
        notice = changed()
        assert notice.change
        assert notice.old
        assert notice.new
        spec = replace(BOOKSHOP.spec, urls=("javascript:alert(1)",))
        capture = replace(notice.captures[0], archive_url="data:text/html,x")
        made = from_change(replace(BOOKSHOP, spec=spec), notice.change, notice.old, notice.new, [capture])
        tree = parsed(made)
        assert all(link.startswith("#") for link in tree.xpath("//@href"))
        assert "javascript:alert(1)" in tree.text_content()
        assert "data:text/html,x" in tree.text_content()

    def test_a_section_that_moved_shows_its_clauses_with_their_numbers(self) -> None:
        source = "<a h2 2. | Sale\n<b p 2.1 | We sell.\n= h2 | Mid\n= p | Text\n>a h2 3. | Sale\n>b p 3.1 | We sell."
        (move,) = parsed(view(source)).xpath("//div[contains(@class, 'row moved')]")
        assert len(move.xpath(".//div[@class='part']")) == 2
        assert "2 clauses moved from § 2" in move.text_content()

    def test_equal_texts_say_so(self) -> None:
        assert "No clause changed." in page.render(view("= p | A"))


class TestSizes:
    @pytest.mark.unfollowed  # what is measured is our time, not that of whoever follows each line
    def test_a_clause_of_a_megabyte_is_no_trouble_anywhere(self) -> None:
        words = "consent " * 130_000
        huge = view(f"~ p | {words}[-a-]{{+b+}} {words}\n+ p | {words}\n- p | {'x' * 1_000_000}\n/ p | {words} ¶ It.")
        started = time.process_time()
        assert len(mail.html(huge).text) < mail.HTML_LIMIT
        assert len(mail.text(huge).text) < mail.TEXT_LIMIT
        assert len(markdown.render(huge)) < 100_000
        assert len(printed(terminal.render(huge))) < 200_000
        assert len(page.render(huge)) > 3_000_000
        assert len(document.render(huge)) > 3_000_000
        assert time.process_time() - started < 40  # 17 were seen on a machine at half its pace

    def test_a_clause_of_very_many_facts_is_bounded_for_programs(self) -> None:
        many = view(f"= h1 | Policy\n+ p | {'We may sell your personal data to advertisers. ' * 400}")
        whole, bounded = document.document(many), document.document(many, limit=8_000)
        assert whole["meaning"]
        assert bounded["meaning"]
        assert whole["meaning"]["changes_left_out"] == 0
        kept, left = bounded["meaning"]["changes"], bounded["meaning"]["changes_left_out"]
        assert kept == whole["meaning"]["changes"][: len(kept)]
        assert 0 < len(kept) < len(kept) + left == len(whole["meaning"]["changes"])
        assert len(document.to_json(bounded)) < 16_000

    def test_a_clause_of_a_thousand_edits_is_no_trouble_for_mail(self) -> None:
        many = mail.html(view(f"~ p | {'stay [-go-]{+come+} ' * 1_000}"))
        assert many.shown == 1
        assert len(many.text) < 20_000
        assert "more pieces of this clause" in many.text

    def test_a_clause_of_many_links_is_no_trouble_for_mail(self) -> None:
        sides = [clause("x", links=tuple(Link(f"l{n}", f"{side}/{n}" * 50) for n in range(20_000))) for side in "ab"]
        relinked = Operation(kind=OperationKind.RELINKED, old=(0,), new=(0,))
        made = from_diff(
            Diff(old=(sides[0],), new=(sides[1],), operations=(relinked,)), title="t", old_label="a", new_label="b"
        )
        for found in (mail.html(made), mail.text(made)):
            assert (found.shown, found.left) == (1, 0)
            assert "19990 more links" in found.text.replace(",", "")

    def test_mail_that_is_too_small_shows_nothing_and_says_how_much(self) -> None:
        found = mail.html(view("~ p | {+x+}A\n~ p | {+x+}B"), limit=300)
        assert (found.shown, found.left) == (0, 2)


class TestMarkdown:
    @pytest.mark.parametrize(
        ("text", "escaped"),
        [
            ("1. x", "1\\. x"),
            ("- x", "\\- x"),
            ("# x", "\\# x"),
            ("a*b_c", "a\\*b\\_c"),
            ("<b>", "\\<b\\>"),
            ("see https://x.example and www.x.example", "see https\\://x.example and www\\.x.example"),
            ("@all fixes #12, a@b", "@<!-- -->all fixes #<!-- -->12, a@b"),
            ("2020 was", "2020 was"),
        ],
    )
    def test_escapes_no_more_than_it_must(self, text: str, escaped: str) -> None:
        assert markdown.escaped(text) == escaped

    def test_shows_cells_links_and_moves(self) -> None:
        shown = markdown.render(
            view("~ row | H: [-a-]{+b+} | : c\n<m p | It.\n= p | B @l=a>b\n>m p | It.\n~ p | {+x+} y @k=a>b")
        )
        assert "  - H: <del>a</del> <ins>b</ins>\n  - c\n" in shown
        assert "  - link “l”: <del>a</del><ins>b</ins>" in shown
        assert "- **Moved to" in shown
