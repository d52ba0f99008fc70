"""Bytes of a page to the clauses of a policy.

    segment(markup, media_type)   clauses of one document
    read(pages)                   clauses of a policy's pages, with language, dates, title and origin
    clause(text, kind)            a clause with its digest
    normalise(text)               the form in which texts are compared

Pure: no I/O, no clock; the same bytes give the same clauses on any machine.
"""

from monitor.text.dates import is_date_line, without_dates
from monitor.text.discover import FoundPolicy, policy_links
from monitor.text.normalise import clause_digest, normalise
from monitor.text.reading import EXTRACTOR, extractor_id, read, reading_digest
from monitor.text.sanity import suspicion
from monitor.text.segment import clause, segment
from monitor.text.skeleton import skeleton_digest

__all__ = [
    "EXTRACTOR",
    "FoundPolicy",
    "clause",
    "clause_digest",
    "extractor_id",
    "is_date_line",
    "normalise",
    "policy_links",
    "read",
    "reading_digest",
    "segment",
    "skeleton_digest",
    "suspicion",
    "without_dates",
]
