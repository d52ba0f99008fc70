"""Words put into a Markdown table."""

from __future__ import annotations

import inspect


def first_line(thing: object) -> str:
    """The first paragraph of a docstring, on one line."""
    return (inspect.getdoc(thing) or "").partition("\n\n")[0].replace("\n", " ")


def cell(words: str) -> str:
    """Text that ends no cell and starts no tag."""
    return words.replace("|", "\\|").replace("<", "&lt;")
