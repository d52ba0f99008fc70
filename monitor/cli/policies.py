"""Commands about which policies are watched: init, add, find, list, move, remove."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import click
from pydantic import TypeAdapter, ValidationError
from rich.table import Table

from monitor.app import App
from monitor.claims import Busy, Failed
from monitor.cli.context import Context
from monitor.cli.wording import ago, outcome_style, outcome_words, rhythm, suspect_advice
from monitor.config import declare
from monitor.config.values import PositiveDuration
from monitor.errors import PolicyExists
from monitor.model import FetchRequest, Origin, Outcome, Policy, PolicyKind, PolicySpec
from monitor.naming import guess_kind, suggest_name


@click.command(epilog="Example: monitor init --path ~/.config/clausewatch/config.toml")
@click.option(
    "--path", default="config.toml", show_default=True, type=click.Path(path_type=Path), help="Where to write it."
)
@click.pass_obj
def init(context: Context, path: Path) -> None:
    """Write a commented config.toml. An existing file is left alone."""
    text = (files("monitor.config") / "template.toml").read_text(encoding="utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        if path.is_file():
            raise click.ClickException(f"{path} is there already; it was not touched.") from None
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None
    context.out.print(f"Wrote {path}. Next: monitor add https://example.com/privacy", markup=False)


def _every(_context: click.Context, _parameter: click.Parameter, value: str | None) -> object:
    if value is None:
        return None
    try:
        return TypeAdapter(PositiveDuration).validate_python(value)
    except ValidationError:
        raise click.BadParameter('a duration is written as "30m", "12h", "7d" or "1d 6h"') from None


@click.command(epilog="Example: monitor add https://example.com/privacy --name acme-privacy --every 6h")
@click.argument("urls", metavar="URL...", nargs=-1, required=True)
@click.option("--name", help="Its handle in all commands. [default: made from the address]")
@click.option("--service", default="", help="Whose policy it is, as shown in alerts.")
@click.option("--kind", type=click.Choice([kind.value for kind in PolicyKind]), help="[default: told from the address]")
@click.option("--every", callback=_every, metavar="DURATION", help='How often to look, such as "6h".')
@click.option("--cron", metavar="LINE", help='Or when to look: five fields such as "30 9 * * mon".')
@click.option("--lang", "language", metavar="CODE", help="Language to ask for, such as en or ms.")
@click.option("--select", multiple=True, metavar="CSS", help="Read only what matches; may be repeated.")
@click.option("--remove", multiple=True, metavar="CSS", help="Leave out what matches; may be repeated.")
@click.option("--check/--no-check", "check_now", default=True, show_default=True, help="Look at it at once.")
@click.option("--json", "as_json", is_flag=True, help="Print what was added as JSON.")
@click.pass_obj
def add(context: Context, /, urls: tuple[str, ...], check_now: bool, as_json: bool, **options: object) -> int:  # noqa: FBT001
    """Watch a policy. Several URLs are read in order as one document."""
    app = context.app()
    spec = _spec(app, urls, options)
    policy = app.store.add_policy(spec, origin=Origin.DATABASE, now=app.clock.now())
    result = app.looks.look(policy) if check_now else None
    found = None if result is None or isinstance(result, Busy | Failed) else result.record.observation
    if as_json:
        context.print_json({**policy_data(policy), "outcome": found.outcome if found else None})
    else:
        context.out.print(f"Watching {spec.name} ({spec.kind.value}), {rhythm(spec)}.", markup=False)
        if found is not None:
            detail = f": {found.detail}" if found.detail else ""
            context.out.print(f"First look: {outcome_words(found.outcome)}{detail}", markup=False)
            if found.outcome is Outcome.FIRST:
                context.out.print(f"See it: monitor show {spec.name}", markup=False)
            elif next_step := suspect_advice(found, spec.name):
                context.out.print(next_step, style="dim", markup=False)
        tell_of_move(context, app.store.policy(spec.name))
    if isinstance(result, Failed):
        context.err.print(f"It could not be looked at: {result.error}", style="red", markup=False)
        return 2
    return 0 if found is None or found.outcome not in {Outcome.SUSPECT, Outcome.UNREACHABLE} else 2


def _spec(app: App, urls: tuple[str, ...], options: dict[str, object]) -> PolicySpec:
    """Make the definition, checked by the same rules as one in the configuration.

    Without a name of its own, an address that was watched before takes its name and history up again.
    """
    given = {key: value for key, value in options.items() if value}
    kind = PolicyKind(str(given.pop("kind", guess_kind(urls[0]))))
    known = app.store.policies(retired=True)
    if "name" not in given:
        before = next((policy for policy in known if policy.spec.urls == urls), None)
        if before is not None and before.retired is None:
            raise PolicyExists(f"{urls[0]} is watched already, as {before.spec.name}; --name watches it once more.")
        given["name"] = before.spec.name if before else suggest_name(urls[0], kind, {one.spec.name for one in known})
    return declare(app.config, {**given, "urls": urls, "kind": kind})


@click.command(epilog="Example: monitor find https://example.com --add")
@click.argument("site", metavar="SITE")
@click.option("--add", "add_all", is_flag=True, help="Watch all that are found, without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
@click.pass_obj
def find(context: Context, site: str, add_all: bool, as_json: bool) -> int:  # noqa: FBT001
    """Find the policies that a home page links to, and offer to watch them."""
    from monitor.text import policy_links  # noqa: PLC0415 - the one command here that parses pages

    app = context.app()
    address = site if "://" in site else f"https://{site}"
    page = app.fetcher.fetch(FetchRequest(url=address))
    found = policy_links(page.body, page.final_url)
    if as_json:
        context.print_json([{"kind": link.kind, "url": link.url, "text": link.text} for link in found])
    elif not found:
        context.out.print(f"{page.final_url} links to no policy that we know by its words.", markup=False)
    else:
        table = Table("Kind", "Link", "Address", box=None, header_style="bold")
        for link in found:
            table.add_row(link.kind.value, link.text, link.url)
        context.out.print(table)
    for link in found:
        if add_all or (not as_json and context.out.is_terminal and click.confirm(f"Watch {link.url}?")):
            try:
                policy = app.store.add_policy(
                    _spec(app, (link.url,), {"kind": link.kind.value}), origin=Origin.DATABASE, now=app.clock.now()
                )
            except PolicyExists as error:
                context.err.print(str(error), markup=False)
                continue
            context.err.print(f"Watching {policy.spec.name}.", markup=False)
    return 0 if found else 2


@click.command("list", epilog="Example: monitor list --json")
@click.option("--retired", is_flag=True, help="Show those no longer watched, too.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
@click.pass_obj
def list_policies(context: Context, retired: bool, as_json: bool) -> None:  # noqa: FBT001
    """List the watched policies and what the last look found."""
    app = context.app()
    now = app.clock.now()
    standings = app.store.standings(retired=retired)
    if as_json:
        context.print_json(
            [
                {
                    **policy_data(standing.policy),
                    "outcome": standing.last.outcome if standing.last else None,
                    "detail": standing.last.detail if standing.last else "",
                    "last_look": standing.last.last_seen if standing.last else None,
                    "next_look": standing.due,
                    "versions": standing.versions,
                }
                for standing in standings
            ]
        )
        return
    if not standings:
        context.out.print("No policy is watched yet. Next: monitor add https://example.com/privacy", markup=False)
        return
    table = Table("Policy", "Kind", "Defined in", "Versions", "Last look", "Found", box=None, header_style="bold")
    for standing in standings:
        policy, last = standing.policy, standing.last
        where = "retired" if policy.retired else policy.origin.value
        found = f"[{outcome_style(last.outcome)}]{outcome_words(last.outcome)}[/]" if last else "not looked at yet"
        table.add_row(
            policy.spec.name,
            policy.spec.kind.value,
            where,
            str(standing.versions),
            ago(last.last_seen if last else None, now),
            f"{found}, paused" if policy.is_paused(now) else found,
        )
    context.out.print(table)
    for standing in standings:
        tell_of_move(context, standing.policy)


@click.command(epilog="Example: monitor move acme-privacy")
@click.argument("policy", metavar="POLICY")
@click.argument("urls", metavar="[URL...]", nargs=-1)
@click.pass_obj
def move(context: Context, policy: str, urls: tuple[str, ...]) -> None:
    """Give a policy another address.

    It is the one that its redirect names, or those given, which take the place of all it had. Its history goes on.
    """
    app = context.app()
    known = app.store.policy(policy)
    targets = urls or _redirected(app, known)
    if known.origin is Origin.CONFIG:
        raise click.ClickException(f"{policy} is defined in {context.path}; change its url there to {targets[0]}.")
    declare(app.config, {"name": policy, "urls": targets})  # the addresses are checked as new ones would be
    app.store.change_policy(known.id, replace(known.spec, urls=targets))
    context.out.print(f"{policy} is now watched at {', '.join(targets)}.", markup=False)


def _redirected(app: App, policy: Policy) -> tuple[str, ...]:
    """The addresses of a policy, with the one that redirects for good replaced."""
    name, target = policy.spec.name, policy.moved_to
    if target is None:
        raise click.ClickException(f"{name} answers where it is; name the new address to move it anyway.")
    latest = app.store.history(policy.id).latest
    moved = next((capture.url for capture in latest if capture.final_url == target), policy.spec.urls[0])
    return tuple(target if url == moved else url for url in policy.spec.urls)


@click.command(epilog="Example: monitor remove acme-privacy")
@click.argument("policy", metavar="POLICY")
@click.pass_obj
def remove(context: Context, policy: str) -> None:
    """Watch a policy no more. Its history stays; adding it again takes it up."""
    app = context.app()
    known = app.store.policy(policy)
    if known.origin is Origin.CONFIG and known.retired is None:
        raise click.ClickException(f"{policy} is defined in {context.path}; remove its entry there.")
    app.store.retire_policy(known.id, now=app.clock.now())
    context.out.print(f"{policy} is no longer watched. Its versions and changes stay.", markup=False)


def tell_of_move(context: Context, policy: Policy) -> None:
    """Say how to follow a policy that answers from elsewhere for good."""
    if policy.moved_to:
        context.out.print(
            f"{policy.spec.name} has moved to {policy.moved_to}: monitor move {policy.spec.name}", markup=False
        )


def policy_data(policy: Policy) -> dict[str, object]:
    """A policy as JSON shows it."""
    spec = policy.spec
    return {
        "name": spec.name,
        "service": spec.service,
        "kind": spec.kind,
        "urls": spec.urls,
        "language": spec.language,
        "every_seconds": spec.every.total_seconds(),
        "cron": spec.timetable.cron or None,
        "defined_in": policy.origin,
        "retired": policy.retired,
        "paused": policy.paused,
        "resumes": policy.resumes,
        "moved_to": policy.moved_to,
    }
