"""What all channels share: the redline of a notice, and errors that give no secret away."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias
from urllib.parse import quote, unquote

from monitor.model import Clause, Diff, Notice
from monitor.report.harmless import shorten, visible
from monitor.report.redline import Redline, from_change, from_versions

# How a candidate, which has no stored change yet, is compared with what stood: `monitor.diff.compare`.
Compare: TypeAlias = Callable[[Sequence[Clause], Sequence[Clause]], Diff]

_ERROR_LIMIT = 500  # characters; errors are kept with every delivery
_SHORTEST_TOKEN = 8  # pieces of an address that are shorter are words
_SEPARATORS = re.compile(r"[/?&=:@#;,]+")
_SHORTEST_SECRET = 3  # anything shorter would blank out half of every message


def redline_of(notice: Notice, compare: Compare) -> Redline | None:
    """What changed; None for notices that tell of something else."""
    if notice.old is None or notice.new is None:
        return None
    if notice.change is not None:
        return from_change(notice.policy, notice.change, notice.old, notice.new, notice.captures, notice.copies)
    diff = compare(notice.old.clauses, notice.new.clauses)
    return from_versions(notice.policy, diff, notice.old, notice.new, notice.captures)


def scrubbed(text: str, secrets: Iterable[str]) -> str:
    """`text` fit for a log: harmless, short, and without the secrets, however a peer may have echoed them."""
    for secret in sorted(_disguises(secrets), key=len, reverse=True):
        text = text.replace(secret, "***")
    return shorten(visible(text), _ERROR_LIMIT)


def parts_of_address(url: str) -> tuple[str, ...]:
    """What of an address may be a secret: all of it, and each piece that is long enough for a token.

    A peer that refuses often names the one piece that it did not like.
    """
    pieces = [piece for piece in _SEPARATORS.split(url) if len(piece) >= _SHORTEST_TOKEN]
    return (url, *pieces, *map(unquote, pieces))


def _disguises(secrets: Iterable[str]) -> set[str]:
    known = {secret for secret in secrets if len(secret) >= _SHORTEST_SECRET}
    encoded = {base64.b64encode(secret.encode("utf-8", "surrogatepass")).decode() for secret in known}
    quoted = {quote(secret, safe="", errors="replace") for secret in known}
    return known | encoded | {each.rstrip("=") for each in encoded} | quoted
