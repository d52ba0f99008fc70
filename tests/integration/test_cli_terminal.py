"""The command as a process: odd terminals, closed pipes, Ctrl-C, and how fast it starts."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.desk import Desk
from tests.site import LONGER, WebSite, policy_page

MONITOR = (sys.executable, "-m", "monitor.cli")
# Processes that are followed line by line take three times as long; what these run, others run.
elsewhere = pytest.mark.unfollowed


def environment(**more: str) -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    # Unbuffered, Python drops what a reader who goes away leaves of one write, and tells nobody.
    dropped = {"COLUMNS", "LESS", "PAGER", "PYTHONUNBUFFERED"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {**kept, "PYTHONPATH": root, **more}


def run(desk: Desk, *arguments: str, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*MONITOR, *arguments], cwd=desk.folder, env=environment(**more), capture_output=True, timeout=60, check=False
    )


@pytest.fixture
def pages(desk: Desk) -> Desk:
    (desk.folder / "old.html").write_bytes(policy_page())
    (desk.folder / "new.html").write_bytes(policy_page(*LONGER, "Wir löschen “alles” — 例え ✉."))
    return desk


def more_than_a_pipe_holds() -> bytes:
    return policy_page(*(f"Clause {number} goes on{', and so on' * 300}." for number in range(30)))


def on_a_terminal(desk: Desk, *arguments: str, **more: str) -> tuple[int, str]:
    """Run it with a terminal of 80 × 24 as its output."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*MONITOR, *arguments],
        cwd=desk.folder,
        env=environment(**{"TERM": "xterm"} | more),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            seen += os.read(ours, 65536)
        except OSError:  # how Linux says that nobody writes any more
            break
    os.close(ours)
    return process.wait(60), seen.decode()


@elsewhere
def test_a_terminal_that_lacks_characters(pages: Desk) -> None:
    result = run(pages, "diff", "old.html", "new.html", PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stderr) == (1, b"")
    assert b"[-30 days-]{+24 months+}" in b" ".join(result.stdout.split())
    result = run(pages, "diff", "old.html", "new.html", "--format", "json", PYTHONIOENCODING="ascii")
    assert "löschen" in json.dumps(json.loads(result.stdout), ensure_ascii=False)


