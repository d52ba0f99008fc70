"""Declarations of Open Terms Archive: which pages make up which terms of a service, as policies to be watched.

The format: {"name": …, "terms" (once "documents"): {type: {"fetch", "select", "remove", "filter",
"executeClientScripts", "combine": [the same, …]}}} (https://docs.opentermsarchive.org/terms/reference/declaration/).
A policy here has one set of selectors for all its pages, no scripts and no filter functions: what cannot be said that
way is told, and left out.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from monitor.errors import ReadError
from monitor.model import PolicyKind

_KINDS = {
    "privacy policy": PolicyKind.PRIVACY,
    "trackers policy": PolicyKind.COOKIES,
    "cookies policy": PolicyKind.COOKIES,
    "terms of service": PolicyKind.TERMS,
    "commercial terms": PolicyKind.TERMS,
    "developer terms": PolicyKind.TERMS,
    "community guidelines": PolicyKind.ACCEPTABLE_USE,
    "acceptable use policy": PolicyKind.ACCEPTABLE_USE,
    "data processor agreement": PolicyKind.DPA,
    "data controller agreement": PolicyKind.DPA,
}
_NOT_NAME = re.compile(r"[^a-z0-9]+")
_MOST = 2 << 20  # bytes; real declarations have a few thousand


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A policy that a declaration asks for. `fields` are those of `[[policy]]`; `notes` tell what was left out."""

    document: str  # as Open Terms Archive names its files: Service/Terms type
    fields: dict[str, Any]
    notes: tuple[str, ...] = ()


def read_declaration(content: bytes, *, service_id: str) -> list[Declared]:
    """The policies of a declaration; `service_id` is the name of its file.

    Raises:
        ReadError: it is no declaration.
    """
    if len(content) > _MOST:
        raise ReadError("a declaration is not as large as that")
    try:
        said = json.loads(content)
        terms = said["terms"] if "terms" in said else said["documents"]
        service = str(said["name"])
        kinds = list(terms.items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReadError('this is no declaration: it needs "name" and "terms"') from error
    return [_declared(service, service_id, str(kind), body) for kind, body in kinds]


def to_toml(declared: Sequence[Declared]) -> str:
    """The policies as they stand in config.toml."""
    return "\n".join(_entry(one) for one in declared)


def _entry(one: Declared) -> str:
    notes = [f"# {note}" for note in one.notes]
    lines = [f"{key} = {json.dumps(value, ensure_ascii=True)}" for key, value in one.fields.items() if value]
    return "\n".join([*notes, "[[policy]]", *lines]) + "\n"


def _declared(service: str, service_id: str, kind: str, body: Any) -> Declared:
    if not isinstance(body, dict):
        raise ReadError(f'this is no declaration: "{kind}" is not described')
    parts = body.get("combine") or [body]
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise ReadError(f'this is no declaration: "combine" of "{kind}" is no list of pages')
    notes: list[str] = []
    urls: list[str] = []
    selectors: dict[str, list[str]] = {"select": [], "remove": []}
    for part in parts:
        url = part.get("fetch", body.get("fetch"))
        if not isinstance(url, str):
            raise ReadError(f'this is no declaration: a page of "{kind}" has no "fetch"')
        urls.append(url)
        for key, kept in selectors.items():
            kept += [one for one in _selectors(part.get(key, body.get(key)), key, notes) if one not in kept]
        notes += _left_out({**body, **part})
    if len(parts) > 1 and len({json.dumps(part.get("select", body.get("select"))) for part in parts}) > 1:
        notes.append("its pages have selectors of their own; here all of them are applied to each page")
    return Declared(
        document=f"{service_id}/{kind}",
        fields={
            "name": f"{_handle(service)}-{_handle(kind)}",
            "service": service,
            "urls": urls,
            "kind": _KINDS.get(kind.lower(), PolicyKind.OTHER).value,
            **selectors,
        },
        notes=tuple(dict.fromkeys(notes)),
    )


def _selectors(said: Any, key: str, notes: list[str]) -> Iterator[str]:
    """CSS selectors; ranges (from one element to another) cannot be said in CSS."""
    for one in said if isinstance(said, list) else [said]:
        if isinstance(one, str):
            yield one
        elif one is not None:
            notes.append(f"{key} names a range of the page, which is left out: {json.dumps(one)[:120]}")


def _left_out(part: dict[str, Any]) -> Iterator[str]:
    if part.get("executeClientScripts"):
        yield "its page is made by scripts (executeClientScripts), and no script is run here"
    if part.get("filter"):
        yield "its filter functions are left out"


def _handle(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_NAME.sub("-", plain).strip("-") or "unnamed"
