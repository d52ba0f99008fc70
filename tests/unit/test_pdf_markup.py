from __future__ import annotations

import re

import pytest

from monitor.text.pdf import lines_to_html
from monitor.text.pdf_lines import PdfLine

FULL = 500.0  # where full lines end
LONG = "We keep the logs of our servers for as long as the law of the land asks of us and"


class Pages:
    """Puts lines on pages, one under the other."""

    def __init__(self) -> None:
        self.lines: list[PdfLine] = []
        self.page = 0
        self.baseline = 72.0

    def add(
        self,
        text: str,
        *,
        size: float = 10,
        bold: bool = False,
        left: float = 72,
        right: float = FULL,
        gap: float = 0,
        links: tuple[tuple[int, int, str], ...] = (),
    ) -> Pages:
        self.baseline += size * 1.2 + gap
        self.lines.append(
            PdfLine(
                page=self.page,
                text=text,
                left=left,
                right=right,
                baseline=self.baseline,
                size=size,
                bold=bold,
                links=links,
            )
        )
        return self

    def at(self, baseline: float, text: str) -> Pages:
        self.lines.append(PdfLine(page=self.page, text=text, left=72, right=200, baseline=baseline, size=8))
        return self

    def next_page(self) -> Pages:
        self.page += 1
        self.baseline = 72.0
        return self

    def prose(self, count: int = 6) -> Pages:
        page = "abcdef"[self.page]
        self.add(f"{LONG} {page}", gap=10)
        for number in range(count - 2):
            self.add(f"{LONG} {page}{'xyzuvwrstq'[number]}")
        return self.add(f"no longer, {page}.", right=120)

    def html(self) -> str:
        return lines_to_html(self.lines)

    def elements(self) -> list[tuple[str, str]]:
        return [(str(tag), str(text)) for tag, text in re.findall(r"<(h\d|p|li)>(.*?)</\1>", self.html())]


def shown(pages: Pages) -> list[tuple[str, str]]:
    return [(tag, text) for tag, text in pages.elements() if not text.startswith(LONG)]


def test_nothing_is_an_empty_page() -> None:
    assert lines_to_html([]) == "<html><body></body></html>"
    assert lines_to_html(Pages().add("  ").lines) == "<html><body></body></html>"


def test_lines_of_a_paragraph_are_joined_and_a_gap_parts_paragraphs() -> None:
    pages = Pages().add("We keep logs", right=490).add("for 30 days.", right=130).add("Then they go.", gap=8, right=140)
    assert pages.elements() == [("p", "We keep logs for 30 days."), ("p", "Then they go.")]


def test_a_short_last_line_parts_paragraphs_without_a_gap() -> None:
    pages = (
        Pages()
        .prose()
        .add("We share nothing with anybody, whoever it may be that asks us for your data, and", right=FULL)
    )
    pages.add("keep it so.", right=130)
    assert [tag for tag, _ in pages.elements()] == ["p", "p"]


def test_an_indent_after_a_sentence_begins_a_paragraph() -> None:
    pages = Pages().add(LONG).add("we do it in full and until the very end of the line.").add("Then we stop", left=90)
    assert len(pages.elements()) == 2


def test_sizes_make_levels_and_bold_the_one_below() -> None:
    pages = Pages().add("Privacy Policy", size=20, right=200).prose()
    pages.add("1. What we collect", size=14, gap=10, right=200).prose()
    pages.add("Cookies", bold=True, gap=10, right=110).prose()
    assert shown(pages) == [("h1", "Privacy Policy"), ("h2", "1. What we collect"), ("h3", "Cookies")]


def test_a_heading_over_two_lines_is_one() -> None:
    pages = Pages().add("How long we keep what you", size=16, right=300).add("gave us", size=16, right=120).prose()
    assert shown(pages) == [("h1", "How long we keep what you gave us")]


def test_a_bold_heading_ends_where_the_text_begins_without_a_gap() -> None:
    pages = Pages().add("Retention", bold=True, right=120).prose().add("Sharing", bold=True, right=120).add(LONG)
    assert shown(pages) == [("h1", "Retention"), ("h1", "Sharing")]


def test_no_heading_in_a_document_that_is_all_bold() -> None:
    pages = Pages().add("We keep logs.", bold=True, right=150).add("We share them.", bold=True, gap=9, right=150)
    assert {tag for tag, _ in pages.elements()} == {"p"}


def test_large_print_is_no_heading() -> None:
    pages = Pages()
    for _ in range(4):
        pages.add("In short: " + LONG, size=13)
    assert [tag for tag, _ in pages.prose(12).elements()] == ["p", "p"]


