"""Commands about a policy's whole past: backfill, history."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

from monitor.claims import PAST_LEASE, Busy
from monitor.cli.context import Context, Terminal
from monitor.cli.moments import day_from, day_to
from monitor.cli.paging import page_out
from monitor.cli.reading import write_out
from monitor.cli.wording import count, span
from monitor.past.backfill import Backfilled, Bounds
from monitor.past.backfill import Progress as Step
from monitor.past.telling import tell
from monitor.report import history as words
from monitor.report import whole


@click.command(epilog="Example: monitor backfill acme-privacy --from 2018 --max-fetches 300")
@click.argument("policy", metavar="POLICY")
@click.option("--from", "after", type=day_from, metavar="DATE", help="Search no captures from before this day.")
@click.option("--to", "before", type=day_to, metavar="DATE", help="Search no captures from after this day.")
@click.option("--max-fetches", type=click.IntRange(min=1), help="Fetch no more captures than this. [default: no limit]")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_obj
def backfill(
    context: Context,
    policy: str,
    after: datetime | None,
    before: datetime | None,
    max_fetches: int | None,
    as_json: bool,  # noqa: FBT001
) -> None:
    """Find every change in the captures that web archives hold, with few fetches.

    It lists all captures, fetches some, and bisects between those whose clauses differ. All is kept as it comes: after
    Ctrl-C or a crash the same command goes on, and when nothing is new it fetches nothing. Without an [[archive]] in
    the configuration the Wayback Machine is asked.
    """
    if after and before and after > before:
        raise click.UsageError("--from is later than --to.")
    app = context.app()
    known = app.store.policy(policy)
    try:
        with _shown(context.err) as report:
            done = app.hindsight.backfill(
                known,
                Bounds(after=after, before=before, max_fetches=max_fetches),
                report=report,
                stop=lambda: False,
            )
    except KeyboardInterrupt:
        context.err.print(f"All that was found is kept. To go on: monitor backfill {policy}", markup=False)
        raise
    if isinstance(done, Busy):
        raise click.ClickException(
            f"Another process looks into the past of {policy} just now, or was killed on another machine "
            f"in the last {span(PAST_LEASE)}."
        )
    chronicle = tell(app.store, known, after=after, before=before)
    if as_json:
        context.print_json({**words.document(chronicle), "fetches": done.fetches, "narrowed": done.narrowed})
        return
    for problem in done.problems:
        context.err.print(problem, style="yellow", markup=False)
    context.out.print(words.render(chronicle))
    context.out.print(_summary(done), style="dim", markup=False)


def _summary(done: Backfilled) -> str:
    parts = [f"{words.captures(done.fetches)} fetched now"]
    if done.narrowed:
        parts.append(f"{count(done.narrowed, 'bracket')} of live changes narrowed")
    if not done.timeline.finished:
        parts.append("the search is not at its end; the same command goes on")
    return f"{', '.join(parts)}."


@contextmanager
def _shown(console: Terminal) -> Iterator[Callable[[Step], None]]:
    """Show how far it has come: a bar on a terminal, nothing in a pipe."""
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Asking for the list of captures", total=None)

        def report(step: Step) -> None:
            if step.stage == "listing":
                progress.update(task, description=f"{step.archive}: {words.captures(step.rows)} listed")
                return
            taken = f"{step.looked_at:%Y-%m-%d}" if step.looked_at else ""
            limit = f" of {step.max_fetches:,} at most" if step.max_fetches else ""
            said = f"{step.fetches:,} fetched{limit}, out of {step.rows:,}; {taken}: {step.found}"
            progress.update(task, description=said, completed=step.fetches, total=step.max_fetches)

        yield report


@click.command(epilog="Example: monitor history acme-privacy --html -o history.html")
@click.argument("policy", metavar="POLICY")
@click.option("--from", "after", type=day_from, metavar="DATE", help="Leave out what lies before this day.")
@click.option("--to", "before", type=day_to, metavar="DATE", help="Leave out what lies after this day.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--html", "as_html", is_flag=True, help="Print as one HTML page.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the page to a file.")
@click.pass_obj
def history(
    context: Context,
    policy: str,
    after: datetime | None,
    before: datetime | None,
    as_json: bool,  # noqa: FBT001
    as_html: bool,  # noqa: FBT001
    output: Path | None,
) -> None:
    """Show when a policy changed, from live looks and archived captures together.

    Each change stands between the last sight of the old text and the first of the new one. Below is said what was not
    looked at. Nothing is fetched: `monitor backfill` does that.
    """
    app = context.app()
    chronicle = tell(app.store, app.store.policy(policy), after=after, before=before)
    if as_json and as_html:
        raise click.UsageError("--json and --html cannot be had together.")
    if as_json:
        context.print_json(words.document(chronicle))
    elif as_html or output:
        write_out(context, whole.history_page(chronicle), output)
    elif not chronicle.chapters:
        context.out.print(
            f"Nothing is known of {policy} yet. Next: monitor check {policy}, or monitor backfill {policy}",
            markup=False,
        )
        for line in words.facts(chronicle):
            context.out.print(line, style="dim", markup=False)
    else:
        page_out(context, words.render(chronicle), pager=None)
