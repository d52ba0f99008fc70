"""Whether everything that a watch needs is in order, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from monitor.app import App
from monitor.errors import ClausewatchError, HttpStatus
from monitor.model import FetchRequest


@dataclass(frozen=True, slots=True)
class Finding:
    """One part, whether it is in order, and what was seen."""

    part: str
    ok: bool
    detail: str


def diagnose(path: Path | None, app: App, *, offline: bool) -> list[Finding]:
    """Look at every part; one that fails stops no other. The configuration itself was read before."""
    return list(_findings(path, app, offline=offline))


def _findings(path: Path | None, app: App, *, offline: bool) -> Iterator[Finding]:
    yield Finding("configuration", True, str(path) if path else "none; defaults are used (`monitor init` writes one)")
    if not app.config.monitor.contact:
        yield Finding("contact", True, "none; sites cannot tell who asks (monitor.contact)")
    try:
        yield Finding("database", True, app.store.check_health())
    except ClausewatchError as error:
        yield Finding("database", False, str(error))
    if not app.config.notify.names:
        yield Finding("channels", True, "none; changes are kept, and nobody is told (add [notify.email])")
    if offline:
        return
    for email in app.config.notify.email:
        yield _mail_server(email.name, app)
    for hook in app.config.notify.webhook:
        yield _reachable(f"webhook {hook.name}", hook.url.get_secret_value(), app)
    yield _reachable("archive", app.config.archive.url, app)


def _mail_server(name: str, app: App) -> Finding:
    """Shake hands and log in; send nothing."""
    part = f"mail server of {name}"
    try:
        app.mail_channels[name].probe()
    except ClausewatchError as error:
        return Finding(part, False, str(error))
    return Finding(part, True, "answers, and takes our login")


def _reachable(part: str, url: str, app: App) -> Finding:
    """Ask the host for its front page; any answer at all means that it can be reached."""
    parts = urlsplit(url)
    host = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
    try:
        app.fetcher.fetch(FetchRequest(url=host))
    except HttpStatus:
        pass
    except ClausewatchError as error:
        return Finding(part, False, str(error))
    return Finding(part, True, f"{parts.hostname} answers")
