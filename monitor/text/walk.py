"""Walks a page's tree once and gives its blocks in order."""

from __future__ import annotations

import re
from itertools import groupby
from operator import itemgetter

from lxml import etree

from monitor.model import ClauseKind
from monitor.text import plain
from monitor.text.block import Block
from monitor.text.lists import List
from monitor.text.normalise import visible
from monitor.text.obfuscation import decode_email, email_target
from monitor.text.runs import BREAK, Run, is_bold, paragraphs
from monitor.text.survey import text_of
from monitor.text.tables import is_data_table, table_rows

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_RANKS = frozenset("123456")  # of aria-level
_BLOCKS = frozenset(
    """
    address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary
    table tbody td tfoot th thead tr ul
    """.split()  # noqa: SIM905 - a list of words reads best as one
)
_STYLED = frozenset({"span", "font"})
_BOLD = frozenset({"b", "strong"})
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_BLOCK_STYLE = re.compile(r"display\s*:\s*(?:block|flex|grid|list-item|table)\b", re.IGNORECASE)
_PRE_STYLE = re.compile(r"white-space\s*:\s*pre", re.IGNORECASE)
# Text set with line breaks by a style sheet that we do not see: a text node with several blank lines in it.
_BLANK_LINE = re.compile(r"\S[ \t]*\n[ \t]*\n\s*\S")
_BLANK_LINES = 3
_LONG_TEXT = 400  # characters
_NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[*†‡§]{1,3}|[a-z])[\])]?")
_PERMALINK = re.compile(
    r"[\W_]*(?:(?:perma)?link|anchor)?(?: (?:to|for) this (?:section|heading|headline))?[\W_]*", re.IGNORECASE
)
_LINK = itemgetter(2)
_MAX_HEADING = 30  # words; a longer one is a paragraph that wears a heading's tag
PSEUDO = -1  # level of a heading that no h-tag ranks


