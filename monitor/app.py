"""Wires the parts: the one place that knows every adapter."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

import structlog

from monitor.alert_ports import Channel
from monitor.claims import Claims
from monitor.config import Config
from monitor.errors import DeliveryError
from monitor.in_hand import InHand
from monitor.model import AlertKind
from monitor.ownership import owner_token
from monitor.ports import Archive, Clock, Fetcher, Store

if TYPE_CHECKING:
    # Adapters are imported by the properties that make them: `monitor list` needs no parser, no mail and no web.
    from monitor.channels import Made
    from monitor.check import Parts, Reader
    from monitor.delivery import Courier, Sent
    from monitor.heartbeat import Heartbeat
    from monitor.hindsight import Hindsight
    from monitor.look import Settings
    from monitor.looks import Looks
    from monitor.past.looking import PastParts
    from monitor.public_copies import CopyDesk
    from monitor.trouble import TroubleDesk

# For a time-stamping authority, which signs a hash: a slow one is a broken one.
STAMP_SECONDS = 20.0

log = structlog.get_logger(__name__)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC)


class App:
    """A configuration at work. Opens the database and the network only when they are first needed."""

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock | None = None,
        fetcher: Fetcher | None = None,
        confirm_after: timedelta | None = None,
    ) -> None:
        """`fetcher` is another door than the live web; `confirm_after` stands above the configuration's."""
        self.config = config
        self.clock = clock or SystemClock()
        self.owner = owner_token()
        self._in_hand = InHand()
        self._sendings = InHand()
        self._confirm_given = confirm_after
        self._confirm_after = config.monitor.confirm_after if confirm_after is None else confirm_after
        self._fetcher = fetcher
        self._opened: list[Callable[[], None]] = []

    @cached_property
    def settings(self) -> Settings:
        """What decisions depend on."""
        from monitor.look import Settings  # noqa: PLC0415 - see above

        return Settings(
            confirm_after=self._confirm_after,
            early_look=self.config.monitor.early_look,
            unreachable_after=self.config.monitor.unreachable_after,
            back_off_to=self.config.monitor.back_off_to,
            rules=self.config.rules,
            channels=self.config.notify.readers,
            operators=self.config.notify.operators,
        )

    @cached_property
    def store(self) -> Store:
        """The database, migrated and in step with the declared policies."""
        from storage import open_store  # noqa: PLC0415 - see above

        store = open_store(self.config.storage.url.get_secret_value())
        self._opened.append(store.close)
        store.sync_declared(self.config.specs, now=self.clock.now())
        return store

    @cached_property
    def fetcher(self) -> Fetcher:
        """The door to the live web."""
        if self._fetcher is not None:
            return self._fetcher
        from monitor.live_web import make_fetcher  # noqa: PLC0415 - see above

        # Who opens no database (`monitor check URL`) has a pace of its own.
        fetcher = make_fetcher(self.config, turns=lambda: self.__dict__.get("store"))
        self._opened.append(fetcher.close)
        return fetcher

    @cached_property
    def made_channels(self) -> dict[str, Made]:
        """All configured channels by name, with their manners."""
        from monitor.channels import make_channels  # noqa: PLC0415 - see above

        made = make_channels(self.config)
        self._opened += [one.close for one in made.values() if one.close is not None]
        return made

    @property
    def channels(self) -> dict[str, Channel]:
        """All configured channels by name."""
        return {name: made.channel for name, made in self.made_channels.items()}

    @property
    def reader(self) -> Reader:
        """What reading a page takes; no database is opened for it."""
        from monitor.check import Reader  # noqa: PLC0415 - see above
        from monitor.fetch import convert  # noqa: PLC0415 - see above

        return Reader(fetcher=self.fetcher, convert=convert, languages=self.config.monitor.languages)

    @cached_property
    def parts(self) -> Parts:
        """What a check works with."""
        from monitor.check import Parts  # noqa: PLC0415 - see above
        from monitor.fetch import convert  # noqa: PLC0415 - see above
        from monitor.public_copies import held  # noqa: PLC0415 - see above
        from monitor.standing import Memory  # noqa: PLC0415 - see above

        # With workers the next look at a policy is mostly another's: what is remembered here would be out of date, and
        # found so only after the site has been asked.
        memory = Memory(0) if self.config.monitor.work == "workers" else Memory()
        return Parts(
            memory=memory,
            store=self.store,
            fetcher=self.fetcher,
            clock=self.clock,
            settings=self.settings,
            convert=convert,
            languages=self.config.monitor.languages,
            adapt=partial(held, wait=self.config.save_page_now.wait)
            if self.config.save_page_now.enabled
            else lambda record: record,
        )

    @cached_property
    def archives(self) -> list[Archive]:
        """The configured archives in their order, or else the Wayback Machine."""
        from monitor.hindsight import make_archives  # noqa: PLC0415 - see above

        made = make_archives(self.config)
        self._opened += [one.close for one in made]
        return list(made)

    @cached_property
    def past(self) -> PastParts:
        """What looking into the past takes."""
        from monitor.fetch import convert  # noqa: PLC0415 - see above
        from monitor.past.looking import PastParts  # noqa: PLC0415 - see above

        return PastParts(
            store=self.store,
            archives=self.archives,
            clock=self.clock,
            convert=convert,
            languages=self.config.monitor.languages,
        )

    @cached_property
    def hindsight(self) -> Hindsight:
        """What looks into the past of policies."""
        from monitor.hindsight import Hindsight  # noqa: PLC0415 - see above

        return Hindsight(self.config, self.past, self.claims, live=lambda: self.parts, alive=self.alive)

    @cached_property
    def copies(self) -> CopyDesk | None:
        """What has public copies made of changed pages; None when none are asked for."""
        section = self.config.save_page_now
        if not section.enabled:
            return None
        from monitor.archive import SavePageNow  # noqa: PLC0415 - see above
        from monitor.public_copies import CopyDesk, Quota  # noqa: PLC0415 - see above

        assert section.access_key
        assert section.secret_key
        saver = SavePageNow(
            section.access_key.get_secret_value(), section.secret_key.get_secret_value(), base=section.url
        )
        self._opened.append(saver.close)
        return CopyDesk(self.store, saver, self.clock, Quota(section.per_day))

    def deliver_with_copies(self) -> Sent:
        """Send, once all alerts that wait for public copies are due or have waited long enough."""
        if self.copies is not None:
            self.copies.settle(self.config.save_page_now.wait)
        return self.deliver()

    def stamper(self, authority: str | None = None) -> Callable[[bytes], bytes] | None:
        """What has content stamped by an authority: the one named, else that of the configuration; None without one."""
        from monitor.evidence.stamping import stamper  # noqa: PLC0415 - see above
        from monitor.fetch import Guard, guarded_session  # noqa: PLC0415 - see above

        url = authority or self.config.evidence.tsa
        if url is None:
            return None
        session = guarded_session(Guard(self.config.fetch.allow_private), connect_timeout=STAMP_SECONDS)
        self._opened.append(session.close)
        return stamper(url, session, timeout=STAMP_SECONDS, roots=self.config.evidence.roots)

    def alive(self) -> Heartbeat:
        """Keep the leases of this process while the `with` block lasts."""
        from monitor.heartbeat import Heartbeat  # noqa: PLC0415 - see above

        return Heartbeat(
            self.store,
            self.clock,
            owner=self.owner,
            lease=self.config.monitor.lease,
            looks=self._in_hand,
            sendings=self._sendings,
        )

    def reconfigured(self, config: Config) -> App:
        """An app of another configuration, on the same database and with the same claims.

        The database stays the one it is. This app goes on working until `retire`.

        Raises:
            ConfigError: something cannot be made as configured; nothing has changed then.
            StoreError: the database failed; likewise.
        """
        kept = config.model_copy(update={"storage": self.config.storage})
        new = App(kept, clock=self.clock, fetcher=self._fetcher, confirm_after=self._confirm_given)
        new.owner, new._in_hand, new._sendings = self.owner, self._in_hand, self._sendings
        new.__dict__["store"] = self.store
        try:
            _ = new.looks, new.archives, new.courier, new.trouble
            self.store.sync_declared(kept.specs, now=self.clock.now())
        except Exception:
            new.close()
            raise
        return new

    def retire(self) -> None:
        """Close what was opened besides the database, with which another app goes on.

        What is being sent ends first, which may take as long as a channel's deadline. A check that still runs ends as
        it began.
        """
        kept = [close for close in self._opened if close == self.store.close]
        opened, self._opened = [close for close in self._opened if close not in kept], kept
        while opened:
            opened.pop()()

    @cached_property
    def claims(self) -> Claims:
        """What this process claims."""
        lease = self.config.monitor.lease
        return Claims(self.store, self.clock, owner=self.owner, lease=lease, in_hand=self._in_hand)

    @cached_property
    def looks(self) -> Looks:
        """What looks at policies."""
        from monitor.looks import Looks  # noqa: PLC0415 - see above

        return Looks(self.parts, self.claims, alive=self.alive, jobs=self.config.monitor.jobs)

    @cached_property
    def courier(self) -> Courier:
        """What sends alerts."""
        from monitor.delivery import Courier, Timing  # noqa: PLC0415 - see above

        timing = Timing(lease=self.config.monitor.lease, first_retry=self.config.notify.first_retry)
        manners = {name: made.manners for name, made in self.made_channels.items()}
        courier = Courier(
            self.store,
            self.channels,
            self.clock,
            owner=self.owner,
            manners=manners,
            timing=timing,
            in_hand=self._sendings,
        )
        self._opened.append(courier.close)
        return courier

    def deliver(self, *, wait: bool = True) -> Sent:
        """Send what is due; without `wait` only begin to, and give what has ended since the last call."""
        return self.courier.deliver(wait_for_all=wait)

    def stranded(self) -> dict[str, int]:
        """How many alerts wait for each channel that is not configured (any more)."""
        return self.store.waiting_elsewhere(self.config.notify.names)

    def wind_up(self, within: timedelta) -> None:
        """Begin to send nothing more when that time is over; it stays due."""
        self.courier.begin_until(time.monotonic() + within.total_seconds())

    @cached_property
    def trouble(self) -> TroubleDesk:
        """Where the operator is told of what cannot go through the database."""
        from monitor.trouble import TroubleDesk  # noqa: PLC0415 - see above

        return TroubleDesk(self.channels, self.config.notify.operators, self.clock)

    def send_test(self, names: Sequence[str]) -> dict[str, str]:
        """Send a test alert on each of these channels at once; give what went wrong, empty where nothing did.

        It does not pass through the outbox: whoever asks is there to read the answer.
        """
        from monitor.trouble import system_notice  # noqa: PLC0415 - see above

        notice = system_notice(AlertKind.TEST, "You asked for a test.", rule="notify test", now=self.clock.now())
        results = {}
        for name in names:
            try:
                self.channels[name].send(notice)
                results[name] = ""
            except DeliveryError as error:
                results[name] = str(error)
        return results

    def close(self) -> None:
        """Release what was opened."""
        while self._opened:
            self._opened.pop()()
