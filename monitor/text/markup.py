"""Bytes or text of a page → an lxml tree that is safe to walk."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from lxml import etree

from monitor.text.normalise import visible
from monitor.text.survey import drop, text_of

# Content that is never text of a page. noscript and template are decided by what they hold.
_NO_TEXT = """
    script style svg math canvas audio video object embed applet map datalist select option meta link base
    source track param progress meter input
    """.split()  # noqa: SIM905 - a list of words reads best as one
_STRUCK = ("del", "s", "strike")  # a legal page that shows an edit says what is left
_INLINE = ("span", "b", "i", "em", "strong", "u", "font", "sup", "sub", "small")
_LONGEST_HIDDEN = 60  # characters
_UNSHOWN = re.compile(
    r"(?:display\s*:\s*none|visibility\s*:\s*hidden|text-decoration[\w-]*\s*:\s*line-through)", re.IGNORECASE
)
# A fallback in <noscript>, or a form's text field, that holds this much text is the policy, not a notice.
_FALLBACK_CHARACTERS = 1_500
# libxml2 gives up on a tree deeper than 2,048 (xmlParserMaxDepth) even with huge_tree, and drops all the rest. Tags
# that the next of their kind closes are not counted, so the real tree may be up to four times as deep as counted.
_MAX_DEPTH = 500
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_XML_CHARSET = re.compile(rb"""^\s*<\?xml[^>]{0,100}encoding\s*=\s*["']([\w.:-]+)""", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SNIFFED = 4_096  # bytes in which a page names its charset: the HTML standard says 1,024, real pages need more
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]*)[^<>]*?(/?)>")
_NOT_NESTING = frozenset(
    """
    area base br col embed hr img input link meta param source track wbr p li dt dd tr td th option thead tbody
    tfoot script style svg path g
    """.split()  # noqa: SIM905 - a list of words reads best as one
)


@dataclass(frozen=True, slots=True)
class Markup:
    """A parsed page. `body` has no scripts, styles, comments and no form fields."""

    body: etree._Element
    title: str
    base_href: str  # of <base>, "" without one


def decode(body: bytes, charset: str | None = None) -> str:
    """Bytes → text, never failing: byte-order mark, then `charset`, then what the page says, UTF-8, Windows-1252."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    head = body[:_SNIFFED]
    named = _META_CHARSET.search(head) or _XML_CHARSET.search(head)
    guesses = [charset, named[1].decode("ascii", "replace") if named else None, "utf-8"]
    for guess in guesses:
        text = _decode_strictly(body, guess) if guess else None
        if text is not None:
            return text
    # A few broken bytes in UTF-8 (a capture cut in a character) must not turn the whole page into mojibake.
    loose = body.decode("utf-8", "replace")
    return loose if loose.count("\ufffd") * 200 < len(loose) else body.decode("windows-1252", "replace")


def _decode_strictly(body: bytes, charset: str) -> str | None:
    # The web's names: pages that say Latin-1 mean Windows-1252 (WHATWG Encoding, "Names and labels").
    name = charset.strip().lower()
    name = "windows-1252" if name in {"iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii"} else name
    try:
        return body.decode(name)
    except (LookupError, UnicodeError, ValueError):  # ValueError: a NUL in the name
        return None


def parse(markup: str) -> Markup:
    """Parse any text as HTML; what is no HTML at all gives an empty body."""
    text = markup.replace("\x00", "")  # libxml2 before 2.14 stops at the first
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    root = _tree(text, parser)
    if any("depth" in entry.message for entry in parser.error_log):
        root = _tree(_flatten(text), parser)
    if root is None:
        return Markup(etree.Element("body"), "", "")
    title = root.find(".//title")
    base = root.find(".//base")
    found = root.find("body")
    body = found if found is not None else root
    _keep_what_is_shown(body)
    return Markup(
        body,
        visible(text_of(title)) if title is not None else "",
        (base.get("href") or "") if base is not None else "",
    )


def _keep_what_is_shown(body: etree._Element) -> None:
    etree.strip_elements(body, *_NO_TEXT, *_STRUCK, with_tail=False)
    for element in list(body.iter(*_INLINE)):
        # Blocks that are folded are policy all the same; a word or two inside a sentence is not.
        if _is_hidden(element) and len(text_of(element)) <= _LONGEST_HIDDEN:
            drop(element)
            element.tag = "span"
    for element in list(body.iter("noscript", "template", "textarea", "iframe", "title")):
        inner = element.get("srcdoc") if element.tag == "iframe" else None
        kept = text_of(element)
        if inner and len(inner) >= _FALLBACK_CHARACTERS:
            page = parse(inner) if "srcdoc" not in inner else None
            drop(element)
            if page is not None:
                element.append(page.body)
        elif element.tag == "template" and (element.get("shadowrootmode") or element.get("shadowroot")):
            element.tag = "div"
        elif element.tag in {"iframe", "title"} or len(kept) < _FALLBACK_CHARACTERS:
            drop(element)
        else:
            element.tag = "pre" if element.tag == "textarea" else "div"


def _is_hidden(element: etree._Element) -> bool:
    style = element.get("style")
    return element.get("hidden") is not None or (style is not None and _UNSHOWN.search(style) is not None)


def _tree(text: str, parser: etree.HTMLParser) -> etree._Element | None:
    try:
        return etree.fromstring(text.encode("utf-8", "ignore"), parser)  # half a surrogate pair is no text
    except etree.XMLSyntaxError:  # an empty document
        return None


def _flatten(text: str) -> str:
    """Drop the tags beyond the deepest level that the parser takes; their text stays."""
    depth = 0

    def one(found: re.Match[str]) -> str:
        nonlocal depth
        if found[3] or found[2].lower() in _NOT_NESTING:
            return found[0]
        if found[1]:
            depth -= 1
            return found[0] if depth < _MAX_DEPTH else " "
        depth += 1
        return found[0] if depth <= _MAX_DEPTH else " "

    return _TAG.sub(one, text)
