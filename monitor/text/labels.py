"""Markers at the start of a clause: "4.2(b)", "(a)", "iv.", "•", "Article 5 –"."""

from __future__ import annotations

import re

_ROMAN = r"(?:x{0,3}(?:ix|iv|v?i{1,3}|v|x)|X{0,3}(?:IX|IV|V?I{1,3}|V|X))"
_BULLET = r"[•‣◦▪▫●○■□▸►▶◆◇❖➢➤✓✔·∙⋅⁃\uf0b7\uf0a7\uf0d8]"
_NUMBERED_PARTS = (
    # Words for a numbered part of a legal text: English, French, German, Malay.
    r"(?:article|section|clause|part|chapter|schedule|annex|appendix|paragraphe?|titre|chapitre|annexe|artikel|abschnitt"
    r"|teil|kapitel|anhang|ziffer|seksyen|perkara|fasal|bahagian|jadual|lampiran)"
)
_SUB = r"(?:\s?\((?:\d{1,2}|[a-zA-Z]{1,2}|" + _ROMAN + r")\))*"
_MARKER = re.compile(
    rf"""
    (?:{_BULLET}\s*)+
    | [-–—*+o]\s+(?=\S)                                        # typed bullets
    | §{{1,2}}\s?\d+[a-z]?(?:\s?\(\d+\))?(?:\s?[.:–—-])?(?=\s)
    | (?i:{_NUMBERED_PARTS})\s(?:\d{{1,3}}(?:\.\d+)*|{_ROMAN}|[A-Z])(?:[.:)]|\s?[–—-](?=\s))(?=\s)
    | \d{{1,3}}(?:\.\d{{1,3}})+[.)]?{_SUB}[.:)]?(?=\s\W{{0,2}}[^\W\d_a-z])   # 4.2 Text, 4.2(b) Text
    | \d{{1,3}}(?:\.\d{{1,3}})*(?:[.)]{_SUB}|{_SUB[:-1]}+)[.:)]?(?=\s)     # 1.  2)  4(b)
    | \((?:\d{{1,3}}|[a-zA-Z]{{1,2}}|{_ROMAN})\)(?=\s|(?=[^\W\d_]))
    | (?:[a-zA-Z]|{_ROMAN})[.)](?=\s(?!\w[.]))                  # a.  iv)  but not "z. B."
    """,
    re.VERBOSE,
)
# Things that only look like markers: "30. September", "(c) 2024", "5) %".
_MONTH = (
    r"(?i:jan(?:uary|uar|vier|uari)?|f[eé]b?v?(?:ruary|ruar|rier|ruari)?|m(?:arch|ärz|ars|ac)|apr(?:il)?|avril|ma[iy]|mei"
    r"|jun[ei]?|juin|jul[yi]?|juillet|julai|aug(?:ust)?|ao[uû]t|ogos|sept?(?:ember|embre)?|o[kc]t(?:ober|obre)?"
    r"|nov(?:ember|embre)?|de[cz](?:ember)?|déc(?:embre)?|disember)\b\.?"
)
_NOT_A_MARKER = re.compile(rf"\d{{1,2}}\.\s(?:{_MONTH}|\d)|\(c\)\s?(?:\d{{4}}|(?i:copyright))|\d+\)\s?%")
_HEADING_NUMBER = re.compile(r"(?:\d{1,2}|[IVX]{1,5})(?=\s[^\W\d_a-z])")
_MAX_LABEL = 40  # characters

LOOKS_NUMBERED = re.compile(rf"(?:\d{{1,3}}(?:\.\d{{1,3}})*|{_ROMAN}|[A-Z])[.)]?$|§|(?i:{_NUMBERED_PARTS})\b")


def split_label(text: str, *, heading: bool = False) -> tuple[str, str]:
    """Take the marker off the start of a text: (marker, rest). A text that is nothing else keeps it.

    Headings may also have a bare number ("3 Your rights").
    """
    first = text[:1]
    if first.islower() and text[1:2] not in {".", ")"} and not _ROMAN_START.match(text):
        return "", text  # the common case, decided without the long pattern
    found = _MARKER.match(text)
    if found is None and heading:
        found = _HEADING_NUMBER.match(text)
    if found is None or found.end() > _MAX_LABEL or _NOT_A_MARKER.match(text):
        return "", text
    rest = text[found.end() :].lstrip()
    if not any(map(str.isalnum, rest)):
        return "", text
    return found[0].strip(), rest


_ROMAN_START = re.compile(r"[ivx]+[.)]|[a-z]{4,}\s[\dIVXA-Z]|o\s")
