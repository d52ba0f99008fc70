"""Where a listing stands: what goes on behind a page, in another process too, with no row lost and none given twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from monitor.errors import ArchiveError
from monitor.model import ArchiveRow


@dataclass
class Bookmark:
    """The archive's own key if it has one, else the last stamp; and the captures of that stamp already given.

    Archives give some rows twice (two crawls of one page in one second, pages that overlap). Rows of one stamp, URL
    and digest are one capture. Listings are in order of stamps, so only those of the last one need to be remembered.
    """

    key: str | None = None
    stamp: str = ""
    given: set[tuple[str, str]] = field(default_factory=set)
    pages: list[str] = field(default_factory=list)  # where a listing is a web of pages: addresses still to be read
    read: list[str] = field(default_factory=list)  # ... and those that were

    @classmethod
    def parse(cls, url: str, token: str | None) -> Bookmark:
        """From a page's token.

        Raises:
            ArchiveError: it is none of ours.
        """
        if token is None:
            return cls()
        try:
            said: dict[str, Any] = json.loads(token)
            return cls(
                said["key"], said["stamp"], {(u, d) for u, d in said["given"]}, list(said["pages"]), said["read"]
            )
        except (ValueError, TypeError, KeyError) as error:
            raise ArchiveError(
                url, f"The listing of {url} cannot be gone on with: {token[:80]!r} is no token"
            ) from error

    def token(self) -> str:
        """For the page that was just given."""
        return json.dumps(
            {
                "key": self.key,
                "stamp": self.stamp,
                "given": sorted(self.given),
                "pages": self.pages,
                "read": self.read,
            },
            separators=(",", ":"),
        )

    def keep_new(self, rows: Iterable[ArchiveRow]) -> tuple[ArchiveRow, ...]:
        """Those not given before, and remember them."""
        new = []
        for row in rows:
            if row.stamp != self.stamp:
                self.stamp = row.stamp
                self.given.clear()
            mark = (row.url, row.digest)
            if mark not in self.given:
                self.given.add(mark)
                new.append(row)
        return tuple(new)
