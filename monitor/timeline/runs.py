"""A list of captures, collapsed over the whole history: equal digests are equal content, anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.model import ArchiveRow

OK = 200


@dataclass(frozen=True, slots=True)
class Run:
    """Captures in a row with one digest: from `first` to `last` nothing else was seen."""

    digest: str
    first: datetime
    last: datetime
    captures: int


def usable(rows: Iterable[ArchiveRow]) -> list[ArchiveRow]:
    """The rows that may show the policy, in order of time.

    Errors and redirects do not: their digest is that of a short notice, and many redirects share one while they point
    to different places. A revisit has the status of the capture it repeats; one of an unknown capture may be anything.
    """
    listed = sorted(rows, key=lambda row: (row.taken, row.stamp, row.url, row.digest))
    statuses = {row.digest: row.status for row in listed if row.status is not None}
    return [row for row in listed if (row.status or statuses.get(row.digest, OK)) == OK]


def collapse(rows: Sequence[ArchiveRow]) -> list[Run]:
    """Neighbours with one digest become one run. `rows` are in order of time."""
    runs: list[Run] = []
    for row in rows:
        if runs and runs[-1].digest == row.digest:
            last = runs[-1]
            runs[-1] = Run(last.digest, last.first, row.taken, last.captures + 1)
        else:
            runs.append(Run(row.digest, row.taken, row.taken, 1))
    return runs


def row_by_digest(rows: Iterable[ArchiveRow]) -> dict[str, ArchiveRow]:
    """The row to fetch for a digest: the first that holds the bytes themselves, else the first revisit."""
    chosen: dict[str, ArchiveRow] = {}
    for row in rows:
        known = chosen.get(row.digest)
        if known is None or (known.revisit and not row.revisit):
            chosen[row.digest] = row
    return chosen
