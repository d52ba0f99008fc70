"""Commands that ask the past one question: when, at; and the texts of days that `diff` compares."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from rich.console import Group
from rich.text import Text

from monitor.app import App
from monitor.cli.context import Context
from monitor.cli.moments import day_to, parse_moment
from monitor.cli.paging import page_out
from monitor.cli.reading import OUTPUT, SHAPE, write_out
from monitor.cli.wording import count
from monitor.errors import ArchiveError, NotFound
from monitor.model import Policy, Version
from monitor.past.appearing import Appeared, appeared, with_digest, with_words
from monitor.past.asof import AsOf, Sight, as_of
from monitor.report import document, outline, redline, whole, wording
from monitor.report.history import bracket_data, captures, evidence, proof_data, source_of

SHORTEST_DIGEST = 6
_OFFLINE = click.option("--offline", is_flag=True, help="Fetch nothing: use what is kept.")


@click.command(epilog='Example: monitor when acme-privacy "sell your personal information"')
@click.argument("policy", metavar="POLICY")
@click.argument("words", metavar="[WORDS]", required=False)
@click.option("--clause", "digest", metavar="ID", help="A clause by its digest, as `monitor show --json` gives it.")
@click.option(
    "--max-fetches", type=click.IntRange(min=0), default=60, show_default=True, help="Fetch no more captures."
)
@_OFFLINE
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def when(
    context: Context,
    policy: str,
    words: str | None,
    digest: str | None,
    max_fetches: int,
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> int:
    """Say when words, or a clause, first stood in a policy and when last.

    Clauses are taken out and put in again. So it is called "first found", unless every capture before was looked at.

    \b
    Exit codes: 0 found, 1 not found in anything that was looked at, 2 trouble.
    """  # noqa: D301 - click's mark is the character itself
    if (words is None) == (digest is None):
        raise click.UsageError("Give either some words, or --clause ID.")
    if digest is not None and len(digest) < SHORTEST_DIGEST:
        raise click.UsageError(f"The digest of a clause needs {SHORTEST_DIGEST} characters at least.")
    if words is not None and not words.strip():
        raise click.UsageError("Which words?")
    app = context.app()
    known = app.store.policy(policy)
    test = with_words(words) if words is not None else with_digest(digest or "")
    with context.err.status("Looking …") as status:
        found = appeared(
            known,
            test,
            app.store,
            None if offline or not app.store.listings(known.id) else app.past,
            max_fetches=max_fetches,
            report=lambda fetches: status.update(f"{captures(fetches)} fetched …"),
        )
    if as_json:
        context.print_json(_when_data(policy, words, digest, found))
    else:
        for line in _when_lines(policy, found):
            context.out.print(line)
        if not app.store.listings(known.id):
            context.out.print(f"No archive was asked yet: monitor backfill {policy}", style="dim", markup=False)
    return 0 if found.appearance else 1


def _when_lines(policy: str, found: Appeared) -> list[Text]:
    basis = f"{count(found.sights, 'look')} at the text known, {captures(found.fetches)} fetched now"
    if found.appearance is None:
        return [Text(f"Not found in {policy}."), Text(f"{basis}{_limits(found)}", style="dim")]
    told = found.appearance
    first, last = wording.moment(told.first.before), wording.moment(told.last_seen)
    lines = []
    if told.first.after is None:
        lines.append(f"It stands in the earliest text that is known, of {first}: it may be older.")
    elif told.first_certain:
        lines.append(f"First appeared after {wording.moment(told.first.after)}, not later than {first}.")
    else:
        lines.append(
            f"First found {first}; not there {wording.moment(told.first.after)}. "
            "Captures before were not all looked at: it may have stood there earlier and been taken out again."
        )
    if told.gone is None:
        lines.append(f"Last seen {last}, in the latest text that is known: it still stands there.")
    else:
        certain = "" if told.last_certain else " It may have come back for a while later."
        lines.append(f"Last seen {last}; gone by {wording.moment(told.gone.before)}.{certain}")
    shown = [Text(line) for line in lines]
    if found.clause is not None:
        shown.append(Text(f"“{found.clause.text}”", style="italic"))
    for name, proof in (("First", found.first), ("Last", found.last)):
        if proof is not None:
            shown.append(Text(f"{name}: {evidence(proof)}  SHA-256 {proof.digest}", style="dim"))
    return [*shown, Text(f"{basis}{'.' if found.complete else _limits(found)}", style="dim")]


def _limits(found: Appeared) -> str:
    """What is to be said of the looks besides their number."""
    if found.complete:
        return "; that is all there is."
    unread = f"; {count(found.unread, 'imported capture')} {'was' if found.unread == 1 else 'were'} not looked at"
    if not found.asked:
        return f"{unread if found.unread else ''}; no archive was asked for all that it has."
    return f"{unread}." if found.unread else "; other captures were not looked at."


def _when_data(policy: str, words: str | None, digest: str | None, found: Appeared) -> dict[str, object]:
    told = found.appearance
    return {
        "policy": policy,
        "words": words,
        "clause": digest,
        "found": told is not None,
        "first": bracket_data(told.first) if told else None,
        "first_certain": told.first_certain if told else None,
        "last_seen": told.last_seen if told else None,
        "gone": bracket_data(told.gone) if told else None,
        "last_certain": told.last_certain if told else None,
        "text": found.clause.text if found.clause else None,
        "first_proof": proof_data(found.first),
        "last_proof": proof_data(found.last),
        "looks": found.sights,
        "fetches": found.fetches,
        "complete": found.complete,
    }


@click.command(epilog="Example: monitor at acme-privacy 2024-05-25")
@click.argument("policy", metavar="POLICY")
@click.argument("day", metavar="DATE", type=day_to)
@SHAPE
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@OUTPUT
@_OFFLINE
@click.pass_obj
def at(
    context: Context,
    policy: str,
    day: datetime,
    shape: str,
    as_json: bool,  # noqa: FBT001
    output: Path | None,
    offline: bool,  # noqa: FBT001
) -> int:
    """Show what a policy said on a day, and which capture proves it.

    The captures nearest to the day are fetched from archives that `monitor backfill` has listed.

    \b
    Exit codes: 0 the sights before and after agree, 1 they differ or one is missing, 2 trouble.
    """  # noqa: D301 - click's mark is the character itself
    app = context.app()
    known = app.store.policy(policy)
    found = as_of_day(context, app, known, day, offline=offline)
    if found.before is None:
        raise NotFound(nothing_before(policy, found))
    version, title = found.before.version, f"{redline.policy_title(known)} as of {day:%Y-%m-%d}"
    facts = bracket_facts(found)
    if as_json or shape == "json":
        data = {**bracket_document(policy, found), "clauses": document.clause_documents(version.clauses)}
        if output is not None:
            write_out(context, document.to_json(data, indent=2) + "\n", output)
        else:
            context.print_json(data)
    elif shape == "html":
        write_out(
            context, whole.text_page(version.clauses, title=title, facts=facts, language=version.language), output
        )
    elif shape == "markdown":
        write_out(context, whole.text_markdown(version.clauses, title=title, facts=facts), output)
    elif output is not None:
        raise click.UsageError("A file is written with --format html, markdown or json.")
    else:
        said = Text("\n").join(Text(f"{name}: {value}", style="dim") for name, value in facts)
        page_out(context, Group(outline.outline(version.clauses, title=title), said), pager=None)
    return 0 if found.agrees else 1


def as_of_day(context: Context, app: App, policy: Policy, moment: datetime, *, offline: bool) -> AsOf:
    """What is known; where an archive cannot be asked now, what is known without it."""
    asked = None if offline or not app.store.listings(policy.id) else app.past
    try:
        return as_of(policy, moment, app.store, asked)
    except ArchiveError as error:
        context.err.print(f"{error}; this is what is known without it.", style="yellow", markup=False)
        return as_of(policy, moment, app.store)


def nothing_before(policy: str, found: AsOf) -> str:
    """Why no text can be shown of a moment."""
    if found.behind is None:
        return f"Nothing is known of {policy} yet; `monitor backfill {policy}` asks an archive."
    unseen = f"; {captures(found.unseen)} from before were not looked at or in vain" if found.unseen else ""
    return f"Nothing is known of {policy} on that day: its earliest text is of {found.behind.taken:%Y-%m-%d}{unseen}."


def bracket_facts(found: AsOf) -> list[tuple[str, str]]:
    """What the text of a moment rests on, and what is to be said against it; by name."""
    before = found.before
    assert before is not None
    facts = [("Seen", _seen(before))]
    if found.agrees:
        assert found.behind is not None
        facts.append(("Seen again", f"{_seen(found.behind)}: the same words before and after the day"))
    elif found.behind is not None:
        last, first = wording.moment(before.taken), wording.moment(found.behind.taken)
        facts.append(("Changed", f"after {last}, not later than {first}: perhaps before that day was over"))
    else:
        facts.append(("Seen again", "not since; whether it still stood on that day is not known"))
    if found.unseen:
        facts.append(("Not looked at", f"{captures(found.unseen)} between these sights, or in vain"))
    if dates := wording.stated(before.version.dates):
        facts.append(("Date stated", dates))
    if before.proof is not None:
        facts.append(("Evidence", evidence(before.proof)))
        facts.append(("SHA-256", before.proof.digest))
    return facts


def _seen(sight: Sight) -> str:
    where = {"archive": " in an archive", "imported": " in an imported capture", "live": " live", "": ""}
    return f"{wording.moment(sight.taken)}{where[source_of(sight.proof)]}"


def bracket_document(policy: str, found: AsOf) -> dict[str, object]:
    """The sights before and behind a moment as plain data."""
    return {
        "policy": policy,
        "moment": found.moment.isoformat(),
        "agrees": found.agrees,
        "before": _sight_data(found.before),
        "after": _sight_data(found.behind),
        "not_looked_at": found.unseen,
    }


def _sight_data(sight: Sight | None) -> dict[str, object] | None:
    if sight is None:
        return None
    return {
        "taken": sight.taken.isoformat(),
        "version": sight.version.number or None,
        "digest": sight.version.digest,
        "proof": proof_data(sight.proof),
    }


def version_at(context: Context, app: App, policy: Policy, name: str) -> tuple[Version, str, tuple[int, ...]]:
    """The text of a day, or the current one for `now`; with its label and the capture that shows it.

    Raises:
        NotFound: nothing is known of it.
    """
    if name == "now":
        current = app.store.history(policy.id).current
        if current is None:
            raise NotFound(
                f"{policy.spec.name} has no version yet; `monitor check {policy.spec.name}` makes the first."
            )
        version = app.store.version(current.id)
        return version, f"now, version {version.number}", version.capture_ids
    moment = parse_moment(name, end=True)
    assert moment is not None, "is_moment was asked before"
    found = as_of_day(context, app, policy, moment, offline=False)
    if found.before is None:
        raise NotFound(nothing_before(policy.spec.name, found))
    sight = found.before
    certain = "" if found.agrees else ", may have changed since"
    label = f"{name}, as seen {sight.taken:%Y-%m-%d}{certain}"
    return sight.version, label, (sight.proof.capture_id,) if sight.proof else ()