@pytest.mark.parametrize("marker", ["•", "◦", "–", "-", "\uf0b7", "(a)", "(iv)", "1.", "b)", "12."])
def test_items_are_list_items_with_their_markers(marker: str) -> None:
    pages = Pages().prose()
    pages.add(f"{marker} your name, which you", left=90).add("gave us", left=104, right=140)
    pages.add(f"{marker} your address", left=90, right=200)
    assert shown(pages) == [("li", f"{marker} your name, which you gave us"), ("li", f"{marker} your address")]


def test_a_marker_that_stands_apart_finds_its_words() -> None:
    pages = Pages().prose()
    pages.add("•", left=90, right=95)
    pages.lines.append(PdfLine(page=0, text="your name", left=110, right=200, baseline=pages.baseline, size=10))
    assert shown(pages) == [("li", "• your name")]


def test_lists_nest_by_indent() -> None:
    pages = Pages().prose().add("• one", left=90, right=150).add("◦ inner", left=110, right=170)
    html = pages.add("◦ inner two", left=110, right=170).add("• two", left=90, right=150).add(LONG, gap=9).html()
    tags = re.findall(r"</?ul>|<li>[^<]*", html)
    assert tags == ["<ul>", "<li>• one", "<ul>", "<li>◦ inner", "<li>◦ inner two", "</ul>", "<li>• two", "</ul>"]


def test_clause_numbers_begin_paragraphs() -> None:
    pages = (
        Pages().add("4.1 We keep logs.", right=200).add("4.2 We share them.", right=200).add("4.2.1 Never.", right=150)
    )
    assert [text for _, text in pages.elements()] == ["4.1 We keep logs.", "4.2 We share them.", "4.2.1 Never."]


def test_a_paragraph_goes_on_over_the_page_and_a_new_one_does_not() -> None:
    pages = Pages().add(LONG).add(LONG).next_page().add("no longer than that.", right=170).next_page()
    pages.add("Then they go.", right=150)
    assert [text[-13:] for _, text in pages.elements()] == ["er than that.", "Then they go."]


def test_what_repeats_at_the_edges_of_pages_is_left_out() -> None:
    pages = Pages()
    for number in range(1, 5):
        pages.at(30, "Example Ltd – Privacy Policy").prose(4).at(800, f"Page {number} of 4").next_page()
    assert [tag for tag, _ in pages.elements()] == ["p"] * 4
    assert "Page" not in pages.html()
    assert "Example Ltd" not in pages.html()


def test_other_pages_may_have_other_headers() -> None:
    pages = Pages()
    for number in range(6):
        pages.at(30, "Privacy Policy" if number % 2 else "Example Ltd").prose(4).next_page()
    assert "Example Ltd" not in pages.html()
    assert "Privacy Policy" not in pages.html()


def test_what_repeats_inside_pages_stays() -> None:
    pages = Pages()
    for _ in range(3):
        pages.prose(5).add("We never sell data.", gap=9, right=170).prose(5).next_page()
    assert pages.html().count("We never sell data.") == 3


def test_what_repeats_in_another_place_stays() -> None:
    pages = Pages()
    for number in range(3):
        pages.baseline += 60 * number
        pages.add("We never sell data.", right=170).prose(5).next_page()
    assert pages.html().count("We never sell data.") == 3


def test_text_that_repeats_at_the_end_of_full_pages_is_no_footer() -> None:
    pages = Pages()
    for number in range(3):
        pages.prose(5).add(
            f"We keep the logs of service {number} for as long as it takes, and not a single"
        ).next_page()
    assert pages.html().count("for as long as it takes") == 3


def test_a_single_page_has_no_running_lines() -> None:
    assert "Page 1" in Pages().at(30, "Page 1").prose(4).html()


@pytest.mark.parametrize(
    ("end", "start", "joined"),
    [
        ("our ser-", "vices", "our services"),
        ("our ser\u00ad", "vices", "our services"),
        ("you may opt-", "out", "you may opt-out"),  # as it is written elsewhere
        ("the EU-", "US framework", "the EU-US framework"),
        ("from 2020-", "2021", "from 2020-2021"),
        ("third par-", "ties", "third parties"),
        ("we keep -", "so to say", "we keep -so to say"),
    ],
)
def test_hyphens_of_line_breaks_are_undone(end: str, start: str, joined: str) -> None:
    pages = Pages().add("You can opt-out of it.", right=200).add(end, gap=9).add(start, right=120)
    assert pages.elements()[1] == ("p", joined)


def test_links_go_around_their_words_and_over_line_breaks() -> None:
    pages = Pages().add("See our cookie", links=((4, 14, "https://a.example/?x=1&y=2"),))
    pages.add("policy & more.", right=150, links=((0, 6, "https://a.example/?x=1&y=2"),))
    assert pages.elements() == [("p", 'See <a href="https://a.example/?x=1&amp;y=2">our cookie policy</a> &amp; more.')]


def test_markup_in_the_text_is_text() -> None:
    assert Pages().add('a <b> & "c"', right=100).elements() == [("p", "a &lt;b&gt; &amp; &quot;c&quot;")]
