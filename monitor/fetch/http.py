"""The one door to the live web: fetches a URL, and tries again where that makes sense."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from monitor.errors import ConnectionFailed, FetchError, HttpStatus
from monitor.fetch.dial import NameUnknown, tls_context
from monitor.fetch.exchange import Exchange, Shared
from monitor.fetch.failures import Untrusted
from monitor.fetch.guard import Guard
from monitor.fetch.options import FetchOptions
from monitor.fetch.pace import HostPace, SharedPace
from monitor.fetch.robots import Robots
from monitor.fetch.rules_file import RobotsExchange
from monitor.fetch.urls import askable, host_of
from monitor.model import Fetched, FetchRequest
from monitor.ports import Clock, HostTurns

_WORTH_ANOTHER_ATTEMPT = frozenset({429, 502, 503, 504})


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class HttpFetcher:
    """Fetches over HTTP(S). Implements `monitor.ports.Fetcher`; may be used from many threads.

    Connections and cookies live for one fetch: a page asked twice a day gains nothing from more, and no visit
    can be told from the one before by what it left here.
    """

    def __init__(
        self,
        options: FetchOptions,
        *,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        turns: Callable[[], HostTurns | None] = lambda: None,
    ) -> None:
        """`turns` gives what other processes share the pace by, if there is such.

        `sleep` and `monotonic` serve the pace and the pauses between attempts; deadlines are in real time.

        Raises:
            OSError: `options.ca_file` cannot be read.
        """
        self._options = options
        clock = clock or _SystemClock()
        own = HostPace(options.pace, monotonic=monotonic, sleep=sleep)
        self._pace = SharedPace(own, turns, seconds=options.pace, clock=clock, sleep=sleep)
        self._shared = Shared(
            options=options,
            guard=Guard(options.allow_private),
            pace=self._pace,
            tls=tls_context(options.ca_file),
            clock=clock,
        )
        if options.respect_robots:
            plain = self._shared
            robots = Robots(
                lambda url: RobotsExchange(plain, FetchRequest(url=url), url).rules(),
                user_agent=options.user_agent_sent,
                clock=clock,
            )
            self._shared = replace(plain, robots=robots)

    def close(self) -> None:
        """Nothing is held open between fetches; here for owners that close what they made."""

    def fetch(self, request: FetchRequest) -> Fetched:
        """Answer with status 200 or 304.

        Connection failures and statuses that pass by themselves are tried again, after a pause that doubles, or the
        one that the server asks for. The pause holds for every request to that host.

        Raises:
            FetchError: anything else, typed.
        """
        url = askable(request.url)
        attempt = 0
        while True:
            exchange = Exchange(self._shared, request, url)
            try:
                return exchange.run()
            except FetchError as error:
                pause = self._pause(error, attempt)
                if pause is None or attempt == self._options.retries:
                    raise
                self._pace.hold(host_of(exchange.url), pause)
                attempt += 1

    def _pause(self, error: FetchError, attempt: int) -> float | None:
        """Seconds until another attempt makes sense; None when it does not."""
        backoff: float = min(self._options.backoff * 2**attempt, self._options.retry_after_max)
        if isinstance(error, ConnectionFailed):
            return None if isinstance(error, NameUnknown | Untrusted) else backoff
        if not isinstance(error, HttpStatus) or error.status not in _WORTH_ANOTHER_ATTEMPT:
            return None
        if error.retry_after is None:
            return backoff
        return error.retry_after if error.retry_after <= self._options.retry_after_max else None
