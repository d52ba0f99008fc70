"""Pages written for the tests: policies of a firm that does not exist, and what servers put in their place."""

from __future__ import annotations

from html import escape
from pathlib import Path

_DATA = Path(__file__).parent / "data"


def _lines(name: str) -> list[str]:
    return (_DATA / "policies" / f"{name}.md").read_text("utf-8").strip().split("\n\n")


def _pages(folder: str) -> dict[str, str]:
    return {file.stem: file.read_text("utf-8") for file in sorted((_DATA / "pages" / folder).glob("*.html"))}


ENGLISH, FRENCH, GERMAN, MALAY = (_lines(f"privacy-{code}") for code in ("en", "fr", "de", "ms"))
POLICIES = {"en": ENGLISH, "fr": FRENCH, "de": GERMAN, "ms": MALAY}
REWRITTEN = _lines("privacy-en-rewritten")  # the English one, written afresh
SWEDISH = _lines("privacy-sv")
SHORT = {code: _lines(f"short-{code}")[0] for code in ("es", "nl", "it", "pt", "id")}
TERMS = _lines("terms-en")

CHALLENGES, ERRORS, MISSING, SHELLS = map(_pages, ("challenges", "errors", "missing", "shells"))
LOGIN, CONSENT, HOME = (_pages(".")[name] for name in ("login", "consent", "home"))

_MENU = ("Home", "Pricing", "Features", "Stories", "Help", "About us", "Careers", "Contact")


def page(lines: list[str], *, title: str = "Pelican Post", language: str = "en", head: str = "") -> str:
    """A page of the firm's site: lines of Markdown-like text between a menu and a footer."""
    body = "\n".join(map(_block, lines))
    links = "".join(f'<li><a href="/{name.lower().replace(" ", "-")}">{name}</a></li>' for name in _MENU)
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>{head}'
        "</head>"
        f"<body><header><nav><ul>{links}</ul></nav></header><main>{body}</main>"
        '<footer><a href="/privacy">Privacy</a> <a href="/terms">Terms</a> © Pelican Post</footer></body></html>'
    )


def _block(line: str) -> str:
    for marks, tag in (("## ", "h2"), ("# ", "h1")):
        if line.startswith(marks):
            return f"<{tag}>{escape(line.removeprefix(marks))}</{tag}>"
    return f"<p>{escape(line)}</p>"
