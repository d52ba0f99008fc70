"""The past of what a configuration watches: the archives that are asked for it, and searches of them under a claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TypeAlias

from monitor.archive import PywbArchive, TimeMapArchive, WaybackArchive
from monitor.archive.client import Manners
from monitor.check import Parts
from monitor.claims import Busy, Claims
from monitor.config import ArchiveSection, Config
from monitor.errors import StaleCheck
from monitor.importing import Imported, Item, Skipped, import_captures
from monitor.model import Policy
from monitor.past.backfill import Backfilled, Bounds, Progress, backfill
from monitor.past.catching_up import catch_up
from monitor.past.imported import read_kept
from monitor.past.looking import PastParts
from monitor.past.lookout import look_back

AnyArchive: TypeAlias = WaybackArchive | PywbArchive | TimeMapArchive


def make_archives(config: Config) -> list[AnyArchive]:
    """The configured archives in their order, or else the Wayback Machine."""
    return [_made(section) for section in config.archive or (ArchiveSection(),)]


def _made(section: ArchiveSection) -> AnyArchive:
    manners = Manners(
        cdx_pace=section.index_pace,
        playback_pace=section.pace,
        window=section.window,
        patience=section.patience.total_seconds(),
        read_timeout=section.timeout.total_seconds(),
    )
    if section.kind == "wayback":
        return WaybackArchive(name=section.title, base=section.url, **manners)
    if section.kind == "pywb":
        return PywbArchive(name=section.title, base=section.url, **manners)
    assert section.playback is not None, "the schema asks for it"
    return TimeMapArchive(name=section.title, timemap=section.url, playback=section.playback, **manners)


class Hindsight:
    """Looks into the past of policies, and lets what it finds stand in for live looks that miss something."""

    def __init__(
        self,
        config: Config,
        parts: PastParts,
        claims: Claims,
        *,
        live: Callable[[], Parts],
        alive: Callable[[], AbstractContextManager[object]],
    ) -> None:
        """`live` gives what a live look works with; `alive`, what keeps the claims of this process while it lasts."""
        self._parts = parts
        self._config = config
        self._claims = claims
        self._live = live
        self._alive = alive

    def backfill(
        self, policy: Policy, bounds: Bounds, *, report: Callable[[Progress], None], stop: Callable[[], bool]
    ) -> Backfilled | Busy:
        """Search a policy's past under a claim; see `monitor.past.backfill.backfill`."""

        def search(renew: Callable[[], object]) -> Backfilled:
            def renewed(progress: Progress) -> None:
                renew()
                report(progress)

            return backfill(policy, self._parts, bounds, report=renewed, stop=stop)

        return self._claims.searching(policy, search)

    @property
    def is_automatic(self) -> bool:
        """Whether the past is looked into without being asked for."""
        return bool(self._config.archive) and self._config.backfill.automatic

    def look_back(self, *, stop: Callable[[], bool]) -> bool:
        """Look into the past of the policy that is due first; False when none is."""
        return look_back(
            self._parts,
            every=min(section.every for section in self._config.archive),
            max_fetches=self._config.backfill.max_fetches,
            backfill=lambda policy, bounds: self.backfill(policy, bounds, report=lambda _: None, stop=stop),
            catch_up=self._catch_up,
        )

    def import_captures(
        self,
        policy: Policy,
        found: Iterable[Item | Skipped],
        *,
        dry_run: bool,
        before_each: Callable[[], object] = lambda: None,
    ) -> Imported | Busy:
        """Take captures of others into a policy's history, under a lease.

        Raises:
            StoreError: the database failed; what was taken before stays.
        """

        def take() -> Imported:
            store, live = self._parts.store, self._live()
            done = import_captures(policy, found, store, live, dry_run=dry_run, before_each=before_each)
            if not dry_run:
                read_kept(policy, self._parts)
            return done

        if dry_run or policy.retired:  # nobody else looks at it
            return take()
        with self._alive():
            return self._claims.leased(policy, take)

    def _catch_up(self, policy: Policy) -> None:
        done = self._claims.leased(policy, lambda: catch_up(policy.id, self._live(), self._parts))
        if isinstance(done, Busy):
            raise StaleCheck(f"a look at {policy.spec.name!r} is under way")
