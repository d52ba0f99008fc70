"""How well practices, facts and directions are told.

    ./run bench practices --corpus PATH --data PATH [--opp115 PATH] [--json FILE]

--corpus holds labels.jsonl and <collection>/<service>/<document>/{versions,captures}.jsonl.zst; --data holds
appsi139.jsonl.zst and tosdr.jsonl.zst; --opp115 is a JSON-lines file with text, categories, policy.

Change level: every substantive change of labels.jsonl, replayable or not, from the recorded versions; a change without
recorded versions from the two captures around it. Direction counts as stated when it is less- or more-protective;
mixed, neutral and unclear abstain. A typed value is a duration, an age, an amount or a named recipient in the label's
`facts`; it is found when the meaning or the facts of the changed clauses hold that very value. Noise is cosmetic and
none. Figures per document are printed, since a few documents make most of the changes.

"written" is the same measure on changes that were written and labelled for the purpose (tools/practice_changes.jsonl),
with cosmetic ones as noise; it needs no path.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import zstandard

from monitor.diff import compare
from monitor.model import Clause, ClauseKind, Diff, Direction, Meaning, OperationKind, Value, ValueKind
from monitor.practices import languages, meaning, read
from monitor.practices.language import language_of
from monitor.practices.taxonomy import taxonomy
from monitor.text import segment
from tools.appsi import TOPICS, held_out, sentences

DIRECTED = (Direction.LESS, Direction.MORE)
TOPIC_OF = {practice: topic for topic, practices in TOPICS.items() for practice in practices}
WRITTEN = Path(__file__).parent.parent / "tools" / "practice_changes.jsonl"
TYPED = (ValueKind.DURATION, ValueKind.AGE, ValueKind.AMOUNT)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as raw:
        stream = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(raw) if path.suffix == ".zst" else raw
        for line in io.TextIOWrapper(stream, encoding="utf-8", newline="\n"):
            yield json.loads(line)


def paragraph(text: str) -> Clause:
    return Clause(kind=ClauseKind.PARAGRAPH, text=text, digest=text)


class Tally:
    """True and false positives and negatives, by name."""

    def __init__(self) -> None:
        self.counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])

    def add(self, wanted: Iterable[str], found: Iterable[str]) -> None:
        """One text: the names it has, and those found."""
        wanted, found = set(wanted), set(found)
        for place, names in enumerate((wanted & found, found - wanted, wanted - found)):
            for name in names:
                self.counts[name][place] += 1

    def micro_f1(self) -> float:
        """Over all names together."""
        return _f1([sum(column) for column in zip(*self.counts.values(), strict=True)] or [0, 0, 0])

    def each(self) -> dict[str, float]:
        """F1 of every name."""
        return {name: _f1(counts) for name, counts in sorted(self.counts.items())}


def _f1(counts: list[int]) -> float:
    hit, false, missed = counts
    return round(2 * hit / max(1, 2 * hit + false + missed), 3)


# ---- changes


def changes(corpus: Path) -> Iterator[tuple[dict[str, Any], Diff, str | None]]:
    """Labels that are scored, each with its diff and language."""
    wanted = ("substantive", "cosmetic", "none")
    by_document: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for label in rows(corpus / "labels.jsonl"):
        if label["kind"] in wanted:
            by_document[label["document"]].append(label)
    for document, labels in sorted(by_document.items()):
        versions = [row["markdown"] for row in rows(corpus / document / "versions.jsonl.zst")]
        captures: list[dict[str, Any]] = []
        if any(label["version"] is None for label in labels):
            captures = list(rows(corpus / document / "captures.jsonl.zst"))
        read_versions: dict[int, list[Clause]] = {}
        for label in labels:
            number = label["version"]
            if number is None:
                old, new = _around(captures, label["capture_time"])
            else:
                for index in (number - 1, number):
                    if index not in read_versions:
                        read_versions[index] = segment(versions[index], "text/markdown")
                old, new = read_versions[number - 1], read_versions[number]
            yield label, compare(old, new), language_of(new)


def _around(captures: list[dict[str, Any]], at: str) -> tuple[list[Clause], list[Clause]]:
    moment = datetime.fromisoformat(at)
    place = next(i for i, capture in enumerate(captures) if datetime.fromisoformat(capture["time"]) >= moment)
    return segment(captures[place - 1]["html"]), segment(captures[place]["html"])


def written_changes() -> Iterator[tuple[dict[str, Any], Diff, str | None]]:
    """Those written for the purpose, without the editorial ones: practices may be named for these, or not."""
    for row in rows(WRITTEN):
        if row["kind"] != "editorial":
            old, new = ([paragraph(text) for text in row[side]] for side in ("old", "new"))
            yield row, compare(old, new), "en"


def score_changes(scored: Iterable[tuple[dict[str, Any], Diff, str | None]]) -> dict[str, float]:
    practices, documents = Tally(), defaultdict(Tally)
    one = directed = stated = right = substantive = 0
    wanted_values = found_values = noise = false = 0
    for label, diff, language in scored:
        told = meaning(diff, language)
        if label["kind"] != "substantive":
            noise += 1
            false += bool(told.practices)
            continue
        substantive += 1
        practices.add(label["practices"], told.practices)
        documents[label["document"]].add(label["practices"], told.practices)
        one += not set(label["practices"]).isdisjoint(told.practices)
        if label["direction"] in DIRECTED:
            directed += 1
            stated += told.direction in DIRECTED
            right += told.direction == label["direction"]
        held = _typed_values(label)
        wanted_values += len(held)
        found_values += len(held & _told_values(told, diff, language))
    for document, tally in sorted(documents.items()):
        print(f"  {document:45} {tally.micro_f1():.2f}")
    print("  per practice", practices.each())
    figures = {
        "micro_f1": practices.micro_f1(),
        "at_least_one": round(one / substantive, 3),
        "direction": round(right / max(1, stated), 3),
        "abstained": round(1 - stated / max(1, directed), 3),
        "false_on_noise": round(false / max(1, noise), 3),
    }
    if wanted_values:
        figures["facts_found"] = round(found_values / wanted_values, 3)
    return figures


def _typed_values(label: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The typed values that a label's facts name. Labels are in English whatever the document's language."""
    held: set[tuple[str, str]] = set()
    for fact in label.get("facts", ()):
        for side in ("from", "to", "added", "removed"):
            text = str(fact.get(side, ""))
            recipients = fact["practice"] == "third-party-sharing"
            for value in _values("We keep or share data: " + text, "en"):
                if value.kind in TYPED or (recipients and value.kind is ValueKind.COMPANY):
                    held.add((value.kind.value, value.normal.lower()))
    return held


