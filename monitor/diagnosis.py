"""Whether everything that a watch needs is in order, part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from monitor.app import App
from monitor.config import WAYBACK, EmailSection, WebhookSection
from monitor.errors import ClausewatchError, HttpStatus, TooLarge, TooManyRedirects, UnsupportedContent
from monitor.model import DeliveryState, FetchRequest

_LATELY = timedelta(days=7)
_MOST_DEAD = 1_000


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
        yield _undelivered(app)
    except ClausewatchError as error:
        yield Finding("database", False, str(error))
    if not app.config.notify.names:
        yield Finding("channels", True, "none; changes are kept, and nobody is told (add [notify.email])")
    if offline:
        return
    for email in app.config.notify.email:
        yield _probed(f"mail server of {email.name}", "answers, and takes our login", partial(_probe_mail, app, email))
    for hook in app.config.notify.webhook:
        yield _probed(f"webhook {hook.name}", "its host answers", partial(_probe_webhook, app, hook))
    for url in dict.fromkeys(section.url for section in app.config.archive) or [WAYBACK]:
        yield _archive(app, url)


def _undelivered(app: App) -> Finding:
    """Alerts that were given up lately: somebody was not told."""
    now = app.clock.now()
    dead = [one for one in app.store.deliveries(state=DeliveryState.DEAD, limit=_MOST_DEAD) if now - one.due < _LATELY]
    if not dead:
        return Finding("alerts", True, "none was given up in the last week")
    return Finding(
        "alerts", False, f"{len(dead)} given up in the last week; the latest, to {dead[0].channel}: {dead[0].error}"
    )


def _probe_mail(app: App, section: EmailSection) -> None:
    app.mail_channels[section.name].probe()


def _probe_webhook(app: App, section: WebhookSection) -> None:
    app.webhook_channels[section.name].probe()


def _probed(part: str, well: str, probe: Callable[[], None]) -> Finding:
    try:
        probe()
    except ClausewatchError as error:
        return Finding(part, False, str(error))
    return Finding(part, True, well)


def _archive(app: App, url: str) -> Finding:
    """Ask the host for its front page; any answer at all means that it can be reached."""
    parts = urlsplit(url)
    try:
        app.fetcher.fetch(FetchRequest(url=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"))
    except (HttpStatus, TooLarge, TooManyRedirects, UnsupportedContent):
        pass
    except ClausewatchError as error:
        return Finding("archive", False, str(error))
    return Finding("archive", True, f"{parts.hostname} answers")
