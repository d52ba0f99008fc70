"""A whole text as one page, and a chronicle as one: HTML that is self-contained and runs nothing, and Markdown."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from functools import lru_cache

from jinja2 import Environment
from markupsafe import Markup

from monitor.model import Clause, ClauseKind
from monitor.report import history, wording
from monitor.report.chronicle import Chronicle
from monitor.report.markdown import escaped
from monitor.report.page import style_sheet, web_link
from monitor.report.templating import packaged

Facts = Sequence[tuple[str, str]]


def text_page(clauses: Sequence[Clause], *, title: str, facts: Facts, language: str | None) -> str:
    """The clauses of a text, with what is known of it above."""
    return _render("text.html.j2", clauses=clauses, title=title, facts=facts, language=language)


def text_markdown(clauses: Sequence[Clause], *, title: str, facts: Facts) -> str:
    """The same as Markdown."""
    return "\n".join(_lines(clauses, title, facts)).rstrip() + "\n"


def history_page(chronicle: Chronicle) -> str:
    """A chronicle, newest first."""
    return _render(
        "history.html.j2",
        chronicle=chronicle,
        facts=list(history.facts(chronicle)),
        holes=list(history.holes(chronicle)),
        when=history.when,
        notes=history.notes,
        moment=wording.moment,
    )


def _lines(clauses: Sequence[Clause], title: str, facts: Facts) -> Iterator[str]:
    yield f"# {escaped(title)}"
    yield ""
    for name, value in facts:
        yield f"- {name}: {escaped(value)}"
    for clause in clauses:
        start = f"{escaped(clause.label)} " if clause.label else ""
        if clause.kind is ClauseKind.LIST_ITEM:
            yield f"{'  ' * max(clause.level - 1, 0)}- {start}{escaped(clause.text)}"
            continue
        yield ""
        heading = "#" * min(clause.level + 1, 6) + " " if clause.kind is ClauseKind.HEADING else ""
        yield f"{heading}{start}{escaped(clause.text)}"
        yield ""


def _render(name: str, **values: object) -> str:
    style = style_sheet()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = _templates().get_template(name)
    return page.render(**values, style=Markup(style), style_hash=digest)  # noqa: S704 - our own file


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = packaged()
    environment.tests["web_link"] = web_link
    return environment
