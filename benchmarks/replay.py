"""Replays a corpus through the real check and scores it against judged changes.

    ./run bench replay --corpus PATH [--json FILE] [--document NAME ...] [--notes]

PATH is shaped as benchmarks/corpus.py says. Each document's captures are checked in order: in-process fetcher, real
SQLite store, default configuration, the captures' own times as the clock. Beside it, in the same run, the same score
for a watcher that hashes a page's whole text (inscriptis, as changedetection.io takes it), and one that hashes what
trafilatura takes.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import inscriptis
import trafilatura

from benchmarks import corpus as recordings
from benchmarks.scoring import Event, Score, score, words_between, words_of
from monitor.check import Checked, Parts, check_policy
from monitor.fetch import convert
from monitor.look import Settings
from monitor.model import AlertKind, EditKind, Fetched, FetchRequest, Origin, PolicyKind, PolicySpec, Rule
from monitor.ports import Store
from monitor.text.language import supported
from storage import open_store


@dataclass(slots=True)
class Cost:
    """CPU seconds, and how many captures they were spent on."""

    changed: float = 0.0
    changed_count: int = 0
    same: float = 0.0
    same_count: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.changed + other.changed,
            self.changed_count + other.changed_count,
            self.same + other.same,
            self.same_count + other.same_count,
        )

    @property
    def changed_ms(self) -> float:
        return 1000 * self.changed / max(1, self.changed_count)

    @property
    def same_ms(self) -> float:
        return 1000 * self.same / max(1, self.same_count)


@dataclass(slots=True)
class Result:
    """One document, by each watcher."""

    document: str
    scores: dict[str, Score] = field(default_factory=dict)
    costs: dict[str, Cost] = field(default_factory=dict)
    peak_mb: float = 0.0
    start_ms: float = 0.0  # CPU of loading the language model, which a process does once


class Replay:
    """Clock and fetcher at once: the capture that is due."""

    def __init__(self) -> None:
        self.time: datetime
        self.answer: Fetched

    def now(self) -> datetime:
        return self.time

    def fetch(self, _request: FetchRequest) -> Fetched:
        return self.answer

    def show(self, when: datetime, url: str, body: bytes) -> None:
        digest = hashlib.sha256(body).hexdigest()
        self.time = when
        self.answer = Fetched(
            url=url,
            final_url=url,
            taken=when,
            status=200,
            headers=(("Content-Type", "text/html; charset=utf-8"),),
            body=body,
            digest=digest,
            wire_digest=digest,
            wire_size=len(body),
            media_type="text/html",
            charset="utf-8",
        )


def event_of(checked: Checked, store: Store, number: int, times: dict[datetime, int]) -> Event | None:
    """What a check reports, if anything."""
    change_id = checked.committed.change_id
    if change_id is None:
        return None
    change = store.change(change_id)
    old, new = store.version(change.old_version_id).clauses, store.version(change.new_version_id).clauses
    texts = []
    for operation in change.operations:
        if operation.words:
            texts += [edit.text for edit in operation.words if edit.kind is not EditKind.EQUAL]
        else:
            texts += [old[index].text for index in operation.old] + [new[index].text for index in operation.new]
    alerts = any(alert.kind is AlertKind.CHANGE for alert in checked.record.alerts)
    what = f"{change.significance.value} {change.summary} ({change.why})"
    return Event(times.get(change.bracket.before, number), words_of(texts), alerts, what)


def replay(path: Path, document: str) -> Result:
    """Check one document's captures."""
    result = Result(document)
    labels = recordings.labels(path).get(document, [])
    versions = recordings.recorded(path, document)
    kind = PolicyKind.TERMS if "terms" in document else PolicyKind.PRIVACY
    times: list[datetime] = []
    ours: list[Event] = []
    cost = Cost()
    peers: dict[str, Peer] = {"inscriptis": Peer(_inscriptis), "trafilatura": Peer(_trafilatura)}
    # Once per process and not per capture, as importing the peers is; told by itself.
    start = time.process_time()
    supported()
    result.start_ms = 1000 * (time.process_time() - start)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"{folder}/replay.db")
        site = Replay()
        url = "https://replay.example/policy"
        policy, before = None, b""
        for number, (when, real_url, html) in enumerate(recordings.captures(path, document)):
            body = html.encode()
            times.append(when)
            site.show(when, url, body)
            if policy is None:
                url = real_url
                site.show(when, url, body)
                spec = PolicySpec(name="replay", urls=(url,), kind=kind)
                policy = store.add_policy(spec, origin=Origin.DATABASE, now=when)
                parts = _parts(store, site)
            start = time.process_time()
            checked = check_policy(policy.id, parts)
            spent = time.process_time() - start
            if body == before:
                cost.same, cost.same_count = cost.same + spent, cost.same_count + 1
            else:
                cost.changed, cost.changed_count = cost.changed + spent, cost.changed_count + 1
                for peer in peers.values():
                    peer.look(number, html)
            if event := event_of(checked, store, number, {when: index for index, when in enumerate(times)}):
                ours.append(event)
            before = body
        store.close()
    result.scores["ours"] = score(ours, labels, versions, times)
    result.costs["ours"] = cost
    for name, peer in peers.items():
        result.scores[name] = score(peer.events, labels, versions, times)
        result.costs[name] = peer.cost
    result.peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    gc.collect()
    return result


