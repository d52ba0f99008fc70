"""The page about practices: from the packaged taxonomy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from monitor.practices import languages
from monitor.practices.taxonomy import taxonomy


def practices() -> str:
    """Every practice with its references, and the ids that facts hold."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    held = taxonomy()
    yield "# Practices"
    yield ""
    yield "What a clause may be about."
    yield "IRIs are terms of the Data Privacy Vocabulary 2.3; OPP-115 names are the categories of that corpus."
    yield f"Languages with a lexicon: {', '.join(languages())}."
    for practice in held.practices.values():
        yield ""
        yield f"## {practice.label}"
        yield f"`{practice.id}`: {practice.definition}"
        yield ""
        yield f"- DPV: <{practice.dpv}>"
        for name, value in (
            ("OPP-115", practice.opp115),
            ("GDPR", practice.gdpr),
            ("CCPA", practice.ccpa),
            ("PDPA (Malaysia)", practice.pdpa),
        ):
            if value:
                yield f"- {name}: {value}"
    for title, ids in (
        ("Types of data", held.data),
        ("Purposes", held.purposes),
        ("Recipients", held.recipients),
        ("Conditions", held.conditions),
    ):
        yield ""
        yield f"## {title}"
        yield from _table(ids)
    yield ""
    yield f"Sensitive types of data: {', '.join(f'`{name}`' for name in held.data if name in held.sensitive)}."


def _table(ids: Mapping[str, str]) -> Iterator[str]:
    yield "| id | DPV |"
    yield "|---|---|"
    for name, iri in ids.items():
        yield f"| `{name}` | {f'<{iri}>' if iri else ''} |"
