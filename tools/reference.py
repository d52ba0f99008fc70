"""Writes docs/reference/ from the code, so that it cannot say anything else.

python -m tools.reference            write the pages
python -m tools.reference --check    exit 1 when a page differs from what would be written
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from monitor import diff, errors, model, practices, text
from monitor.cli.main import monitor as program
from monitor.model import Outcome, SuspectReason
from tools import config_page, practices_page, webhook_page
from tools.cells import first_line
from tools.meanings import EXIT_CODES, OUTCOMES, SUSPICIONS, UNREADABLE

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
_WRITTEN = "<!-- Written by `./run reference` from the code. Do not edit. -->\n\n"
_WIDTH = 100


def cli() -> str:
    """Every command with its help."""
    parts = [
        "# Commands\n",
        (
            "What `--help` says, for every command. [Exit codes](outcomes-and-exit-codes.md#exit-codes) are those of "
            "`diff`.\n"
        ),
    ]
    for words, help_text in _commands(program, None):
        parts.append(f"## {words}\n\n```text\n{help_text.strip()}\n```\n")
    return "\n".join(parts)


def _commands(command: click.Command, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    name = "monitor" if parent is None else command.name
    context = click.Context(command, parent=parent, info_name=name, terminal_width=_WIDTH)
    yield context.command_path, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    if isinstance(command, click.Group):
        for words in command.list_commands(context):  # those too that are loaded only when they are asked for
            inner = command.get_command(context, words)
            assert inner is not None
            yield from _commands(inner, context)


def outcomes() -> str:
    """What a look can find, the codes that go with it, and how commands end."""
    from monitor.cli.wording import outcome_words  # noqa: PLC0415 - words of the program, wanted here alone

    parts = ["# Outcomes and exit codes\n", "## Outcomes\n"]
    parts.append("Every look at a policy leaves one of these, shown by `monitor log POLICY`.\n")
    parts.append("| outcome | shown as | meaning |\n|---|---|---|")
    parts += [f"| `{one.value}` | {outcome_words(one)} | {OUTCOMES[one]} |" for one in Outcome]
    parts.append("\n## Why a page is suspect\n")
    parts.append("The `reason` of a `suspect` observation.\n\n| reason | meaning |\n|---|---|")
    parts += [f"| `{one.value}` | {SUSPICIONS[one]} |" for one in SuspectReason]
    parts.append("\n## Why a policy is unreachable\n")
    parts.append("The `reason` of an `unreachable` observation.\n\n| reason | meaning |\n|---|---|")
    for kind in errors.FetchError.__subclasses__():
        parts.append(f"| `{kind.code}` | {first_line(kind)} |")
    parts.append(f"| `unreadable` | {UNREADABLE} |")
    parts.append("\n## Exit codes\n\n| code | meaning |\n|---|---|")
    parts += [f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    return "\n".join(parts) + "\n"


def error_tree() -> str:
    """The tree of errors and what each tells."""
    tree = inspect.cleandoc(errors.__doc__ or "").partition("\n\n")[2]
    parts = [
        "# Errors\n",
        ("What `monitor.errors` holds. Each says in a sentence what happened; the class tells what to do about it.\n"),
        f"```text\n{tree}\n```\n",
    ]
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, Exception):
            parts.append(f"## {name}\n\n{inspect.getdoc(kind)}\n")
    return "\n".join(parts)


def python_api() -> str:
    """The functions and records for use from Python."""
    functions: tuple[Callable[..., Any], ...] = (
        text.segment,
        text.read,
        diff.compare,
        practices.read,
        practices.meaning,
    )
    records = (
        model.Page,
        model.Reading,
        model.StatedDates,
        model.Provenance,
        model.Clause,
        model.ClauseKind,
        model.Link,
        model.Diff,
        model.Operation,
        model.OperationKind,
        model.Edit,
        model.EditKind,
        model.Meaning,
        model.FactChange,
        model.Fact,
        model.Value,
        model.Direction,
    )
    parts = [
        "# Python\n",
        (
            "Reading and comparing are plain functions: the same input gives the same output on any machine, with no "
            "network, file or clock. The package is typed.\n"
        ),
        f"```python\n{EXAMPLE.strip()}\n```\n",
        "## Functions\n",
    ]
    for function in functions:
        where = function.__module__.rsplit(".", 1)[0]
        parts.append(f"### {where}.{function.__name__}\n\n```python\n{_head(function)}\n```\n")
        parts.append(f"```text\n{inspect.getdoc(function)}\n```\n")
    parts.append("## Records\n\nAll are in `monitor.model` and frozen.\n")
    parts += [f"### {record.__name__}\n\n```python\n{_source(record)}\n```\n" for record in records]
    return "\n".join(parts)


EXAMPLE = """
from monitor.diff import compare
from monitor.text import segment

old = segment("<h2>Retention</h2><p>We keep messages for 30 days.</p>")
new = segment("<h2>Retention</h2><p>We keep messages for 24 months.</p>")
for operation in compare(old, new).operations:
    print(operation.kind, [(edit.kind.value, edit.text) for edit in operation.words])
"""


def _head(function: Callable[..., Any]) -> str:
    """The signature as it is written in the source."""
    source = inspect.getsource(function)
    return source[: re.search(r":\n    (\"\"\"|[a-z])", source).start()]  # type: ignore[union-attr]


def _source(record: type) -> str:
    """The class as it is written, without what is private to it."""
    return re.split(r"\n\n    (?:@|def )", inspect.getsource(record))[0].rstrip()


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli,
    "config.md": config_page.config,
    "outcomes-and-exit-codes.md": outcomes,
    "errors.md": error_tree,
    "webhook.md": webhook_page.webhook,
    "python-api.md": python_api,
    "practices.md": practices_page.practices,
}


def stale() -> list[str]:
    """Pages that differ from what would be written."""
    return [name for name, page in _pages() if not (REFERENCE / name).is_file() or _read(name) != page]


def _pages() -> Iterable[tuple[str, str]]:
    return ((name, _WRITTEN + write().rstrip() + "\n") for name, write in PAGES.items())


def _read(name: str) -> str:
    return (REFERENCE / name).read_text(encoding="utf-8")


def main() -> int:
    """Write or check."""
    if "--check" in sys.argv[1:]:
        if differing := stale():
            sys.stderr.write(f"stale: {', '.join(differing)}; run ./run reference\n")
        return 1 if differing else 0
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, page in _pages():
        (REFERENCE / name).write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
