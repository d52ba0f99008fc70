"""The protocols that the checks and `monitor.app` speak to; adapters are in fetch, archive, storage and notifiers."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from monitor.past_ports import PastStore
from monitor.proof_ports import ChainStore, CopyStore

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from monitor.model import (
        Alert,
        AlertDraft,
        ArchivePage,
        ArchiveRow,
        Capture,
        Change,
        CheckRecord,
        Committed,
        Delivery,
        DeliveryState,
        Digest,
        Fetched,
        FetchRequest,
        History,
        Notice,
        Observation,
        Opinion,
        Origin,
        Place,
        Policy,
        PolicySpec,
        Remembered,
        Rereading,
        Settled,
        Standing,
        Tally,
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


class Channel(Protocol):
    """Sends notices to one place, such as a mailbox or a webhook. May be called from several threads at once."""

    @property
    def name(self) -> str:
        """Unique among the channels of a configuration."""
        ...

    def send(self, notice: Notice) -> None:
        """Return once the receiver has taken it.

        Raises:
            DeliveryError: it has not; `permanent` tells whether a later attempt makes sense.
        """
        ...

    def send_digest(self, digest: Digest) -> None:
        """The same for several notices as one message (or, where a channel has no messages, as one step).

        Raises:
            DeliveryError: as above.
        """
        ...


class PolicyStore(Protocol):
    """The policies that are watched, and when each is due.

    All methods of all store protocols: safe to call from several threads; each is one transaction; times given and
    returned are aware and in UTC. `StoreUnavailable` may come out of every one, `NotFound` where an identifier or a
    name is given, and no driver error ever.
    """

    def add_policy(self, spec: PolicySpec, *, origin: Origin, now: datetime) -> Policy:
        """Watch a policy, due at once. A retired policy of that name comes back with its history.

        Raises:
            PolicyExists: a watched policy has that name.
        """
        ...

    def change_policy(self, policy_id: int, spec: PolicySpec) -> Policy:
        """Replace how it is watched. Its name may change too; a new `urls` clears `moved_to`.

        Raises:
            PolicyExists: the new name is another policy's.
        """
        ...

    def retire_policy(self, policy_id: int, *, now: datetime) -> None:
        """Watch it no more; its history stays."""
        ...

    def sync_declared(self, specs: Sequence[PolicySpec], *, now: datetime) -> None:
        """Make the policies of origin CONFIG those of `specs`: add, change, revive, retire.

        A spec whose name a DATABASE policy has takes that policy over.
        """
        ...

    def policy(self, name: str) -> Policy:
        """By name, retired ones too."""
        ...

    def policies(self, *, retired: bool = False) -> list[Policy]:
        """Watched ones (and retired ones if asked), by name."""
        ...

    def due(self, *, now: datetime, limit: int) -> list[Policy]:
        """Watched policies that are due and neither claimed nor paused, longest due first.

        Before them all come those whose candidate waits for confirmation.
        """
        ...

    def next_due(self) -> datetime | None:
        """When the next policy is due; None when none is watched, or all are paused until further notice."""
        ...

    def claim(self, policy_id: int, *, owner: str, now: datetime, lease: timedelta) -> bool:
        """Take a policy for one check by a conditional UPDATE. False: another owner's lease still runs."""
        ...

    def claim_due(
        self, *, owner: str, now: datetime, lease: timedelta, limit: int, among: Sequence[int] | None = None
    ) -> list[Policy]:
        """Take what `due` would give, all at once; no two callers get the same policy.

        `among` restricts it to policies with these numbers.
        """
        ...

    def release(self, policy_id: int, *, owner: str) -> None:
        """Give up a claim. No effect when `owner` no longer has it."""
        ...

    def claims(self, *, now: datetime) -> list[tuple[int, str]]:
        """The policies whose lease still runs, and who has it."""
        ...

    def postpone(self, policy_id: int, *, until: datetime) -> None:
        """Set when it is due."""
        ...

    def pause(self, policy_id: int, *, now: datetime, until: datetime | None) -> Policy:
        """Let no look be due until then; None: until `resume`. A pause of before is replaced."""
        ...

    def resume(self, policy_id: int) -> Policy:
        """End a pause. What became due meanwhile is due now."""
        ...

    def standings(self, *, retired: bool = False) -> list[Standing]:
        """How each policy stands, by name: those of `policies`."""
        ...

    def tally(self, *, now: datetime) -> Tally:
        """Count."""
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


