"""The command `demo`."""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import click
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from monitor.cli.context import Context, Terminal
from monitor.cli.wording import count, outcome_style, outcome_words
from monitor.demo import Scene, Story
from monitor.model import Significance
from monitor.report import outline, terminal

_LOUD = {Significance.SUBSTANTIVE: "bold magenta", Significance.EDITORIAL: "yellow"}
_SHOWN_CLAUSES = 14


@click.command(epilog="Example: monitor demo --json found.json")
@click.option(
    "--json", "report", type=click.Path(path_type=Path, dir_okay=False), help="Write what was found to a file."
)
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep database and mails in this folder."
)
@click.pass_obj
def demo(context: Context, report: Path | None, keep: Path | None) -> None:
    """Watch a made-up company change its policies, from fetch to e-mail. Needs no network.

    A site on this machine serves an English and a Malay policy and ages through six events. The real pipeline watches
    it over some nine weeks of simulated time and sends real mails and webhook calls to receivers on this machine.
    """
    began = time.monotonic()
    _check_places(report, keep)
    with tempfile.TemporaryDirectory(prefix="clausewatch-demo-") as temporary:
        folder = keep or Path(temporary)
        with Story(folder) as story:
            context.out.print(_opening())
            for number, scene in enumerate(story.play()):
                _show(context.out, number, scene)
            found = story.found()
            if keep:
                for number, mail in enumerate(story.mails, 1):
                    (keep / f"alert-{number}.eml").write_bytes(mail.as_bytes())
    context.out.print(_closing(found, time.monotonic() - began, keep))
    if report:
        report.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _check_places(report: Path | None, keep: Path | None) -> None:
    """Complain about files before the show, not after it."""
    place = report
    try:
        if report:
            report.touch()
        if place := keep:
            keep.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{place} cannot be written: {error.strerror}.") from None
    if keep and (keep / "demo.db").exists():
        raise click.ClickException(f"{keep} holds an earlier demo; name another folder.")


def _opening() -> RenderableType:
    return Panel(
        "Kancil, a company that does not exist, has a privacy policy in English and in Malay. Clausewatch looks at "
        "both every day. What would you have been told?",
        title="clausewatch",
        border_style="cyan",
    )


def _show(out: Terminal, number: int, scene: Scene) -> None:
    out.print()
    title = f"{number}. {scene.age.title}" if number else scene.age.title
    out.print(Rule(f"[bold]{scene.starts:%d %B %Y}[/]  {title}", align="left", style="cyan"))
    for version in scene.first:
        out.print(f"Version 1, {count(version.clause_count, 'clause')}, {version.language}:", style="dim", markup=False)
        out.print(outline.outline(version.clauses[:_SHOWN_CLAUSES], title=version.clauses[0].text, limit=90))
    looks = Text("Looks: ")
    for outcome, times in scene.looks.items():
        looks.append(f"{times} × {outcome_words(outcome)}  ", style=outcome_style(outcome))
    out.print(looks)
    for words in scene.suspicions:
        out.print(f"Not believed, so no version and no alert: {words}", style="red", markup=False)
    for change in scene.changes:
        assert change.significance is not None
        style = _LOUD.get(change.significance, "dim")
        head = Text(f"{change.significance.value}", style=style).append(f" ({change.why})", style="dim")
        shown = terminal.render(change, context=0, with_marks=out.needs_marks)
        out.print(Panel(Group(head, shown), border_style=style))
    for mail in scene.arrived.mails:
        out.print(f"✉  {mail['Subject']}", style="bold green", markup=False)
    if scene.arrived.calls:
        out.print(f"⚓ {count(len(scene.arrived.calls), 'webhook call')}, signed", style="green", markup=False)
    if scene.changes and not scene.arrived.mails:
        out.print("Kept, and nobody was woken for it.", style="dim")


def _closing(found: dict[str, object], seconds: float, keep: Path | None) -> RenderableType:
    changes, alerts = found["changes"], found["alerts"]
    assert isinstance(changes, list)
    assert isinstance(alerts, dict)
    told = sum(change["significance"] == Significance.SUBSTANTIVE for change in changes)
    lines = [
        f"{found['versions']} versions, {len(changes)} changes kept, {told} of them worth telling.",
        f"{alerts['email']} mails and {alerts['webhook']} webhook calls arrived.",
        f"{found['suspects']} pages were not believed.",
        f"All of it took {seconds:.1f} s.",
        "",
        "Your turn:  monitor check https://example.com/privacy",
    ]
    if keep:
        lines.insert(2, f"Database and mails are in {keep}.")
    return Panel("\n".join(lines), border_style="cyan")
