"""The newest archived text of a page from before some day, without a database: for a page that nobody watches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import ArchiveError, Unplayable
from monitor.model import ArchiveRow, Found, Page, PolicyKind, PolicySpec, Reading
from monitor.past.looking import Subject, interpret
from monitor.ports import Archive
from monitor.timeline import usable

# So far back is looked first: most pages are captured every year, and whole listings may be long.
FIRST_REACH = timedelta(days=366)
NEAREST = 3  # captures that are tried one after the other; behind them, further and further back
MOST_TRIES = 12
KEPT = 5_000  # of the newest rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What a page said then."""

    reading: Reading
    taken: datetime
    url: str  # of the capture
    archive: str


@dataclass(frozen=True, slots=True)
class InVain:
    """No text of then. `tried` captures could not be played or show no policy; 0: no archive has any."""

    tried: int


def earlier_text(
    url: str,
    archives: Sequence[Archive],
    *,
    before: datetime,
    language: str | None,
    convert: Callable[[Page], Page],
    languages: Sequence[str],
) -> Earlier | InVain:
    """Ask one archive after the other for the newest capture that shows a policy, of each for a few.

    Raises:
        ArchiveError: the last of them could not be asked.
    """
    subject = Subject(
        policy_id=0, spec=PolicySpec(name="", urls=(url,), kind=PolicyKind.OTHER, language=language), language=language
    )
    problem: ArchiveError | None = None
    tried = 0
    for archive in archives:
        try:
            for row in _candidates(archive, url, before):
                tried += 1
                try:
                    fetched = archive.fetch(row)
                except Unplayable:
                    continue
                found, reading, _, _ = interpret(fetched, subject, convert=convert, languages=languages)
                if found is Found.TEXT and reading is not None and fetched.taken <= before:
                    return Earlier(
                        reading=reading,
                        taken=fetched.taken,
                        url=fetched.archive_url or url,
                        archive=archive.name,
                    )
        except ArchiveError as error:
            problem = error
    if problem is not None:
        raise problem
    return InVain(tried)


def _candidates(archive: Archive, url: str, before: datetime) -> Iterator[ArchiveRow]:
    """Rows that may show it, newest first: the nearest, and then with wider and wider steps back in time."""
    asked: set[tuple[datetime, str]] = set()
    for after in (before - FIRST_REACH, None):
        listed = deque(
            (row for page in archive.list_captures(url, after=after, before=before) for row in page.rows), maxlen=KEPT
        )
        rows = usable(listed)[::-1]
        # Half of the tries are for the time before that year: all of it may have been stored badly.
        limit = MOST_TRIES if after is None else MOST_TRIES // 2
        for row in _spread([row for row in rows if (row.taken, row.digest) not in asked], limit - len(asked)):
            asked.add((row.taken, row.digest))
            yield row


def _spread(rows: Sequence[ArchiveRow], count: int) -> list[ArchiveRow]:
    """So many of them: the first ones, then some at distances that grow evenly, and the last."""
    if len(rows) <= count:
        return list(rows)
    near = min(NEAREST, count)
    rest = count - near
    growth = (len(rows) / near) ** (1 / rest) if rest else 1.0
    places = [min(max(near + step, round(near * growth ** (step + 1)) - 1), len(rows) - 1) for step in range(rest)]
    return [rows[place] for place in dict.fromkeys([*range(near), *places])]
