"""The protocols that the checks and `monitor.app` speak to; adapters are in fetch, archive, storage and notifiers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from monitor.alert_ports import Outbox
from monitor.past_ports import PastStore
from monitor.policy_ports import PolicyStore
from monitor.proof_ports import ChainStore, CopyStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from monitor.model import (
        ArchivePage,
        ArchiveRow,
        Capture,
        Change,
        CheckRecord,
        Committed,
        Fetched,
        FetchRequest,
        History,
        Observation,
        Opinion,
        Place,
        Remembered,
        Rereading,
        Thinned,
        Version,
        VersionInfo,
    )


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        ...


class Fetcher(Protocol):
    """Fetches one URL from the live web. May be called from several threads at once."""

    def fetch(self, request: FetchRequest) -> Fetched:
        """Answer with status 200 or 304.

        Raises:
            FetchError: anything else, typed.
        """
        ...


class Archive(Protocol):
    """Captures of the past. May be used from several threads at once; keeps to the archive's pace by itself.

    Both methods may raise any ArchiveError; they may sleep for the pace and for short waits that the archive asks for.
    """

    @property
    def name(self) -> str:
        """Unique among the archives of a configuration, such as `web.archive.org`."""
        ...

    def list_captures(
        self, url: str, *, after: datetime | None = None, before: datetime | None = None, token: str | None = None
    ) -> Iterator[ArchivePage]:
        """Every row of the index for a URL, oldest first, uncollapsed; both ends of the range are included.

        A `token` of an earlier page goes on behind that page, in another process too; the other arguments must then
        be the same. No row is lost and none given twice. No capture at all is no error but an empty listing.
        """
        ...

    def fetch(self, row: ArchiveRow) -> Fetched:
        """Play one capture back as it was stored. `url` and `stamp` of the row are enough.

        Redirects that the site gave then are followed inside the archive. `taken` is when the capture was really
        taken, within the archive's window of the stamp. An archived error page is an answer with that status.
        """
        ...


class Voter(Protocol):
    """A second opinion on what a change means, such as a language model's. Nothing depends on it."""

    def ask(self, old: str, new: str, *, practices: Sequence[str]) -> list[Opinion]:
        """What differs between two texts. Every opinion quotes words that are in the text; others are discarded.

        Raises:
            OpinionError: no usable answer.
        """
        ...


class HostTurns(Protocol):
    """Turns to ask a host, over all processes that share a database. A lost one is harmless: none is kept for long."""

    def take_turn(self, host: str, *, now: datetime, gap: timedelta) -> datetime:
        """The next turn, at `now` or later; the one after it is `gap` later. No two callers get the same."""
        ...

    def hold_turns(self, host: str, *, until: datetime) -> None:
        """Give out no turn before that."""
        ...


class HistoryStore(Protocol):
    """What checks found. Reads never see half a check."""

    def history(self, policy_id: int) -> History:
        """What a decision needs."""
        ...

    def histories(self, policy_ids: Sequence[int]) -> list[tuple[History, str | None]]:
        """The histories of several policies, in few queries, but for those that have a candidate or known places.

        With each comes the digest of the text that the bytes of its latest captures were read as by the extractor of
        its current version; None where they are not known to hold one.
        """
        ...

    def recall(self, policy_id: int, digests: Sequence[str], *, extractor: str) -> Remembered | None:
        """What bytes with these digests (one per URL, in order) were read as by that extractor; None if never."""
        ...

    def commit(self, record: CheckRecord) -> Committed:
        """Write all of a check or nothing, and count the revision up.

        Equal observations (outcome, reason and version) in a row fold into one. Equal bytes are stored once.
        A text (by digest) has one row per policy: a candidate's row is confirmed in place. With a `next_due` the
        claim on the policy ends, too.

        Raises:
            StaleCheck: `record.revision` is not the policy's.
        """
        ...

    def repeat(self, record: CheckRecord, last: Observation) -> Committed:
        """Commit a look that found in the same bytes what the look before found, counting up its observation `last`.

        Writes times alone. These may be lost when the power fails, as if the look had not been.

        Raises:
            StaleCheck: `record.revision` is not the policy's.
        """
        ...

    def reread(self, record: Rereading) -> int:
        """Write what another extractor reads behind a version, and count the revision up. No look, no observation.

        The new text takes the version's place, with its sightings and captures; without a change only the version's
        extractor, dates and language are written. Returns the number of the version that stands from now on.

        Raises:
            StaleCheck: `record.revision` is not the policy's.
        """
        ...

    def set_places(self, policy_id: int, revision: int, places: Sequence[Place]) -> None:
        """Replace what is known of places that keep changing, and count the revision up.

        Raises:
            StaleCheck: `revision` is not the policy's.
        """
        ...

    def observations(self, policy_id: int, *, limit: int | None = None) -> list[Observation]:
        """Newest first."""
        ...

    def versions(self, policy_id: int) -> list[VersionInfo]:
        """Confirmed ones, oldest first."""
        ...

    def version(self, version_id: int) -> Version:
        """With its clauses, confirmed or not."""
        ...

    def version_by_digest(self, policy_id: int, digest: str) -> Version | None:
        """A text of this policy, confirmed or not."""
        ...

    def changes(self, policy_id: int | None = None, *, limit: int | None = None) -> list[Change]:
        """Newest first; of every policy when none is named."""
        ...

    def change(self, change_id: int) -> Change:
        """One change."""
        ...

    def captures(self, policy_id: int, *, limit: int | None = None) -> list[Capture]:
        """Newest first."""
        ...

    def capture(self, capture_id: int) -> Capture:
        """One capture."""
        ...

    def body(self, capture_id: int) -> bytes:
        """The decoded bytes of a capture; checked against its digest."""
        ...


class Store(PolicyStore, HostTurns, HistoryStore, PastStore, Outbox, ChainStore, CopyStore, Protocol):
    """The whole database."""

    def check_health(self) -> str:
        """Write and read once; return what the database is, without secrets (`SQLite 3.46, schema 0003`)."""
        ...

    def renew_leases(
        self, *, owner: str, now: datetime, lease: timedelta, policies: Collection[int], deliveries: Collection[int]
    ) -> None:
        """Let `owner`'s claims on these policies and leases of these deliveries last until `now + lease`.

        Those that have ended stay so, and none is made shorter: the moment may have been read long before.
        """
        ...

    def lease_owners(self, *, now: datetime) -> set[str]:
        """Who has a claim on a policy or its past, or a leased delivery, that still runs."""
        ...

    def end_leases(self, *, owner: str, now: datetime) -> int:
        """End all that an owner has claimed and leased, as if it had run out; say how much that was."""
        ...

    def back_up(self, target: Path) -> None:
        """Write a copy that was verified, while others go on; what is at `target` is replaced by it, or as it was.

        Raises:
            StoreError: it could not be written, or `target` is the database itself; or PostgreSQL's own tool has to
                do it, and the message says how.
        """
        ...

    def thin(self, *, now: datetime, keep: timedelta, one_per: timedelta, dry_run: bool) -> Thinned:
        """Drop the bytes and headers of old captures that nothing rests on; what they were stays.

        All of the last `keep` stay whole, and of those before, one of each URL in every `one_per`.
        """
        ...

    def vacuum(self) -> None:
        """Give unused space back to the disk."""
        ...

    def find_damage(self, *, sample: int) -> list[str]:
        """What is wrong with the database, a sentence each; that many stored pages are checked by their digests."""
        ...

    def close(self) -> None:
        """Release connections. Further calls fail."""
        ...
