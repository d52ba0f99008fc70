"""The newest archived text of a page from before some day, without a database: for a page that nobody watches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.errors import ArchiveError, Unplayable
from monitor.model import ArchiveRow, Found, Page, PolicyKind, PolicySpec, Reading
from monitor.past.looking import Subject, interpret
from monitor.ports import Archive
from monitor.timeline import usable

# So far back is looked first: most pages are captured every year, and whole listings may be long.
FIRST_REACH = timedelta(days=366)
MOST_TRIES = 3
KEPT = 50  # of the newest rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """What a page said then."""

    reading: Reading
    taken: datetime
    url: str  # of the capture
    archive: str


def earlier_text(
    url: str,
    archives: Sequence[Archive],
    *,
    before: datetime,
    language: str | None,
    convert: Callable[[Page], Page],
    languages: Sequence[str],
) -> Earlier | None:
    """Ask one archive after the other; None when none has a capture that shows a policy.

    Raises:
        ArchiveError: the last of them could not be asked.
    """
    subject = Subject(
        policy_id=0, spec=PolicySpec(name="", urls=(url,), kind=PolicyKind.OTHER, language=language), language=language
    )
    problem: ArchiveError | None = None
    for archive in archives:
        try:
            for row in _newest(archive, url, before):
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
    return None


def _newest(archive: Archive, url: str, before: datetime) -> list[ArchiveRow]:
    """The newest rows that may show it, newest first."""
    for after in (before - FIRST_REACH, None):
        rows = deque(
            (row for page in archive.list_captures(url, after=after, before=before) for row in page.rows), maxlen=KEPT
        )
        if found := usable(rows):
            return found[: -MOST_TRIES - 1 : -1]
    return []
