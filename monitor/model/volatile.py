"""Places of a policy whose text keeps changing by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PassingText:
    """A text that a place showed and that was not confirmed.

    `text` is cut to a length for showing and empty where the place's clauses were missing; `digest` covers it whole.
    """

    digest: str
    text: str
    seen: datetime  # the first look of the run that showed it
    after: datetime | None = None  # the last look before that
    gone: datetime | None = None  # the first look that no longer showed it; None: it stands there still


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What lies between two clauses that stand.

    `name` is made from the digests of the two. With `learned` the place is volatile: what happens there is left out of
    comparison. With `pinned` it is watched for good, whatever happens there.
    """

    name: str
    before: str  # the text above it, cut; empty at the start of the policy
    after: str  # the text below it, cut; empty at the end
    texts: tuple[PassingText, ...] = ()  # oldest first
    learned: datetime | None = None
    why: str = ""
    pinned: datetime | None = None

    @property
    def volatile(self) -> bool:
        """What happens here is left out of comparison."""
        return self.learned is not None and self.pinned is None

    @property
    def standing(self) -> PassingText | None:
        """The text that it shows now, if that is not the confirmed one."""
        return self.texts[-1] if self.texts and self.texts[-1].gone is None else None
