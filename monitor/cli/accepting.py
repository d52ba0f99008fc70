"""The command `accept`: this is the policy now."""

from __future__ import annotations

import click

from monitor.claims import Busy
from monitor.cli.checking import print_result, result_data
from monitor.cli.context import Context


@click.command(epilog="Example: monitor accept acme-privacy --quiet")
@click.argument("policy", metavar="POLICY")
@click.option("--quiet", is_flag=True, help="Raise no alert for the change.")
@click.option("--no-notify", is_flag=True, help="Send nothing; alerts wait for the next `check` or `run`.")
@click.option("--json", "as_json", is_flag=True, help="Print what was done as JSON.")
@click.pass_obj
def accept(context: Context, policy: str, quiet: bool, no_notify: bool, as_json: bool) -> int:  # noqa: FBT001
    """Say that this is the policy now: confirm the last suspect page, or the text that waits, at once.

    The page is read from the bytes that were kept; nothing is fetched.
    """
    app = context.app()
    known = app.store.policy(policy)
    if known.retired:
        raise click.ClickException(f"{policy} is no longer watched; `monitor add` takes it up again.")
    result = app.looks.accept(known, quiet=quiet)
    if isinstance(result, Busy):
        raise click.ClickException(f"Another process is looking at {policy} just now. Try again in a minute.")
    sent = None if no_notify else app.deliver()
    if as_json:
        context.print_json({**result_data(app, result), "alerts_sent": sent.sent if sent else 0})
        return 0
    print_result(context.out, app, result)
    version = result.committed.version_id
    if version is not None:
        context.out.print(
            f"Version {app.store.version(version).number} of {policy} is the current one now.", markup=False
        )
    else:
        context.out.print(f"{policy} says what its current version says; its page is believed now.", markup=False)
    return 0
