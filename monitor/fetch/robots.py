"""robots.txt, where the operator wants it respected (RFC 9309).

An answer of 4xx means that there are no rules, a failure of the server or the network that nothing may be asked. The
file is asked for once a day and host; one that cannot be renewed goes on being obeyed. A rule may only be broken
knowingly: so a redirect to another page or site is asked about again.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from urllib.parse import urlsplit

from protego import Protego

from monitor.errors import (
    AddressRefused,
    FetchError,
    HttpStatus,
    InvalidUrl,
    RobotsDisallowed,
    TooManyRedirects,
    UnsupportedContent,
)
from monitor.ports import Clock

FRESH_FOR = timedelta(hours=24)  # RFC 9309, 2.4
# A site that was down may be up soon, and until then none of its policies is looked at.
AGAIN_AFTER = timedelta(hours=1)
MAX_BYTES = 500 * 1024  # RFC 9309, 2.5: at least this much is parsed, and what comes behind it need not be
# A longer Crawl-delay is meant for those who ask thousands of pages; we ask one.
LONGEST_DELAY = 60.0
_MOST_HOSTS = 4096
_NO_RULES = ""
_CLIENT_ERROR = range(400, 500)


@dataclass(frozen=True, slots=True)
class _Rules:
    parsed: Protego | None  # None: they could not be had, so nothing may be asked
    until: datetime
    why: str = ""


class Robots:
    """The rules of all hosts. For all threads of a process."""

    def __init__(self, fetch: Callable[[str], bytes], *, user_agent: str, clock: Clock) -> None:
        """`fetch` gives the bytes of a robots.txt, as far as MAX_BYTES, or raises a FetchError."""
        self._fetch = fetch
        # Rules name a product, not all that a User-Agent says (RFC 9309, 2.2.1).
        self._product = re.split(r"[\s/]", user_agent, maxsplit=1)[0]
        self._clock = clock
        self._lock = Lock()
        self._rules: dict[str, _Rules] = {}
        self._asking: dict[str, Lock] = {}

    def require(self, url: str) -> float:
        """Say how many seconds the site wants between requests.

        Raises:
            RobotsDisallowed: its rules keep the page from us, or could not be had.
        """
        parts = urlsplit(url)
        if parts.path == "/robots.txt":
            return 0.0
        rules = self._of(f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}")
        if rules.parsed is None:
            raise RobotsDisallowed(
                url, f"{url}: robots.txt cannot be had, so nothing may be asked ({rules.why})", passing=True
            )
        if not rules.parsed.can_fetch(url, self._product):
            raise RobotsDisallowed(
                url,
                f"{url}: the robots.txt of the site keeps this page from {self._product}; "
                "ask the site, or set fetch.respect_robots = false",
            )
        return min(float(rules.parsed.crawl_delay(self._product) or 0.0), LONGEST_DELAY)

    def _of(self, origin: str) -> _Rules:
        with self._lock:
            asking = self._asking.setdefault(origin, Lock())
        with asking:  # one thread asks, the others wait for what it learns
            now = self._clock.now()
            known = self._rules.get(origin)
            if known is None or known.until <= now:
                known = self._ask(origin, known, now)
                with self._lock:
                    self._rules[origin] = known
                    if len(self._rules) > _MOST_HOSTS:
                        self._forget(now)
        return known

    def _ask(self, origin: str, known: _Rules | None, now: datetime) -> _Rules:
        try:
            text = self._fetch(f"{origin}/robots.txt").decode("utf-8", "replace")
        except (AddressRefused, InvalidUrl, TooManyRedirects, UnsupportedContent):
            text = _NO_RULES  # there is no such file to be had; a page there is refused for its own sake
        except FetchError as error:
            if isinstance(error, HttpStatus) and error.status in _CLIENT_ERROR:
                text = _NO_RULES
            elif known is not None and known.parsed is not None:
                return _Rules(known.parsed, now + AGAIN_AFTER)
            else:
                return _Rules(None, now + AGAIN_AFTER, str(error))
        return _Rules(Protego.parse(text), now + FRESH_FOR)

    def _forget(self, now: datetime) -> None:
        self._rules = {origin: rules for origin, rules in self._rules.items() if rules.until > now}
        for origin in [origin for origin, lock in self._asking.items() if origin not in self._rules]:
            if not self._asking[origin].locked():
                del self._asking[origin]
