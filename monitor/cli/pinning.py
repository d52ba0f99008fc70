"""Commands for places that keep changing by themselves: pin, unpin, and what `show --volatile` prints."""

from __future__ import annotations

import click

from monitor.app import App
from monitor.cli.context import Context
from monitor.cli.wording import count
from monitor.model import History, Place
from monitor.report.harmless import shorten, visible
from monitor.volatile import ENOUGH_TEXTS, pinned, unpinned

_SHOWN = 100  # characters of a text


@click.command(epilog="Example: monitor pin acme-privacy 3f9a1c20")
@click.argument("policy", metavar="POLICY")
@click.argument("place", metavar="PLACE")
@click.pass_obj
def pin(context: Context, policy: str, place: str) -> None:
    """Watch a volatile place again, for good. `monitor show POLICY --volatile` names the places."""
    app = context.app()
    known, history = _place(app, policy, place)
    if known.pinned:
        context.out.print(f"{known.name} is pinned already.", markup=False)
        return
    _replace(app, history, pinned(known, app.clock.now()))
    context.out.print(f"{known.name} is watched again, whatever happens there.", markup=False)


@click.command(epilog="Example: monitor unpin acme-privacy 3f9a1c20")
@click.argument("policy", metavar="POLICY")
@click.argument("place", metavar="PLACE")
@click.pass_obj
def unpin(context: Context, policy: str, place: str) -> None:
    """Let a pinned place be learned as volatile again."""
    app = context.app()
    known, history = _place(app, policy, place)
    if not known.pinned:
        raise click.ClickException(f"{known.name} is not pinned.")
    _replace(app, history, unpinned(known))
    context.out.print(f"{known.name} may be learned as volatile again.", markup=False)


def show_places(context: Context, app: App, policy: str, *, as_json: bool) -> None:
    """Print the places of a policy: volatile, pinned, and under observation."""
    places = app.store.history(app.store.policy(policy).id).places
    if as_json:
        context.print_json([_data(place) for place in places])
        return
    told = [place for place in places if place.learned or place.pinned]
    if not told:
        context.out.print(f"No place of {policy} is volatile: everything is compared.", markup=False)
    for place in told:
        context.out.print(
            f"{place.name}  {'pinned: always watched' if place.pinned else 'volatile: left out of comparison'}",
            style="cyan" if place.pinned else "yellow",
            markup=False,
        )
        _line(context, "between", f"{_quoted(place.before) or 'the start'} and {_quoted(place.after) or 'the end'}")
        if place.learned:
            _line(context, "because", f"{place.why} (learned {place.learned:%d %B %Y})")
        if place.pinned:
            _line(context, "pinned", f"{place.pinned:%d %B %Y}; monitor unpin {policy} {place.name}")
        else:
            _line(context, "to watch it", f"monitor pin {policy} {place.name}")
        for text in place.texts:
            until = f"{text.gone:%Y-%m-%d %H:%M}" if text.gone else "now"
            _line(context, "showed", f"{_quoted(text.text) or 'nothing'} ({text.seen:%Y-%m-%d %H:%M} to {until})")
    if others := len(places) - len(told):
        context.out.print(
            f"{count(others, 'more place')} under observation: a text came and went there, "
            f"and {ENOUGH_TEXTS} are needed to learn from.",
            style="dim",
            markup=False,
        )


def _line(context: Context, word: str, text: str) -> None:
    context.out.print(f"  {word}: {text}", markup=False, soft_wrap=True)


def _quoted(text: str) -> str:
    return f"“{shorten(visible(text), _SHOWN)}”" if text else ""


def _place(app: App, policy: str, name: str) -> tuple[Place, History]:
    """The place whose name begins so."""
    history = app.store.history(app.store.policy(policy).id)
    found = [place for place in history.places if place.name.startswith(name)]
    if len(found) != 1:
        some = f"{len(found)} places of {policy} begin with {name}" if found else f"{policy} has no place {name}"
        raise click.ClickException(f"{some}; monitor show {policy} --volatile names them.")
    return found[0], history


def _replace(app: App, history: History, place: Place) -> None:
    others = [one for one in history.places if one.name != place.name]
    app.store.set_places(history.policy.id, history.revision, sorted([*others, place], key=lambda one: one.name))


def _data(place: Place) -> dict[str, object]:
    return {
        "place": place.name,
        "state": "pinned" if place.pinned else "volatile" if place.learned else "observed",
        "before": place.before,
        "after": place.after,
        "learned": place.learned,
        "why": place.why,
        "pinned": place.pinned,
        "texts": [{"text": text.text, "seen": text.seen, "gone": text.gone} for text in place.texts],
    }
