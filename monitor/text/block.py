"""A block: what stands between two line breaks of a page, before it becomes a clause."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.model import ClauseKind


@dataclass(slots=True)
class Block:
    """One run of text with what the markup says about it. Mutable: the steps of segmentation refine it in place."""

    text: str  # white space folded, nothing invisible
    kind: ClauseKind = ClauseKind.PARAGRAPH
    level: int = 0  # as in Clause
    label: str = ""  # known from the markup, such as an <ol>'s number
    links: list[tuple[str, str]] = field(default_factory=list)  # text, href as written
    cells: tuple[tuple[str, str], ...] = ()
    bold: bool = False  # all of it
    several_lines: bool = False  # set on lines of their own, such as an address
    inside: bool = True  # within the container that holds the policy

    @property
    def linked(self) -> int:
        """Characters of the text that are link text."""
        return sum(len(text) for text, _ in self.links)
