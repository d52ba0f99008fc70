"""The group of all commands, the options they share, and how the process ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
from rich.console import Console

from monitor import __version__
from monitor.cli.accepting import accept
from monitor.cli.checking import check
from monitor.cli.context import Context, configure_logging
from monitor.cli.demonstrating import demo
from monitor.cli.operating import doctor, notify, run
from monitor.cli.pinning import pin, unpin
from monitor.cli.policies import add, find, init, list_policies, move, remove
from monitor.cli.reading import diff, log, show
from monitor.errors import ClausewatchError

TROUBLE = 2
CRASH = 70
INTERRUPTED = 130


@click.group(
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
@click.option("--log-json", is_flag=True, help="Write the log as JSON lines.")
@click.version_option(__version__, prog_name="monitor", message="%(prog)s (clausewatch) %(version)s")
@click.pass_context
def monitor(context: click.Context, config_path: str | None, verbose: int, log_json: bool) -> None:  # noqa: FBT001
    """Watch privacy policies and terms, and see which clause changed.

    \b
    Start here:
      monitor demo                                   a made-up policy changes, from fetch to e-mail
      monitor check https://example.com/privacy      read a policy now, keep nothing
      monitor init                                   write a commented config.toml
      monitor add https://example.com/privacy        watch a policy
      monitor run                                    go on watching
    """  # noqa: D301 - click reads the control character: what follows is not wrapped
    configure_logging(verbose, as_json=log_json)
    context.obj = Context(config_path)
    context.call_on_close(context.obj.close)


for command in (
    init,
    add,
    find,
    list_policies,
    check,
    accept,
    show,
    log,
    diff,
    pin,
    unpin,
    move,
    remove,
    run,
    notify,
    doctor,
    demo,
):
    monitor.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process with its exit code."""
    sys.exit(run_command(arguments))


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run the command and give its exit code; what goes wrong is told on standard error, in one clear message."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        result = monitor.main(args=arguments, prog_name="monitor", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.Abort:
        errors.print("Interrupted.", markup=False)
        return INTERRUPTED
    except click.ClickException as error:
        error.show()
        return TROUBLE
    except ClausewatchError as error:
        errors.print(f"monitor: {error}", markup=False)
        return TROUBLE
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; nothing is wrong. Keep the interpreter from flushing into it.
        sys.stdout = None
        return 0
    except Exception:  # noqa: BLE001 - the last place where a crash can be told from a clear error
        errors.print_exception(show_locals=False)
        errors.print("monitor: this is a fault of the program. Please report it with the lines above.", markup=False)
        return CRASH
    return result if isinstance(result, int) else 0
