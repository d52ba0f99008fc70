"""The command `export`: proof for others."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from monitor import __version__
from monitor.app import App
from monitor.cli.context import Context
from monitor.cli.wording import count
from monitor.evidence import Window, captures_within, write_bundle, write_warc
from monitor.model import Capture, Policy

_DAY_ONLY = 10  # characters of 2024-05-25


class Moment(click.ParamType[datetime]):
    """A day, or a moment in ISO 8601; without a zone, in UTC. `end` takes a day as its last instant."""

    name = "date"

    def __init__(self, *, end: bool = False) -> None:
        self._end = end

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """See click."""
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail("a date is written as 2024-05-25 or 2024-05-25T14:30", param, ctx)
        if self._end and len(str(value)) == _DAY_ONLY:
            moment = datetime.combine(moment, time.min) + timedelta(days=1, microseconds=-1)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.command(epilog="Example: monitor export acme-privacy --bundle acme.zip --warc acme.warc.gz")
@click.argument("policies", metavar="[POLICY...]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All policies, those no longer watched too.")
@click.option("--warc", type=click.Path(path_type=Path, dir_okay=False), help="Write the captures as WARC 1.1.")
@click.option("--bundle", type=click.Path(path_type=Path, dir_okay=False), help="Write a zip for `monitor verify`.")
@click.option("--from", "after", type=Moment(), metavar="DATE", help="Leave out captures taken before.")
@click.option("--to", "before", type=Moment(end=True), metavar="DATE", help="Leave out captures taken after.")
@click.option(
    "--timestamp",
    "authority",
    metavar="URL",
    help="Have the bundle stamped by this authority (RFC 3161). [default: evidence.tsa]",
)
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@click.pass_obj
def export(context: Context, /, policies: tuple[str, ...], everything: bool, force: bool, **options: Any) -> None:  # noqa: FBT001
    """Write proof for others: captures as a WARC, or a sealed bundle of all that is known.

    A file appears whole or not at all. A bundle is checked by `monitor verify`, without this database.
    """
    warc, bundle = options["warc"], options["bundle"]
    if bool(policies) == everything:
        raise click.UsageError("Name policies, or say --all.")
    if warc is None and bundle is None:
        raise click.UsageError("Say what to write: --warc FILE, --bundle FILE, or both.")
    for path in (warc, bundle):
        if path is not None and path.exists() and not force:
            raise click.ClickException(f"{path} is there already; --force overwrites it.")
    app = context.app()
    chosen = (
        app.store.policies(retired=True) if everything else [app.store.policy(one) for one in dict.fromkeys(policies)]
    )
    window = Window(options["after"], options["before"])
    written: dict[str, dict[str, Any]] = {}
    with _progress(context) as progress:
        if warc is not None:
            written["warc"] = _export_warc(app, chosen, window, warc, progress)
        if bundle is not None:
            written["bundle"] = _export_bundle(app, chosen, window, bundle, options["authority"], progress)
    if options["as_json"]:
        context.print_json({"policies": [policy.spec.name for policy in chosen], **written})
        return
    for kind, data in written.items():
        context.out.print(f"Wrote {data['path']}: {count(data['captures'], 'capture')}.", markup=False, soft_wrap=True)
        if kind == "bundle":
            context.out.print(
                f"Its seal is {data['seal']}. Publish it, or keep it apart: it proves the bundle unchanged.",
                markup=False,
                soft_wrap=True,
            )


def _export_warc(app: App, policies: list[Policy], window: Window, path: Path, progress: Progress) -> dict[str, Any]:
    task = progress.add_task("Captures to WARC", total=None)

    def captures() -> Iterator[Capture]:
        for policy in policies:
            for capture in captures_within(app.store, policy.id, window):
                yield capture
                progress.advance(task)

    with replacing(path) as part, part.open("wb") as out:
        total = write_warc(out, captures(), lambda one: app.store.body(one.id), software=f"clausewatch/{__version__}")
    return {"path": str(path), "captures": total}


def _export_bundle(
    app: App, policies: list[Policy], window: Window, path: Path, authority: str | None, progress: Progress
) -> dict[str, Any]:
    task = progress.add_task("Captures to bundle", total=None)
    stamp = app.stamper(authority)
    with replacing(path) as part:
        done = write_bundle(
            part,
            app.store,
            policies,
            window=window,
            stamp=stamp,
            progress=lambda: progress.advance(task),
        )
    return {
        "path": str(path),
        "seal": done.seal,
        "captures": done.captures,
        "bodies": done.bodies,
        "versions": done.versions,
        "changes": done.changes,
        "chains": [
            {"policy": name, "head": head.hash, "length": head.length} for name, head in sorted(done.heads.items())
        ],
        "timestamped": stamp is not None,
    }


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside `path` to write; it takes that place once it is whole and on the disk, or is removed."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        os.fchmod(handle, 0o666 & ~_umask())
        os.close(handle)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
    part = Path(name)
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _progress(context: Context) -> Progress:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=context.err, transient=True, disable=not context.err.is_terminal)