def _values(text: str, language: str | None) -> Iterator[Value]:
    from monitor.practices.read import statements  # noqa: PLC0415 - what is measured above is the public part

    for statement in statements(paragraph(text), language):
        yield from statement.values


def _told_values(told: Meaning, diff: Diff, language: str | None) -> set[tuple[str, str]]:
    """Values in the facts of the meaning, and in the facts of clauses that came, went or were reworded."""
    found = set()
    for change in told.changes:
        for fact in (change.old, change.new):
            found |= {(v.kind.value, v.normal.lower()) for v in (fact.values if fact else ())}
    for operation in diff.operations:
        if operation.kind in (OperationKind.RELINKED, OperationKind.RENUMBERED, OperationKind.RESTYLED):
            continue
        for clause in [diff.old[i] for i in operation.old] + [diff.new[i] for i in operation.new]:
            found |= {(v.kind.value, v.normal.lower()) for f in read(clause, language) for v in f.values}
    return found


# ---- clauses


def score_appsi(data: Path) -> dict[str, Any]:
    """On the tenth that the shipped weights have not seen; practices joined into the corpus's topics."""
    tally = Tally()
    for text, wanted in sentences(data / "appsi139.jsonl.zst").values():
        if held_out(text):
            tally.add(wanted, {TOPIC_OF[f.practice] for f in read(paragraph(text), "en") if f.practice in TOPIC_OF})
    return {"micro_f1": tally.micro_f1(), "per_practice": tally.each()}


def score_opp115(path: Path) -> dict[str, Any]:
    tally = Tally()
    known = taxonomy().practices
    for row in rows(path):
        found = {known[fact.practice].opp115 for fact in read(paragraph(row["text"]), "en")}
        tally.add(set(row["categories"]) - {"Other"}, found - {"", "Other"})
    return {"micro_f1": tally.micro_f1(), "per_practice": tally.each()}


def score_tosdr(data: Path) -> dict[str, float]:
    """Each quote as a clause that was added: bad and blocker are less protective, good is more."""
    counts: Counter[str] = Counter()
    for row in rows(data / "tosdr.jsonl.zst"):
        if row["polarity"] == "neutral":
            continue
        wanted = Direction.MORE if row["polarity"] == "good" else Direction.LESS
        clause = paragraph(row["quote"])
        told = meaning(compare([], [clause]), language_of([clause]) or "en").direction
        counts["all"] += 1
        counts["stated"] += told in DIRECTED
        counts["right"] += told is wanted
    return {
        "direction": round(counts["right"] / counts["stated"], 3),
        "abstained": round(1 - counts["stated"] / counts["all"], 3),
        "polarity_flips": counts["stated"] - counts["right"],
    }


def speed(data: Path) -> float:
    """Clauses per second of one core, rules and model loaded, on the texts of APPSI-139."""
    texts = [text for text, _ in sentences(data / "appsi139.jsonl.zst").values()][:6000]
    clauses = [paragraph(text) for text in texts]
    for clause in clauses[:50]:
        read(clause, "en")
    start = time.process_time()
    for clause in clauses:
        read(clause, "en")
    return round(len(clauses) / (time.process_time() - start))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--opp115", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    figures: dict[str, Any] = {}
    if arguments.data:
        for language in languages():
            read(paragraph("We keep your data."), language)
        figures["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)  # the whole process
        figures["clauses_per_s"] = speed(arguments.data)
        figures["appsi139"] = score_appsi(arguments.data)
        figures["tosdr"] = score_tosdr(arguments.data)
    if arguments.opp115:
        figures["opp115"] = score_opp115(arguments.opp115)
    if arguments.corpus:
        figures["change"] = score_changes(changes(arguments.corpus))
    figures["written"] = score_changes(written_changes())
    text = json.dumps(figures, indent=2)
    print(text)
    if arguments.json:
        arguments.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
