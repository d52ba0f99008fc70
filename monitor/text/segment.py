"""Text of a policy → clauses, for every media type that holds text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast
from urllib.parse import urlsplit

from lxml import etree
from lxml.cssselect import CSSSelector

from monitor.errors import ReadError
from monitor.model import Clause, ClauseKind, Link, Provenance
from monitor.text import links, plain
from monitor.text.block import Block
from monitor.text.boilerplate import within_policy, without_boilerplate, without_copies
from monitor.text.chrome import drop_chrome
from monitor.text.container import container
from monitor.text.headings import find_headings
from monitor.text.labels import split_label
from monitor.text.markdown import looks_like_markdown, render, split_provenance
from monitor.text.markup import decode, parse
from monitor.text.normalise import clause_digest
from monitor.text.survey import drop
from monitor.text.walk import Walk

HTML = frozenset({"text/html", "application/xhtml+xml"})
MARKDOWN = frozenset({"text/markdown", "text/x-markdown"})


@dataclass(frozen=True, slots=True)
class Segmented:
    """What one document says, before a language and dates are read from it."""

    clauses: list[Clause]
    title: str = ""
    provenance: Provenance | None = None


def segment(
    markup: str | bytes,
    media_type: str = "text/html",
    *,
    base_url: str = "",
    select: Sequence[str] = (),
    remove: Sequence[str] = (),
    charset: str | None = None,
) -> list[Clause]:
    """Clauses of a document, in order.

    Args:
        markup: the document; bytes are decoded by byte-order mark, `charset`, their own declaration, or as UTF-8.
        media_type: text/html, application/xhtml+xml, text/markdown; anything else is plain text, which is read as
            Markdown when it looks like it.
        base_url: what relative links are relative to.
        select: CSS selectors of what to read, instead of finding the policy in the page (HTML only).
        remove: CSS selectors of what to leave out (HTML only).
        charset: that the server named.

    Raises:
        ReadError: a selector is not CSS.
    """
    return segment_document(
        markup, media_type, base_url=base_url, select=select, remove=remove, charset=charset
    ).clauses


def segment_document(
    markup: str | bytes,
    media_type: str,
    *,
    base_url: str = "",
    select: Sequence[str] = (),
    remove: Sequence[str] = (),
    charset: str | None = None,
) -> Segmented:
    """As `segment`, with the title and what the text says of its origin."""
    text = decode(markup, charset) if isinstance(markup, bytes) else markup
    if media_type in HTML:
        return _from_html(text, base_url, select, remove)
    if media_type in MARKDOWN or looks_like_markdown(text):
        return _from_markdown(text, base_url)
    blocks = plain.blocks(text)
    find_headings(blocks, plain=True)
    return Segmented(clauses(blocks, base_url), _first_heading(blocks))


def _from_html(text: str, base_url: str, select: Sequence[str], remove: Sequence[str]) -> Segmented:
    page = parse(text)
    for selector in remove:
        for element in _matches(page.body, selector):
            drop(element)
    if select:
        chosen = {element for selector in select for element in _matches(page.body, selector)}
        outermost = [
            element
            for element in page.body.iter(etree.Element)
            if element in chosen and not any(above in chosen for above in element.iterancestors())
        ]
        blocks = [block for element in outermost for block in Walk(element).blocks()]
    else:
        counts = drop_chrome(page.body)
        blocks = within_policy(Walk(page.body, container(counts)).blocks())
        blocks = without_boilerplate(blocks, urlsplit(base_url).hostname or "")
    blocks = without_copies(blocks)
    find_headings(blocks)
    found = clauses(blocks, links.target(page.base_href, base_url) or base_url)
    return Segmented(found, _first_heading(blocks, most=1) or page.title or _first_heading(blocks))


def _from_markdown(text: str, base_url: str) -> Segmented:
    source, provenance = split_provenance(text)
    page = parse(render(source))
    blocks = Walk(page.body).blocks()
    find_headings(blocks)
    return Segmented(clauses(blocks, base_url), _first_heading(blocks), provenance)


def _matches(body: etree._Element, selector: str) -> list[etree._Element]:
    try:
        return cast("list[etree._Element]", CSSSelector(selector)(body))  # noqa: SLF001 - lxml's name for an element
    except SyntaxError as error:  # cssselect's errors are SyntaxErrors
        raise ReadError(f"{selector!r} is not a CSS selector: {error}") from error


def _first_heading(blocks: Iterable[Block], most: int = 6) -> str:
    return next((b.text for b in blocks if b.kind is ClauseKind.HEADING and b.level <= most), "")


def clauses(blocks: Iterable[Block], base_url: str = "") -> list[Clause]:
    """Blocks, their headings ranked, → clauses with labels, paths and clean links."""
    out: list[Clause] = []
    above: list[tuple[int, str]] = []
    for block in blocks:
        kind, label, text = block.kind, block.label, block.text
        if kind is not ClauseKind.TABLE_ROW:
            written, text = split_label(text, heading=kind is ClauseKind.HEADING)
            label = written or label
        if kind is ClauseKind.HEADING:
            while above and above[-1][0] >= block.level:
                above.pop()
        out.append(
            clause(
                text,
                kind,
                label=label,
                path=tuple(heading for _, heading in above),
                links=[Link(shown, target) for shown, href in block.links if (target := links.target(href, base_url))],
                level=block.level,
                cells=block.cells,
            )
        )
        if kind is ClauseKind.HEADING:
            above.append((block.level, text))
    return out


def clause(
    text: str,
    kind: ClauseKind = ClauseKind.PARAGRAPH,
    *,
    label: str = "",
    path: Sequence[str] = (),
    links: Sequence[Link] = (),
    level: int = 0,
    cells: Sequence[tuple[str, str]] = (),
) -> Clause:
    """A clause with its digest."""
    return Clause(
        kind=kind,
        text=text,
        digest=clause_digest(text),
        path=tuple(path),
        label=label,
        links=tuple(links),
        level=level,
        cells=tuple(cells),
    )