class Walk:
    """The state of one walk; `blocks()` runs it."""

    def __init__(self, root: etree._Element, container: etree._Element | None = None) -> None:
        """Blocks under `container` (all, when it is None) are marked as inside."""
        self._root = root
        self._container = container
        self._inside = container is None
        self._out: list[Block] = []
        self._runs: list[Run] = []
        self._targets: list[str] = []
        self._link = -1
        self._bold = 0
        self._heading = 0
        self._lists: list[List] = []
        self._marker: str | None = None  # of the list item that has no block yet
        self._term: str | None = None  # of the <dt> that waits for its <dd>
        self._lines = 0  # depth of elements whose line breaks show

    def blocks(self) -> list[Block]:
        """All blocks of the page."""
        walker = etree.iterwalk(self._root, events=("start", "end"))
        for event, element in walker:
            tag = element.tag
            if event == "start":
                if self._start(element, tag):
                    self._text(element.text)
                else:
                    walker.skip_subtree()
            else:
                self._end(element, tag)
                if element is not self._root:
                    self._text(element.tail)
        self._flush()
        self._settle_term()
        return self._out

    def _text(self, text: str | None) -> None:
        if not text:
            return
        if "\n" in text and (self._lines or _has_blank_lines(text)):
            for line in text.split("\n"):
                self._runs += ((line, self._bold > 0, self._link), BREAK)
            self._runs.pop()
        else:
            self._runs.append((text, self._bold > 0, self._link))

    def _start(self, element: etree._Element, tag: str) -> bool:  # noqa: C901, PLR0912 - one branch per kind of tag
        """Enter an element; False: its content is dealt with."""
        if tag == "br":
            self._runs.append(BREAK)
            return True
        if tag in _BLOCKS:
            self._flush()
            if element is self._container:
                self._inside = True
            if tag in _HEADINGS:
                self._heading = _HEADINGS[tag]
            elif tag in {"summary", "legend"}:
                self._heading = self._heading or PSEUDO
            elif tag == "li":
                if not self._lists:
                    self._lists.append(List())
                self._marker = self._lists[-1].next_marker(element)
            elif tag in {"ul", "ol", "menu", "dir"}:
                self._lists.append(List.of(element))
            elif tag == "dt":
                self._settle_term()
            elif tag == "table" and is_data_table(element):
                self._out += self._marked(table_rows(element, _cell_blocks))
                return False
            elif tag == "pre":
                return self._preformatted(element)
            if element.attrib:
                self._block_attributes(element)
            return True
        if tag == "a":
            href = element.get("href") or ""
            if "#" in href and _is_permalink(element):
                return False
            self._link = self._new_target(href)
        elif tag in _BOLD:
            self._bold += 1
        elif tag == "sup" and _is_note_mark(element):
            return False
        elif tag == "button" and not self._heading:
            self._flush()
            if "aria-expanded" in element.attrib or "aria-controls" in element.attrib:
                self._heading = PSEUDO
        elif tag in _STYLED:
            style = element.get("style")
            if style:
                self._bold += _BOLD_STYLE.search(style) is not None
                if _BLOCK_STYLE.search(style):
                    self._flush()
        code = element.get("data-cfemail")
        if code:
            address = decode_email(code)
            if address:
                self._runs.append((address, self._bold > 0, self._link))
                return False
        if element is self._container:
            self._flush()
            self._inside = True
        return True

    def _end(self, element: etree._Element, tag: str) -> None:  # noqa: C901, PLR0912 - one branch per kind of tag
        if tag in _BLOCKS:
            if tag == "dt":
                self._hold_term(element)
                return
            self._flush()
            if tag in _HEADINGS or tag in {"summary", "legend"}:
                self._heading = 0
            elif tag == "li":
                self._marker = None
            elif tag in {"ul", "ol", "menu", "dir"}:
                if self._lists:
                    self._lists.pop()
            elif tag == "dl":
                self._settle_term()
            if element.attrib:
                self._leave_attributes(element)
        elif tag == "a":
            self._link = -1
        elif tag in _BOLD:
            self._bold = max(0, self._bold - 1)
        elif tag == "button" and self._heading <= 0:
            self._flush()
            self._heading = 0
        elif tag in _STYLED:
            style = element.get("style")
            if style:
                self._bold -= _BOLD_STYLE.search(style) is not None
                if _BLOCK_STYLE.search(style):
                    self._flush()
        if element is self._container:
            self._flush()
            self._inside = False

    def _block_attributes(self, element: etree._Element) -> None:
        style, role = element.get("style"), element.get("role")
        if role == "heading" and not self._heading:
            level = element.get("aria-level") or ""
            self._heading = int(level) if level in _RANKS else PSEUDO
        elif role == "listitem":
            self._marker = "•"
        elif "aria-expanded" in element.attrib and role == "button" and not self._heading:
            self._heading = PSEUDO
        if style:
            self._lines += _PRE_STYLE.search(style) is not None
            self._bold += _BOLD_STYLE.search(style) is not None

    def _leave_attributes(self, element: etree._Element) -> None:
        style, role = element.get("style"), element.get("role")
        if role == "heading" or (role == "button" and self._heading < 0):
            self._heading = 0
        if style:
            self._lines -= _PRE_STYLE.search(style) is not None
            self._bold -= _BOLD_STYLE.search(style) is not None

    def _new_target(self, href: str) -> int:
        self._targets.append(email_target(href))
        return len(self._targets) - 1

    def _preformatted(self, element: etree._Element) -> bool:
        text = text_of(element)
        if "\n" not in text.strip():
            return True
        found = self._marked(plain.blocks(text))
        for link in element.iter("a"):
            shown = visible(text_of(link))
            holder = next((block for block in found if shown and shown in block.text), None)
            if holder is not None:
                holder.links.append((shown, link.get("href") or ""))
        self._out += found
        return False

    def _marked(self, blocks: list[Block]) -> list[Block]:
        for block in blocks:
            block.inside = self._inside
        return blocks

    def _hold_term(self, element: etree._Element) -> None:
        """Keep a <dt> for the <dd> behind it; before a <dd> of several blocks it is a heading."""
        before = len(self._out)
        self._flush()
        terms = self._out[before:]
        if len(terms) != 1 or terms[0].kind is not ClauseKind.PARAGRAPH:
            return
        answer = element.getnext()
        if answer is None or answer.tag != "dd":
            terms[0].kind = ClauseKind.DEFINITION
        elif sum(1 for _ in answer.iter("p", "li", "div", "table", "dl")) > 1:
            terms[0].kind, terms[0].level = ClauseKind.HEADING, PSEUDO
        else:
            self._out.pop()
            self._settle_term()
            self._term = terms[0].text

    def _settle_term(self) -> None:
        if self._term is not None:
            self._out.append(Block(self._term, ClauseKind.DEFINITION, inside=self._inside))
            self._term = None

    def _flush(self) -> None:
        """End the block that the runs make up, and start the next."""
        runs = self._runs
        if not runs:
            return
        self._runs = []
        for paragraph in paragraphs(runs):
            block = self._block(paragraph)
            if block is not None:
                self._settle_term()  # unless this block took it up
                self._out.append(block)

    def _block(self, runs: list[Run]) -> Block | None:
        text = visible("".join([run[0] for run in runs]))
        if not any(map(str.isalnum, text)):
            return None
        block = Block(text, inside=self._inside)
        if self._targets and (len(runs) > 1 or runs[0][2] >= 0):
            for link, group in groupby(runs, key=_LINK):
                if link >= 0 and (shown := visible("".join([run[0] for run in group]))):
                    block.links.append((shown, self._targets[link]))
        block.bold = is_bold(runs)
        if self._heading and len(text.split()) <= _MAX_HEADING:
            block.kind, block.level = ClauseKind.HEADING, self._heading
            block.label, self._marker = self._marker or "", None
        elif self._marker is not None:
            block.kind, block.level, block.label = ClauseKind.LIST_ITEM, max(1, len(self._lists)), self._marker
            self._marker = None
        elif self._term is not None:
            block.kind, block.text = ClauseKind.DEFINITION, f"{self._term.rstrip(' :')}: {text}"
            self._term = None
        return block


def _is_permalink(element: etree._Element) -> bool:
    """The "#" or "¶" beside a heading that gives its address."""
    return _PERMALINK.fullmatch(text_of(element).strip()) is not None


def _has_blank_lines(text: str) -> bool:
    return len(text) > _LONG_TEXT and len(_BLANK_LINE.findall(text)) >= _BLANK_LINES


def _cell_blocks(cell: etree._Element) -> list[Block]:
    return Walk(cell).blocks()


def _is_note_mark(element: etree._Element) -> bool:
    """A reference to a footnote: its number changes whenever one is added before it."""
    if _NOTE_MARK.fullmatch(text_of(element).strip()) is None:
        return False
    parent = element.getparent()
    link = element.find(".//a")
    link = link if link is not None else parent if parent is not None and parent.tag == "a" else None
    return link is not None and (link.get("href") or "").startswith("#")
