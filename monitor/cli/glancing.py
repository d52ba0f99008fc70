"""A look at a URL that nobody watches: its clauses, and what differs from an archived capture of a while ago."""

from __future__ import annotations

from datetime import datetime

import click

from monitor.app import App
from monitor.check import read_once
from monitor.cli.context import Context
from monitor.cli.moments import parse_since
from monitor.cli.wording import count
from monitor.diff import compare
from monitor.errors import ArchiveError
from monitor.model import Reading, SuspectReason
from monitor.past.earlier import Earlier, InVain, earlier_text
from monitor.report import document, outline, redline, terminal

DEFAULT_AGE = "30d"


def read_url(context: Context, url: str, language: str | None, *, since: str | None, as_json: bool) -> int:
    """Read it now and print it; where an archive is to be asked, print what has changed since."""
    app = App(context.config)
    try:
        before = _bound(app, since)
        reading, doubt = read_once([url], app.reader, language=language)
        then = None if before is None or doubt else _earlier(context, app, url, reading, before)
    finally:
        app.close()
    shown = _redline(url, reading, then) if then else None
    if as_json:
        context.print_json(
            {
                "url": url,
                "title": reading.title,
                "language": reading.language,
                "updated": reading.dates.updated.isoformat() if reading.dates.updated else None,
                "effective": reading.dates.effective.isoformat() if reading.dates.effective else None,
                "suspect": doubt and {"reason": doubt.reason, "why": doubt.why},
                "digest": reading.digest,
                "clauses": document.clause_documents(reading.clauses),
                "since": then and {"taken": then.taken, "url": then.url, "archive": then.archive},
                "change": document.document(shown) if shown else None,
            }
        )
    elif shown is not None and then is not None:
        context.out.print(terminal.render(shown, with_marks=context.out.needs_marks))
        said = "The same clauses" if not shown.diff.operations else "Compared"
        context.out.print(f"{said} with {then.url}", style="dim", markup=False, soft_wrap=True)
    else:
        context.out.print(outline.outline(reading.clauses, title=reading.title or url))
        stated = reading.dates.updated or reading.dates.effective
        facts = [count(len(reading.clauses), "clause"), reading.language or "language unknown"]
        if stated:
            facts.append(f"stated date {stated:%d %B %Y}")
        context.out.print(", ".join(facts), style="dim", markup=False)
    if not as_json and doubt:
        context.out.print(f"This may not be the policy: {doubt.why}", style="red", markup=False)
        if doubt.reason is SuspectReason.EMPTY and reading.clauses:
            hint = f"Hardly any text. If this is the whole policy: monitor add {url}, then monitor accept"
            context.out.print(hint, style="dim", markup=False)
    elif not as_json:
        context.out.print(f"Nothing was kept. To watch it: monitor add {url}", style="dim", markup=False)
    if doubt or (since is not None and shown is None):  # nothing could be compared
        return 2
    return 1 if shown is not None and shown.diff.operations else 0


def _bound(app: App, since: str | None) -> datetime | None:
    """The newest time that the archived capture may have; None: no archive is to be asked."""
    if since is None and not app.config.archive:
        return None
    before = parse_since(since or DEFAULT_AGE, app.clock.now())
    if before is None:
        raise click.UsageError("--since takes an age in days, such as 30d, or a day, such as 2024-05-25.")
    return before


def _earlier(context: Context, app: App, url: str, reading: Reading, before: datetime) -> Earlier | None:
    try:
        found = earlier_text(
            url,
            app.archives,
            before=before,
            language=reading.language,
            convert=app.reader.convert,
            languages=app.reader.languages,
        )
    except ArchiveError as error:
        context.err.print(f"{error}; it is shown by itself.", style="yellow", markup=False)
        return None
    if isinstance(found, Earlier):
        return found
    context.err.print(f"{_in_vain(found, before)}; it is shown by itself.", style="dim", markup=False)
    return None


def _in_vain(found: InVain, before: datetime) -> str:
    by = f"by {before:%Y-%m-%d}"
    if not found.tried:
        return f"No archive has it as it was {by}"
    if found.tried == 1:
        return f"The one capture of it {by} that was asked for cannot be played, or shows no policy"
    return f"{found.tried} captures of it {by} were asked for: they cannot be played, or show no policy"


def _redline(url: str, reading: Reading, then: Earlier) -> redline.Redline:
    return redline.from_diff(
        compare(then.reading.clauses, reading.clauses),
        title=reading.title or url,
        old_label=f"{then.taken:%Y-%m-%d}, in {then.archive}",
        new_label="now",
        language=reading.language,
    )
