"""The web site of a company that does not exist, and the six things that happen to its policies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from importlib.resources import files

from monitor.demo.loopback import Loopback, Quiet

_PAGES = files("monitor.demo") / "pages"
_ARTICLES = (
    "Five parcels that went astray",
    "Why our lockers are green",
    "Meet the team in Ipoh",
    "A day in the depot",
)
_RETENTION = (
    "<p>Voice calls are recorded when you call our support staff. We keep the recordings for 90 days to train new "
    "staff.</p>\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """How the site is at one time of its life."""

    title: str
    after: timedelta  # since the age before
    receive: str = "recieve"
    session: str = "a81f"
    retention: str = ""
    keep: str = "30 days"
    keep_ms: str = "30 hari"
    updated: str = "3 March 2025"
    updated_ms: str = "3 Mac 2025"
    cookies_first: bool = True
    available: bool = True


def ages() -> tuple[Age, ...]:
    """Give the site's life: as it was, and six events, each on top of the one before."""
    day = timedelta(days=1)
    first = Age(title="The policies as they are today", after=0 * day)
    typo = replace(first, title="A slip of the pen is mended", after=9 * day, receive="receive")
    other_token = replace(typo, title="A link carries another token", after=4 * day, session="c07e")
    clause = replace(
        other_token, title="A new retention clause appears, under the old date", after=12 * day, retention=_RETENTION
    )
    longer = replace(
        clause,
        title="30 days become 24 months, in English and in Malay",
        after=20 * day,
        keep="24 months",
        keep_ms="24 bulan",
        updated="17 April 2025",
        updated_ms="17 April 2025",
    )
    moved = replace(longer, title="A section moves", after=15 * day, cookies_first=False)
    broken = replace(moved, title="“Service unavailable”, served with status 200", after=3 * day, available=False)
    return (first, typo, other_token, clause, longer, moved, broken)


def page(path: str, age: Age, *, visit: int, now: datetime) -> str | None:
    """Give the page at a path, as it is to a visit: no two are alike to the byte. None: there is no such page."""
    nonce = hashlib.sha256(f"{path} {visit}".encode()).hexdigest()[:12]
    if path not in {"/privacy", "/privasi"}:
        return None
    if not age.available:
        return _filled("unavailable", nonce=nonce)
    common = {"nonce": nonce, "year": str(now.year)}
    if path == "/privasi":
        return _filled("privasi", **common, keep_ms=age.keep_ms, updated_ms=age.updated_ms)
    names = ("cookies", "changes") if age.cookies_first else ("changes", "cookies")
    sections = [_filled(name, number=str(number)) for number, name in enumerate(names, 8)]
    return _filled(
        "privacy",
        **common,
        article=_ARTICLES[visit % len(_ARTICLES)],
        cookies=sections[0],
        changes=sections[1],
        keep=age.keep,
        receive=age.receive,
        retention=age.retention,
        token=age.session,
        updated=age.updated,
    )


def _filled(name: str, **values: str) -> str:
    """Put values in. Not str.format, since pages hold braces of their own."""
    text = (_PAGES / f"{name}.html").read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace("{" + key + "}", value)
    return text


class Site(Loopback):
    """The site on a free loopback port. `age` and `now` may be set while it serves."""

    def __init__(self, *, now: datetime) -> None:
        self.age = ages()[0]
        self.now = now
        self._visits = 0
        site = self

        class Handler(Quiet):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # noqa: N802 - the name that http.server looks for
                site.answer(self)

        super().__init__(Handler)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        """Serve one visit."""
        self._visits += 1
        text = page(request.path, self.age, visit=self._visits, now=self.now)
        body = (text or "nothing here").encode()
        request.send_response(200 if text else 404)
        request.send_header("Content-Type", "text/html; charset=utf-8")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)
