"""Asks the Wayback Machine to keep a page now (Save Page Now 2), so that a third party holds the evidence.

The API: POST /save gives a job; GET /save/status/JOB says pending, success or error (with `status_ext`); GET
/save/status/user says how many captures may run at once and are left for the day ("Save Page Now 2 Public API Docs",
Vangelis Banos, 2025-10-22).
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
import urllib3

from monitor.archive.pace import Timer
from monitor.archive.stamps import moment_of
from monitor.archive.transport import USER_AGENT
from monitor.errors import ArchiveDown, NotSaved, RateLimited

BASE = "https://web.archive.org"
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
_MOST = 8 << 20  # bytes of an answer: a success lists every resource of the page
_OK = 200
_SERVER_ERROR = 500
_TOO_MANY = 429
_DENIED = frozenset({401, 403})
# A page captured in the last minutes is as good a copy as a new one, and costs no quota.
_FRESH = "10m"
# How long to wait where the answer does not say, in seconds.
_WAITS = {
    "error:user-session-limit": 60.0,
    "error:too-many-requests": 60.0,
    "error:too-many-daily-captures": 6 * 3600.0,  # of this page; the day ends within that or the next wait
    "error:max-daily-bandwidth": 6 * 3600.0,
    "error:max-daily-bandwidth-host": 6 * 3600.0,
}
# What another attempt cannot mend: about the page or the account, not about the moment.
_FINAL = frozenset(
    {
        "error:bad-request",
        "error:blocked",
        "error:blocked-client-ip",
        "error:blocked-url",
        "error:filesize-limit",
        "error:ftp-access-denied",
        "error:invalid-host-resolution",
        "error:invalid-url",
        "error:invalid-url-syntax",
        "error:method-not-allowed",
        "error:network-authentication-required",
        "error:no-access",
        "error:not-found",
        "error:not-implemented",
        "error:too-many-redirects",
        "error:unauthorized",
    }
)


@dataclass(frozen=True, slots=True)
class Saved:
    """A copy that is there."""

    archive_url: str
    taken: datetime


class SavePageNow:
    """One account. Safe to use from several threads, as far as sessions of requests are."""

    def __init__(self, access_key: str, secret_key: str, *, base: str = BASE, timer: Timer = time) -> None:
        self._base = base.rstrip("/")
        self._timer = timer
        self._silent_until = 0.0  # on the timer
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(
            {
                "Accept": "application/json",
                "Authorization": f"LOW {access_key}:{secret_key}",
                "User-Agent": USER_AGENT,
            }
        )

    def request(self, url: str) -> str:
        """Ask for a copy; give the job.

        Raises:
            RateLimited: no slot or quota is free just now.
            NotSaved: the archive will never keep that page, or the keys are wrong.
            ArchiveDown: no usable answer.
        """
        free = self._ask("GET", "/save/status/user", url)
        if free.get("available") == 0:
            raise RateLimited(url, "The archive works on as many of our pages as it takes", retry_after=60.0)
        limit, used = free.get("daily_captures_limit"), free.get("daily_captures")
        if isinstance(limit, int) and isinstance(used, int) and used >= limit:
            raise RateLimited(url, "The archive takes no more of our pages today", retry_after=3600.0)
        fields = {"url": url, "skip_first_archive": "1", "if_not_archived_within": _FRESH}
        said = self._ask("POST", "/save", url, fields)
        job = said.get("job_id")
        if said.get("status") == "error" or not isinstance(job, str) or not job:
            raise _refusal(url, said)
        return job

    def status(self, job: str, url: str) -> Saved | None:
        """The copy, or None while the archive works on it.

        Raises:
            RateLimited, NotSaved, ArchiveDown: see `request`; the job is over, but for a 429 or no answer at all.
        """
        said = self._ask("GET", f"/save/status/{job}", url)
        match said.get("status"):
            case "pending":
                return None
            case "success":
                stamp, original = str(said.get("timestamp", "")), str(said.get("original_url") or url)
                try:
                    return Saved(f"{self._base}/web/{stamp}/{original}", moment_of(stamp))
                except ValueError as error:
                    raise ArchiveDown(url, f"The archive kept {url} and does not say when") from error
            case _:
                raise _refusal(url, said)

    def close(self) -> None:
        """Give up its connections."""
        self._session.close()

    def _ask(self, method: str, path: str, url: str, fields: Mapping[str, str] | None = None) -> dict[str, Any]:
        if (left := self._silent_until - self._timer.monotonic()) > 0:
            raise RateLimited(url, f"The archive wants no requests for another {left:.0f} s", retry_after=left)
        try:
            with self._session.request(
                method,
                self._base + path,
                data=fields,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,  # the keys are for this host alone
                stream=True,
            ) as response:
                status = response.status_code
                retry_after = response.headers.get("Retry-After", "")
                body = response.raw.read(_MOST, decode_content=True)
            said = _json(body, status)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ArchiveDown(url, f"The archive gave no usable answer about {url}: {type(error).__name__}") from error
        if status == _TOO_MANY:
            wait = float(retry_after) if retry_after.isdigit() else _WAITS["error:too-many-requests"]
            self._silent_until = self._timer.monotonic() + wait
            raise RateLimited(url, "The archive refuses more requests", retry_after=wait)
        if status in _DENIED:
            raise NotSaved(url, f"The archive does not take our keys: {_words(said) or f'status {status}'}")
        if status >= _SERVER_ERROR or not isinstance(said, dict):
            raise ArchiveDown(url, f"The archive answered about {url} with status {status}")
        return said


def _json(body: bytes, status: int) -> Any:
    """Refusals may come as a page for people."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        if status == _OK:
            raise
        return {}


def _words(said: Any) -> str:
    return str(said.get("message", ""))[:200] if isinstance(said, dict) else ""


def _refusal(url: str, said: dict[str, Any]) -> RateLimited | NotSaved | ArchiveDown:
    """The error behind an answer that is no copy and no job."""
    code = str(said.get("status_ext", ""))
    words = _words(said) or code or "without a reason"
    if code in _WAITS:
        return RateLimited(url, f"The archive does not keep {url} now: {words}", retry_after=_WAITS[code])
    if code in _FINAL:
        return NotSaved(url, f"The archive does not keep {url}: {words}")
    return ArchiveDown(url, f"The archive failed to keep {url}: {words}")
