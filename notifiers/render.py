"""A notice in words: the subject and both bodies of an e-mail, a chat message, and the document that programs get.

The same notice gives the same output at every attempt, so that a receiver can tell a repetition.
"""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import TemplateError
from markupsafe import Markup

from monitor.errors import DeliveryError
from monitor.model import AlertKind, Digest, Direction, Notice
from monitor.report import mail, wording
from monitor.report.document import SubjectDocument, document, to_json
from monitor.report.harmless import shorten, visible
from monitor.report.ranking import lead
from monitor.report.redline import Redline, policy_title
from notifiers.base import Compare, redline_of
from notifiers.payload import DIGEST_SCHEMA, SCHEMA, TYPES, DigestDocument, DigestPayload, NoticeDocument, Payload
from notifiers.sample import samples
from notifiers.templating import Templates

__all__ = ["SCHEMA", "Letter", "Payload", "Renderer"]

_SUBJECT_LIMIT = 180  # characters; RFC 5322 folds longer lines, people do not read them
# Of one notice in a digest: many small excerpts say more than one large one.
_DIGEST_HTML = 12_000  # bytes
_DIGEST_TEXT = 6_000  # characters
_LEAST_EXCERPT = 4_000
_DIGEST_FRAME = 1_400  # bytes around an excerpt
_DIGEST_LINE = 300  # bytes of a notice in the list
_KINDS = (AlertKind.CHANGE, AlertKind.TROUBLE, AlertKind.UNREACHABLE, AlertKind.SEEN, AlertKind.TEST)
_DIRECTIONS = (Direction.LESS, Direction.MIXED, Direction.MORE, Direction.UNCLEAR, Direction.NEUTRAL)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a mail says, without its envelope."""

    subject: str
    text: str
    html: str


@contextlib.contextmanager
def _reported() -> Iterator[None]:
    """A change that does not fit its texts: no attempt will do."""
    try:
        yield
    except (TemplateError, ValueError) as error:
        raise DeliveryError(
            f"the notice cannot be rendered: {shorten(visible(str(error)), _SUBJECT_LIMIT)}", permanent=True
        ) from error


class Renderer:
    """Renders notices. A folder of templates may override the packaged ones, file by file.

    Raises (all methods but `__init__`):
        DeliveryError: permanent; it cannot be rendered.
    """

    def __init__(self, compare: Compare, templates: Path | None = None) -> None:
        """Try the folder's templates on made-up notices.

        Raises:
            ValueError: they cannot be used.
        """
        self._compare = compare
        self._templates = Templates(templates)
        if templates is not None:
            self._templates.check(self._samples())

    @_reported()
    def letter(self, notice: Notice) -> Letter:
        """For e-mail. The HTML stays under Gmail's clipping limit; what is left out is counted and pointed to."""
        values = self._values(notice)
        return Letter(
            subject=self._line("subject.txt.j2", values),
            html=self._templates.render("email.html.j2", values).lstrip(),
            text=self._templates.render("email.txt.j2", values),
        )

    @_reported()
    def digest_letter(self, digest: Digest) -> Letter:
        """For e-mail: several notices as one. Where they are many, the excerpts are the smaller."""
        values = self._digest_values(digest)
        return Letter(
            subject=self._line("digest-subject.txt.j2", values),
            html=self._templates.render("digest.html.j2", values).lstrip(),
            text=self._templates.render("digest.txt.j2", values),
        )

    @_reported()
    def chat(self, notice: Notice) -> tuple[str, str]:
        """Title and text for a chat: what happened, in a few lines, and where to see it whole."""
        values = self._values(notice, html_limit=0)
        return self._line("subject.txt.j2", values), self._templates.render("chat.txt.j2", values).strip()

    @_reported()
    def digest_chat(self, digest: Digest) -> tuple[str, str]:
        """The same for a digest: a line for each notice."""
        values = self._digest_values(digest, html_limit=0)
        return self._line("digest-subject.txt.j2", values), self._templates.render("digest-chat.txt.j2", values).strip()

    @_reported()
    def entry(self, notice: Notice, *, limit: int) -> tuple[str, str]:
        """Title and HTML for a feed; the HTML takes some `limit` bytes."""
        values = self._values(notice, html_limit=limit)
        return self._line("subject.txt.j2", values), self._templates.render("entry.html.j2", values).strip()

    @_reported()
    def payload(self, notice: Notice, *, limit: int) -> Payload:
        """For a program. `limit` bounds the characters that operations may take."""
        return Payload(
            type=TYPES[notice.alert.kind],
            timestamp=notice.alert.created.isoformat(),
            data=self._document(notice, limit=limit),
        )

    @_reported()
    def digest_payload(self, digest: Digest, *, limit: int) -> DigestPayload:
        """For a program: several notices, which share the `limit`."""
        share = limit // len(digest.notices)
        return DigestPayload(
            type="digest",
            timestamp=max(notice.alert.created for notice in digest.notices).isoformat(),
            data=DigestDocument(
                schema=DIGEST_SCHEMA,
                key=digest.key,
                subject=self._line("digest-subject.txt.j2", self._digest_values(digest, html_limit=0)),
                notices=[self._document(notice, limit=share) for notice in digest.notices],
            ),
        )

    def body(self, notice: Notice, *, limit: int) -> bytes:
        """The payload as it goes over the wire."""
        return to_json(self.payload(notice, limit=limit)).encode("utf-8")

    def digest_body(self, digest: Digest, *, limit: int) -> bytes:
        """The payload as it goes over the wire."""
        return to_json(self.digest_payload(digest, limit=limit)).encode("utf-8")

    def _document(self, notice: Notice, *, limit: int) -> NoticeDocument:
        redline = redline_of(notice, self._compare)
        alert, spec = notice.alert, notice.policy.spec
        return NoticeDocument(
            schema=SCHEMA,
            key=alert.key,
            kind=alert.kind.value,
            rule=alert.rule,
            reason=alert.reason,
            subject=self._line("subject.txt.j2", _plain_values(notice, redline)),
            policy=SubjectDocument(name=spec.name, service=spec.service, kind=spec.kind.value, urls=list(spec.urls)),
            change=document(redline, limit=limit) if redline else None,
        )

    def _values(
        self, notice: Notice, *, html_limit: int = mail.HTML_LIMIT, text_limit: int = mail.TEXT_LIMIT
    ) -> dict[str, object]:
        return _values(notice, redline_of(notice, self._compare), html_limit, text_limit)

    def _digest_values(self, digest: Digest, *, html_limit: int = mail.HTML_LIMIT) -> dict[str, object]:
        """The most important first, whatever came when. Of very many, the last have no more than their line."""
        found = [(notice, redline_of(notice, self._compare)) for notice in digest.notices]
        found.sort(key=lambda pair: _concern(*pair))
        room = html_limit - _DIGEST_LINE * len(found)
        whole = min(len(found), max(room // (_LEAST_EXCERPT + _DIGEST_FRAME), 1))
        html = min(_DIGEST_HTML, room // whole - _DIGEST_FRAME) if html_limit else 0
        text = min(_DIGEST_TEXT, mail.TEXT_LIMIT // whole)
        items = [
            {**_values(notice, redline, html, text), "is_whole": True}
            if number < whole
            else {**_values(notice, redline, 0, 0), "is_whole": False}
            for number, (notice, redline) in enumerate(found)
        ]
        for item in items:
            item["headline"] = self._line("subject.txt.j2", item)
        titles = list(dict.fromkeys(str(item["title"]) for item in items))
        return {"items": items, "titles": titles, "key": digest.key}

    def _line(self, template: str, values: dict[str, object]) -> str:
        line = self._templates.render(template, values)
        return shorten(" ".join(visible(line).split()), _SUBJECT_LIMIT)

    def _samples(self) -> Iterator[tuple[str, dict[str, object]]]:
        """What each template is tried with: a made-up notice of every kind, and a digest of them."""
        notices = samples()
        for notice in notices:
            values = self._values(notice)
            for name in ("subject.txt.j2", "email.html.j2", "email.txt.j2", "chat.txt.j2", "entry.html.j2"):
                yield name, values
        values = self._digest_values(Digest(key="sample", notices=notices))
        for name in ("digest-subject.txt.j2", "digest.html.j2", "digest.txt.j2", "digest-chat.txt.j2"):
            yield name, values


def _plain_values(notice: Notice, redline: Redline | None) -> dict[str, object]:
    return {
        "kind": notice.alert.kind,
        "alert": notice.alert,
        "policy": notice.policy,
        "title": policy_title(notice.policy),
        "url": notice.policy.spec.urls[0] if notice.policy.spec.urls else "",
        "redline": redline,
        "lead": _lead(notice, redline),
        "facts": list(wording.message_facts(redline)) if redline else [],
        "command": _command(notice),
    }


def _values(notice: Notice, redline: Redline | None, html_limit: int, text_limit: int) -> dict[str, object]:
    html = mail.html(redline, limit=html_limit) if redline and html_limit else None
    text = mail.text(redline, limit=text_limit) if redline and text_limit else None
    return {
        **_plain_values(notice, redline),
        "excerpt": html,
        "text_excerpt": text,
        # Markup here only says "leave it as it is": the rendering has made its text harmless.
        "plain": Markup(text.text) if text else None,  # noqa: S704 - for a plain text template
    }


def _concern(notice: Notice, redline: Redline | None) -> tuple[int, int, int]:
    """What sorts notices by how much they matter."""
    kind = _KINDS.index(notice.alert.kind)
    if redline is None:
        return kind, 0, 0
    rank = redline.significance.rank if redline.significance else 0
    return kind, -rank, _DIRECTIONS.index(redline.meaning.direction if redline.meaning else Direction.NEUTRAL)


def _lead(notice: Notice, redline: Redline | None) -> str:
    """What happened, as a line of its own."""
    line = lead(redline) if redline else notice.alert.reason
    return line[:1].upper() + line[1:]


def _command(notice: Notice) -> str:
    """What shows it whole, to be pasted into a shell."""
    if notice.alert.kind is AlertKind.TROUBLE:
        return "monitor doctor"
    name = shlex.quote(notice.policy.spec.name)
    if notice.change is not None and notice.old is not None and notice.new is not None:
        return f"monitor diff {name} {notice.old.number} {notice.new.number}"
    return f"monitor log {name}"
