"""What one more fetch may be expected to reveal: the number of transitions, on average, that splitting a gap uncovers.

One scale for all that a search can do next (narrowing a change, laying anchors, hunting for texts that came and went)
lets any budget be spent where it finds most, and tells when to stop.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

# Texts that come and go: most that are back within days are noise of one visit (of recorded changes of privacy
# policies 38 % restored a text seen before, 90 % of them within 72 hours); what stands longer than a quarter meets
# the anchors. Between these, stays of all orders are taken as equally likely.
SHORTEST_STAY = 7.0  # days
LONGEST_STAY = 90.0  # days

# Of the texts that come and go, about half meet a look when looks are two months apart.
SEEN_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Rates:
    """How restless this policy is, per day, from what is known. Without one return seen, none is hunted for."""

    changes: float
    returns: float

    @classmethod
    def estimate(cls, *, transitions: int, returns: int, days: float) -> Rates:
        """From the transitions and returns to an earlier text counted in that many days."""
        span = max(days, 1.0)
        # Where the looks have met few returns by chance, more are hidden: one is added to any that were seen.
        return cls((transitions + 0.5) / span, (returns + 1 if returns else 0) / (span * SEEN_SHARE))


def between_different(days: float, rates: Rates) -> float:
    """Splitting a gap whose ends differ: another text may hide in it. If so, the middle shows it half of the time.

    A text that hides makes two transitions out of one wrong one, hence twice a half.
    """
    return min(days * (rates.changes + 2 * rates.returns), 2.0)


def between_equal(days: float, rates: Rates) -> float:
    """Splitting a gap whose ends agree: a text may have come and gone in it, two transitions if the middle meets it."""
    return 2 * rates.returns * _days_that_meet_the_middle(days)


def gap_left_alone(promise: float, rates: Rates) -> float:
    """The widest gap between equal looks, in days, whose splitting promises no more than that."""
    low, high = SHORTEST_STAY, 2 * LONGEST_STAY
    for _ in range(20):  # to a few seconds
        middle = (low + high) / 2
        if between_equal(middle, rates) > promise:
            high = middle
        else:
            low = middle
    return low


def _days_that_meet_the_middle(gap: float) -> float:
    """Over all stays: for how many starting days a stay lies inside the gap and covers its middle; the mean of them.

    For a stay d that is min(d, gap - d), or none below zero.
    """
    low, half, high = SHORTEST_STAY, gap / 2, min(gap, LONGEST_STAY)
    if high <= low:
        return 0.0
    total = max(min(half, LONGEST_STAY) - low, 0.0)  # of d, weighted 1/d
    start = max(half, low)
    if high > start:
        total += gap * log(high / start) - (high - start)  # of gap - d, weighted 1/d
    return total / log(LONGEST_STAY / SHORTEST_STAY)
