"""Commands about what is kept: backup, gc."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from monitor.cli.context import Context
from monitor.cli.wording import count


@click.command(epilog="Example: monitor backup /backups/clausewatch-2026-07-17.db")
@click.argument("file", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Replace a file that is there.")
@click.pass_obj
def backup(context: Context, file: Path, replace: bool) -> None:  # noqa: FBT001
    """Copy the database while it is in use, and check the copy.

    With PostgreSQL this runs pg_dump. The copy is complete or not there at all. The database itself is never replaced.
    """
    if file.exists() and not replace:
        raise click.ClickException(f"{file} is there already; --replace replaces it.")
    context.app().store.back_up(file)
    context.out.print(
        f"Wrote {file} ({file.stat().st_size / 1e6:.1f} MB), and read it back whole.", markup=False, soft_wrap=True
    )


@click.command(epilog="Example: monitor gc --keep-days 90 --dry-run")
@click.option("--keep-days", type=click.IntRange(1, 36_500), default=30, show_default=True, help="Keep all so young.")
@click.option(
    "--one-per",
    type=click.IntRange(1, 3_650),
    default=1,
    show_default=True,
    metavar="DAYS",
    help="Of what is older, keep one capture in so many days.",
)
@click.option("--vacuum", is_flag=True, help="Then give the space back to the disk; on SQLite everything waits for it.")
@click.option("--dry-run", is_flag=True, help="Only say what would be dropped.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def gc(context: Context, keep_days: int, one_per: int, vacuum: bool, dry_run: bool, as_json: bool) -> None:  # noqa: FBT001
    """Drop the bytes of old captures that nothing rests on.

    The captures behind versions, changes, candidates and doubts stay whole. Of those that are dropped it stays known
    when they were made, of what address, with which status and digests.
    """
    app = context.app()
    thinned = app.store.thin(
        now=app.clock.now(), keep=timedelta(days=keep_days), one_per=timedelta(days=one_per), dry_run=dry_run
    )
    if vacuum and not dry_run:
        app.store.vacuum()
    if as_json:
        context.print_json({"captures": thinned.captures, "bytes": thinned.bytes, "dry_run": dry_run})
        return
    done = "would be" if dry_run else "were"
    context.out.print(
        f"{count(thinned.captures, 'capture')} {done} thinned, with {thinned.bytes / 1e6:.1f} MB of stored pages.",
        markup=False,
        soft_wrap=True,
    )
