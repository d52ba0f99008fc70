"""Notices as an Atom feed (RFC 4287) in a file, for feed readers and static sites.

The file is the whole state: each notice is put on top of what is there, the oldest fall off the end, and a notice that
is there already is not added again.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from lxml import etree

from monitor import __version__
from monitor.errors import DeliveryError
from monitor.model import Digest, Notice
from monitor.report.harmless import visible
from monitor.report.page import web_link
from notifiers.base import Compare
from notifiers.render import Renderer

_ATOM = "http://www.w3.org/2005/Atom"
_ENTRY_HTML = 20_000  # bytes of a redline
_NAMESPACES: Any = {None: _ATOM}  # lxml's types know no default namespace
_LARGEST = 64_000_000  # bytes; no feed of ours comes near

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """One feed. `entries` is how many it keeps; `url` is where readers find it, if it is published."""

    path: Path
    name: str = "atom"
    title: str = "Clausewatch"
    url: str = ""
    entries: int = 50
    templates: Path | None = None


class FeedChannel:
    """Implements `monitor.ports.Channel`. Several processes may write one feed: a lock file beside it keeps order."""

    def __init__(self, options: FeedOptions, *, compare: Compare) -> None:
        self._options = options
        self._renderer = Renderer(compare, options.templates)
        self._lock = threading.Lock()
        # It names the feed for ever, so it depends on where the feed is, not on what is in it.
        self._feed_id = uuid.uuid5(uuid.NAMESPACE_URL, options.url or options.path.resolve().as_uri()).urn

    @property
    def name(self) -> str:
        """As configured."""
        return self._options.name

    def send(self, notice: Notice) -> None:
        """Put the notice on top.

        Raises:
            DeliveryError: the file cannot be written.
        """
        self._add([notice])

    def send_digest(self, digest: Digest) -> None:
        """Put all of a digest on top, in one step."""
        self._add(digest.notices)

    def probe(self) -> None:
        """See whether the folder is there and can be written.

        Raises:
            DeliveryError: it is not.
        """
        folder = self._options.path.resolve().parent
        if not (folder.is_dir() and os.access(folder, os.W_OK)):
            raise DeliveryError(f"feed {self._options.path}: its folder is missing or cannot be written")

    def _add(self, notices: Sequence[Notice]) -> None:
        fresh = [self._entry(notice) for notice in notices]
        try:
            with self._lock, self._alone():
                kept = self._read()
                known = {_text(entry, "id") for entry in kept}
                added = [entry for entry in fresh if _text(entry, "id") not in known]
                if added or not self._options.path.exists():
                    self._write([*reversed(added), *kept][: self._options.entries])
        except OSError as error:
            # The path is the operator's own; other words of the system's are not needed.
            raise DeliveryError(f"feed {self._options.path}: {error.strerror or type(error).__name__}") from None

    def _entry(self, notice: Notice) -> etree._Element:
        title, html = self._renderer.entry(notice, limit=_ENTRY_HTML)
        alert, spec = notice.alert, notice.policy.spec
        entry = etree.Element(f"{{{_ATOM}}}entry", nsmap=_NAMESPACES)
        _add_text(entry, "id", _stable_id(alert.key))
        _add_text(entry, "title", title)
        for name in ("published", "updated"):
            _add_text(entry, name, _moment(alert.created))
        if spec.urls and web_link(spec.urls[0]):
            etree.SubElement(entry, f"{{{_ATOM}}}link", rel="alternate", href=visible(spec.urls[0]))
        etree.SubElement(entry, f"{{{_ATOM}}}category", term=alert.kind.value)
        content = _add_text(entry, "content", html)
        content.set("type", "html")
        return entry

    def _read(self) -> list[etree._Element]:
        """The entries that are there; a file that is no feed is put aside, not written over."""
        path = self._options.path
        try:
            with path.open("rb") as file:
                data = file.read(_LARGEST)
        except FileNotFoundError:
            return []
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            root = etree.fromstring(data, parser)
        except etree.XMLSyntaxError:
            root = None
        if root is None or root.tag != f"{{{_ATOM}}}feed":
            aside = path.with_name(f"{path.name}.broken")
            path.replace(aside)
            log.warning(
                "a feed that cannot be read was put aside; a new one is begun", feed=str(path), aside=str(aside)
            )
            return []
        return root.findall(f"{{{_ATOM}}}entry")

    def _write(self, entries: Sequence[etree._Element]) -> None:
        """Make the file anew beside the old one and put it in its place: readers see the one or the other whole."""
        feed = etree.Element(f"{{{_ATOM}}}feed", nsmap=_NAMESPACES)
        _add_text(feed, "id", self._feed_id)
        _add_text(feed, "title", self._options.title)
        _add_text(feed, "updated", max((_text(entry, "updated") for entry in entries), default=""))
        author = etree.SubElement(feed, f"{{{_ATOM}}}author")
        _add_text(author, "name", "Clausewatch")
        generator = _add_text(feed, "generator", "Clausewatch")
        generator.set("version", __version__)
        if self._options.url:
            etree.SubElement(feed, f"{{{_ATOM}}}link", rel="self", href=self._options.url)
        feed.extend(entries)
        data = etree.tostring(feed, encoding="utf-8", xml_declaration=True)
        path = self._options.path
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)  # a feed is for others to read
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        path = self._options.path
        with path.with_name(f".{path.name}.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # let go when the file is closed, and when we die
            yield


def _stable_id(key: str) -> str:
    try:
        return uuid.UUID(hex=key).urn
    except ValueError:
        return uuid.UUID(bytes=hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:16]).urn


def _add_text(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}")
    element.text = text
    return element


def _text(entry: etree._Element, name: str) -> str:
    return entry.findtext(f"{{{_ATOM}}}{name}") or ""


def _moment(when: datetime) -> str:
    """As RFC 3339 has it; all are in UTC, so that they sort as text."""
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")
