"""Commands that read what is kept, or any two texts: show, log, diff."""

from __future__ import annotations

import mimetypes
from pathlib import Path

import click
from rich.console import Group
from rich.text import Text

from monitor.app import App
from monitor.check import read_once
from monitor.cli.context import Context
from monitor.cli.moments import is_moment
from monitor.cli.paging import page_out
from monitor.cli.pinning import show_places
from monitor.cli.wording import ago, count
from monitor.diff import compare
from monitor.errors import NotFound
from monitor.fetch import convert
from monitor.fetch.media import media_type
from monitor.model import Page, Reading, Version, VersionInfo
from monitor.report import document, markdown, outline, redline, terminal
from monitor.text import read

SHAPE = click.option(
    "--format",
    "shape",
    type=click.Choice(["terminal", "html", "markdown", "json"]),
    default="terminal",
    show_default=True,
    help="How to write it.",
)
OUTPUT = click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file.")


@click.command(epilog="Example: monitor show acme-privacy --version 2")
@click.argument("policy", metavar="POLICY")
@click.option("--version", "number", type=click.IntRange(min=1), help="Which version. [default: the current one]")
@click.option("--volatile", is_flag=True, help="Show the places that keep changing and are left out, instead.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def show(context: Context, policy: str, number: int | None, volatile: bool, as_json: bool) -> None:  # noqa: FBT001
    """Show the clauses of a version as a tree under their headings."""
    app = context.app()
    if volatile:
        show_places(context, app, policy, as_json=as_json)
        return
    known = app.store.policy(policy)
    version = version_of(app, known.id, policy, number)
    if as_json:
        context.print_json({**_version_data(version), "clauses": document.clause_documents(version.clauses)})
        return
    title = f"{redline.policy_title(known)}, version {version.number}"
    tree = outline.outline(version.clauses, title=title)
    page_out(context, Group(tree, Text(_facts(version), style="dim")), pager=None)


def _facts(version: VersionInfo) -> str:
    parts = [count(version.clause_count, "clause"), version.language or "language unknown"]
    if stated := version.dates.updated or version.dates.effective:
        parts.append(f"stated date {stated:%d %B %Y}")
    parts.append(f"seen {version.first_seen:%Y-%m-%d %H:%M} to {version.last_seen:%Y-%m-%d %H:%M} UTC")
    if not version.exact:
        parts.append("put together from confirmed clauses: no single look showed just these")
    return ", ".join(parts)


@click.command(epilog="Example: monitor log acme-privacy")
@click.argument("policy", metavar="POLICY")
@click.option(
    "--looks", type=click.IntRange(min=0), default=5, show_default=True, help="How many recent findings to show."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def log(context: Context, policy: str, looks: int, as_json: bool) -> None:  # noqa: FBT001
    """Show a policy's versions, changes and recent looks."""
    app = context.app()
    known = app.store.policy(policy)
    versions, changes = app.store.versions(known.id), app.store.changes(known.id)
    observations = app.store.observations(known.id, limit=looks) if looks else []
    copies = [copy for copy in app.store.copies(known.id) if copy.archive_url]
    if as_json:
        context.print_json(
            {
                "policy": policy,
                "versions": [_version_data(version) for version in versions],
                "changes": [
                    {
                        "id": change.id,
                        "kind": change.kind,
                        "from_version": _number(versions, change.old_version_id),
                        "to_version": _number(versions, change.new_version_id),
                        "significance": change.significance,
                        "why": change.why,
                        "summary": change.summary,
                        "silent": change.silent,
                        "after": change.bracket.after,
                        "before": change.bracket.before,
                        "confirmed": change.confirmed,
                        "public_copies": [copy.archive_url for copy in copies if copy.change_id == change.id],
                    }
                    for change in changes
                ],
                "observations": [
                    {
                        "outcome": one.outcome,
                        "reason": one.reason,
                        "detail": one.detail,
                        "first_seen": one.first_seen,
                        "last_seen": one.last_seen,
                        "count": one.count,
                    }
                    for one in observations
                ],
            }
        )
        return
    if not versions:
        context.out.print(f"{policy} has no version yet. Next: monitor check {policy}", markup=False)
    else:
        context.out.print(outline.log_table(versions, changes, title=redline.policy_title(known)))
    for copy in copies:
        context.out.print(f"public copy: {copy.archive_url}", style="dim", markup=False, soft_wrap=True)
    now = app.clock.now()
    for one in observations:
        times = f"{count(one.count, 'look')}, last {ago(one.last_seen, now)}"
        context.out.print(
            f"{one.outcome.value}: {times}{': ' + one.detail if one.detail else ''}", style="dim", markup=False
        )


@click.command(
    epilog="Example: monitor diff acme-privacy 2 3   or: monitor diff old.html new.html --format html -o redline.html"
)
@click.argument("names", metavar="POLICY [A B] | OLD NEW", nargs=-1, required=True)
@SHAPE
@OUTPUT
@click.option(
    "--context", "lines", type=click.IntRange(0, 100), default=1, show_default=True, help="Unchanged clauses around."
)
@click.option("--pager/--no-pager", default=None, help="Show through $PAGER. [default: on a terminal, when long]")
@click.pass_obj
def diff(
    context: Context,
    names: tuple[str, ...],
    shape: str,
    output: Path | None,
    lines: int,
    pager: bool | None,  # noqa: FBT001
) -> int:
    """Compare two versions of a policy, or any two files or URLs. By default the last change is shown.

    A and B are numbers of versions, days (2024-05-25) or `now`.

    \b
    Exit codes: 0 no difference, 1 a difference, 2 trouble.
    """  # noqa: D301 - click's mark is the character itself
    shown = _compared(context, names)
    if shape != "terminal":
        write_out(context, _rendered(shown, shape, lines), output)
    elif output:
        raise click.UsageError("A file is written with --format html, markdown or json.")
    else:
        page_out(context, terminal.render(shown, context=lines, with_marks=context.out.needs_marks), pager=pager)
    return 1 if shown.diff.operations else 0


def _rendered(shown: redline.Redline, shape: str, lines: int) -> str:
    if shape == "html":
        from monitor.report import page  # noqa: PLC0415 - its templates are for this format alone

        return page.render(shown, context=lines)
    return markdown.render(shown, context=lines) if shape == "markdown" else document.render(shown)


def _compared(context: Context, names: tuple[str, ...]) -> redline.Redline:
    if len(names) == 3 and any(is_moment(name) for name in names[1:]):  # noqa: PLR2004 - POLICY A B
        return _compared_days(context, *names)
    texts = len(names) == 2 and not any(name.isdecimal() for name in names)  # noqa: PLR2004 - OLD NEW
    if texts:
        app = context.app()
        old, new = (_text(app, name) for name in names)
        return redline.from_diff(
            compare(old.clauses, new.clauses),
            title=new.title or names[1],
            old_label=names[0],
            new_label=names[1],
            language=new.language,
        )
    if len(names) not in {1, 3} or not all(name.isdecimal() for name in names[1:]):
        raise click.UsageError(
            "Name a policy; a policy and two of its texts (by number, day or `now`); or two files or URLs."
        )
    app = context.app()
    known = app.store.policy(names[0])
    if len(names) == 1:
        latest = app.store.versions(known.id)[-1:]
        change = next(
            (one for one in app.store.changes(known.id) if latest and one.new_version_id == latest[0].id), None
        )
        if change is None:
            raise click.ClickException(f"{names[0]} has no change yet; `monitor log {names[0]}` shows what there is.")
        captures = tuple(app.store.capture(number) for number in latest[0].capture_ids)
        sides = app.store.version(change.old_version_id), app.store.version(change.new_version_id)
        return redline.from_change(known, change, *sides, captures)
    old_version, new_version = (version_of(app, known.id, names[0], int(name)) for name in names[1:])
    captures = tuple(app.store.capture(number) for number in new_version.capture_ids)
    return redline.from_versions(
        known, compare(old_version.clauses, new_version.clauses), old_version, new_version, captures
    )


def _compared_days(context: Context, policy: str, *names: str) -> redline.Redline:
    """Two texts of a policy, each named by a day, by `now` or by a version's number."""
    from monitor.cli.asking import version_at  # noqa: PLC0415 - the past is for these names alone

    app = context.app()
    known = app.store.policy(policy)
    sides = []
    for name in names:
        if is_moment(name):
            sides.append(version_at(context, app, known, name))
        elif name.isdecimal():
            version = version_of(app, known.id, policy, int(name))
            sides.append((version, f"version {version.number}", version.capture_ids))
        else:
            raise click.UsageError(f"{name!r} is neither a day such as 2024-05-25, `now`, nor a version's number.")
    (old, old_label, _), (new, new_label, numbers) = sides
    captures = tuple(app.store.capture(number) for number in numbers)
    return redline.from_days(
        known, compare(old.clauses, new.clauses), (old, old_label), (new, new_label), captures=captures
    )


def _text(app: App, name: str) -> Reading:
    """Read a file or a URL."""
    if "://" in name:
        return read_once([name], app.reader)[0]
    path, limit = Path(name), app.config.fetch.max_bytes
    try:
        with path.open("rb") as file:
            body = file.read(limit + 1)
    except OSError as error:
        raise click.ClickException(f"{name} cannot be read: {error.strerror}.") from None
    if len(body) > limit:
        raise click.ClickException(f"{name} is larger than {limit:,} bytes (fetch.max_bytes).")
    if not body.strip():
        raise click.ClickException(f"{name} is empty.")
    kind = media_type(mimetypes.guess_type(name)[0], path.absolute().as_uri(), body)
    if kind is None:
        raise click.ClickException(f"{name} is neither HTML, PDF, Markdown nor plain text.")
    return read([convert(Page(body=body, media_type=kind))], languages=app.config.monitor.languages)


def version_of(app: App, policy_id: int, name: str, number: int | None) -> Version:
    """A version by its number; without one, the current."""
    infos = app.store.versions(policy_id)
    if not infos:
        raise NotFound(f"{name} has no version yet; `monitor check {name}` makes the first.")
    if number is None:
        current = app.store.history(policy_id).current
        return app.store.version(current.id if current else infos[-1].id)
    found = next((info for info in infos if info.number == number), None)
    if found is None:
        raise NotFound(f"{name} has no version {number}; it has versions 1 to {infos[-1].number}.")
    return app.store.version(found.id)


def _version_data(version: VersionInfo) -> dict[str, object]:
    return {
        "number": version.number,
        "digest": version.digest,
        "language": version.language,
        "updated": version.dates.updated.isoformat() if version.dates.updated else None,
        "effective": version.dates.effective.isoformat() if version.dates.effective else None,
        "first_seen": version.first_seen,
        "last_seen": version.last_seen,
        "clause_count": version.clause_count,
        "extractor": version.extractor,
        "exact": version.exact,
    }


def _number(versions: list[VersionInfo], version_id: int) -> int | None:
    return next((version.number for version in versions if version.id == version_id), None)


def write_out(context: Context, text: str, output: Path | None) -> None:
    """Write a document to a file, or print it."""
    if output is None:
        context.print_document(text)
        return
    try:
        output.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}.") from None
