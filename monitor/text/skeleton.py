"""A page without what no reader ever sees: scripts, styles, comments, drawings, and what tags say to browsers alone.

Pages change their bytes with nearly every look, mostly here (nonces, states, timings). They are read from their
skeleton alone: so equal skeletons are equal readings by construction, and a memo of readings by skeleton is exact.

It has to be far cheaper than reading: byte searches, and patterns that begin with a fixed text.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from monitor.model import Page
from monitor.text.obfuscation import under_one_key

_MARKUP = ("text/html", "application/xhtml+xml")
_SNIFFED = 4_096  # bytes in which a page names its charset (see `markup.decode`)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_USUAL = (b"utf-8", b"utf8")  # what is tried in any case
_COMMENT = b"<!--"
_UNSEEN = (b"<script", b"<style", _COMMENT)
_CLOSED = {b"<script": re.compile(rb"</script\s*>"), b"<style": re.compile(rb"</style\s*>")}
_NAME_ENDS = frozenset(b" \t\n\r\f\v/>")
# What follows the name of a tag: a ">" in a quoted value ends no tag.
_REST = rb"""(?=[\s/>])(?:[^>=]+|=\s*(?:"[^"]*"|'[^']*')?)*+>"""
_TAG = re.compile(rb"<[a-z/!?](?:[^>=]+|=\s*(?:\"[^\"]*\"|'[^']*')?)*+>")
# Elements without content, whose attributes no rule of reading asks for: gone, or (an image parts a term from its
# definition) bare. A frame is emptied in any case, but for one with a document of its own.
_SILENT = re.compile(
    rb"<(?=[lmni])(?:(link|meta|input)"
    + _REST
    + rb"|(img)"
    + _REST
    + rb"|(noscript)(?:\s+data-[\w-]+=\"[^\"<>]*\")+\s*>"
    rb"|(iframe)(?=[\s>])(?![^<>]*srcdoc)[^<>]*(?<!/)>\s*</iframe\s*>)",
    re.IGNORECASE,
)
_CUT, _FRAME = 1, 4  # groups of `_SILENT`
# A drawing and nothing else: no words, and no tag that could close what stands around it.
_DRAWING = re.compile(
    rb"<svg(?=[\s>])[^<>]*(?<!/)>(?:[^<]+|</?(?:path|g|use|circle|rect|line|polyline|polygon|ellipse|defs|stop|mask|symbol"
    rb"|lineargradient|radialgradient|clippath)(?=[\s/>])[^<>]*>)*+</svg\s*>",
    re.IGNORECASE,
)
# Two patterns and not one: each begins with a fixed text, which is far cheaper to look for than two at once.
_HIDDEN_EMAILS = tuple(
    re.compile(start + rb"([0-9a-f]+)(?=[\"'])")
    for start in (rb"(/cdn-cgi/l/email-protection#)", rb"(data-cfemail=[\"'])")
)


@lru_cache(maxsize=4)  # asked for twice in a look: to know the page again, and to read it
def skeleton(body: bytes, *, selectors: bool = False) -> bytes:
    """Markup without what no reader sees; as it is from where its borders do not pair up.

    With `selectors` all tags stay as they are, since a policy's own selectors may name them. In an encoding that is no
    superset of ASCII nothing is found, and nothing cut.
    """
    seen = _without_unseen(body)
    if selectors:
        return seen
    at = seen.lower().find(b"charset")
    named = _CHARSET.search(seen, at) if at >= 0 else None
    # Where a page names its charset late, cutting tags would bring that to where it is looked for.
    if named is None or named.end() < _SNIFFED or named[1].lower() in _USUAL:
        seen = _SILENT.sub(_without_attributes, _DRAWING.sub(b"", seen))
    for hidden in _HIDDEN_EMAILS:
        seen = hidden.sub(_under_one_key, seen)
    return seen


def _without_unseen(body: bytes) -> bytes:
    """Without scripts, styles and comments."""
    low = body.lower()
    following = {start: low.find(start) for start in _UNSEEN}
    kept: list[bytes] = []
    last = 0
    while ahead := [(at, start) for start, at in following.items() if at >= 0]:
        at, start = min(ahead)
        end = _end(low, at, start, last)
        if end < 0:
            break
        if end > at:
            kept.append(body[last:at])
            last = end
        beyond = max(end, at + 1)
        for other, place in following.items():
            if 0 <= place < beyond:
                following[other] = low.find(other, beyond)
    kept.append(body[last:])
    return b"".join(kept)


def _end(low: bytes, at: int, start: bytes, last: int) -> int:
    """Where the element or comment that starts here ends; `at` when none starts here, -1 when it has no end."""
    if start == _COMMENT:
        end = low.find(b"-->", at + len(_COMMENT))
        return end + 3 if end >= 0 else -1
    after = at + len(start)
    if low[after : after + 1] and low[after] not in _NAME_ENDS:
        return at
    opened = low.find(b">", after)
    closed = _CLOSED[start].search(low, opened) if opened >= 0 else None
    if closed is None:
        return -1
    # A script that starts in another one stands in its text, or the first one started in an attribute.
    if low.find(start, opened, closed.start()) >= 0 and not _outside_tags(low, last, at):
        return at
    return closed.end()


def _outside_tags(low: bytes, last: int, at: int) -> bool:
    """Whether no tag that starts after `last` spans this place."""
    while (tag := low.find(b"<", last)) < at:
        found = _TAG.match(low, tag)
        if found is None:
            if low[tag + 1 : tag + 2].isalpha():
                return False
            last = tag + 1
        else:
            last = found.end()
            if last > at:
                return False
    return True


def _without_attributes(found: re.Match[bytes]) -> bytes:
    kind = found.lastindex
    if kind == _CUT:
        return found[0] if b"charset" in found[0].lower() else b""
    if kind == _FRAME:
        return b"<iframe></iframe>"
    return b"<" + found[kind or 0] + b">"


def _under_one_key(found: re.Match[bytes]) -> bytes:
    """A hidden address; its key is another one in every look."""
    return found[1] + under_one_key(found[2].decode()).encode()


def bones(page: Page, *, selectors: bool = False) -> bytes:
    """What a page is read from."""
    return skeleton(page.body, selectors=selectors) if page.media_type in _MARKUP else page.body


def skeleton_digest(page: Page, *, selectors: bool = False) -> str:
    """SHA-256 (hex) of all that a page's reading depends on: its skeleton, type, encoding and address."""
    whole = hashlib.sha256("\x1f".join((page.media_type, page.charset or "", page.url, "")).encode())
    whole.update(bones(page, selectors=selectors))
    return whole.hexdigest()
