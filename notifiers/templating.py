"""The templates of a channel: those that the program brings, and a folder of the operator's that stands above them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import structlog
from jinja2 import (
    BaseLoader,
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    TemplateError,
    TemplateSyntaxError,
)

from monitor.report import wording
from monitor.report.harmless import shorten, visible
from monitor.report.page import web_link
from monitor.report.templating import environment
from notifiers.bounds import BoundedEnvironment

_SUFFIX = ".j2"
_LIMIT = 200  # characters of a template's error

log = structlog.get_logger(__name__)


class BrokenTemplate(ValueError):
    """A template of the operator's cannot be used; the message says which and why."""


class Templates:
    """Renders by name. What a template of the operator's gets wrong, the packaged one does instead.

    Files whose names begin with _ are for others to include; any other name must be one that is asked for.
    """

    def __init__(self, folder: Path | None = None) -> None:
        packaged = PackageLoader("notifiers")
        self._folder = folder
        self._packaged = _prepared(environment(packaged))
        self._own = None if folder is None else _bounded(ChoiceLoader([FileSystemLoader(folder), packaged]))

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """The text of a template.

        Raises:
            TemplateError: the packaged one fails too.
        """
        if self._own is not None:
            try:
                return self._own.bounded(name, values)
            except Exception as error:  # noqa: BLE001 - whatever code somebody put there: an alert must not be lost for it
                log.warning("a template failed; the packaged one is used", template=name, error=_said(error))
        return self._packaged.get_template(name).render(values)

    def check(self, samples: Iterable[tuple[str, Mapping[str, object]]]) -> None:
        """Render each sample with the operator's templates.

        Raises:
            BrokenTemplate: the folder cannot be read, a file has a name that nobody asks for, or a template fails.
        """
        if self._own is None or self._folder is None:
            return
        if not self._folder.is_dir():
            raise BrokenTemplate(f"templates: there is no folder {self._folder}")
        known = self._packaged.list_templates()
        for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
            if path.name not in known and not path.name.startswith("_"):
                raise BrokenTemplate(f"templates: nothing asks for {path.name}; known are {', '.join(known)}")
        for name, values in samples:
            try:
                self._own.bounded(name, values)
            except Exception as error:
                raise BrokenTemplate(f"templates: {name}: {_said(error)}") from error


def _bounded(loader: BaseLoader) -> BoundedEnvironment:
    made = environment(loader, BoundedEnvironment)
    assert isinstance(made, BoundedEnvironment)
    _prepared(made)
    return made


def _prepared(made: Environment) -> Environment:
    made.globals["wording"] = wording
    made.tests["web_link"] = web_link
    return made


def _said(error: Exception) -> str:
    where = f"line {error.lineno}: " if isinstance(error, TemplateSyntaxError) else ""
    kind = "" if isinstance(error, TemplateError) else f"{type(error).__name__}: "
    return shorten(visible(f"{where}{kind}{error}"), _LIMIT)