class Outbox(Protocol):
    """Alerts and their deliveries."""

    def raise_alert(self, policy_id: int, draft: AlertDraft, *, now: datetime) -> Alert:
        """An alert apart from a check (`notify test`)."""
        ...

    def lease_deliveries(
        self,
        *,
        owner: str,
        now: datetime,
        lease: timedelta,
        limit: int,
        channels: Sequence[str] | None = None,
        fresh_by: datetime | None = None,
    ) -> list[Delivery]:
        """Take due deliveries (and those whose lease ran out) for sending; no two callers get the same one.

        Those that were never tried come first, then by when they were due.

        `channels` restricts it to those; `fresh_by` leaves out what was never tried and is due later than that.
        """
        ...

    def lease_batch(
        self, channel: str, *, owner: str, now: datetime, lease: timedelta, fresh_by: datetime, most: int
    ) -> list[Delivery]:
        """Take all of one digest, by alert: one that was begun and is due again, else a new one of what is due.

        A new one has at most `most` deliveries. They keep its `batch` for good, so that every attempt is the same.
        """
        ...

    def delivery_sent(self, *delivery_ids: int, owner: str, now: datetime) -> None:
        """They arrived. No effect on those of which `owner` no longer has the lease."""
        ...

    def delivery_failed(
        self,
        *delivery_ids: int,
        owner: str,
        now: datetime,
        error: str,
        retry_at: datetime | None,
        settled: Settled = (),
        alert: AlertDraft | None = None,
        unless_raised_since: datetime | None = None,
    ) -> None:
        """They did not arrive: due again at `retry_at`, or dead with None. No effect without the lease.

        `settled` are the receivers who need no further attempt. In the same transaction `alert` is raised, unless one
        of its kind and rule was raised after `unless_raised_since`.
        """
        ...

    def resend(self, *, now: datetime, alert_id: int | None = None) -> int:
        """Make what failed or is dead due now, of one alert or all, and say how many there were.

        They have all their attempts again; receivers who have an alert already do not get it again. One that was part
        of a digest leaves it: both have a key of their own from then on.
        """
        ...

    def waiting_elsewhere(self, channels: Collection[str]) -> dict[str, int]:
        """How many deliveries are due or failed, and will be tried, on each channel that is not among these."""
        ...

    def sent_since(self, channel: str, since: datetime) -> int:
        """How many messages the channel took after that; a digest is one."""
        ...

    def notice(self, alert_id: int) -> Notice:
        """An alert with what a channel needs to render it."""
        ...

    def alert(self, alert_id: int) -> Alert:
        """By number."""
        ...

    def alerts(self, *, limit: int | None = None) -> list[Alert]:
        """Newest first."""
        ...

    def deliveries(
        self, *, alert_id: int | None = None, state: DeliveryState | None = None, limit: int | None = None
    ) -> list[Delivery]:
        """Newest first."""
        ...


class Store(PolicyStore, HostTurns, HistoryStore, PastStore, Outbox, ChainStore, CopyStore, Protocol):
    """The whole database."""

    def check_health(self) -> str:
        """Write and read once; return what the database is, without secrets (`SQLite 3.46, schema 0003`)."""
        ...

    def renew_leases(self, *, owner: str, now: datetime, lease: timedelta) -> None:
        """Let every claim and leased delivery that `owner` still has last until `now + lease`."""
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
