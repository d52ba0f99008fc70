"""How many fetches it takes to find the changes in a long list of captures.

A policy of 20 years with 20,000 captures, every digest different (a page with a token in it), changes at random times.
With flips, texts also come for 7 to 90 days (all orders of length alike) and go again. Some captures cannot be played.
No network: the archive is simulated, at the pace a real one allows. Counted as found: a transition whose bracket
holds it and names the texts of both sides.
"""

from __future__ import annotations

import argparse
import json
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import exp, log
from pathlib import Path
from random import Random
from statistics import mean, median
from time import perf_counter
from typing import Any

from monitor.model import ArchiveRow
from monitor.timeline import Found, Look, Plan, Search, Timeline

EPOCH = datetime(2005, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PACE = 8.0  # fetches per second: 80 % of the Wayback Machine's 600 a minute


@dataclass(frozen=True)
class World:
    """What the page really said: from each time on, that text."""

    rows: list[ArchiveRow]
    times: list[datetime]
    texts: list[str]
    unplayable: frozenset[str]
    oddities: frozenset[str]

    def text_at(self, moment: datetime) -> str:
        """What the page said."""
        return self.texts[bisect_right(self.times, moment)]

    def text_of(self, row: ArchiveRow) -> str:
        """What a capture shows."""
        return f"glitch {row.digest}" if row.digest in self.oddities else self.text_at(row.taken)

    def look(self, row: ArchiveRow) -> Look:
        """What fetching it gives."""
        if row.digest in self.unplayable:
            return Look(row.digest, Found.UNPLAYABLE)
        return Look(row.digest, Found.TEXT, self.text_of(row))

    def transitions(self) -> list[tuple[datetime, datetime, str, str]]:
        """Those that the list of captures shows: between which captures, from which text to which."""
        shown = [(row.taken, self.text_at(row.taken)) for row in self.rows]
        pairs = pairwise(shown)
        return [(before, after, old, new) for (before, old), (after, new) in pairs if old != new]


@dataclass(frozen=True)
class Setting:
    """How the world is made."""

    captures: int = 20_000
    years: float = 20.0
    changes: int = 40
    flips: int = 0
    unplayable: float = 0.0
    oddities: float = 0.0
    max_fetches: int | None = None


def build(setting: Setting, seed: int) -> World:
    random = Random(seed)
    days = setting.years * 365.25
    moments = sorted(random.uniform(0, days) for _ in range(setting.captures))
    rows = [
        ArchiveRow(
            url="https://example.org/privacy",
            stamp=(taken := (EPOCH + DAY * moment)).strftime("%Y%m%d%H%M%S"),
            taken=taken,
            digest=f"{place:032d}",
            status=200,
        )
        for place, moment in enumerate(moments)
    ]
    changes = sorted(random.uniform(0, days) for _ in range(setting.changes))
    flips: list[tuple[float, float]] = []
    while len(flips) < setting.flips:
        length = exp(random.uniform(log(7), log(90)))
        start = random.uniform(0, days - length)
        end = start + length
        if all(end < other[0] or start > other[1] for other in flips):
            flips.append((start, end))
    events = sorted(
        [(at, "change", 0) for at in changes]
        + [(start, "flip", n) for n, (start, _) in enumerate(flips)]
        + [(end, "back", n) for n, (_, end) in enumerate(flips)]
    )
    times, texts, base, flip = [], ["text 0"], 0, ""
    for at, kind, number in events:
        if kind == "change":
            base += 1
        else:
            flip = f" with {number}" if kind == "flip" else ""
        times.append(EPOCH + DAY * at)
        texts.append(f"text {base}{flip}")
    sample = random.sample(rows, round(setting.captures * (setting.unplayable + setting.oddities)))
    cut = round(setting.captures * setting.unplayable)
    return World(
        rows,
        times,
        texts,
        frozenset(row.digest for row in sample[:cut]),
        frozenset(row.digest for row in sample[cut:]),
    )


def search(world: World, plan: Plan) -> Timeline:
    stepper = Search(world.rows, plan)
    while (row := stepper.next()) is not None:
        stepper.record(world.look(row))
    return stepper.timeline()


def brackets_true(world: World, timeline: Timeline) -> bool:
    """Both ends of every bracket show what it says, and something did happen between them."""
    told = {row.taken: world.text_of(row) for row in world.rows}
    return all(
        t.bracket.after is not None
        and t.old != t.new
        and told[t.bracket.after] == t.old
        and told[t.bracket.before] == t.new
        and t.bracket.after < t.bracket.before
        for t in timeline.transitions
    )


def measure(setting: Setting, seed: int) -> dict[str, Any]:
    world = build(setting, seed)
    started = perf_counter()
    timeline = search(world, Plan(max_fetches=setting.max_fetches))
    seconds = perf_counter() - started
    truth = world.transitions()
    found = sum(
        any(
            t.old == old and t.new == new and t.bracket.after <= before and after <= t.bracket.before
            for t in timeline.transitions
            if t.bracket.after is not None
        )
        for before, after, old, new in truth
    )
    widths = [(t.bracket.before - t.bracket.after) / DAY for t in timeline.transitions if t.bracket.after is not None]
    return {
        "transitions": len(truth),
        "found": found,
        "fetches": timeline.fetches,
        "brackets_true": brackets_true(world, timeline),
        "bracket_days_median": round(median(widths), 2) if widths else None,
        "bracket_days_widest": round(max(widths), 2) if widths else None,
        "finished": timeline.finished,
        "seconds_simulated": round(timeline.fetches / PACE, 1),
        "seconds_of_search": round(seconds, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures of the first seed here")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=5, help="how many seeds")
    parser.add_argument("--captures", type=int, default=20_000)
    parser.add_argument("--years", type=float, default=20.0)
    parser.add_argument("--changes", type=int, default=40)
    parser.add_argument("--flips", type=int, default=10)
    parser.add_argument("--unplayable", type=float, default=0.05, help="share of captures that cannot be played")
    parser.add_argument("--oddities", type=float, default=0.0, help="share of captures with a text of their own")
    parser.add_argument("--max-plain", type=int, default=480, help="budget without flips; 0 for none")
    parser.add_argument("--max-flips", type=int, default=600, help="budget with flips; 0 for none")
    options = parser.parse_args()
    shape = {"captures": options.captures, "years": options.years, "oddities": options.oddities}
    settings = {
        "few": Setting(**shape, changes=5, max_fetches=options.max_plain or None),
        "plain": Setting(**shape, changes=options.changes, max_fetches=options.max_plain or None),
        "plain_unplayable": Setting(
            **shape, changes=options.changes, unplayable=options.unplayable, max_fetches=options.max_plain or None
        ),
        "flips": Setting(**shape, changes=options.changes, flips=options.flips, max_fetches=options.max_flips or None),
        "flips_unplayable": Setting(
            **shape,
            changes=options.changes,
            flips=options.flips,
            unplayable=options.unplayable,
            max_fetches=options.max_flips or None,
        ),
    }
    rounds = []
    for seed in range(options.seed, options.seed + options.seeds):
        figures = {name: measure(setting, seed) for name, setting in settings.items()}
        rounds.append(figures)
        for name, row in figures.items():
            print(
                f"seed {seed:3} {name:17} found {row['found']:3} of {row['transitions']:3}"
                f"  fetches {row['fetches']:4}  brackets true {row['brackets_true']!s:5}"
                f"  median {row['bracket_days_median']} days, widest {row['bracket_days_widest']}"
                f"  {row['seconds_simulated']} s at {PACE:g}/s, search {row['seconds_of_search']} s"
            )
    for name in settings:
        rows = [figures[name] for figures in rounds]
        shares = [row["found"] / max(row["transitions"], 1) for row in rows]
        print(
            f"all seeds {name:17} found {mean(shares):.3f} on average, least {min(shares):.3f};"
            f" fetches {mean(row['fetches'] for row in rows):.0f} on average,"
            f" most {max(row['fetches'] for row in rows)};"
            f" brackets true {all(row['brackets_true'] for row in rows)}"
        )
    if options.json:
        options.json.write_text(json.dumps(summary(rounds), indent=2) + "\n", encoding="utf-8")


def summary(rounds: list[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    """The first seed's figures under the agreed names, with every round behind them."""
    first = rounds[0]
    return {
        "plain": {
            "changes": first["plain"]["transitions"],
            "found": first["plain"]["found"],
            "fetches": first["plain"]["fetches"],
        },
        "flips": {name: first["flips"][name] for name in ("transitions", "found", "fetches")},
        "brackets_true": all(row["brackets_true"] for figures in rounds for row in figures.values()),
        "seconds_simulated": first["flips"]["seconds_simulated"],
        "rounds": rounds,
    }


if __name__ == "__main__":
    main()
