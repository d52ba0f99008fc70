"""All pages of a policy → one reading."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from monitor.model import Clause, Page, Reading, StatedDates
from monitor.text.dates import stated_dates
from monitor.text.language import foreign, identify, sample_of
from monitor.text.segment import Segmented, segment_document
from monitor.text.skeleton import bones

# Raise the number whenever the same bytes may give other clauses: stored captures are then read again first.
EXTRACTOR = "clauses-2"


def read(
    pages: Sequence[Page],
    *,
    select: Sequence[str] = (),
    remove: Sequence[str] = (),
    language: str | None = None,
    languages: Sequence[str] = ("en", "ms", "fr", "de"),
) -> Reading:
    """Read a policy: its pages in order, joined.

    Args:
        pages: what was fetched; at least one.
        select: CSS selectors of what to read.
        remove: CSS selectors of what to leave out.
        language: that the policy is known to be in; identified among `languages` when None.
        languages: ISO 639-1 codes to choose from.

    Raises:
        ReadError: a page is no document of its media type (a broken PDF), or a selector is not CSS.
    """
    parts = [_read_page(page, select, remove) for page in pages]
    clauses = tuple(clause for part in parts for clause in part.clauses)
    if language is None:
        sample = sample_of(clauses)
        language = foreign(sample, languages) or identify(sample, languages)
    return Reading(
        clauses=clauses,
        digest=reading_digest(clauses),
        extractor=extractor_id(select, remove),
        language=language,
        dates=stated_dates(clauses, language) if clauses else StatedDates(),
        title=next((part.title for part in parts if part.title), ""),
        provenance=next((part.provenance for part in parts if part.provenance), None),
    )


def _read_page(page: Page, select: Sequence[str], remove: Sequence[str]) -> Segmented:
    return segment_document(
        bones(page, selectors=bool(select or remove)),
        page.media_type,
        base_url=page.url,
        select=select,
        remove=remove,
        charset=page.charset,
    )


def reading_digest(clauses: Iterable[Clause]) -> str:
    """SHA-256 (hex) over the words, labels and link targets of clauses, in order."""
    whole = hashlib.sha256()
    for clause in clauses:
        parts = (clause.digest, clause.label, *(link.target for link in clause.links))
        whole.update("\x1f".join(parts).encode("utf-8", "surrogatepass") + b"\x1e")
    return whole.hexdigest()


def extractor_id(select: Sequence[str] = (), remove: Sequence[str] = ()) -> str:
    """What made a reading: the extractor, and a short digest of the selectors that a policy adds."""
    if not select and not remove:
        return EXTRACTOR
    chosen = "\x1e".join(["\x1f".join(select), "\x1f".join(remove)])
    return f"{EXTRACTOR}+{hashlib.sha256(chosen.encode()).hexdigest()[:8]}"
