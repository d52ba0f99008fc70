"""What the documentation says is so: pages, links, commands, options, configurations and examples."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from monitor import __version__
from monitor.cli.main import monitor
from monitor.config import Config
from tools import config_page, reference

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")


def page_id(page: Path) -> str:
    return str(page.relative_to(ROOT))


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def blocks(*languages: str) -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        for language, content in FENCE.findall(page.read_text(encoding="utf-8")):
            if language in languages:
                yield page, content


def anchors(page: Path) -> set[str]:
    """As GitHub makes them: lower case, spaces to dashes, punctuation dropped."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(page: Path) -> Iterator[list[str]]:
    """Every command line that a page shows, split into words."""
    text = page.read_text(encoding="utf-8")
    lines = [code for code in INLINE.findall(prose(page)) if "=" not in code.split()[0]]
    for language, content in FENCE.findall(text):
        joined = content.replace("\\\n", " ").splitlines()
        if language == "console":
            lines += [line.removeprefix("$ ") for line in joined if line.startswith("$ ")]
        elif language == "sh":
            lines += joined
    for line in lines:
        for part in re.split(r" (?:\||&&|\|\||;) ", line.strip()):
            with contextlib.suppress(ValueError):  # a lone quote is no command
                words = shlex.split(part, comments=True)
                if words[:1] in (["monitor"], ["./run"]):
                    yield words


def test_the_reference_is_what_the_code_says() -> None:
    # In a process of its own: click's commands keep traces of having been run.
    command = [sys.executable, "-m", "tools.reference", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_path_in_the_configuration_is_called_one() -> None:
    page = (ROOT / "docs" / "reference" / "config.md").read_text(encoding="utf-8")
    assert "| `tsa_root` | path of a file |" in page


def test_numbers_are_called_numbers() -> None:
    (row,) = re.findall(r"^\| `least_amount` \|.*$", config_page.config(), re.MULTILINE)
    assert row.split(" | ")[1] == "number, at least 0"


def test_the_reference_tells_of_every_command() -> None:
    told = set(re.findall(r"^## monitor ([a-z-]+)$", reference.cli(), re.MULTILINE))
    assert told == set(monitor.list_commands(click.Context(monitor)))
    assert {"check", "diff", "run"} <= told


def test_every_page_of_the_reference_is_written_from_code() -> None:
    by_hand = {"bundle.md"}  # a format is a promise to those who have bundles, whatever the code comes to do
    assert {path.name for path in reference.REFERENCE.iterdir()} == set(reference.PAGES) | by_hand


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_links_lead_somewhere(page: Path) -> None:
    for found in LINK.findall(prose(page)):
        target = "".join(found)
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        assert there.is_relative_to(ROOT), target
        if anchor:
            assert anchor in anchors(there), target


def test_every_page_can_be_reached_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / "".join(found).partition("#")[0]).resolve() for found in LINK.findall(prose(index))}
    assert {page for page in PAGES if page.is_relative_to(ROOT / "docs")} - linked == {index}


@pytest.mark.parametrize("page", PAGES, ids=page_id)
def test_commands_and_options_exist(page: Path) -> None:
    for words in commands(page):
        if words[0] == "monitor":
            check_command(monitor, words[1:])
        elif len(words) > 1:
            assert words[1] in run_tasks() | {"help"}, words
            if words[1] == "monitor":
                check_command(monitor, words[2:])


def check_command(command: click.Command, words: list[str]) -> None:
    """Raises what click raises for an option that is not there."""
    context = click.Context(command, info_name="monitor")
    while isinstance(command, click.Group):
        _, rest, _ = command.make_parser(context).parse_args(list(words))
        if not rest:
            return
        found = command.get_command(context, rest[0])
        assert found is not None, words
        command, words = found, rest[1:]
        context = click.Context(command, parent=context)
    if words != ["…"]:
        command.make_parser(context).parse_args(list(words))


def run_tasks() -> set[str]:
    return set(re.findall(r"^([a-z]+)\)$", (ROOT / "run").read_text(encoding="utf-8"), re.MULTILINE))


def test_the_two_commands_of_the_readme_are_tasks_and_all_tasks_are_told() -> None:
    shown = {words[1] for words in commands(ROOT / "README.md") if words[0] == "./run" and len(words) > 1}
    assert {"demo", "test"} <= shown
    told = set(re.findall(r"\./run ([a-z]+)", (ROOT / "run").read_text(encoding="utf-8").partition("usage:")[2]))
    assert told == run_tasks()


def test_a_wrong_command_would_be_found() -> None:
    with pytest.raises(click.NoSuchOption):
        check_command(monitor, ["check", "acme", "--confrm", "now"])
    with pytest.raises(AssertionError):
        check_command(monitor, ["chek"])


@pytest.mark.parametrize(
    ("page", "toml"), list(blocks("toml")), ids=lambda value: value.name if isinstance(value, Path) else ""
)
def test_configurations_are_valid(page: Path, toml: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert page.exists()
    for name in re.findall(r'env = "([A-Z0-9_]+)"', toml):
        monkeypatch.setenv(name, secret_for(name))
    secret = tmp_path / "secret"
    secret.write_text("https://hooks.example/clausewatch", encoding="utf-8")
    toml = re.sub(r'file = "[^"]+"', f'file = "{secret}"', toml)
    Config.model_validate(tomllib.loads(toml))


def secret_for(name: str) -> str:
    """Something that an environment variable of this name may hold."""
    return "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" if "SECRET" in name else "https://hooks.example/clausewatch"


def test_all_comments_of_config_toml_are_keys_that_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "config.toml").read_text(encoding="utf-8")
    for name in re.findall(r'env = "([A-Z0-9_]+)"', text):
        monkeypatch.setenv(name, secret_for(name))
    told = re.sub(r"^# (\[|[a-z_]+ = )", r"\1", text, flags=re.MULTILINE)
    told = re.sub(r"^urls? = \{ env = \"CLAUSEWATCH.*$|^(urls|playback|cron) = .*$", "", told, flags=re.MULTILINE)
    Config.model_validate(tomllib.loads(told))


def test_the_example_in_python_says_what_it_says() -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(reference.EXAMPLE, "example", "exec"), {})  # our own text, as a reader would run it
    assert said.getvalue().startswith("modified [('equal', 'We keep messages for '), ('delete', '30 days'), ")


def test_the_changelog_tells_of_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
