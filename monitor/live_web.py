"""Makes the door to the live web as it is configured."""

from __future__ import annotations

from collections.abc import Callable

from monitor.config import Config
from monitor.config.refusals import configured
from monitor.fetch import FetchOptions, HttpFetcher
from monitor.ports import HostTurns


def make_fetcher(config: Config, *, turns: Callable[[], HostTurns | None]) -> HttpFetcher:
    """The fetcher; `turns` is asked for the pace that several processes share, None when there is none.

    Raises:
        ConfigError: what only the fetcher itself can judge is wrong.
    """
    section = config.fetch
    with configured("fetch"):
        options = FetchOptions(
            contact=config.monitor.contact,
            user_agent=section.user_agent or None,
            connect_timeout=section.timeout.total_seconds(),
            read_timeout=section.timeout.total_seconds(),
            deadline=section.total_timeout.total_seconds(),
            max_wire_bytes=section.max_bytes,
            max_bytes=section.max_bytes,
            max_redirects=section.max_redirects,
            retries=section.retries,
            pace=section.pace.total_seconds(),
            respect_robots=section.respect_robots,
            allow_private=section.allow_private,
            proxies={scheme: section.proxy.get_secret_value() for scheme in ("http", "https")} if section.proxy else {},
            languages=config.monitor.languages,
        )
    return HttpFetcher(options, turns=turns)
