"""Alignment and redline, measured: operations found, text marked for nothing, time; beside what others do.

    ./run bench diffs --corpus PATH [--json FILE]

The corpus is a folder of recorded policies (see benchmarks/corpus.py). Truth is made by `benchmarks.gold`: known edits
of the first and the last recorded version of every document, from fixed seeds. Times are of the CPU, in milliseconds.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from markdown_it import MarkdownIt

from benchmarks.corpus import documents, recorded
from benchmarks.diff_peers import MARKERS, Clauses, cpu, difflib_facts
from benchmarks.diff_scores import Score, facts, marked_by, truly_changed
from benchmarks.gold import Edited, Editor
from monitor.diff import compare
from monitor.model import Clause
from monitor.text import segment

RATES: Final = (3, 10, 30, 60)  # per cent of the clauses that a hard edit touches
LADDER: Final = (50, 500, 1_000, 2_500, 5_000)  # clauses
_PEER_PAIRS: Final = 40
_PEER_SECONDS: Final = 45  # that one peer may take for its pairs
_MARKDOWN: Final = "text/markdown"

Texts = dict[str, list[str]]


def edits(texts: dict[str, list[list[Clause]]], rate: float) -> list[Edited]:
    """One edited text for each text; foreign clauses come from other services."""
    edited = []
    for number, name in enumerate(sorted(texts)):
        service = name.split("/")[-2]
        foreign = [c for other in sorted(texts) if other.split("/")[-2] != service for c in texts[other][-1][::7]]
        for version, clauses in enumerate(texts[name]):
            chance = random.Random(1_000 * rate + 2 * number + version)
            edited.append(Editor(chance, foreign).edit(clauses, rate / 100))
    return edited


def accuracy(texts: dict[str, list[list[Clause]]]) -> dict[str, Any]:
    """Operations, marks and word edits against the truth."""
    f1, marked = {}, {}
    words = Score()
    peers: dict[str, Any] = {name: {} for name in MARKERS}
    for rate in RATES:
        ours, theirs = Score(), Score()
        all_edited = edits(texts, rate)
        for edited in all_edited:
            diff = compare(edited.old, edited.new)
            ours.add(edited, facts(diff))
            words.add_words(diff, edited)
            theirs.add(edited, difflib_facts(edited.old, edited.new))
        f1[str(rate)], marked[str(rate)] = ours.f1(), round(ours.marked_share(), 5)
        peers["difflib"].setdefault("f1", {})[str(rate)] = theirs.f1()
        peers["difflib"].setdefault("unchanged_marked", {})[str(rate)] = round(theirs.marked_share(), 5)
        if rate == 10:
            small = sorted(all_edited, key=lambda e: len(e.old))[: len(all_edited) // 3]
            true = sum(map(truly_changed, small))
            peers["clausewatch"] = {
                "marked_ratio": round(sum(marked_by(compare(e.old, e.new)) for e in small) / true, 3)
            }
            for name, marker in MARKERS.items():
                peers[name]["marked_ratio"] = round(sum(marker(e.old, e.new) for e in small) / true, 3)
    return {
        "f1": f1,
        "unchanged_marked": marked,
        "marked_ratio": round(words.characters_marked / words.characters_changed, 4),
        "midword_cuts": words.cuts,
        "peers": peers,
    }


def reflowed(markdown: str) -> str:
    """The same Markdown with its paragraphs wrapped at 72 columns."""
    blocks = markdown.split("\n\n")
    for place, block in enumerate(blocks):
        lines = textwrap.wrap(block, 72, break_long_words=False, break_on_hyphens=False)
        starts_anew = any(not line[0].isalpha() or line.split()[0].rstrip(".)").isdigit() for line in lines)
        if "\n" not in block and len(block) > 80 and not starts_anew:
            blocks[place] = "\n".join(lines)
    return "\n\n".join(blocks)


def reflow(texts: Texts) -> float:
    """Share of the clauses reported after nothing but line breaks changed."""
    named = total = 0
    for versions in texts.values():
        old, new = segment(versions[-1], _MARKDOWN), segment(reflowed(versions[-1]), _MARKDOWN)
        named += len({place for operation in compare(old, new).operations for place in operation.old})
        total += len(old)
    return named / total


def took(work: Callable[[], object], times: int = 3) -> float:
    """Milliseconds of CPU of the quickest of some runs."""
    best = float("inf")
    for _ in range(times):
        start = cpu()
        work()
        best = min(best, cpu() - start)
    return round(best * 1_000, 1)


def twenty_thousand_words(texts: Texts) -> float:
    """A pair of pages of 20,000 words, put together from successive versions, segmented and aligned.

    Every run reads pages that differ in each paragraph from those before, so that nothing is remembered.
    """
    old, new = "", ""
    for versions in sorted(texts.values(), key=lambda v: len(v[-1])):
        if len(versions) > 1 and len(new.split()) < 20_000:
            old, new = f"{old}\n\n{versions[-2]}", f"{new}\n\n{versions[-1]}"
    pages = [MarkdownIt("commonmark").enable("table").render(_shortened(text, 20_000)) for text in (old, new)]
    runs = (tuple(page.replace("</p>", f" ({run})</p>") for page in pages) for run in itertools.count())

    def once() -> None:
        before, after = next(runs)
        compare(segment(before, "text/html"), segment(after, "text/html"))

    return took(once)


def _shortened(text: str, words: int) -> str:
    lines, count = [], 0
    for line in text.split("\n"):
        count += len(line.split())
        if count > words:
            break
        lines.append(line)
    return "\n".join(lines)


def ladder(texts: dict[str, list[list[Clause]]]) -> dict[str, dict[str, float]]:
    """Alignment of texts of growing length, put together from all documents; by clauses, then by rate."""
    clauses = [clause for name in sorted(texts) for version in reversed(texts[name]) for clause in version]
    foreign = [clause for name in sorted(texts) for clause in texts[name][0][::11]]
    steps: dict[str, dict[str, float]] = {}
    for length in LADDER:
        base = [clauses[place % len(clauses)] for place in range(length)]
        for rate in (10, 60):
            edited = Editor(random.Random(length), foreign).edit(base, rate / 100)
            steps.setdefault(str(length), {})[str(rate)] = took(lambda e=edited: compare(e.old, e.new))  # type: ignore[misc]
    return steps


def pair_times(texts: Texts) -> tuple[dict[str, Any], dict[str, Any]]:
    """Time on every successive pair of recorded versions, and of the peers on some of them."""
    pairs: list[tuple[Clauses, Clauses, float]] = []
    for versions in texts.values():
        for old, new in pairwise([segment(version, _MARKDOWN) for version in versions]):
            pairs.append((old, new, took(lambda a=old, b=new: compare(a, b), 1)))  # type: ignore[misc]
    ours = sorted(time for *_, time in pairs)
    sample = pairs[:: max(1, len(pairs) // _PEER_PAIRS)]
    peers: dict[str, Any] = {}
    for name, marker in MARKERS.items():
        times: list[float] = []
        for old, new, _ in sample:
            if sum(times) < _PEER_SECONDS * 1_000:
                times.append(took(lambda m=marker, a=old, b=new: m(a, b), 1))  # type: ignore[misc]
        same = sum(time for *_, time in sample[: len(times)])
        peers[name] = {
            "pairs": len(times),
            "ms_p95_pairs": _at(sorted(times), 0.95),
            "times_ours": round(sum(times) / max(same, 0.001), 1),
        }
    figures = {"pairs": len(pairs), "ms_p95_pairs": _at(ours, 0.95), "ms_median_pairs": _at(ours, 0.5)}
    return figures, peers


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    start = time.monotonic()
    texts = {name: recorded(options.corpus, name) for name in documents(options.corpus)}
    texts = {name: versions for name, versions in texts.items() if versions}
    if not texts:
        sys.exit(f"No recorded versions in {options.corpus}.")
    ends = {name: [segment(v[0], _MARKDOWN), segment(v[-1], _MARKDOWN)] for name, v in texts.items()}
    result = accuracy(ends)
    result["unchanged_marked"]["reflow"] = round(reflow(texts), 5)
    result["ms_20k_words"] = twenty_thousand_words(texts)
    result["ladder"] = ladder(ends)
    result["ms_5000"] = result["ladder"]["5000"]
    figures, peers = pair_times(texts)
    result |= figures
    for name, figure in peers.items():
        result["peers"][name] |= figure
    result["texts"], result["seconds"] = sum(map(len, ends.values())), round(time.monotonic() - start)
    written = json.dumps(result, indent=2)
    print(written)
    if options.json:
        options.json.write_text(written + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
