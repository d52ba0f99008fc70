"""Jinja2, set up so that a template cannot forget to make a stranger's text harmless."""

from __future__ import annotations

from jinja2 import BaseLoader, Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from monitor.report.harmless import visible


def environment(loader: BaseLoader, sort: type[Environment] = Environment) -> Environment:
    """Templates named *.html.j2 escape HTML; every value that is not markup already loses its dangerous characters."""
    return sort(
        loader=loader,
        autoescape=select_autoescape(("html.j2",), default=False),
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def packaged() -> Environment:
    """The templates of the renderings here."""
    return environment(PackageLoader("monitor.report"))


def _harmless(value: object) -> object:
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return visible(value)
