"""Commands about alerts: what was sent, what was not, to send it again, and to try a channel."""

from __future__ import annotations

from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from monitor.app import App
from monitor.cli.context import Context
from monitor.cli.wording import ago, count
from monitor.errors import ConfigError, ConfigProblem
from monitor.model import Alert, AlertKind, Delivery, DeliveryState

_STATES = {
    DeliveryState.DUE: ("waiting", "yellow"),
    DeliveryState.SENDING: ("being sent", "yellow"),
    DeliveryState.SENT: ("sent", "green"),
    DeliveryState.FAILED: ("failed, tried again", "yellow"),
    DeliveryState.DEAD: ("given up", "red"),
}
_WAITING = (DeliveryState.DUE, DeliveryState.FAILED)
_MOST_NAMED = 8  # alerts with one error
_UNDELIVERED = (DeliveryState.DEAD, DeliveryState.FAILED)


@click.group(invoke_without_command=True, epilog="Example: monitor alerts --failed")
@click.option("--failed", is_flag=True, help="Only those that were given up, or failed and are tried again.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_context
def alerts(click_context: click.Context, failed: bool, limit: int, as_json: bool) -> int:  # noqa: FBT001
    """Show who was told of what, and what could not be sent.

    There is a line for every alert on every channel. With --failed the exit code is 1 if there is any.
    """
    if click_context.invoked_subcommand is not None:
        return 0
    context: Context = click_context.obj
    app = context.app()
    if failed:
        found = [one for state in _UNDELIVERED for one in app.store.deliveries(state=state, limit=limit)]
        found = sorted(found, key=lambda delivery: delivery.id, reverse=True)[:limit]
    else:
        found = app.store.deliveries(limit=limit)
    known = {number: app.store.alert(number) for number in {delivery.alert_id for delivery in found}}
    names = {policy.id: policy.spec.name for policy in app.store.policies(retired=True)}
    if as_json:
        context.print_json([_data(one, known[one.alert_id], names) for one in found])
    elif not found:
        context.out.print("Nothing failed." if failed else "No alert yet.", markup=False)
    else:
        context.out.print(_table(found, known, names, app))
        for line in _details(found, app):
            context.out.print(line, markup=False, soft_wrap=True)
        dead = sum(delivery.state is DeliveryState.DEAD for delivery in found)
        if dead:
            context.out.print(
                f"{count(dead, 'alert')} given up. When the cause is gone: monitor alerts resend --all-failed",
                markup=False,
            )
    return 1 if failed and found else 0


@alerts.command(epilog="Example: monitor alerts resend 12")
@click.argument("alert_id", metavar="[ID]", type=int, required=False)
@click.option("--all-failed", is_flag=True, help="Everything that was given up, or failed and is tried again.")
@click.pass_obj
def resend(context: Context, alert_id: int | None, all_failed: bool) -> int:  # noqa: FBT001
    """Send an alert again where it did not arrive.

    It is sent at once, and by itself if it was part of a digest. Channels and recipients who have it already do not get
    it again.
    """
    if (alert_id is None) is not all_failed:
        raise click.UsageError("Give the number of an alert, or --all-failed.")
    app = context.app()
    again = app.store.resend(now=app.clock.now(), alert_id=alert_id)
    stranded = _stranded(app, alert_id)
    for channel, number in stranded.items():
        context.err.print(
            f"{count(number, 'alert')} waiting for {channel}, and no such channel is configured.",
            markup=False,
            soft_wrap=True,
        )
    if not again and stranded:
        return 2
    if not again:
        context.out.print("Nothing to send again: it has all arrived, or still waits for its first attempt.")
        return 0
    sent = app.deliver()
    context.out.print(
        f"{count(again, 'delivery')} to be sent again. Sent now: {sent.sent}; to be tried again: {sent.postponed}; "
        f"given up: {sent.dead}.",
        markup=False,
    )
    return 2 if sent.postponed or sent.dead or stranded else 0


@click.command(epilog="Example: monitor notify email --test")
@click.argument("names", metavar="[CHANNEL]...", nargs=-1)
@click.option("--test", "test", is_flag=True, help="Send a test alert. `monitor notify test` does the same.")
@click.option("--channel", "more", multiple=True, help="The same as CHANNEL.")
@click.option("--json", "as_json", is_flag=True, help="Print what happened as JSON.")
@click.pass_obj
def notify(context: Context, names: tuple[str, ...], test: bool, more: tuple[str, ...], as_json: bool) -> int:  # noqa: FBT001
    """Send a test alert on some channels, or on all, and say whether it was taken.

    It goes out at once, whatever the hours and digests of a channel.
    """
    app = context.app()
    if names[:1] == ("test",) and "test" not in app.config.notify.names:
        names, test = names[1:], True
    if not test:
        raise click.UsageError("Say --test: nothing else is sent by hand. `monitor alerts` shows what was sent.")
    channels = app.channels
    if not channels:
        raise ConfigError(
            str(context.path or "config.toml"),
            (ConfigProblem("notify", "no channel is configured; add [notify.email] or [notify.webhook]"),),
        )
    wanted = {*names, *more}
    if unknown := wanted - set(channels):
        raise click.ClickException(
            f"No channel is named {', '.join(sorted(unknown))}; there are: {', '.join(channels)}."
        )
    results = app.send_test([name for name in channels if not wanted or name in wanted])
    if as_json:
        context.print_json([{"channel": name, "taken": not error, "error": error} for name, error in results.items()])
    else:
        for name, error in results.items():
            context.out.print(
                f"{name}: {error or 'taken'}", style="red" if error else "green", markup=False, soft_wrap=True
            )
    return 2 if any(results.values()) else 0


@click.command("check-config", epilog="Example: monitor check-config")
@click.pass_obj
def check_config(context: Context) -> int:
    """Read the configuration and try the templates; ask no network and no database.

    What is wrong is told with its line, all at once, and the exit code is 2.
    """
    app = context.app()
    channels = list(app.channels)  # makes them, and tries their templates
    policies = count(len(app.config.specs), "policy")
    told = ", ".join(channels) or "nobody"
    context.out.print(
        f"{context.path or 'Defaults'}: in order. {policies} declared; told: {told}.", markup=False, soft_wrap=True
    )
    if channels and not app.config.notify.readers:
        context.err.print(
            "Warning: all channels have operator = true, so nobody is told of changes.", markup=False, soft_wrap=True
        )
    return 0


def _table(found: list[Delivery], known: dict[int, Alert], names: dict[int, str], app: App) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("alert", "raised", "policy", "kind", "channel", "state"):
        table.add_column(column, overflow="fold")
    now = app.clock.now()
    for one in found:
        alert = known[one.alert_id]
        state = one.state
        if state in _WAITING and one.channel not in app.config.notify.names:
            state = DeliveryState.DUE  # nothing is tried again there
        words, style = _STATES[state]
        table.add_row(
            str(alert.id),
            ago(alert.created, now),
            escape(_concerned(alert, names)),
            alert.kind.value,
            escape(one.channel),
            f"[{style}]{words}[/]",
        )
    return table


def _stranded(app: App, alert_id: int | None) -> dict[str, int]:
    """How many deliveries, of one alert or all, wait for each channel that nobody configured."""
    if alert_id is None:
        return app.stranded()
    names = app.config.notify.names
    found = app.store.deliveries(alert_id=alert_id)
    return {one.channel: 1 for one in found if one.state in _WAITING and one.channel not in names}


def _details(found: list[Delivery], app: App) -> list[str]:
    """What went wrong, once for all that it befell."""
    befell: dict[tuple[str, str], list[Delivery]] = {}
    for one in found:
        if detail := _detail(one, app):
            befell.setdefault((one.channel, detail), []).append(one)
    lines = []
    for (channel, detail), several in befell.items():
        numbers = ", ".join(str(one.alert_id) for one in several[:_MOST_NAMED])
        more = f" and {len(several) - _MOST_NAMED} more" if len(several) > _MOST_NAMED else ""
        ahead = [one.due for one in several if one.state is DeliveryState.FAILED and one.due > app.clock.now()]
        soon = f" (next attempt {ago(min(ahead), app.clock.now())})" if ahead else ""
        lines.append(f"{numbers}{more} to {channel}: {detail}{soon}")
    return lines


def _detail(one: Delivery, app: App) -> str:
    if one.state in _WAITING and one.channel not in app.config.notify.names:
        return f"no such channel is configured{f'; last: {one.error}' if one.error else ''}"
    return one.error


def _concerned(alert: Alert, names: dict[int, str]) -> str:
    """The policy that it tells of; trouble with the watch itself is kept with one that it has nothing to do with."""
    return "" if alert.kind is AlertKind.TROUBLE else names.get(alert.policy_id, "")


def _data(one: Delivery, alert: Alert, names: dict[int, str]) -> dict[str, Any]:
    return {
        "alert": alert.id,
        "key": alert.key,
        "kind": alert.kind.value,
        "rule": alert.rule,
        "policy": _concerned(alert, names),
        "created": alert.created,
        "reason": alert.reason,
        "channel": one.channel,
        "state": one.state.value,
        "attempts": one.attempts,
        "due": one.due,
        "sent": one.sent,
        "digest": one.batch or None,
        "error": one.error,
        "receivers": [{"receiver": who, "refused": why or None} for who, why in one.settled],
    }
