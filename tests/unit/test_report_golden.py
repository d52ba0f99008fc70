"""Renderings as files that a person can read in review.

After a wanted change: `CLAUSEWATCH_RENEW_GOLDEN=1 pytest tests/unit/test_report_golden.py`, then look at the diff.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from monitor.report import document, mail, markdown, page, terminal
from monitor.report.outline import log_table, outline
from monitor.report.redline import Redline, from_change
from notifiers.render import Renderer
from tests.notices import changed, replace_all

GOLDEN = Path(__file__).parent.parent / "golden"


def redline(source: str) -> Redline:
    notice = changed((GOLDEN / f"{source}.redline").read_text("utf-8"))
    assert notice.change
    assert notice.old
    assert notice.new
    return from_change(notice.policy, notice.change, notice.old, notice.new, notice.captures)


def printed(renderable: object, width: int = 80, **options: object) -> str:
    file = io.StringIO()
    Console(file=file, width=width, **options).print(renderable)  # type: ignore[arg-type]
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def without_style(html: str) -> str:
    return re.sub(
        "'sha256-[^']*'", "'sha256-…'", re.sub(r"<style>.*?</style>", "<style>…</style>", html, flags=re.DOTALL)
    )


def log(source: Redline) -> str:
    notice = changed((GOLDEN / "small.redline").read_text("utf-8"), silent=True)
    assert notice.old
    assert notice.new
    assert notice.change
    return printed(log_table([notice.old, notice.new], [notice.change], title=source.title))


RENDERINGS: dict[str, tuple[str, Callable[[Redline], str]]] = {
    "small.page.html": ("small", lambda view: without_style(page.render(view))),
    "small.mail.html": ("small", lambda view: mail.html(view).text),
    "small.json": ("small", document.render),
    "small.log.txt": ("small", log),
    "harbour-lane.terminal.txt": ("harbour-lane", lambda view: printed(terminal.render(view))),
    "harbour-lane.narrow.txt": ("harbour-lane", lambda view: printed(terminal.render(view, context=0), width=40)),
    "harbour-lane.mail.txt": ("harbour-lane", lambda view: mail.text(view).text),
    "harbour-lane.md": ("harbour-lane", markdown.render),
    "harbour-lane.outline.txt": ("harbour-lane", lambda view: printed(outline(view.diff.new, title=view.title))),
}


def check(name: str, text: str) -> None:
    file = GOLDEN / name
    if os.environ.get("CLAUSEWATCH_RENEW_GOLDEN"):
        file.write_text(text, "utf-8")
    assert text == file.read_text("utf-8")


@pytest.mark.parametrize("name", RENDERINGS)
def test_rendering(name: str) -> None:
    source, render = RENDERINGS[name]
    check(name, render(redline(source)))


def test_letter() -> None:
    letter = Renderer(replace_all).letter(changed((GOLDEN / "small.redline").read_text("utf-8"), silent=True))
    check("small.letter.txt", f"Subject: {letter.subject}\n\n{letter.text}")
