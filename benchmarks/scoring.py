"""Events found in a document's captures, held against the judged changes of it.

One event, one label. An event fits a label when it was first seen at the labelled capture or one of the two after it,
and shares a changed word with the recorded difference, where there is one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

AUTHORS = ("substantive", "editorial", "cosmetic")
LATE = 2  # captures after the labelled one
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Event:
    """A change that a watcher reports: the capture that first showed it, its changed words, whether it alerts."""

    capture: int
    words: frozenset[str]
    alerts: bool
    what: str = ""


@dataclass(slots=True)
class Score:
    """Counts over one or several documents."""

    captures: int = 0
    changes: int = 0
    alerts: int = 0
    false: int = 0
    unknown: int = 0  # alerts on what the reader was not sure of
    labels: Counter[str] = field(default_factory=Counter)
    recorded: Counter[str] = field(default_factory=Counter)
    alerted: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def __add__(self, other: Score) -> Score:
        return Score(
            self.captures + other.captures,
            self.changes + other.changes,
            self.alerts + other.alerts,
            self.false + other.false,
            self.unknown + other.unknown,
            self.labels + other.labels,
            self.recorded + other.recorded,
            self.alerted + other.alerted,
            self.notes + other.notes,
        )

    def figures(self) -> dict[str, Any]:
        """The measures, as the report has them; None where nothing was to be found."""
        judged = self.alerts - self.unknown
        return {
            "captures": self.captures,
            "changes": self.changes,
            "alerts": self.alerts,
            "false": self.false,
            "recall": {kind: _share(self.recorded[kind], self.labels[kind]) for kind in AUTHORS},
            "alert_recall": {kind: _share(self.alerted[kind], self.labels[kind]) for kind in AUTHORS},
            "precision": _share(judged - self.false, judged),
            "false_per_1000": round(1000 * self.false / self.captures, 2) if self.captures else None,
        }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def words_between(old: str, new: str) -> frozenset[str]:
    """Words that stand more often in one of two texts than in the other, and those of lines that only one has."""
    before, after = Counter(_WORD.findall(old.casefold())), Counter(_WORD.findall(new.casefold()))
    counted = set((before - after) + (after - before))
    lines_before, lines_after = set(old.splitlines()), set(new.splitlines())
    if counted:
        return frozenset(counted)
    moved = " ".join(lines_before ^ lines_after)
    return frozenset(_WORD.findall(moved.casefold()))


def words_of(texts: Sequence[str]) -> frozenset[str]:
    """All words of some texts."""
    return frozenset(_WORD.findall(" ".join(texts).casefold()))


def score(
    events: Sequence[Event], labels: Sequence[dict[str, Any]], versions: Sequence[str], times: Sequence[datetime]
) -> Score:
    """Match and count."""
    total = Score(captures=len(times), changes=len(events), alerts=sum(event.alerts for event in events))
    places = {id(label): _first_at(times, label["capture_time"]) for label in labels}
    differences = {id(label): _difference(label, versions) for label in labels}
    total.labels.update(label["kind"] for label in labels)
    # Authors' changes choose first: a label of noise at the same capture must not take their event away.
    order = sorted(
        labels,
        key=lambda label: (
            label["kind"] not in AUTHORS,
            AUTHORS.index(label["kind"]) if label["kind"] in AUTHORS else 0,
        ),
    )
    left = list(events)
    for wanting in (True, False):  # alerts first, then changes that were only recorded
        for label in order:
            if label.get("matched"):
                continue
            place = places[id(label)]
            fits = [
                event
                for event in left
                if event.alerts is wanting
                and place <= event.capture <= place + LATE
                and (differences[id(label)] is None or event.words & differences[id(label)])
            ]
            if fits:
                best = min(
                    fits,
                    key=lambda event: (
                        event.capture - place,
                        -len(event.words & (differences[id(label)] or event.words)),
                    ),
                )
                left.remove(best)
                label["matched"] = True
                _count(total, label, best)
    for event in left:
        if event.alerts:
            total.false += 1
            total.notes.append(f"false, no label: {times[event.capture]:%Y-%m-%d %H:%M} {event.what}")
    for label in labels:
        if label["kind"] in AUTHORS and not label.get("matched"):
            total.notes.append(f"missed {label['kind']}: {_name(label)} {label['summary'][:110]}")
        label.pop("matched", None)
    return total


def _count(total: Score, label: dict[str, Any], event: Event) -> None:
    kind = label["kind"]
    if kind in AUTHORS:
        total.recorded[kind] += 1
        total.alerted[kind] += event.alerts
        if kind == "substantive" and not event.alerts:
            total.notes.append(f"not alerted: {_name(label)} {label['summary'][:80]} | {event.what}")
    elif event.alerts and kind == "unknown":
        total.unknown += 1
    elif event.alerts:
        total.false += 1
        total.notes.append(f"false, {kind}: {_name(label)} {event.what}")


def _name(label: dict[str, Any]) -> str:
    return f"{label['capture_time']:%Y-%m-%d %H:%M} v{label['version']}"


def _first_at(times: Sequence[datetime], wanted: datetime) -> int:
    return next((index for index, time in enumerate(times) if time >= wanted), len(times))


def _difference(label: dict[str, Any], versions: Sequence[str]) -> frozenset[str] | None:
    number = label["version"]
    if number is None or not 0 < number < len(versions):
        return None
    return words_between(versions[number - 1], versions[number]) or None
