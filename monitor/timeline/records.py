"""What a search is told, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.model import Bracket, Found


@dataclass(frozen=True, slots=True)
class Look:
    """One fetch. `digest` is the archive's, `text` identifies what the clauses say (empty unless TEXT)."""

    digest: str
    found: Found
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A text that stood, as far as the looks show. `captures` are known to show it, `looks` were fetched for that."""

    text: str
    first_seen: datetime
    last_seen: datetime
    captures: int
    looks: int

    @property
    def one_off(self) -> bool:
        """A single capture shows it: perhaps a glitch of that one visit."""
        return self.captures == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """From one text to the next. Between the two looks of the bracket nothing is known: more may have happened there.

    `settled`: no capture lies between them that could narrow the bracket, but for those tried in vain.
    """

    old: str
    new: str
    bracket: Bracket
    one_off: bool  # one of the two texts is known from a single capture
    unseen: int  # captures inside the bracket that were not looked at, or in vain
    settled: bool


@dataclass(frozen=True, slots=True)
class Unseen:
    """A time between two looks (or before the first, after the last) and the captures in it that say nothing so far."""

    after: datetime
    before: datetime
    captures: int  # never fetched
    failed: int  # fetched in vain: unplayable or suspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The texts in order, how one became the next, and what was not looked at."""

    stretches: tuple[Stretch, ...]
    transitions: tuple[Transition, ...]
    unseen: tuple[Unseen, ...]
    fetches: int
    finished: bool  # False: the budget ran out before the search had nothing more to ask

    @property
    def complete(self) -> bool:
        """Every capture's text is known: what is not here was never archived."""
        return not self.unseen
