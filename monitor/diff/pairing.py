"""Which old clauses became which new ones, while that is being found out."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.diff.chain import heaviest_chain
from monitor.diff.side import Side

Span = tuple[int, ...]


@dataclass(slots=True)
class Pairing:
    """Links between two sides: at most one for each clause, from one to one, one to several or several to one."""

    old: Side
    new: Side
    to_new: list[Span] = field(init=False)
    to_old: list[Span] = field(init=False)

    def __post_init__(self) -> None:
        self.to_new = [()] * len(self.old)
        self.to_old = [()] * len(self.new)

    def link(self, before: Span, after: Span) -> None:
        """Say that these old clauses became these new ones; all are free or linked among each other."""
        for i in before:
            self.to_new[i] = after
        for j in after:
            self.to_old[j] = before

    def unlink(self, before: Span, after: Span) -> None:
        """Take a link back."""
        for i in before:
            self.to_new[i] = ()
        for j in after:
            self.to_old[j] = ()

    def free_old(self, start: int, stop: int) -> list[int]:
        """Old clauses in a range that have no link."""
        return [i for i in range(start, stop) if not self.to_new[i]]

    def free_new(self, start: int, stop: int) -> list[int]:
        """New clauses in a range that have no link."""
        return [j for j in range(start, stop) if not self.to_old[j]]

    def links(self) -> list[tuple[Span, Span]]:
        """All links, in the order of their first old clause."""
        to_old = self.to_old
        return [(to_old[after[0]], after) for i, after in enumerate(self.to_new) if after and to_old[after[0]][0] == i]

    def stayed(self) -> tuple[list[tuple[Span, Span]], list[tuple[Span, Span]]]:
        """The links that keep their order, and those that moved."""
        links = self.links()
        if not links:
            return [], []
        old, new = self.old.weights, self.new.weights
        weights = [sum([old[i] for i in before]) + sum([new[j] for j in after]) for before, after in links]
        chain = heaviest_chain([after[0] for _, after in links], weights)
        kept = set(chain)
        return [links[k] for k in chain], [link for k, link in enumerate(links) if k not in kept]
