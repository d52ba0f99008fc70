"""What Prometheus is told of a daemon."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from monitor import __version__
from monitor.errors import StoreError
from monitor.model import Tally

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# For what a database holds; whoever asks for the page waits for ten seconds by default, and then learns nothing at all.
PATIENCE_S = 5.0
_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)


class Meters:
    """Counters of this process, and gauges that are read from the database when somebody asks."""

    def __init__(
        self,
        tally: Callable[[], Tally],
        *,
        resting: Callable[[], Iterable[str]] = tuple,
        patience: float = PATIENCE_S,
    ) -> None:
        """`tally` counts in the database; so many seconds of `patience` are had with that.

        `resting` names channels that are left alone.
        """
        self._registry = CollectorRegistry()
        own = self._registry
        self.checks = Counter("clausewatch_checks", "Looks at policies, by what they found.", ["outcome"], registry=own)
        self.check_seconds = Histogram(
            "clausewatch_check_seconds", "How long looks took.", buckets=_SECONDS, registry=own
        )
        self.deliveries = Counter(
            "clausewatch_deliveries", "Attempts to deliver alerts, by how they ended.", ["result"], registry=own
        )
        self.running = Gauge("clausewatch_checks_running", "Looks that are being made or were claimed.", registry=own)
        self.reloads = Counter(
            "clausewatch_reloads", "Readings of the configuration on SIGHUP.", ["result"], registry=own
        )
        self.last_beat = Gauge(
            "clausewatch_last_beat_timestamp_seconds",
            "When due policies were last looked for with success.",
            registry=own,
        )
        Gauge("clausewatch_info", "The version that runs.", ["version"], registry=own).labels(__version__).set(1)
        ProcessCollector(registry=self._registry)
        self._registry.register(_Kept(_Asked(tally, patience), resting))

    def page(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self._registry)


class _Asked:
    """A question to a database that may never answer. It is asked once at a time; whoever comes meanwhile joins in."""

    def __init__(self, tally: Callable[[], Tally], patience: float) -> None:
        self._tally = tally
        self._patience = patience
        self._answer: Future[Tally] | None = None
        self._lock = threading.Lock()

    def __call__(self) -> Tally | None:
        """The answer; None when there is none in time, or the database fails."""
        with self._lock:
            answer = self._answer
            if answer is None or answer.done():
                answer = Future()
                # No end of the process waits for it.
                threading.Thread(target=self._ask, args=(answer,), name="tally", daemon=True).start()
                self._answer = answer
        try:
            return answer.result(self._patience)
        except (TimeoutError, StoreError):
            return None

    def _ask(self, answer: Future[Tally]) -> None:
        try:
            answer.set_result(self._tally())
        except BaseException as error:  # noqa: BLE001 - it goes to whoever asked
            answer.set_exception(error)


class _Kept(Collector):
    def __init__(self, tally: Callable[[], Tally | None], resting: Callable[[], Iterable[str]]) -> None:
        self._tally = tally
        self._resting = resting

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing, so that registering counts nothing."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Count."""
        channels = GaugeMetricFamily(
            "clausewatch_channel_resting",
            "The channel fails, and is left alone for now or for good.",
            labels=["channel"],
        )
        for name in self._resting():
            channels.add_metric([name], 1)
        yield channels
        tally = self._tally()
        yield GaugeMetricFamily("clausewatch_database_up", "The database answers.", value=float(tally is not None))
        if tally is None:
            return
        policies = GaugeMetricFamily("clausewatch_policies", "Watched policies, by state.", labels=["state"])
        for state, number in (
            ("watched", tally.watched),
            ("paused", tally.paused),
            ("due", tally.due),
            ("claimed", tally.claimed),
            ("waiting", tally.waiting),
        ):
            policies.add_metric([state], number)
        yield policies
        queue = GaugeMetricFamily("clausewatch_outbox", "Deliveries, by state.", labels=["state"])
        for state, number in tally.deliveries.items():
            queue.add_metric([state.value], number)
        yield queue
        yield GaugeMetricFamily(
            "clausewatch_overdue_seconds", "How long the policy that is longest due has waited.", value=tally.overdue
        )
