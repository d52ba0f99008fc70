"""Commands for whoever keeps it running: run, doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.table import Table

from monitor.allocator import use_one_heap
from monitor.cli.context import Context, configure_logging
from monitor.cli.signals import heeded, ignore_hangups
from monitor.cli.wording import count

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.daemon import Daemon
    from monitor.scale import Leader


@click.command(epilog="Example: monitor run")
@click.pass_context
def run(click_context: click.Context) -> None:
    """Go on watching.

    Every policy is looked at when it is due, and what is found is sent.

    SIGTERM or Ctrl-C lets running looks finish, and begins to send for 20 seconds more; alerts that are left stay due.
    A second one ends it at once.
    SIGHUP reads the configuration anew; one with mistakes is refused, and the old one stays. Several daemons may work
    on one database.
    """
    context: Context = click_context.obj
    parent = click_context.parent
    assert parent is not None
    configure_logging(max(1, parent.params["verbose"]), as_json=parent.params["log_json"])
    ignore_hangups()
    use_one_heap()
    app = context.app()
    daemon = _daemon(app, context)
    context.err.print(
        f"Watching {count(len(app.store.policies()), 'policy')}; Ctrl-C ends it.", style="dim", markup=False
    )
    with heeded(daemon):
        daemon.run()


def _daemon(app: App, context: Context) -> Daemon | Leader:
    """Who looks, or who hands out work to those who do."""
    if app.config.monitor.work == "workers":
        from monitor.scale import Leader  # noqa: PLC0415 - only who has several machines needs it

        return Leader(app, reload=context.read_config)
    from monitor.daemon import Daemon  # noqa: PLC0415 - the scheduler is for this command alone

    return Daemon(app, reload=context.read_config)


@click.command(epilog="Example: monitor worker --jobs 8")
@click.option(
    "--jobs", type=click.IntRange(1, 64), help="How many policies to look at together. [default: monitor.jobs]"
)
@click.pass_context
def worker(click_context: click.Context, jobs: int | None) -> None:
    """Look at policies and send alerts as `monitor run` hands them out.

    For watches that one process cannot keep up: any number of workers, on any number of machines, share a PostgreSQL
    database, in whose configuration work = "workers".

    SIGTERM or Ctrl-C lets running looks finish, and begins to send for 20 seconds more; alerts that are left stay due.
    A second one ends it at once. SIGHUP reads the configuration anew, but for the number of jobs.
    """
    from monitor.scale import Worker  # noqa: PLC0415 - only who has several machines needs it

    context: Context = click_context.obj
    parent = click_context.parent
    assert parent is not None
    configure_logging(max(1, parent.params["verbose"]), as_json=parent.params["log_json"])
    ignore_hangups()
    use_one_heap()
    worker = Worker(context.app(), jobs=jobs, reload=context.read_config)
    with heeded(worker):
        worker.run()


@click.command(epilog="Example: monitor doctor")
@click.option("--offline", is_flag=True, help="Leave out what needs the network.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def doctor(context: Context, offline: bool, as_json: bool) -> int:  # noqa: FBT001
    """See whether everything that a watch needs is in order.

    That is the configuration, the database, alerts that were given up, rules that tell of nothing, every channel and
    the web archive.
    """
    from monitor.diagnosis import diagnose  # noqa: PLC0415 - its probes are for this command alone

    findings = diagnose(context.path, context.app(), offline=offline)
    if as_json:
        context.print_json([{"part": one.part, "ok": one.ok, "detail": one.detail} for one in findings])
    else:
        table = Table(box=None, show_header=False)
        for one in findings:
            table.add_row("[green]ok[/]" if one.ok else "[red]trouble[/]", escape(one.part), escape(one.detail))
        context.out.print(table)
    return 0 if all(one.ok for one in findings) else 2
