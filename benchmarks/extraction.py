"""How much of a policy the extraction keeps, how still it stands, and what it costs.

    python benchmarks/extraction.py --corpus PATH [--json FILE] [--documents N] [--sample N]

PATH is a folder of documents, each with `captures.jsonl.zst` (time, url, html) and `versions.jsonl.zst` (capture_time,
markdown: what somebody's hand-written selectors took from that capture), and a `labels.jsonl` of judged changes.

coverage   share of the hand-selected paragraphs (5 words and more) whose words stand in the clauses in that order,
           over up to --sample recorded versions of a document
readings   distinct texts over all captures; `turns` counts how often the text differed from the capture before;
           `authors` is how many changes the labels call the authors' own
cpu        milliseconds per capture, ours (segment) beside inscriptis and trafilatura on every --every-th capture
"""

from __future__ import annotations

import argparse
import io
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import inscriptis
import trafilatura
import zstandard

from monitor.text import reading_digest, segment
from monitor.text.normalise import normalise

AUTHORS = {"substantive", "editorial", "cosmetic"}
LEAST_WORDS = 5
_WORD = re.compile(r"[^\W_]+")
_MARKUP = (
    (re.compile(r"<br\s*/?>|&[lg]t;", re.IGNORECASE), " "),
    (re.compile(r"!\[[^\]]*\]\([^)]*\)"), " "),
    (re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?:[^()\s]|\([^)]*\))*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"<(https?://[^>]+|[^>\s]+@[^>\s]+)>"), r"\1"),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])"), r"\1"),
    (re.compile(r"(?<!\w)_+|_+(?!\w)|\*+|`+|~~"), ""),
)
_ORDINAL = re.compile(r"^\s*\d{1,3}\.[\s–-]+")
# What the service of the page put instead of an address; the clauses may have the address.
_HIDDEN_ADDRESS = re.compile(r"\[?email\W+protected\]?\S*|[\w.+-]+@[\w.-]+\w")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as packed:
        stream = zstandard.ZstdDecompressor(max_window_size=2**27).stream_reader(packed)
        for line in io.TextIOWrapper(stream, encoding="utf-8", newline="\n"):
            yield json.loads(line)


def documents(corpus: Path) -> list[str]:
    return sorted(str(path.parent.relative_to(corpus)) for path in corpus.rglob("captures.jsonl.zst"))


def words(text: str) -> str:
    return " ".join(_WORD.findall(normalise(text).lower()))


def paragraphs(markdown: str) -> list[str]:
    """The paragraphs, list items and table cells of recorded Markdown, as plain text."""
    out = []
    for block in re.split(r"\n[ \t]*\n|\n(?=\s*(?:[*+-]|\d{1,3}\.)\s)", markdown):
        if re.fullmatch(r"[\s|:\-=*_]*", block):
            continue
        for cell in block.split("|") if block.lstrip().startswith("|") else [block]:
            text = re.sub(r"^\s*(?:>\s*|#{1,6}\s+|[*+-]\s+)*", "", cell)
            for pattern, instead in _MARKUP:
                text = pattern.sub(instead, text)
            if words(text).count(" ") >= LEAST_WORDS - 1:
                out.append(text)
    return out


def covered(markdown: str, html: str, url: str) -> tuple[int, list[str]]:
    """How many paragraphs there are, and which of them the clauses lack.

    A paragraph's own number may be in the clause's label, and an address in it may be hidden on one of the two sides.
    """
    clauses = segment(html, base_url=url)
    held = {
        " ".join(["", *(words(_HIDDEN_ADDRESS.sub(" ", shown(clause))) for clause in clauses), ""])
        for shown in (lambda clause: clause.text, lambda clause: f"{clause.label} {clause.text}")
    }
    wanted = paragraphs(markdown)
    lost = []
    for text in wanted:
        texts = (text, _ORDINAL.sub("", text))
        bare = [words(_HIDDEN_ADDRESS.sub(" ", variant)) for variant in texts]
        if not any(f" {variant} " in there for there in held for variant in bare):
            lost.append(text)
    return len(wanted), lost


def cpu(call: Any, *arguments: Any) -> float:
    start = time.process_time()
    call(*arguments)
    return (time.process_time() - start) * 1000


