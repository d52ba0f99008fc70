"""The group of all commands, the options they share, and how the process ends."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

import click

from monitor import __version__
from monitor.errors import ClausewatchError

TROUBLE = 2
CRASH = 70
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO})  # wherever we write: the output too
BROKEN_PIPE = 141  # 128 + SIGPIPE: not 0, which would say that nothing changed

# Where each command is, and its help in one line: told here so that a start loads no command but its own.
_COMMANDS = {
    "init": ("policies", "init", "Write a commented config.toml."),
    "add": ("policies", "add", "Watch a policy."),
    "find": ("policies", "find", "Find the policies that a home page links to, and offer to watch them."),
    "list": ("policies", "list_policies", "List the watched policies and what the last look found."),
    "check": ("checking", "check", "Look at policies now: all, or those named, or any URL."),
    "accept": (
        "accepting",
        "accept",
        "Say that this is the policy now: confirm the last suspect page, or the text that waits, at once.",
    ),
    "show": ("reading", "show", "Show the clauses of a version as a tree under their headings."),
    "log": ("reading", "log", "Show a policy's versions, changes and recent looks."),
    "diff": ("reading", "diff", "Compare two versions of a policy, or any two files or URLs."),
    "practices": (
        "practising",
        "practices",
        "Tell what a policy says of each practice, or how two of its texts differ in it.",
    ),
    "search": (
        "practising",
        "search",
        "Find the clauses of all current versions that have these words, or speak of the practice that they name.",
    ),
    "backfill": ("past", "backfill", "Find every change in the captures that web archives hold, with few fetches."),
    "history": ("past", "history", "Show when a policy changed, from live looks and archived captures together."),
    "when": ("asking", "when", "Say when words, or a clause, first stood in a policy and when last."),
    "at": ("asking", "at", "Show what a policy said on a day, and which capture proves it."),
    "export": (
        "exporting",
        "export",
        "Write proof for others: captures as a WARC, or a sealed bundle of all that is known.",
    ),
    "verify": ("verifying", "verify", "Check a bundle, byte by byte and link by link."),
    "import": ("importing", "import_", "Take over captures that others kept, with their own times."),
    "pin": ("pinning", "pin", "Watch a volatile place again, for good."),
    "unpin": ("pinning", "unpin", "Let a pinned place be learned as volatile again."),
    "move": ("policies", "move", "Give a policy another address."),
    "remove": ("policies", "remove", "Watch a policy no more."),
    "pause": ("pausing", "pause", "Leave a policy alone for a time."),
    "resume": ("pausing", "resume", "Go on with a paused policy."),
    "run": ("operating", "run", "Go on watching."),
    "worker": ("operating", "worker", "Look at policies and send alerts as `monitor run` hands them out."),
    "alerts": ("alerting", "alerts", "Show who was told of what, and what could not be sent."),
    "notify": ("alerting", "notify", "Send a test alert on some channels, or on all, and say whether it was taken."),
    "check-config": (
        "alerting",
        "check_config",
        "Read the configuration and try the templates; ask no network and no database.",
    ),
    "doctor": ("operating", "doctor", "See whether everything that a watch needs is in order."),
    "backup": ("keeping", "backup", "Copy the database while it is in use, and check the copy."),
    "gc": ("keeping", "gc", "Drop the bytes of old captures that nothing rests on."),
    "demo": ("demonstrating", "demo", "Watch a made-up company change its policies, from fetch to e-mail."),
}


class _Commands(click.Group):
    """All commands, each loaded when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command = getattr(import_module(f"monitor.cli.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, _, words) in _COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 nothing changed, 1 something changed, 2 trouble, 70 a crash.",
)
@click.option(
    "--config",
    "config_path",
    metavar="FILE",
    help="Configuration file. [default: config.toml here or ~/.config/clausewatch]",
)
@click.option("-v", "--verbose", count=True, help="Log what is done; twice for more.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Write the log for people, or as JSON lines.",
)
@click.option("--log-json", is_flag=True, hidden=True, help="The same as --log-format json.")
@click.version_option(__version__, prog_name="monitor", message="%(prog)s (clausewatch) %(version)s")
@click.pass_context
def monitor(context: click.Context, config_path: str | None, verbose: int, log_format: str, log_json: bool) -> None:  # noqa: FBT001
    """Watch privacy policies and terms, and see which clause changed.

    \b
    Start here:
      monitor demo                                   a made-up policy changes, from fetch to e-mail
      monitor check https://example.com/privacy      read a policy now, keep nothing
      monitor init                                   write a commented config.toml
      monitor add https://example.com/privacy        watch a policy
      monitor run                                    go on watching
    """  # noqa: D301 - click's mark is the character itself
    from monitor.cli.context import Context, configure_logging  # noqa: PLC0415 - `--help` needs neither

    context.params["log_json"] = log_json or log_format == "json"
    configure_logging(verbose, as_json=context.params["log_json"])
    context.obj = Context(config_path)
    context.call_on_close(context.obj.close)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process with its exit code."""
    sys.exit(run_command(arguments))


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit code; what goes wrong is told on standard error, in one clear message."""
    if sys.stderr is None:  # closed by whoever started us (2>&-)
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - it lives as long as we do
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character is no reason to stop
    try:
        code = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output (head, less) has gone
        _discard_output()
        return BROKEN_PIPE
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _discard_output()
        click.echo(f"monitor: {error.strerror}", err=True)
        return TROUBLE
    return code


def _discard_output() -> None:
    """Let the flush that the interpreter does as it ends go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: Sequence[str] | None) -> int:
    try:
        result = _call(sys.argv[1:] if arguments is None else arguments)
    except click.exceptions.Exit as end:
        return end.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return INTERRUPTED
    except click.ClickException as error:
        if isinstance(error, click.UsageError) and error.ctx is not None:
            click.echo(f"{error.ctx.get_usage()}\nTry '{error.ctx.command_path} --help'.\n", err=True)
        click.echo(f"monitor: {error.format_message()}", err=True)
        return TROUBLE
    except ClausewatchError as error:
        click.echo(f"monitor: {error}", err=True)
        return TROUBLE
    except BrokenPipeError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            raise
        from rich.console import Console  # noqa: PLC0415 - only crashes need it

        Console(stderr=True, highlight=False, soft_wrap=True).print_exception(show_locals=False)
        click.echo("monitor: this is a fault of the program. Please report it with the lines above.", err=True)
        return CRASH
    return result if isinstance(result, int) else 0


def _call(arguments: Sequence[str]) -> object:
    """Do what click's `main` does, but for closed pipes, which it ends with 1: "something changed"."""
    if "_MONITOR_COMPLETE" in os.environ:
        monitor.main(prog_name="monitor")  # a shell asks how a line may go on; this prints and exits
    with monitor.make_context("monitor", list(arguments)) as context:
        return monitor.invoke(context)
