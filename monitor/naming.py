"""Names and kinds for policies that are added by address alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from urllib.parse import urlsplit

from monitor.model import PolicyKind

# Words of addresses, in the languages of the web sites that we know; the first that fits decides.
_KIND_WORDS = {
    PolicyKind.COOKIES: ("cookie", "kuki"),
    PolicyKind.SUBPROCESSORS: ("subprocessor", "sub-processor"),
    PolicyKind.DPA: ("dpa", "data-processing"),
    PolicyKind.ACCEPTABLE_USE: ("acceptable-use", "aup", "community-guidelines"),
    PolicyKind.PRIVACY: ("privacy", "privasi", "datenschutz", "confidentialite", "privacidad", "data-protection"),
    PolicyKind.TERMS: ("terms", "tos", "conditions", "agb", "terma", "cgu", "legal"),
}
_NOT_NAME = re.compile(r"[^a-z0-9]+")
_GENERIC_HOSTS = {"www", "web", "m", "help", "support", "legal", "policies", "policy", "docs", "privacy", "terms"}
# Second-level domains that stand for a country's companies, such as example.com.my.
_SECOND_LEVEL = {"com", "co", "org", "net", "gov", "edu", "ac"}
_COUNTRY_CODE_LENGTH = 2


def guess_kind(url: str) -> PolicyKind:
    """Tell the kind from the words of an address, its path before its host; privacy when none tells."""
    host, path = _parts(url)
    path_words = set(_NOT_NAME.split(path))
    for kind, marks in _KIND_WORDS.items():
        if any(mark in path_words or (len(mark) > len("legal") and mark in path) for mark in marks):
            return kind
    labels = set(host.split(".")[:-2])  # the last two are the company's own name
    return next((kind for kind, marks in _KIND_WORDS.items() if labels.intersection(marks)), PolicyKind.PRIVACY)


def suggest_name(url: str, kind: PolicyKind, taken: Collection[str]) -> str:
    """Make a name such as acme-privacy, or acme-privacy-2 when that is taken."""
    base = f"{service_of(url)}-{kind.value}"
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def service_of(url: str) -> str:
    """Take the distinctive part of the host: `acme` of www.acme.com.my, the whole of an IP address or localhost."""
    host, _ = _parts(url)
    parts = host.split(".")
    if parts[-1].isdigit() or len(parts) == 1 or ":" in host:
        return _as_name(host)
    country = len(parts.pop()) == _COUNTRY_CODE_LENGTH
    named = [part for part in parts if part not in _GENERIC_HOSTS] or parts
    if country and len(named) > 1 and named[-1] in _SECOND_LEVEL:
        del named[-1]
    return _as_name(named[-1])


def _parts(url: str) -> tuple[str, str]:
    """Host and path in lower case; nothing where the address cannot be split, which others will tell."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").rstrip("."), parts.path.lower()
    except ValueError:
        return "", ""


def _as_name(text: str) -> str:
    """Letters of other alphabets lose their accents or go: a name is typed in a shell."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _NOT_NAME.sub("-", plain).strip("-") or "policy"