def measure(corpus: Path, document: str, *, sample: int, every: int, authors: int) -> dict[str, Any]:
    recorded = {row["capture_time"]: row["markdown"] for row in rows(corpus / document / "versions.jsonl.zst")}
    stamps = sorted(recorded)
    chosen = set(stamps[:: max(1, -(-len(stamps) // sample))])
    chosen = {datetime.fromisoformat(stamp): recorded[stamp] for stamp in chosen}
    digests: list[str] = []
    total = missing = timed = 0
    spent: Counter[str] = Counter()
    ours = 0.0
    for at, row in enumerate(rows(corpus / document / "captures.jsonl.zst")):
        html, url = row["html"], row["url"]
        start = time.process_time()
        clauses = segment(html, base_url=url)
        took = (time.process_time() - start) * 1000
        ours += took
        digests.append(reading_digest(clauses))
        markdown = chosen.get(datetime.fromisoformat(row["time"]))
        if markdown is not None:
            wanted, lost = covered(markdown, html, url)
            total += wanted
            missing += len(lost)
        if at % every == 0:
            timed += 1
            spent["clausewatch"] += took
            spent["inscriptis"] += cpu(inscriptis.get_text, html)
            spent["trafilatura"] += cpu(trafilatura.extract, html)
    return {
        "captures": len(digests),
        "paragraphs": total,
        "missing": missing,
        "readings": len(set(digests)),
        "turns": sum(a != b for a, b in pairwise(digests)),
        "authors": authors,
        "cpu_ms": ours / len(digests),
        "timed": timed,
        "spent": dict(spent),
    }


def summary(found: dict[str, Any]) -> dict[str, Any]:
    spent, timed = found["spent"], found["timed"]
    return {
        "captures": found["captures"],
        "paragraphs": found["paragraphs"],
        "coverage": 1 - found["missing"] / found["paragraphs"] if found["paragraphs"] else None,
        "readings": found["readings"],
        "turns": found["turns"],
        "authors": found["authors"],
        "cpu_ms": {name: spent[name] / timed for name in spent},
        "cpu_ratio_inscriptis": spent["clausewatch"] / spent["inscriptis"],
    }


def line(name: str, of: dict[str, Any]) -> str:
    coverage = "   –  " if of["coverage"] is None else f"{of['coverage']:.4f}"
    cost = of["cpu_ms"]
    return (
        f"{name:42} {of['captures']:5} {coverage} {of['readings']:5} {of['turns']:5} {of['authors']:5}  "
        f"{cost['clausewatch']:6.1f} {cost['inscriptis']:6.1f} {cost['trafilatura']:6.1f}  "
        f"{of['cpu_ratio_inscriptis']:.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--documents", type=int, help="only the first N")
    parser.add_argument("--sample", type=int, default=8, help="recorded versions per document for the coverage")
    parser.add_argument("--every", type=int, default=25, help="captures between two that the peers read too")
    given = parser.parse_args()
    names = documents(given.corpus)[: given.documents]
    if not names:
        sys.exit(f"no documents under {given.corpus}")
    labels = given.corpus / "labels.jsonl"
    own: Counter[str] = Counter()
    if labels.exists():
        for label in map(json.loads, labels.read_text(encoding="utf-8").splitlines()):
            own[label["document"]] += label["replayable"] and label["kind"] in AUTHORS
    print(f"{'':42}  caps  cover  read. turns authors   cpu ms: ours, inscriptis, trafilatura; ratio to inscriptis")
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        found[name] = measure(given.corpus, name, sample=given.sample, every=given.every, authors=own[name])
        print(line(name, summary(found[name])), flush=True)
    total: dict[str, Any] = {
        key: sum(of[key] for of in found.values())
        for key in ("captures", "paragraphs", "missing", "readings", "turns", "authors", "timed")
    }
    spent: Counter[str] = Counter()
    for of in found.values():
        spent.update(of["spent"])
    total["spent"] = dict(spent)
    print(line("total", summary(total)))
    if given.json:
        report = {"total": summary(total), "documents": {name: summary(of) for name, of in found.items()}}
        given.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
