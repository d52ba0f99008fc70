"""A notice in words: the subject and both bodies of an e-mail, and the document that a webhook posts.

The same notice gives the same output at every attempt, so that a receiver can tell a repetition.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PackageLoader, TemplateError
from markupsafe import Markup

from monitor.errors import DeliveryError
from monitor.model import AlertKind, Notice
from monitor.report import mail, wording
from monitor.report.document import ChangeDocument, SubjectDocument, document, to_json
from monitor.report.harmless import shorten, visible
from monitor.report.page import web_link
from monitor.report.redline import Redline, policy_title
from monitor.report.templating import environment
from notifiers.base import Compare, redline_of

SCHEMA = "clausewatch/notice/1"

_SUBJECT_LIMIT = 180  # characters; RFC 5322 folds longer lines, people do not read them
_TYPES = {
    AlertKind.CHANGE: "policy.changed",
    AlertKind.SEEN: "policy.seen",
    AlertKind.UNREACHABLE: "policy.unreachable",
    AlertKind.TEST: "test",
}


class NoticeDocument(TypedDict):
    """Why this is told, and of what. `key` never repeats: a second notice with it is the same one again."""

    schema: str
    key: str
    kind: str
    rule: str
    reason: str
    subject: str
    policy: SubjectDocument
    change: ChangeDocument | None


class Payload(TypedDict):
    """The body of a webhook, shaped as Standard Webhooks asks."""

    type: str
    timestamp: str
    data: NoticeDocument


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, without its envelope."""

    subject: str
    text: str
    html: str


@contextlib.contextmanager
def _reported() -> Iterator[None]:
    """A template of the operator's that is broken, or a change that does not fit its texts: no attempt will do."""
    try:
        yield
    except (TemplateError, ValueError) as error:
        raise DeliveryError(
            f"the notice cannot be rendered: {shorten(visible(str(error)), _SUBJECT_LIMIT)}", permanent=True
        ) from error


class Renderer:
    """Renders notices. A folder of templates may override the packaged ones, file by file.

    Raises (all methods):
        DeliveryError: permanent; it cannot be rendered.
    """

    def __init__(self, compare: Compare, templates: Path | None = None) -> None:
        packaged = PackageLoader("notifiers")
        loader: BaseLoader = packaged if templates is None else ChoiceLoader([FileSystemLoader(templates), packaged])
        self._compare = compare
        self._environment = environment(loader)
        self._environment.globals["wording"] = wording
        self._environment.tests["web_link"] = web_link

    @_reported()
    def letter(self, notice: Notice) -> Letter:
        """For e-mail. The HTML stays under Gmail's clipping limit; what is left out is counted and pointed to."""
        redline = redline_of(notice, self._compare)
        values = self._values(notice, redline)
        html = mail.html(redline) if redline else None
        text = mail.text(redline) if redline else None
        # Markup here only says "leave it as it is": both renderings have made their text harmless.
        plain = Markup(text.text) if text else None  # noqa: S704 - for a plain text template
        return Letter(
            subject=self._subject(values),
            html=self._environment.get_template("email.html.j2").render(**values, excerpt=html).lstrip(),
            text=self._environment.get_template("email.txt.j2").render(**values, excerpt=text, plain=plain),
        )

    @_reported()
    def payload(self, notice: Notice, *, limit: int) -> Payload:
        """For a webhook. `limit` bounds the characters that operations may take."""
        redline = redline_of(notice, self._compare)
        alert, spec = notice.alert, notice.policy.spec
        return Payload(
            type=_TYPES[alert.kind],
            timestamp=alert.created.isoformat(),
            data=NoticeDocument(
                schema=SCHEMA,
                key=alert.key,
                kind=alert.kind.value,
                rule=alert.rule,
                reason=alert.reason,
                subject=self._subject(self._values(notice, redline)),
                policy=SubjectDocument(
                    name=spec.name, service=spec.service, kind=spec.kind.value, urls=list(spec.urls)
                ),
                change=document(redline, limit=limit) if redline else None,
            ),
        )

    def body(self, notice: Notice, *, limit: int) -> bytes:
        """The payload as it goes over the wire."""
        return to_json(self.payload(notice, limit=limit)).encode("utf-8")

    def _subject(self, values: dict[str, object]) -> str:
        line = self._environment.get_template("subject.txt.j2").render(**values)
        return shorten(" ".join(visible(line).split()), _SUBJECT_LIMIT)

    @staticmethod
    def _values(notice: Notice, redline: Redline | None) -> dict[str, object]:
        return {
            "kind": notice.alert.kind,
            "alert": notice.alert,
            "policy": notice.policy,
            "title": policy_title(notice.policy),
            "url": notice.policy.spec.urls[0] if notice.policy.spec.urls else "",
            "redline": redline,
            "facts": list(wording.facts(redline)) if redline else [],
            "command": _command(notice),
        }


def _command(notice: Notice) -> str:
    """What shows it whole, to be pasted into a shell."""
    name = shlex.quote(notice.policy.spec.name)
    if notice.change is not None and notice.old is not None and notice.new is not None:
        return f"monitor diff {name} {notice.old.number} {notice.new.number}"
    return f"monitor log {name}"