def _parts(store: Store, site: Replay) -> Parts:
    settings = Settings(rules=(Rule(name="default"),), channels=("email",))
    return Parts(store=store, fetcher=site, clock=site, settings=settings, convert=convert)


class Peer:
    """A watcher that alerts whenever a page's text hashes differently from the time before."""

    def __init__(self, text_of: Callable[[str], str]) -> None:
        self._text_of = text_of
        self._before: str | None = None
        self.events: list[Event] = []
        self.cost = Cost()

    def look(self, number: int, html: str) -> None:
        start = time.process_time()
        text = self._text_of(html)
        digest = hashlib.sha256(text.encode()).digest()
        self.cost.changed += time.process_time() - start
        self.cost.changed_count += 1
        if self._before is not None and digest != hashlib.sha256(self._before.encode()).digest():
            self.events.append(Event(number, words_between(self._before, text), alerts=True))
        self._before = text


def _inscriptis(html: str) -> str:
    return str(inscriptis.get_text(html)) if html.strip() else ""


def _trafilatura(html: str) -> str:
    return str(trafilatura.extract(html, favor_recall=True) or "")


def report(results: Sequence[Result]) -> dict[str, Any]:
    """All figures, with the names that the issue gives them."""
    names = list(results[0].scores)
    totals = {name: sum((one.scores[name] for one in results), Score()) for name in names}
    costs = {name: sum((one.costs[name] for one in results), Cost()) for name in names}

    def figures(name: str, score_: Score, cost: Cost, base: Cost) -> dict[str, Any]:
        return {
            **score_.figures(),
            "cpu_ms_changed": round(cost.changed_ms, 3),
            "cpu_ms_same": round(cost.same_ms, 3) if name == "ours" else None,
            "cpu_ratio_inscriptis": round(cost.changed_ms / base.changed_ms, 3) if base.changed_ms else None,
        }

    return {
        **figures("ours", totals["ours"], costs["ours"], costs["inscriptis"]),
        "start_ms": round(sum(one.start_ms for one in results) / len(results), 1),
        "peak_mb": round(max(one.peak_mb for one in results), 1),
        "peers": {
            name: figures(name, totals[name], costs[name], costs["inscriptis"]) for name in names if name != "ours"
        },
        "documents": {
            one.document: figures("ours", one.scores["ours"], one.costs["ours"], one.costs["inscriptis"])
            for one in results
        },
    }


def _line(name: str, data: dict[str, Any]) -> str:
    def share(value: float | None) -> str:
        return "  –  " if value is None else f"{value:5.3f}"

    recall, alerted = data["recall"], data["alert_recall"]
    return (
        f"{name:36} {data['captures']:5} {data['changes']:5} {data['alerts']:5} {data['false']:5}  "
        f"{share(recall['substantive'])} {share(recall['editorial'])} {share(recall['cosmetic'])}  "
        f"{share(alerted['substantive'])}  {share(data['precision'])} {data['false_per_1000'] or 0:7.2f} "
        f"{data['cpu_ms_changed']:8.2f} {data['cpu_ratio_inscriptis'] or 0:6.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--document", action="append", default=[], help="only documents whose name holds this")
    parser.add_argument("--notes", action="store_true", help="print each false alarm and each miss")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    names = [
        name
        for name in recordings.documents(options.corpus)
        if not options.document or any(part in name for part in options.document)
    ]
    if not names:
        sys.exit(f"no documents in {options.corpus}")
    print(
        f"{'document':36} captu chang alert false  recall (sub edi cos)  alert  preci   /1000   cpu ms  ratio",
        flush=True,
    )
    results = []
    # A process a document: the peak of memory is its own, and nothing warm is handed on.
    with ProcessPoolExecutor(options.jobs, max_tasks_per_child=1) as pool:
        for result in pool.map(replay, [options.corpus] * len(names), names):
            results.append(result)
            print(_line(result.document, report([result])), flush=True)
            if options.notes:
                print("".join(f"    {note}\n" for note in result.scores["ours"].notes), end="", flush=True)
    total = report(results)
    print(_line("all", total))
    for name, data in total["peers"].items():
        print(_line(f"  {name}, whole text hashed", data))
    print(
        f"same bytes: {total['cpu_ms_same']} ms; start of a process: {total['start_ms']} ms; peak {total['peak_mb']} MB"
    )
    if options.json:
        options.json.write_text(json.dumps(total, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
