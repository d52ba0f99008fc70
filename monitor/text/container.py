"""The smallest element that holds nearly all of a page's prose."""

from __future__ import annotations

from lxml import etree

from monitor.text.survey import Survey

# Measured on 109 policies: 98 % keeps 99.9 % of hand-selected paragraphs and loses none of them by more than 10 %.
_SHARE = 0.98
# A page with less prose than this, or with less prose than labels, has no body of text to look for.
_LEAST_PROSE = 500  # characters


def container(survey: Survey) -> etree._Element:
    """Walk down as long as one child holds the share of what the whole page has."""
    prose, after = survey.prose, survey.after
    needed = prose[0] * _SHARE
    at, size = 0, len(prose)
    if prose[0] < _LEAST_PROSE or prose[0] * 2 < survey.text[0]:
        return survey.elements[0]
    while True:
        child, end = at + 1, after[at]
        while child < end and child < size and prose[child] < needed:
            child = after[child]
        if child >= end:
            return survey.elements[at]
        at = child
