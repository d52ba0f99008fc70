"""What the markup of a page tells about pages that are no policy: bot guards, empty shells, forms, cut ends."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from monitor.model import Page

_HTML = frozenset({"text/html", "application/xhtml+xml", "application/xml", "text/xml", ""})
_MOST = 400_000  # bytes looked at; guards' pages and shells show what they are long before
_PASSWORD = re.compile(rb"<input\b[^>]{0,400}?\btype\s*=\s*[\"']?password\b")
_SCRIPT = re.compile(rb"<script\b")
# Where the usual frameworks put what their scripts make.
_EMPTY_ROOT = re.compile(
    rb"""<(?:div|main|section)\b[^>]{0,200}?\bid\s*=\s*["']?
        (?:root|app|__next|__nuxt|___gatsby|svelte|ember-app|main-app|react-root|app-root|q-app|page)
        ["']?[^>]{0,200}>\s*(?:<!--.{0,80}?-->\s*)*</
    |<(?:app|ng|my)-[\w-]+[^>]{0,200}>\s*</(?:app|ng|my)-""",
    re.VERBOSE,
)
_NOSCRIPT = re.compile(rb"<noscript\b[^>]{0,200}>(.{0,600}?)</noscript", re.DOTALL)
_BUTTON = re.compile(rb"<button\b[^>]{0,400}>(.{0,300}?)</button", re.DOTALL)
_MARKUP = re.compile(rb"<[^>]*>?")
_TITLE = re.compile(rb"<title\b[^>]{0,200}>(.{0,300}?)</title", re.DOTALL)
_TAIL = 3_000  # bytes at the end in which a page closes, with what servers and caches add behind
_UNCLOSED = re.compile(rb"<[a-z/!][^<>]*\Z")


@dataclass(frozen=True, slots=True)
class Guard:
    """A bot guard and what shows it: `certain` is in its own pages only, `likely` also in pages it lets through."""

    name: str
    certain: tuple[bytes, ...]
    likely: tuple[bytes, ...]


@cache
def guards() -> tuple[Guard, ...]:
    """Every guard known, from `challenges.toml`."""
    table = tomllib.loads(files("monitor.text").joinpath("challenges.toml").read_text("utf-8"))
    return tuple(
        Guard(
            entry["name"],
            tuple(marker.encode() for marker in entry.get("certain", ())),
            tuple(marker.encode() for marker in entry.get("likely", ())),
        )
        for entry in table["guard"]
    )


@dataclass(frozen=True, slots=True)
class Markers:
    """The markup of a policy's pages, in lower case, asked piece by piece since most questions need no answer."""

    pages: tuple[bytes, ...]
    tails: tuple[bytes, ...]

    @classmethod
    def of(cls, pages: Iterable[Page]) -> Markers:
        """Pages that are not markup have nothing to tell."""
        marked = [page.body for page in pages if page.media_type in _HTML]
        return cls(tuple(body[:_MOST].lower() for body in marked), tuple(body[-_TAIL:].lower() for body in marked))

    def guard(self, *, certain: bool) -> str | None:
        """The name of the bot guard whose page this is (`certain`), or whose traces it has."""
        for guard in guards():
            markers = guard.certain if certain else (*guard.certain, *guard.likely)
            if any(marker in page for page in self.pages for marker in markers):
                return guard.name
        return None

    @property
    def password_field(self) -> bool:
        """Somebody is asked to sign in or up."""
        return any(_PASSWORD.search(page) is not None for page in self.pages)

    @property
    def scripts(self) -> int:
        """How many scripts there are."""
        return sum(len(_SCRIPT.findall(page)) for page in self.pages)

    @property
    def empty_root(self) -> bool:
        """An element that a script is to fill, and nothing in it."""
        return any(_EMPTY_ROOT.search(page) is not None for page in self.pages)

    @property
    def noscript(self) -> str:
        """What those without scripts are told."""
        found = (_MARKUP.sub(b" ", match) for page in self.pages for match in _NOSCRIPT.findall(page))
        return " ".join(b" ".join(found).decode("utf-8", "replace").split())

    @property
    def buttons(self) -> tuple[str, ...]:
        """What can be pressed; a reading leaves it out."""
        found = (_MARKUP.sub(b" ", match) for page in self.pages for match in _BUTTON.findall(page))
        return tuple(" ".join(text.decode("utf-8", "replace").split()) for text in found)

    @property
    def titles(self) -> tuple[str, ...]:
        """The title of each page that has one."""
        found = (_TITLE.search(page) for page in self.pages)
        return tuple(" ".join(match[1].decode("utf-8", "replace").split()) for match in found if match)

    @property
    def cut_in_tag(self) -> bool:
        """A page ends inside a tag: the rest did not come."""
        return any(_UNCLOSED.search(tail) is not None for tail in self.tails)
