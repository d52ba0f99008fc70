"""The command `import`: captures and policies that others kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from monitor.app import App
from monitor.claims import Busy
from monitor.cli.context import Context
from monitor.cli.wording import count, outcome_words
from monitor.config import declare
from monitor.errors import ConfigError, PolicyExists, ReadError
from monitor.importing import Done, Imported, Item, Result, Skipped, list_files, list_repository, list_warc
from monitor.importing.declaration import Declared, read_declaration, to_toml
from monitor.importing.repository import documents, is_repository
from monitor.model import Origin, Policy

_WARCS = (".warc", ".warc.gz")


@click.command("import", epilog="Example: monitor import acme-privacy captures/ --dry-run")
@click.argument("words", metavar="[POLICY] SOURCE", nargs=-1, required=True)
@click.option("--url", metavar="URL", help="Of a policy on several pages: the one that files are captures of.")
@click.option("--document", metavar="NAME", help='Of a git repository: which document, such as "Acme/Privacy Policy".')
@click.option("--toml", "as_toml", is_flag=True, help="Of a declaration: print entries for config.toml, add nothing.")
@click.option("--dry-run", is_flag=True, help="Say what would be taken, and take nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
@click.pass_obj
def import_(context: Context, /, words: tuple[str, ...], **options: Any) -> int:
    """Take over captures that others kept, with their own times.

    Nobody is alerted.

    \b
    SOURCE is one of
      a folder of pages with dates in their names, or one such file
      a text that names its archived page in a quote above itself
      a WARC
      a git repository of Open Terms Archive, of snapshots or versions
      a declaration of Open Terms Archive (JSON): its policies are watched; no POLICY is named

    What was imported before is passed over, so a run that broke off is simply run again.
    """  # noqa: D301 - click's mark is the character itself
    if len(words) > 2:  # noqa: PLR2004 - POLICY SOURCE
        raise click.UsageError("Name a policy and a source, or a declaration.")
    source = Path(words[-1])
    if not source.exists():
        raise click.ClickException(f"{source} is not there.")
    if source.suffix.lower() == ".json":
        if len(words) > 1:
            raise click.UsageError("A declaration names its policies itself.")
        return _import_declaration(context, source, options)
    if len(words) == 1:
        raise click.UsageError("Name the policy that these are captures of.")
    app = context.app()
    policy = app.store.policy(words[0])
    found = list(_listed(app, policy, source, options))
    total = sum(isinstance(one, Item) for one in found)
    columns = (TextColumn("Importing"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=context.err, transient=True, disable=not context.err.is_terminal) as progress:
        task = progress.add_task("", total=total)
        result = app.hindsight.import_captures(
            policy, found, dry_run=options["dry_run"], before_each=lambda: progress.advance(task)
        )
    if isinstance(result, Busy):
        raise click.ClickException(f"Another process is looking at {words[0]} just now. Try again in a minute.")
    _report(context, policy, result, dry_run=options["dry_run"], as_json=options["as_json"])
    return 0


def _listed(app: App, policy: Policy, source: Path, options: dict[str, Any]) -> Iterator[Item | Skipped]:
    limit, urls = app.config.fetch.max_bytes, policy.spec.urls
    if source.name.lower().endswith(_WARCS):
        return list_warc(source, urls=urls, limit=limit)
    url = options["url"] or urls[0]
    if url not in urls:
        raise click.ClickException(f"{policy.spec.name} is not watched at {url}.")
    if len(urls) > 1 and options["url"] is None:
        raise click.ClickException(f"{policy.spec.name} is on {len(urls)} pages; say by --url of which these are.")
    if not is_repository(source):
        return list_files(source, url=url, limit=limit)
    document = options["document"]
    if document is None:
        known = documents(source)
        if len(known) != 1:
            shown = ", ".join(known[:20]) + (" …" if len(known) > 20 else "")  # noqa: PLR2004 - as many as fit
            raise click.ClickException(f"Say by --document which of its {len(known)} documents is meant: {shown}")
        document = known[0]
    return list_repository(source, document, url=url, limit=limit)


def _report(context: Context, policy: Policy, result: Imported, *, dry_run: bool, as_json: bool) -> None:
    counts = {one.value: result.count(one) for one in Result}
    if as_json:
        items = [_data(one) for one in result.done]
        context.print_json({"policy": policy.spec.name, "dry_run": dry_run, "counts": counts, "items": items})
        return
    for one in result.done:
        if one.result is not Result.SKIPPED or "already" not in one.why:
            context.out.print(_line(one), markup=False, soft_wrap=True)
    said = {
        Result.READ: "read",
        Result.KEPT: "kept as captures of the past",
        Result.WAITING: "kept, waiting for other pages",
        Result.SKIPPED: "skipped",
    }
    shown = ", ".join(f"{counts[one.value]:,} {said[one]}" for one in Result if counts[one.value])
    context.out.print(f"{'Would be: ' if dry_run else ''}{shown or 'there was nothing'}.", markup=False)
    if result.count(Result.READ) and not dry_run:
        context.out.print(f"See it: monitor log {policy.spec.name}", markup=False)
    if result.count(Result.KEPT) and not dry_run:
        context.out.print(f"See it among others: monitor history {policy.spec.name}", markup=False)


def _data(one: Done) -> dict[str, object]:
    return {
        "place": one.place,
        "result": one.result,
        "taken": one.taken,
        "outcome": one.outcome,
        "why": one.why,
    }


def _line(one: Done) -> str:
    when = f" ({one.taken:%Y-%m-%d %H:%M} UTC)" if one.taken else ""
    found = outcome_words(one.outcome) if one.outcome else one.result.value
    return f"{one.place}{when}: {found}{': ' + one.why if one.why else ''}"


def _import_declaration(context: Context, source: Path, options: dict[str, Any]) -> int:
    try:
        content = source.read_bytes()
    except OSError as error:
        raise ReadError(f"{source} cannot be read: {error.strerror}") from error
    found = read_declaration(content, service_id=source.stem)
    if options["as_toml"]:
        context.print_document(to_toml(found))
        return 0
    app = context.app()
    rows = [_declare(app, one, dry_run=options["dry_run"]) for one in found]
    if options["as_json"]:
        context.print_json({"dry_run": options["dry_run"], "policies": rows})
    else:
        for row in rows:
            state = "is left out" if row["why"] else "would be watched" if options["dry_run"] else "is watched"
            why = f": {row['why']}" if row["why"] else ""
            context.out.print(f"{row['name']} {state}{why}", markup=False, soft_wrap=True)
            for note in row["notes"]:
                context.out.print(f"  {note}", style="yellow", markup=False, soft_wrap=True)
        context.out.print(f"{count(sum(not row['why'] for row in rows), 'policy')}.", markup=False)
    return 0


def _declare(app: App, one: Declared, *, dry_run: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"name": one.fields["name"], "document": one.document, "notes": list(one.notes), "why": ""}
    try:
        spec = declare(app.config, {key: value for key, value in one.fields.items() if value})
        if any(known.spec.name == spec.name for known in app.store.policies()):
            row["why"] = f"a policy is called {spec.name!r} already"
        elif not dry_run:
            app.store.add_policy(spec, origin=Origin.DATABASE, now=app.clock.now())
    except (ConfigError, PolicyExists) as error:
        row["why"] = str(error)
    return row
