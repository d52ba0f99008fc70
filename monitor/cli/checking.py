"""The command `check`: look at policies now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from monitor.app import App
from monitor.check import Checked
from monitor.claims import Busy, Failed
from monitor.cli.context import Context, Terminal
from monitor.cli.glancing import read_url
from monitor.cli.wording import count, outcome_style, outcome_words, suspect_advice
from monitor.diff import compare
from monitor.errors import NotFound
from monitor.looks import Result
from monitor.model import Outcome, Policy
from monitor.report import document, redline, terminal
from monitor.rules import covers_none

CRASH = 70  # as a crash of the whole program
_CHANGED = (Outcome.CHANGED, Outcome.CANDIDATE)
_TROUBLE = (Outcome.SUSPECT, Outcome.UNREACHABLE)


@click.command(epilog="Example: monitor check acme-privacy --confirm now")
@click.argument("policies", metavar="[POLICY...|URL]", nargs=-1)
@click.option(
    "--confirm",
    type=click.Choice(["later", "now"]),
    default="later",
    show_default=True,
    help="Whether a new text must stand in a later look, or counts at once.",
)
@click.option("--no-notify", is_flag=True, help="Send nothing; alerts wait for the next `check` or `run`.")
@click.option("--lang", "language", metavar="CODE", help="With a URL: the language to ask for.")
@click.option(
    "--since",
    metavar="AGE|DATE",
    help="With a URL: compare it with the newest archived capture of that age (30d) or day. "
    "[default: 30d where an archive is configured]",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_obj
def check(
    context: Context,
    policies: tuple[str, ...],
    confirm: str,
    no_notify: bool,  # noqa: FBT001
    language: str | None,
    since: str | None,
    as_json: bool,  # noqa: FBT001
) -> int:
    """Look at policies now: all, or those named, or any URL. Of a URL nothing is kept.

    \b
    Exit codes: 0 nothing changed, 1 something changed (a candidate counts), 2 trouble, which outranks 1
    (with --since: nothing could be compared).
    """  # noqa: D301 - click's mark is the character itself
    if (url := _lone_url(policies, since)) is not None:
        return read_url(context, url, language, since=since, as_json=as_json)
    app = context.app(confirm_after=timedelta() if confirm == "now" else None)
    chosen = [_named(app, name) for name in dict.fromkeys(policies)] if policies else app.store.policies()
    if retired := [policy.spec.name for policy in chosen if policy.retired]:
        raise click.ClickException(f"{', '.join(retired)} is no longer watched; `monitor add` takes it up again.")
    if not chosen and not as_json:
        context.out.print("No policy is watched yet. Next: monitor add https://example.com/privacy", markup=False)
    _warn_of_silent_rules(context, app)
    results = []
    for result in _with_progress(context.err, app.looks.look_at_all(chosen), len(chosen)):
        results.append(result)
        if not as_json:
            print_result(context.out, app, result)
    sent = None if no_notify else app.deliver_with_copies()
    if as_json:
        context.print_json(
            {"results": [result_data(app, result) for result in results], "alerts_sent": sent.sent if sent else 0}
        )
    elif len(results) > 1:
        context.out.print(_summary(results))
    if sent and (sent.sent or sent.postponed or sent.dead) and not as_json:
        context.out.print(
            f"Alerts: {sent.sent} sent, {sent.postponed} to be tried again, {sent.dead} given up.", markup=False
        )
    return _exit_code(results)


def _lone_url(policies: Sequence[str], since: str | None) -> str | None:
    """The URL that is to be looked at in place of policies."""
    if any("://" in name for name in policies):
        if len(policies) > 1:
            raise click.UsageError("A URL is looked at by itself; name policies, or one URL.")
        return policies[0]
    if since is not None:
        raise click.UsageError("--since goes with a URL; for a policy: monitor diff POLICY DATE now")
    return None


def _warn_of_silent_rules(context: Context, app: App) -> None:
    for rule in covers_none(app.config.rules, app.store.policies()):
        context.err.print(f"The rule {rule.name!r} covers no policy that is watched.", style="yellow", markup=False)


def _named(app: App, name: str) -> Policy:
    try:
        return app.store.policy(name)
    except NotFound as error:
        hint = f"; for a page: monitor check https://{name}" if "." in name else ""
        raise NotFound(f"{error}{hint}") from None


def _with_progress(console: Console, results: Iterator[Result], total: int) -> Iterator[Result]:
    """Show how far a long round has come, on a terminal only."""
    columns = (SpinnerColumn(), TextColumn("Looking at policies"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=total < 2 or not console.is_terminal) as progress:  # noqa: PLR2004
        task = progress.add_task("", total=total)
        for result in results:
            yield result
            progress.advance(task)


def print_result(console: Terminal, app: App, result: Result) -> None:
    """Print what a look found, with the difference if there is one."""
    name = result.policy.spec.name
    if isinstance(result, Busy):
        console.print(f"{name}: another process is looking at it just now", style="yellow", markup=False)
        return
    if isinstance(result, Failed):
        console.print(f"{name}: {_failure(result)}", style="red", markup=False)
        return
    found = result.record.observation
    line = f"{name}: {outcome_words(found.outcome)}"
    if found.outcome is Outcome.CHANGED and result.record.change:
        line = f"{name}: {result.record.change.significance.value} change: {result.record.change.summary}"
    elif found.detail:
        line += f": {found.detail}"
    console.print(line, style=outcome_style(found.outcome), markup=False)
    if shown := _redline(app, result):
        console.print(terminal.render(shown, with_marks=console.needs_marks))
    if next_step := suspect_advice(found, name):
        console.print(next_step, style="dim", markup=False)
    if found.outcome is Outcome.CANDIDATE:
        console.print(
            "Not confirmed yet: a later look must show it again. To count it now: --confirm now",
            style="dim",
            markup=False,
        )
    if result.record.moved_to:
        console.print(f"It has moved to {result.record.moved_to}: monitor move {name}", style="yellow", markup=False)


def _failure(result: Failed) -> str:
    if result.crashed:
        return f"the program failed ({type(result.error).__name__}); please report it with what was logged"
    return str(result.error)


def _redline(app: App, result: Checked) -> redline.Redline | None:
    """The difference that a check found, confirmed or not."""
    record, policy = result.record, result.policy
    if result.committed.change_id is not None:
        change = app.store.change(result.committed.change_id)
        return redline.from_change(
            policy, change, app.store.version(change.old_version_id), app.store.version(change.new_version_id)
        )
    if record.observation.outcome is not Outcome.CANDIDATE:
        return None
    history = app.store.history(policy.id)
    if history.candidate and history.current:
        old, new = app.store.version(history.current.id), app.store.version(history.candidate.version_id)
        return redline.from_versions(policy, compare(old.clauses, new.clauses), old, new)
    return None


def result_data(app: App, result: Result) -> dict[str, object]:
    """What a look found, as JSON shows it."""
    data: dict[str, object] = {"policy": result.policy.spec.name}
    if isinstance(result, Checked):
        found, shown = result.record.observation, _redline(app, result)
        return {
            **data,
            "outcome": found.outcome,
            "reason": found.reason,
            "detail": found.detail,
            "change": document.document(shown) if shown else None,
        }
    if isinstance(result, Failed):
        return {**data, "outcome": "failed", "detail": _failure(result)}
    return {**data, "outcome": "busy"}


def _summary(results: Sequence[Result]) -> str:
    outcomes = Counter(
        outcome_words(result.outcome)
        if isinstance(result, Checked)
        else ("busy" if isinstance(result, Busy) else "failed")
        for result in results
    )
    parts = ", ".join(f"{number} {words}" for words, number in outcomes.most_common())
    return f"{count(len(results), 'policy')}: {parts}"


def _exit_code(results: Sequence[Result]) -> int:
    if any(isinstance(result, Failed) and result.crashed for result in results):
        return CRASH
    outcomes = {result.outcome for result in results if isinstance(result, Checked)}
    if outcomes.intersection(_TROUBLE) or any(not isinstance(result, Checked) for result in results):
        return 2  # a policy that another process is looking at was not looked at: nothing can be said of it
    return 1 if outcomes.intersection(_CHANGED) else 0
