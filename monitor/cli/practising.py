"""Commands that tell what policies say: practices, search."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict

import click
from rich.text import Text

from monitor.app import App
from monitor.cli.context import Context
from monitor.cli.paging import page_out
from monitor.cli.reading import version_of
from monitor.cli.wording import count
from monitor.diff import compare
from monitor.errors import NotFound, OpinionError
from monitor.model import Clause, Diff, Opinion, Policy, Version
from monitor.practices import Entry, label, ledger, meaning, practices_of
from monitor.practices.taxonomy import taxonomy
from monitor.report import ledger as ledgers
from monitor.report import meaning as meanings
from monitor.report.harmless import shorten, visible
from monitor.report.places import Places
from monitor.report.redline import policy_title

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
@click.option("--at", type=click.DateTime(["%Y-%m-%d"]), help="The version that was shown on that day (UTC).")
@click.option("--json", "shape", flag_value="json", help="Print as JSON.")
@click.option("--csv", "shape", flag_value="csv", help="Print as CSV, for spreadsheets.")
@click.option("--json-ld", "shape", flag_value="json-ld", help="Print as JSON-LD with terms of the DPV.")
@click.option(
    "--ask", is_flag=True, help="With POLICY A B: ask the language model of [llm] too, which is sent the words."
)
@click.pass_obj
def practices(
    context: Context,
    names: tuple[str, ...],
    everything: bool,  # noqa: FBT001
    practice: str | None,
    at: object,
    shape: str | None,
    ask: bool,  # noqa: FBT001
) -> None:
    """Tell what a policy says of each practice, or how two versions differ in it."""
    app = context.app()
    if everything == bool(names) or len(names) not in {0, 1, 3} or not all(name.isdecimal() for name in names[1:]):
        raise click.UsageError("Name a policy, a policy and two version numbers, or --all.")
    if len(names) == 3:  # noqa: PLR2004 - POLICY A B
        if at is not None or shape in ("csv", "json-ld"):
            raise click.UsageError("A difference is printed as a table or with --json, and takes no --at.")
        _difference(context, app, names, practice, as_json=shape == "json", ask=ask)
        return
    if ask:
        raise click.UsageError("--ask is for a difference: POLICY A B.")
    policies = app.store.policies() if everything else [app.store.policy(names[0])]
    found = [
        (
            policy,
            version,
            [entry for entry in ledger(version.clauses, version.language) if practice in (None, entry.fact.practice)],
        )
        for policy in policies
        if (version := _shown(app, policy, at, strict=not everything)) is not None
    ]
    _print(context, found, shape, title=practice or (policy_title(policies[0]) if names else "all policies"))


Found = list[tuple[Policy, Version, list[Entry]]]


def _print(context: Context, found: Found, shape: str | None, *, title: str) -> None:
    if shape == "json-ld":
        graphs = [
            ledgers.as_json_ld(entries, url=policy.spec.urls[0], service=policy.spec.service)
            for policy, _, entries in found
        ]
        context.print_json(graphs[0] if len(graphs) == 1 else {"@graph": graphs})
        return
    if shape == "json":
        context.print_json(
            {
                "policies": [
                    {
                        "policy": policy.spec.name,
                        "version": version.number,
                        "language": version.language,
                        "entries": ledgers.documents(entries, version.clauses),
                    }
                    for policy, version, entries in found
                ]
            }
        )
        return
    rows = [
        (policy.spec.name, entry)
        for policy, version, entries in found
        for entry in ledgers.documents(entries, version.clauses)
    ]
    if shape == "csv":
        context.print_document(ledgers.as_csv(rows))
    elif not rows:
        context.out.print("Nothing was found that a lexicon words.", markup=False)
    else:
        page_out(context, ledgers.table(rows, title=title, with_policy=len(found) > 1), pager=None)


def _shown(app: App, policy: Policy, at: object, *, strict: bool) -> Version | None:
    """The current version, or the one of a day."""
    infos = app.store.versions(policy.id)
    if at is not None:
        day = str(at)[:10]
        infos = [info for info in infos if f"{info.first_seen:%Y-%m-%d}" <= day]
        if infos:
            return app.store.version(max(infos, key=lambda info: info.first_seen).id)
    elif infos:
        return version_of(app, policy.id, policy.spec.name, None)
    if strict:
        raise NotFound(f"{policy.spec.name} had no version{' by then' if at is not None else ' yet'}.")
    return None


def _difference(
    context: Context, app: App, names: tuple[str, ...], practice: str | None, *, as_json: bool, ask: bool
) -> None:
    known = app.store.policy(names[0])
    old, new = (version_of(app, known.id, names[0], int(name)) for name in names[1:])
    diff = compare(old.clauses, new.clauses)
    meant = meaning(diff, new.language)
    told = meanings.document(meant)
    opinions = _opinions(context, diff) if ask else []
    if as_json:
        told["changes"] = [change for change in told["changes"] if practice in (None, change["practice"])]
        context.print_json(
            {
                "policy": names[0],
                "old": old.number,
                "new": new.number,
                "meaning": told,
                "opinions": [asdict(each) for each in opinions],
            }
        )
        return
    context.out.print(meant.headline, style="bold", markup=False)
    if meant.changes:
        title = f"{policy_title(known)}, version {old.number} to {new.number}"
        page_out(context, ledgers.difference(meant, title=title, practice=practice), pager=None)
    for each in opinions:
        context.out.print(
            f"The language model: {label(each.practice)}, {each.direction.value}: “{visible(each.quote)}”", markup=False
        )


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
    Exit codes: 0 something was found, 1 nothing was.
    """  # noqa: D301 - click's mark is the character itself
    app = context.app()
    wanted = [word.casefold() for phrase in words for word in phrase.split()]
    named = practices_of(" ".join(words), app.config.monitor.languages)
    hits = [
        (policy, version, index, by_words)
        for policy in app.store.policies()
        if (version := _shown(app, policy, None, strict=False)) is not None
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
