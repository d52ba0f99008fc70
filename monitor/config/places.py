"""Where in a TOML file a key stands. tomllib keeps no places, so headers and keys are looked up again by line."""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\- \"']+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_-]+)[\"']?\s*(?:=|\.)")


def line_of(text: str, location: tuple[str | int, ...]) -> int | None:
    """Find the line (from 1) of a key or, where it is missing, of the nearest table above it; None if there is none.

    `location` is such as ("policy", 2, "every"), indices from 0.
    """
    best: tuple[int, int] | None = None  # how many parts of the location fit, line
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            names = tuple(part.strip(" \"'") for part in header[2].split("."))
            table = names
            if header[1] == "[[":
                index = counts.get(header[2], 0)
                counts[header[2]] = index + 1
                table = (*names, index)
            here = table
        elif key := _KEY.match(line):
            here = (*table, key[1])
        else:
            continue
        depth = _shared(here, location)
        if depth == len(here) and (best is None or depth > best[0]):
            best = (depth, number)
    return best[1] if best else None


def _shared(here: tuple[str | int, ...], location: tuple[str | int, ...]) -> int:
    """How many leading parts agree. A lone table ([notify.email]) is the first of its array to the schema."""
    wanted = list(location)
    fits = 0
    for part in here:
        if wanted and isinstance(wanted[0], int) and isinstance(part, str):
            wanted.pop(0)
        if not wanted or wanted[0] != part:
            break
        wanted.pop(0)
        fits += 1
    return fits
