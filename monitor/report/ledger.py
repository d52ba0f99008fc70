"""The ledger of a policy as a table, as plain data, as CSV, and as JSON-LD in terms of the Data Privacy Vocabulary."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypedDict

from rich.table import Table
from rich.text import Text

from monitor.model import Clause, Fact, Meaning, ValueKind
from monitor.practices import Entry, label, told
from monitor.practices.taxonomy import taxonomy
from monitor.report.harmless import shorten, visible
from monitor.report.meaning import FactDocument, fact_document
from monitor.report.places import Places

_QUOTE = 160  # characters of a sentence in a table
_DPV = "https://w3id.org/dpv#"
_CSV = (
    "policy",
    "practice",
    "aspect",
    "polarity",
    "modality",
    "values",
    "data",
    "recipients",
    "purposes",
    "clause",
    "quote",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so would be run by a spreadsheet


class EntryDocument(TypedDict):
    """A fact and where it stands."""

    practice: str
    label: str
    fact: FactDocument
    clause: int
    place: str
    quote: str


def documents(entries: Iterable[Entry], clauses: Sequence[Clause]) -> list[EntryDocument]:
    """Entries as plain data; quotes are whole."""
    places = Places(clauses)
    return [
        EntryDocument(
            practice=entry.fact.practice,
            label=label(entry.fact.practice),
            fact=fact_document(entry.fact),
            clause=entry.clause,
            place=places.of(entry.clause),
            quote=entry.quote,
        )
        for entry in entries
    ]


def table(rows: Iterable[tuple[str, EntryDocument]], *, title: str, with_policy: bool = False) -> Table:
    """For the terminal; rows are a policy's name and an entry."""
    made = Table(title=visible(title), title_justify="left", show_lines=False)
    for head in (*(("Policy",) if with_policy else ()), "Practice", "What", "Names", "Where", "Words"):
        made.add_column(head, overflow="fold")
    for name, entry in rows:
        cells = (
            entry["label"],
            _said(entry["fact"]),
            _named(entry["fact"]),
            entry["place"],
            shorten(entry["quote"], _QUOTE),
        )
        made.add_row(*(Text(visible(cell)) for cell in ((name, *cells) if with_policy else cells)))
    return made


def difference(meaning: Meaning, *, title: str, practice: str | None = None) -> Table:
    """What a policy says now and did not before, and the other way round, for the terminal."""
    made = Table(title=visible(title), title_justify="left")
    for head in ("Practice", "Change", "For the reader", "Why"):
        made.add_column(head, overflow="fold")
    for change in (change for change in meaning.changes if practice in (None, change.practice)):
        cells = (label(change.practice), told(change), change.direction.value.replace("-", " "), change.reason)
        made.add_row(*(Text(visible(cell)) for cell in cells))
    return made


def as_csv(rows: Iterable[tuple[str, EntryDocument]]) -> str:
    """With a line of heads; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_CSV)
    for name, entry in rows:
        held = entry["fact"]
        cells = (
            name,
            entry["practice"],
            held["aspect"],
            held["polarity"],
            held["modality"],
            "; ".join(value["text"] for value in held["values"]),
            "; ".join(held["data"]),
            "; ".join(held["recipients"]),
            "; ".join(held["purposes"]),
            entry["place"],
            entry["quote"],
        )
        writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
    return file.getvalue()


def as_json_ld(entries: Iterable[Entry], *, url: str, service: str) -> dict[str, Any]:
    """A graph of processes with DPV 2.3 terms; what the vocabulary has no term for is left out.

    A statement that something is not done is a prohibition, one that it may be done a permission.
    """
    return {
        "@context": {
            "dpv": _DPV,
            "schema": "https://schema.org/",
            **{
                name: {"@id": f"dpv:{name}", "@type": "@id"}
                for name in ("hasPersonalData", "hasPurpose", "hasRecipient", "hasProcessing", "hasContext")
            },
        },
        "@id": url,
        "@type": "dpv:PersonalDataProcess",
        **({"schema:provider": service} if service else {}),
        "dpv:hasProcess": list(_nodes(entries, url)),
    }


def _nodes(entries: Iterable[Entry], url: str) -> Iterator[dict[str, Any]]:
    """Each fact under a name of its own, since a loader merges nodes of one name; the second one is called -2."""
    seen: Counter[str] = Counter()
    for entry in entries:
        name = f"{url}#clause-{entry.clause}-{entry.fact.practice}-{entry.fact.aspect}"
        seen[name] += 1
        yield _node(entry, name if seen[name] == 1 else f"{name}-{seen[name]}")


def _node(entry: Entry, address: str) -> dict[str, Any]:
    held, known = entry.fact, taxonomy()
    node: dict[str, Any] = {
        "@id": address,
        "@type": ["dpv:Process", known.practices[held.practice].dpv],
        "schema:text": entry.quote,
    }
    if held.polarity.value == "does-not":
        node["@type"].append("dpv:Prohibition")
    elif held.modality.value in ("may", "must"):
        node["@type"].append("dpv:Permission" if held.modality.value == "may" else "dpv:Obligation")
    for name, ids, iris in (
        ("hasPersonalData", held.data, known.data),
        ("hasPurpose", held.purposes, known.purposes),
        ("hasRecipient", held.recipients, known.recipients),
    ):
        if found := [iris[each] for each in ids if iris[each]]:
            node[name] = found
    if durations := list(_durations(held)):
        node["dpv:hasDuration"] = durations
    return node


def _durations(held: Fact) -> Iterator[dict[str, str]]:
    for value in held.values:
        if value.kind is ValueKind.DURATION and value.duration is not None:
            yield {"@type": value.duration.iri, "schema:duration": value.normal, "schema:text": value.text}


def _said(held: FactDocument) -> str:
    return f"{held['aspect'].replace('-', ' ')}{' (not done)' if held['polarity'] == 'does-not' else ''}"


def _named(held: FactDocument) -> str:
    values = [value["text"] for value in held["values"]]
    ids = [each.replace("-", " ") for each in (*held["recipients"], *held["data"], *held["purposes"])]
    return ", ".join([*values, *ids])
