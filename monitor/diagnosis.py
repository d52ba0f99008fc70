"""Whether everything that a watch needs is in order, part by part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor.app import App
from monitor.config import WAYBACK
from monitor.errors import ClausewatchError, HttpStatus, TooLarge, TooManyRedirects, UnsupportedContent
from monitor.model import Delivery, DeliveryState, FetchRequest

_LATELY = timedelta(days=7)
_SAMPLE = 200  # stored pages that are unpacked and checked
_MOST_DEAD = 1_000
_LONG = timedelta(minutes=10)
_MANY = 4  # attempts: the first three are over in some minutes


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
        damage = app.store.find_damage(sample=_SAMPLE)
        yield Finding("stored pages", not damage, "; ".join(damage) or "whole, as far as was looked")
        yield _given_up(app)
        yield from _held_up(app)
        for channel, number in app.stranded().items():
            yield Finding(
                "alerts", False, f"{number} waiting for {channel}, and no such channel is configured (any more)"
            )
        yield from _silent_rules(app)
    except ClausewatchError as error:
        yield Finding("database", False, str(error))
    if not app.config.notify.names:
        yield Finding("channels", True, "none; changes are kept, and nobody is told (add [notify.email])")
    elif not app.config.notify.readers:
        yield Finding("channels", True, "all have operator = true; changes are kept, and nobody is told of them")
    elif not app.config.notify.operators:
        yield Finding(
            "operator", True, "no channel has operator = true; readers are told of policies that cannot be read"
        )
    if offline:
        return
    for made in app.made_channels.values():
        yield _probed(made.part, made.well, made.probe or _nothing)
    for url in dict.fromkeys(section.url for section in app.config.archive) or [WAYBACK]:
        yield _archive(app, url)


def _silent_rules(app: App) -> Iterator[Finding]:
    """Rules that tell of nothing: most likely a name in them is misspelt."""
    from monitor.rules import covers_none  # noqa: PLC0415 - decisions are not needed to print help

    for rule in covers_none(app.config.rules, app.store.policies()):
        yield Finding("rules", False, f"the rule {rule.name!r} covers no policy that is watched; nothing is told by it")


def _given_up(app: App) -> Finding:
    """Alerts that were given up lately: somebody was not told."""
    now = app.clock.now()
    dead = [one for one in app.store.deliveries(state=DeliveryState.DEAD, limit=_MOST_DEAD) if now - one.due < _LATELY]
    if not dead:
        return Finding("alerts", True, "none was given up in the last week")
    return Finding(
        "alerts", False, f"{len(dead)} given up in the last week; the latest, to {dead[0].channel}: {dead[0].error}"
    )


def _held_up(app: App) -> Iterator[Finding]:
    """Channels that fail, or to which nothing went for too long."""
    now = app.clock.now()
    dead = app.store.deliveries(state=DeliveryState.DEAD, limit=_MOST_DEAD)
    prompt = {name for name, made in app.made_channels.items() if made.manners.timetable is None}
    failing: dict[str, list[Delivery]] = {}
    for one in app.store.deliveries(state=DeliveryState.FAILED, limit=_MOST_DEAD):
        failing.setdefault(one.channel, []).append(one)
    waiting = Counter(
        one.channel
        for one in app.store.deliveries(state=DeliveryState.DUE, limit=_MOST_DEAD)
        if now - one.due > _LONG and one.channel in prompt
    )
    for channel in sorted({*failing, *waiting} & {*app.config.notify.names}):
        held = failing.get(channel, [])
        number = len(held) + waiting[channel]
        error = next((one.error for one in (*held, *dead) if one.channel == channel), "")
        why = f": {error}" if error else ", and nothing was sent there for a while; does `monitor run` work?"
        few = not waiting[channel] and all(one.attempts < _MANY for one in held)
        yield Finding("alerts", few, f"{number} {'waits' if number == 1 else 'wait'} for {channel}{why}")


def _nothing() -> None:
    """To have been made is all that can be seen of some channels."""


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
