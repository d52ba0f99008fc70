"""A page without what no reader ever sees: scripts, styles and comments.

Pages change their bytes with nearly every look, mostly here (nonces, states, timings). They are read from their
skeleton alone: so equal skeletons are equal readings by construction, and a memo of readings by skeleton is exact.
"""

from __future__ import annotations

import hashlib
import re

from monitor.model import Page

_MARKUP = ("text/html", "application/xhtml+xml")
_UNSEEN = re.compile(rb"<!--.*?-->|<(script|style)(?=[\s/>])[^>]*>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BORDERS = tuple(
    (re.compile(rb"<" + name + rb"(?=[\s/>])", re.IGNORECASE), re.compile(rb"</" + name + rb"\s*>", re.IGNORECASE))
    for name in (b"script", b"style")
)


def skeleton(body: bytes) -> bytes:
    """Markup without scripts, styles and comments; as it is where their borders do not pair up.

    Unpaired borders are the sign of markup in which "<script" stands inside an attribute or a text: cutting there could
    take words away. In an encoding that is no superset of ASCII nothing is found, and nothing cut.
    """
    if body.count(b"<!--") > body.count(b"-->"):
        return body
    for start, end in _BORDERS:
        if len(start.findall(body)) != len(end.findall(body)):
            return body
    return _UNSEEN.sub(b"", body)


def bones(page: Page) -> bytes:
    """What a page is read from."""
    return skeleton(page.body) if page.media_type in _MARKUP else page.body


def skeleton_digest(page: Page) -> str:
    """SHA-256 (hex) of all that a page's reading depends on: its skeleton, type, encoding and address."""
    whole = hashlib.sha256("\x1f".join((page.media_type, page.charset or "", page.url, "")).encode())
    whole.update(bones(page))
    return whole.hexdigest()
