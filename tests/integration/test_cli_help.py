"""Every command says what it is for, with an example."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from monitor.cli.main import monitor
from tests.desk import Desk


def commands(group: click.Group, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


ALL = dict(commands(monitor))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_help_with_an_example(desk: Desk, path: tuple[str, ...]) -> None:
    assert desk.run(*path, "--help") == 0
    command = ALL[path]
    assert command.help
    assert "\\b" not in desk.out
    assert f"Example: monitor {path[0]}" in desk.out
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{' '.join(path)} {parameter.opts[0]} has no help"


def test_the_list_of_commands_says_what_each_says_of_itself(desk: Desk) -> None:
    assert desk.run("--help") == 0
    listed = " ".join(desk.out.split())
    for path, command in ALL.items():
        if len(path) == 1:
            assert f"{path[0]} {command.get_short_help_str(200)}" in listed


def test_a_command_that_is_not_there(desk: Desk) -> None:
    assert desk.run("chek") == 2
    assert "No such command 'chek'" in desk.err


def test_the_version(desk: Desk) -> None:
    assert desk.run("--version") == 0
    assert desk.out.startswith("monitor (clausewatch) ")
