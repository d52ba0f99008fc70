"""TimeMaps: lists of captures in application/link-format (RFC 6690, RFC 7089)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

_LINK = re.compile(r"""<([^<>]*)>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"<>]+))?)+)""")
_PARAMETER = re.compile(r"""([\w*-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s;,"<>]+)))?""")


@dataclass(frozen=True, slots=True)
class TimeLink:
    """One link of a TimeMap. `moment` is when the capture was taken, for captures."""

    target: str
    relations: frozenset[str]
    moment: datetime | None = None


def parse(text: str) -> Iterator[TimeLink]:
    """The links in order; what is no link is passed over."""
    for match in _LINK.finditer(text):
        said = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(match.group(2))}
        yield TimeLink(match.group(1).strip(), frozenset(said.get("rel", "").lower().split()), _moment(said))


def _moment(said: dict[str, str]) -> datetime | None:
    try:
        return parsedate_to_datetime(said.get("datetime", ""))
    except ValueError:
        return None
