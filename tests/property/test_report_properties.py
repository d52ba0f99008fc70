"""Whatever a stranger's page says, every rendering is harmless, complete and the same each time."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from rich.console import Console

from monitor.model import Clause, ClauseKind, Diff, Edit, EditKind, Link, Operation, OperationKind
from monitor.report import document, mail, markdown, page, terminal
from monitor.report.harmless import shorten, visible
from monitor.report.layout import Departure, Entry, Fold, Move, Pair, identify, lay_out
from monitor.report.redline import Redline, from_diff
from monitor.report.summary import LIMIT, summarise
from tests.redlines import clause

DANGEROUS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)
SGR = re.compile(r"\x1b\[[\d;]*m")
ATTACKS = (
    "<script>alert(1)</script>",
    "</p></td></table><h1>",
    '" onmouseover="x',
    "{{ 7*7 }}{% raw %}",
    "\x1b]8;;https://evil.example\x07click\x1b]8;;\x07",
    "\x1b[2J\x1b[31m",
    "\u202egnp.exe",
    "\u2066\u2067",
    "a\r\nBcc: x@evil.example",
    "[-forged-]{+mark+}",
    "[bold red]rich[/bold red]",
    "![x](https://evil.example/p.png)",
    "<https://evil.example>",
    "`code` **bold** ~~gone~~ | cell",
    "@everyone #1",
    "&lt;b&gt;&amp;",
    "\ud800",
    "\U000e0041",
    "<!--",
    "]]>",
    "1. x",
    "- x",
    "# x",
    "\x00",
    "مرحبا\u202c",
    "數據保留三十天",
)
PAGE_TAGS = {
    "html",
    "head",
    "meta",
    "title",
    "style",
    "body",
    "main",
    "h1",
    "h2",
    "h3",
    "p",
    "dl",
    "dt",
    "dd",
    "details",
    "summary",
    "ol",
    "ul",
    "li",
    "a",
    "span",
    "div",
    "section",
    "header",
    "footer",
    "del",
    "ins",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
MAIL_TAGS = {"table", "colgroup", "col", "tr", "td", "span", "br", "s", "u", "div"}
MAIL_ATTRIBUTES = set(
    "role width cellpadding cellspacing style valign align colspan dir class border".split()  # noqa: SIM905 - a list of words
)
text = st.lists(
    st.one_of(
        st.sampled_from(ATTACKS), st.text(min_size=1, max_size=12), st.sampled_from(["we keep", "data", "30 days"])
    ),
    min_size=1,
    max_size=5,
).map(" ".join)
label = st.one_of(st.sampled_from(["", "•", "4.2", "(a)", "iv."]), st.text(max_size=4))
links = st.lists(st.builds(Link, text, text), max_size=2).map(tuple)


@st.composite
def clauses(draw: st.DrawFn, path: tuple[str, ...] = ()) -> Clause:
    kind = draw(st.sampled_from(tuple(ClauseKind)))
    cells = ()
    words = draw(text)
    if kind is ClauseKind.TABLE_ROW:
        cells = tuple(draw(st.lists(st.tuples(text, text), min_size=1, max_size=3)))
        if draw(st.booleans()):
            words = " | ".join(cell for _, cell in cells)
    level = draw(st.integers(1, 6)) if kind in (ClauseKind.HEADING, ClauseKind.LIST_ITEM) else 0
    return clause(words, kind=kind, label=draw(label), links=draw(links), cells=cells, level=level, path=path)


def word_edits(old: str, new: str, keep: int) -> tuple[Edit, ...]:
    """A crude but true diff: the common start, then what goes, then what comes."""
    same = 0
    while same < min(len(old), len(new), keep) and old[same] == new[same]:
        same += 1
    runs = (Edit(EditKind.EQUAL, old[:same]), Edit(EditKind.DELETE, old[same:]), Edit(EditKind.INSERT, new[same:]))
    return tuple(run for run in runs if run.text)


@st.composite
def diffs(draw: st.DrawFn) -> Diff:
    old: list[Clause] = []
    new: list[Clause] = []
    operations: list[Operation] = []
    moving: list[tuple[int, Clause]] = []
    paths = st.lists(text, max_size=2).map(tuple)
    kinds = st.sampled_from(("stay", *OperationKind, "land"))
    for kind in draw(st.lists(kinds, max_size=8)):
        one = draw(clauses(draw(paths)))
        two = one if kind in ("stay", OperationKind.ADDED, OperationKind.REMOVED) else draw(clauses(one.path))
        i, j = len(old), len(new)
        if kind == "stay":
            old.append(one)
            new.append(one)
        elif kind == OperationKind.MOVED:
            moving.append((i, one))
            old.append(one)
        elif kind == "land" and moving:
            source, left = moving.pop(0)
            arrived = draw(st.sampled_from((left, two)))
            words = () if arrived is left else word_edits(left.text, arrived.text, 5)
            operations.append(Operation(kind=OperationKind.MOVED, old=(source,), new=(j,), words=words))
            new.append(arrived)
        elif kind == OperationKind.ADDED:
            new.append(one)
            operations.append(Operation(kind=kind, new=(j,)))
        elif kind == OperationKind.REMOVED:
            old.append(one)
            operations.append(Operation(kind=kind, old=(i,)))
        elif kind == OperationKind.SPLIT:
            old.append(clause(f"{one.text} {two.text}"))
            new += [one, two]
            words = (Edit(EditKind.EQUAL, f"{one.text} {two.text}"),)
            operations.append(Operation(kind=kind, old=(i,), new=(j, j + 1), words=words))
        elif kind == OperationKind.MERGE:
            old += [one, two]
            new.append(clause(f"{one.text} {two.text}"))
            words = (Edit(EditKind.EQUAL, f"{one.text} {two.text}"),)
            operations.append(Operation(kind=kind, old=(i, i + 1), new=(j,), words=words))
        elif isinstance(kind, OperationKind):
            changed = two if kind is OperationKind.MODIFIED else clause(one.text, label=two.label, links=two.links)
            words = word_edits(one.text, two.text, 9) if kind is OperationKind.MODIFIED else ()
            old.append(one)
            new.append(changed)
            operations.append(Operation(kind=kind, old=(i,), new=(j,), words=words))
    operations += [Operation(kind=OperationKind.REMOVED, old=(i,)) for i, _ in moving]
    return Diff(old=tuple(old), new=tuple(new), operations=tuple(operations))


def redline(diff: Diff, title: str) -> Redline:
    return from_diff(diff, title=title, old_label=title, new_label=title)


views = st.builds(redline, diffs(), text)
modest = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@modest
@given(diffs(), st.integers(0, 3))
def test_the_layout_shows_every_clause_once_and_in_order(diff: Diff, context: int) -> None:
    rows = []
    for block in lay_out(diff, context=context):
        rows += block.pairs if isinstance(block, Fold) else block.rows
    shown_old: list[int] = []
    shown_new: list[int] = []
    for row in rows:
        if isinstance(row, Pair):
            shown_old.append(row.old)
            shown_new.append(row.new)
        elif isinstance(row, Departure):
            shown_old += [i for entry in row.move.entries for i in entry.old]
        else:
            for entry in row.entries if isinstance(row, Move) else (row,):
                shown_new += entry.new
                shown_old += entry.old if isinstance(row, Entry) else ()
    assert shown_new == list(range(len(diff.new)))
    assert sorted(shown_old) == list(range(len(diff.old)))
    stayed = [row.old for row in rows if isinstance(row, Pair)]
    assert stayed == sorted(stayed)


@modest
@given(diffs())
def test_identifiers_are_unique_and_do_not_depend_on_other_operations(diff: Diff) -> None:
    found = identify(diff)
    assert len(set(found)) == len(found)
    for number, operation in enumerate(diff.operations):
        alone = identify(Diff(old=diff.old, new=diff.new, operations=(operation,)))[0]
        assert found[number] == alone or re.fullmatch(re.escape(alone) + r"-\d+", found[number])


@modest
@given(views, st.booleans(), st.integers(20, 120))
def test_the_terminal_is_sent_colours_and_nothing_else(view: Redline, colour: bool, width: int) -> None:  # noqa: FBT001
    file = io.StringIO()
    Console(file=file, width=width, force_terminal=colour, color_system="truecolor" if colour else None).print(
        terminal.render(view)
    )
    printed = file.getvalue()
    assert not DANGEROUS.search(SGR.sub("", printed) if colour else printed)
    printed.encode("utf-8")


@modest
@given(views)
def test_the_page_holds_our_tags_only_and_both_texts_whole(view: Redline) -> None:
    rendered = page.render(view)
    assert not DANGEROUS.search(rendered)
    tree = lxml_html.document_fromstring(rendered)
    assert {element.tag for element in tree.iter()} <= PAGE_TAGS
    names = {name for element in tree.iter() for name in element.attrib}
    assert names <= {
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "class",
        "id",
        "dir",
        "role",
        "scope",
        "href",
        "open",
        "rel",
    }
    assert all(link.startswith("#") for link in tree.xpath("//@href"))
    known = set(tree.xpath("//@id"))
    assert {link[1:] for link in tree.xpath("//@href")} <= known
    assert len(known) == len(tree.xpath("//@id"))
    for hidden in tree.xpath("//*[@class='vh']"):
        hidden.drop_tree()
    now, before = (_bare("".join(_without(tree, tag))) for tag in ("del", "ins"))
    assert all(_bare(each.text) in now for each in view.diff.new if not each.cells)
    assert all(_bare(each.text) in before for each in view.diff.old if not each.cells)


def _bare(words: str) -> str:
    return "".join(visible(words).replace("¶", "").split())


def _without(tree: lxml_html.HtmlElement, dropped: str) -> list[str]:
    return [str(part) for part in tree.xpath(f"//body//text()[not(ancestor::{dropped})]")]


@modest
@given(views, st.integers(500, 20_000))
def test_mail_stays_within_its_bounds_and_counts_what_is_left_out(view: Redline, limit: int) -> None:
    rendered = mail.html(view, limit=limit)
    assert len(rendered.text.encode("utf-8")) <= limit
    plain = mail.text(view, limit=limit)
    assert len(plain.text) <= limit
    whole = mail.html(view, limit=10**9)
    assert rendered.shown + rendered.left == whole.shown == plain.shown + plain.left
    assert not DANGEROUS.search(rendered.text + plain.text)
    tree = lxml_html.fragment_fromstring(rendered.text)
    assert {element.tag for element in tree.iter()} <= MAIL_TAGS
    assert {name for element in tree.iter() for name in element.attrib} <= MAIL_ATTRIBUTES


@modest
@given(views)
def test_markdown_holds_no_construct_of_the_page(view: Redline) -> None:
    rendered = markdown.render(view)
    assert not DANGEROUS.search(rendered)
    parser = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")
    kinds = {"html": set(), "types": set()}
    for token in parser.parse(rendered):
        for part in (token, *(token.children or ())):
            kinds["types"].add(part.type)
            if part.type.startswith("html"):
                kinds["html"].add(part.content)
    assert kinds["html"] <= {"<del>", "</del>", "<ins>", "</ins>", "<!-- -->"}
    assert not kinds["types"] & {
        "link_open",
        "image",
        "code_inline",
        "code_block",
        "fence",
        "s_open",
        "table_open",
        "hr",
    }


@modest
@given(views)
def test_json_gives_every_text_back_exactly(view: Redline) -> None:
    rendered = document.render(view)
    assert not DANGEROUS.search(rendered)
    read = json.loads(rendered)
    assert read == document.document(view)
    for operation, told in zip(view.diff.operations, read["operations"], strict=True):
        assert [view.diff.old[i].text for i in operation.old] == [each["text"] for each in told["old"]]
        assert [view.diff.new[j].text for j in operation.new] == [each["text"] for each in told["new"]]


@modest
@given(diffs())
def test_the_summary_is_one_short_harmless_line(diff: Diff) -> None:
    line = summarise(diff.old, diff.new, diff.operations)
    assert 0 < len(line) <= LIMIT
    assert "\n" not in line
    assert not DANGEROUS.search(line)


@given(st.text(max_size=60), st.integers(1, 40))
def test_shortening_keeps_to_its_limit_and_to_the_start(words: str, limit: int) -> None:
    short = shorten(words, limit)
    assert len(short) <= limit
    assert short == words or (short.endswith("…") and words.startswith(short[:-1]))


def test_all_of_it_is_the_same_at_every_call() -> None:
    texts: Sequence[str] = [f"{attack} and more {number}" for number, attack in enumerate(ATTACKS)]
    diff = Diff(
        old=tuple(clause(each) for each in texts),
        new=tuple(clause(each[::-1]) for each in texts),
        operations=tuple(Operation(kind=OperationKind.MODIFIED, old=(n,), new=(n,)) for n in range(len(texts))),
    )
    view = redline(diff, "Title")
    for render in (page.render, markdown.render, document.render, mail.html, mail.text):
        assert render(view) == render(view)
