"""Commands that tell what policies say: practices, search."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime

import click
from rich.text import Text

from monitor.app import App
from monitor.cli.asking import as_of_day, bracket_document, bracket_facts, nothing_before, version_at
from monitor.cli.context import Context
from monitor.cli.moments import day_to, is_moment
from monitor.cli.paging import page_out
from monitor.cli.reading import version_of
from monitor.cli.wording import count
from monitor.diff import compare
from monitor.errors import NotFound, OpinionError
from monitor.model import Clause, Diff, Opinion, Policy, Version
from monitor.past.asof import AsOf
from monitor.practices import Entry, label, ledger, meaning, practices_of
from monitor.practices.taxonomy import taxonomy
from monitor.report import ledger as ledgers
from monitor.report import meaning as meanings
from monitor.report.harmless import shorten, visible
from monitor.report.places import Places
from monitor.report.redline import policy_title

_NO_SUCH_DIFFERENCE = (
    "A difference is printed as a table or, with --json, for programs. --csv, --json-ld and --at tell one text;"
    " for two, run `monitor practices POLICY --at DATE` with each of the days."
)
_SHOWN = 400  # characters of a clause that was found


def _known_practice(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and value not in taxonomy().practices:
        raise click.BadParameter(f"no practice is called {value}; there are {', '.join(taxonomy().practices)}.")
    return value


@click.command(
    epilog="Example: monitor practices acme-privacy   or: monitor practices --all --practice data-retention --csv"
)
@click.argument("names", metavar="POLICY [A B]", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Of every watched policy.")
@click.option("--practice", callback=_known_practice, metavar="ID", help="Only this practice.")
@click.option(
    "--at",
    metavar="DATE",
    type=day_to,
    help="The text of that day, as `monitor at` finds it; with --all, fetching nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print as CSV, for spreadsheets.")
@click.option("--json-ld", "as_json_ld", is_flag=True, help="Print as JSON-LD with terms of the DPV.")
@click.option(
    "--ask", is_flag=True, help="With POLICY A B: ask the language model of [llm] too, which is sent the words."
)
@click.pass_obj
def practices(
    context: Context,
    names: tuple[str, ...],
    *,
    everything: bool,
    practice: str | None,
    at: datetime | None,
    as_json: bool,
    as_csv: bool,
    as_json_ld: bool,
    ask: bool,
) -> None:
    """Tell what a policy says of each practice, or how two of its texts differ in it.

    A and B are numbers of versions, days such as 2024-05-25, or `now`.

    \b
    Exit codes: 0 it was told, whether or not anything differs, 2 trouble.
    """  # noqa: D301 - click's mark is the character itself
    app = context.app()
    shapes = [name for name, wanted in (("json", as_json), ("csv", as_csv), ("json-ld", as_json_ld)) if wanted]
    if len(shapes) > 1:
        raise click.UsageError("Only one of --json, --csv and --json-ld can be had at a time.")
    shape = shapes[0] if shapes else None
    sides = all(name.isdecimal() or is_moment(name) for name in names[1:])
    if everything == bool(names) or len(names) not in {0, 1, 3} or not sides:
        raise click.UsageError("Name a policy, a policy and two of its texts (by number, day or `now`), or --all.")
    if len(names) == 3:  # noqa: PLR2004 - POLICY A B
        if at is not None or shape in ("csv", "json-ld"):
            raise click.UsageError(_NO_SUCH_DIFFERENCE)
        _difference(context, app, names, practice, as_json=shape == "json", ask=ask)
        return
    if ask:
        raise click.UsageError("--ask is for a difference: POLICY A B.")
    policies = app.store.policies() if everything else [app.store.policy(names[0])]
    shown = (
        _sights(context, app, policies, at, strict=not everything)
        if at is not None
        else _current(app, policies, strict=not everything)
    )
    found = [
        (
            policy,
            version,
            sight,
            [entry for entry in ledger(version.clauses, version.language) if practice in (None, entry.fact.practice)],
        )
        for policy, version, sight in shown
    ]
    _print(context, found, shape, title=practice or (policy_title(policies[0]) if names else "all policies"))


Found = list[tuple[Policy, Version, AsOf | None, list[Entry]]]


def _print(context: Context, found: Found, shape: str | None, *, title: str) -> None:
    if shape == "json-ld":
        graphs = [
            ledgers.as_json_ld(entries, url=policy.spec.urls[0], service=policy.spec.service)
            for policy, _, _, entries in found
        ]
        context.print_json(graphs[0] if len(graphs) == 1 else {"@graph": graphs})
        return
    if shape == "json":
        context.print_json(
            {
                "policies": [
                    {
                        "policy": policy.spec.name,
                        "version": version.number or None,
                        "language": version.language,
                        "as_of": bracket_document(policy.spec.name, sight) if sight else None,
                        "entries": ledgers.documents(entries, version.clauses),
                    }
                    for policy, version, sight, entries in found
                ]
            }
        )
        return
    rows = [
        (policy.spec.name, entry)
        for policy, version, _, entries in found
        for entry in ledgers.documents(entries, version.clauses)
    ]
    if shape == "csv":
        context.print_document(ledgers.as_csv(rows))
    elif not rows:
        context.out.print("Nothing was found that a lexicon words.", markup=False)
    else:
        page_out(context, ledgers.table(rows, title=title, with_policy=len(found) > 1), pager=None)
    if shape is None:
        for policy, _, sight, _ in found:
            for name, value in bracket_facts(sight) if sight else ():
                of = f"{policy.spec.name}, " if len(found) > 1 else ""
                context.out.print(f"{of}{name}: {value}", style="dim", markup=False, soft_wrap=True)


def _current(app: App, policies: Iterable[Policy], *, strict: bool) -> Iterator[tuple[Policy, Version, None]]:
    """The current versions. `strict`: a policy without one is an error."""
    for policy in policies:
        if strict or app.store.versions(policy.id):
            yield policy, version_of(app, policy.id, policy.spec.name, None), None


def _sights(
    context: Context, app: App, policies: Iterable[Policy], moment: datetime, *, strict: bool
) -> Iterator[tuple[Policy, Version, AsOf]]:
    """The texts of a moment, live or archived, with what they rest on."""
    for policy in policies:
        found = as_of_day(context, app, policy, moment, offline=not strict)
        if found.before is not None:
            yield policy, found.before.version, found
        elif strict:
            raise NotFound(nothing_before(policy.spec.name, found))


def _difference(
    context: Context, app: App, names: tuple[str, ...], practice: str | None, *, as_json: bool, ask: bool
) -> None:
    known = app.store.policy(names[0])
    (old, old_label), (new, new_label) = (_side(context, app, known, name) for name in names[1:])
    diff = compare(old.clauses, new.clauses)
    meant = meaning(diff, new.language)
    told = meanings.document(meant)
    opinions = _opinions(context, diff) if ask else []
    if as_json:
        told["changes"] = [change for change in told["changes"] if practice in (None, change["practice"])]
        context.print_json(
            {
                "policy": names[0],
                "old": old.number or None,
                "new": new.number or None,
                "old_text": old_label,
                "new_text": new_label,
                "meaning": told,
                "opinions": [asdict(each) for each in opinions],
            }
        )
        return
    context.out.print(meant.headline, style="bold", markup=False)
    if meant.changes:
        title = f"{policy_title(known)}: {old_label} to {new_label}"
        page_out(context, ledgers.difference(meant, title=title, practice=practice), pager=None)
    for each in opinions:
        context.out.print(
            f"The language model: {label(each.practice)}, {each.direction.value}: “{visible(each.quote)}”", markup=False
        )


def _side(context: Context, app: App, policy: Policy, name: str) -> tuple[Version, str]:
    """A text by the number of its version, by a day or `now`, and what to call it."""
    if is_moment(name):
        version, said, _ = version_at(context, app, policy, name)
        return version, said
    version = version_of(app, policy.id, policy.spec.name, int(name))
    return version, f"version {version.number}"


def _opinions(context: Context, diff: Diff) -> list[Opinion]:
    """What the language model holds of the changed clauses; a failure is told and is no trouble."""
    from monitor.opinion import LanguageModel  # noqa: PLC0415 - only who asks for it pays for it

    section = context.config.llm
    if section.url is None:
        raise click.UsageError("--ask needs [llm] in the configuration.")
    voter = LanguageModel(
        url=section.url,
        model=section.model,
        key=section.key.get_secret_value() if section.key else "",
        timeout=section.timeout.total_seconds(),
        most_characters=section.most_characters,
    )
    old = "\n".join(diff.old[index].text for operation in diff.operations for index in operation.old)
    new = "\n".join(diff.new[index].text for operation in diff.operations for index in operation.new)
    try:
        return voter.ask(old, new, practices=tuple(taxonomy().practices))
    except OpinionError as error:
        context.err.print(f"{error}.", markup=False)
        return []


@click.command(epilog='Example: monitor search "AI training"')
@click.argument("words", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def search(context: Context, words: tuple[str, ...], as_json: bool) -> int:  # noqa: FBT001
    """Find the clauses of all current versions that have these words, or speak of the practice that they name.

    \b
    Exit codes: 0 something was found, 1 nothing was, 2 trouble.
    """  # noqa: D301 - click's mark is the character itself
    wanted = [word.casefold() for phrase in words for word in phrase.split()]
    if not wanted:
        raise click.UsageError(
            "Name a word to look for, such as `monitor search retention`; blanks stand in every text."
        )
    app = context.app()
    named = practices_of(" ".join(words), app.config.monitor.languages)
    hits = [
        (policy, version, index, by_words)
        for policy, version, _ in _current(app, app.store.policies(), strict=False)
        for index, by_words in _matching(version, wanted, named)
    ]
    if as_json:
        context.print_json(
            {
                "practices": sorted(named),
                "clauses": [
                    {
                        "policy": policy.spec.name,
                        "version": version.number,
                        "clause": index,
                        "path": list(version.clauses[index].path),
                        "text": version.clauses[index].text,
                        "by": "words" if by_words else "practice",
                    }
                    for policy, version, index, by_words in hits
                ],
            }
        )
        return 0 if hits else 1
    for policy, version, index, _ in hits:
        context.out.print(Text(f"{policy.spec.name}, {Places(version.clauses).of(index)}", style="cyan"))
        context.out.print(_highlighted(version.clauses[index], wanted))
    context.out.print(f"{count(len(hits), 'clause')} found.", style="dim", markup=False)
    return 0 if hits else 1


def _matching(version: Version, wanted: list[str], named: frozenset[str]) -> Iterator[tuple[int, bool]]:
    """Clauses with all the words, each at a word's start, first; then those that only speak of the practice."""
    patterns = [re.compile(rf"\b{re.escape(word)}") for word in wanted]
    worded = [
        index
        for index, clause in enumerate(version.clauses)
        if all(pattern.search(clause.text.casefold()) for pattern in patterns)
    ]
    yield from ((index, True) for index in worded)
    if named:
        about = {entry.clause for entry in ledger(version.clauses, version.language) if entry.fact.practice in named}
        yield from ((index, False) for index in sorted(about - set(worded)))


def _highlighted(clause: Clause, wanted: list[str]) -> Text:
    text = Text(shorten(visible(clause.text), _SHOWN))
    for word in wanted:
        text.highlight_regex(rf"(?i)\b{re.escape(word)}\w*", style="bold yellow")
    return text
