"""Commands that stop and resume the looks at a policy: pause, resume."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import click

from monitor.cli.context import Context


@click.command(epilog="Example: monitor pause acme-privacy --until 2027-01-08")
@click.argument("policy", metavar="POLICY")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]),
    metavar="DATE",
    help="When it goes on by itself; in the time zone of the configuration. [default: monitor resume]",
)
@click.pass_obj
def pause(context: Context, policy: str, until: datetime | None) -> None:
    """Leave a policy alone for a time. Its history stays, and `monitor check POLICY` still looks."""
    app = context.app()
    known = app.store.policy(policy)
    if known.retired:
        raise click.ClickException(f"{policy} is not watched any more.")
    now = app.clock.now()
    end = until and until.replace(tzinfo=ZoneInfo(app.config.monitor.timezone))
    if end and end <= now:
        raise click.BadParameter("that moment has passed", param_hint="--until")
    app.store.pause(known.id, now=now, until=end)
    when = f"until {end:%Y-%m-%d %H:%M %Z}" if end else f"until you say: monitor resume {policy}"
    context.out.print(f"{policy} is paused {when}.", markup=False, soft_wrap=True)


@click.command(epilog="Example: monitor resume acme-privacy")
@click.argument("policy", metavar="POLICY")
@click.pass_obj
def resume(context: Context, policy: str) -> None:
    """Go on with a paused policy. A look that was due meanwhile is made at once."""
    app = context.app()
    known = app.store.policy(policy)
    if not known.is_paused(app.clock.now()):
        raise click.ClickException(f"{policy} is not paused.")
    app.store.resume(known.id)
    context.out.print(f"{policy} is looked at again.", markup=False)