@pytest.mark.parametrize("columns", ["1", "20", "400"])
def test_narrow_and_wide_terminals(pages: Desk, columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert pages.run("diff", "old.html", "new.html") == 1
    assert "months" in pages.out or columns == "1"
    for arguments in (("list",), ("--help",), ("doctor", "--offline")):
        assert pages.run(*arguments) == 0


def test_completion_in_the_shell(pages: Desk) -> None:
    result = run(pages, _MONITOR_COMPLETE="bash_complete", COMP_WORDS="monitor ch", COMP_CWORD="1")
    assert result.stdout == b"plain,check\nplain,check-config\n"


@elsewhere
def test_colours_on_a_terminal_and_marks_without(pages: Desk) -> None:
    code, seen = on_a_terminal(pages, "diff", "old.html", "new.html", "--no-pager")
    assert code == 1
    assert "\x1b[" in seen
    assert "[-30 days-]" not in seen
    for plain in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        code, seen = on_a_terminal(pages, "diff", "old.html", "new.html", "--no-pager", **plain)
        assert code == 1
        assert "[-30 days-]{+24 months+}" in re.sub(r"\x1b\[[0-9;]*m", "", seen)


def test_a_pager_for_what_is_long(pages: Desk) -> None:
    long = policy_page(*(f"Clause {number} says what it says." for number in range(60)))
    (pages.folder / "long.html").write_bytes(long)
    pager = "cat > paged.txt; echo LESS=$LESS"
    code, seen = on_a_terminal(pages, "diff", "old.html", "long.html", PAGER=pager)
    assert code == 1
    assert "LESS=FRX" in seen
    assert "Clause 59" not in seen
    assert "Clause 59" in (pages.folder / "paged.txt").read_text("utf-8")
    (pages.folder / "paged.txt").unlink()
    assert on_a_terminal(pages, "diff", "old.html", "old.html", PAGER=pager)[0] == 0
    assert not (pages.folder / "paged.txt").exists()
    assert run(pages, "diff", "old.html", "new.html", "--pager", PAGER="cat").returncode == 1


@elsewhere
def test_a_pager_that_cannot_be_run(pages: Desk) -> None:
    code, plain = on_a_terminal(pages, "diff", "old.html", "new.html", "--no-pager")
    assert (code, "months" in plain) == (1, True)
    for pager in ("/nonexistent/pg", "./old.html", ""):  # missing, no program, none wanted
        code, seen = on_a_terminal(pages, "diff", "old.html", "new.html", "--pager", PAGER=pager)
        assert (code, seen.endswith(plain)) == (1, True), pager


@elsewhere
def test_a_pager_that_is_left_early(pages: Desk) -> None:
    (pages.folder / "long.html").write_bytes(more_than_a_pipe_holds())
    code, seen = on_a_terminal(pages, "diff", "old.html", "long.html", "--context", "0", PAGER="head -n 1; exit 3")
    assert code == 1
    assert "Clause" not in seen


@elsewhere
def test_without_a_choice_the_usual_pager_is_taken(pages: Desk) -> None:
    """Those of the system are found by their names; on a dumb terminal none could turn pages."""
    usual = pages.folder / "bin" / "pager"
    usual.parent.mkdir()
    usual.write_text("#!/bin/sh\necho paged; cat\n", encoding="utf-8")
    usual.chmod(0o755)
    path = f"{usual.parent}{os.pathsep}{os.environ['PATH']}"
    code, seen = on_a_terminal(pages, "diff", "old.html", "new.html", "--pager", PATH=path)
    assert (code, seen.startswith("paged")) == (1, True)
    code, seen = on_a_terminal(pages, "diff", "old.html", "new.html", "--pager", PATH=path, TERM="dumb")
    assert (code, "paged" in seen) == (1, False)


@elsewhere
def test_a_reader_that_goes_away(pages: Desk) -> None:
    (pages.folder / "long.html").write_bytes(more_than_a_pipe_holds())
    for shape in ("terminal", "json"):  # rich writes one, click the other
        with subprocess.Popen(
            [*MONITOR, "diff", "old.html", "long.html", "--context", "0", "--format", shape],
            cwd=pages.folder,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait(60) == 141


def test_output_that_cannot_be_written(pages: Desk) -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [*MONITOR, "list"], cwd=pages.folder, env=environment(), stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert result.returncode == 2
    assert result.stderr.startswith(b"monitor: No space left on device")


@elsewhere
def test_no_output_at_all(pages: Desk) -> None:
    command = f'"{sys.executable}" -m monitor.cli diff old.html new.html >&- 2>&-'
    assert subprocess.run(command, shell=True, cwd=pages.folder, env=environment(), check=False).returncode == 1


@elsewhere
def test_ctrl_c_ends_a_check_and_loses_nothing(desk: Desk, site: WebSite) -> None:
    assert desk.run("add", site.put("/privacy"), "--name", "acme") == 0
    for number in range(6):
        assert desk.run("add", site.put(f"/slow/{number}"), "--name", f"slow-{number}", "--no-check") == 0
        site.slow.add(f"/slow/{number}")
    site.asked.clear()
    # A process that a script starts in the background ignores Ctrl-C, and hands that down to us.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    command = [sys.executable, "-c", f"{heard}; from monitor.cli import main; main(['check'])"]
    with subprocess.Popen(
        command, cwd=desk.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert site.asked.wait(30)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        site.gate.set()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Interrupted." in said
    assert b"Traceback" not in said
    assert desk.run("check") == 0
    assert desk.run("list", "--json") == 0
    assert [one["versions"] for one in desk.json()] == [1] * 7


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (("--help",), ("pydantic", "rich.console", "structlog", "sqlalchemy", "lxml", "requests", "jinja2")),
        (
            ("list",),
            (
                "lxml",
                "sqlalchemy.orm",
                "alembic",
                "apscheduler",
                "jinja2",
                "requests",
                "py3langid",
                "numpy",
                "aiosmtpd",
            ),
        ),
        (("diff", "old.html", "new.html"), ("sqlalchemy", "alembic", "apscheduler", "jinja2.environment", "aiosmtpd")),
    ],
    ids=["help", "list", "diff"],
)
def test_a_start_imports_what_it_needs(pages: Desk, arguments: tuple[str, ...], unneeded: tuple[str, ...]) -> None:
    code = (
        "import sys; from monitor.cli.main import run_command; run_command(sys.argv[1:]);"
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=pages.folder, env=environment(), capture_output=True, check=True
    )
    loaded = set(result.stderr.decode().split())
    assert "monitor.cli.main" in loaded
    assert loaded.isdisjoint(unneeded)
