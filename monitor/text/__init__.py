"""Bytes of a page to the clauses of a policy.

    segment(markup, media_type)   clauses of one document
    read(pages)                   clauses of a policy's pages, with language, dates, title and origin
    clause(text, kind)            a clause with its digest
    normalise(text)               the form in which texts are compared

Pure: no I/O, no clock; the same bytes give the same clauses on any machine.
"""

from monitor.text.normalise import clause_digest, normalise
from monitor.text.reading import EXTRACTOR, read, reading_digest
from monitor.text.segment import clause, segment

__all__ = ["EXTRACTOR", "clause", "clause_digest", "normalise", "read", "reading_digest", "segment"]
