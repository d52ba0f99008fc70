"""The page about a webhook's body: from its JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tools.cells import cell

_SCHEMAS = Path(__file__).resolve().parent.parent / "docs" / "schema"


def webhook() -> str:
    """The fields of a webhook's body, from its JSON Schema."""
    notice, change = (
        json.loads((_SCHEMAS / f"{name}-1.json").read_text(encoding="utf-8")) for name in ("notice", "change")
    )
    parts = [
        "# Webhook body\n",
        (
            "The body that a webhook posts, and (`data.change`) what `monitor diff --format json` writes. The schemas "
            "are the authority: [notice-1.json](../schema/notice-1.json) and [change-1.json](../schema/change-1.json). "
            "Within version 1 fields may be added; none is renamed, removed or given another meaning. How to check the "
            "signature is told in [Send alerts](../how-to/send-alerts.md#check-a-webhooks-signature).\n"
        ),
        *_table("The body", notice),
        *_table("data", notice["properties"]["data"]),
        *_table("data.change", change),
    ]
    for name, definition in change["$defs"].items():
        if "properties" in definition:
            parts += _table(name, definition)
    return "\n".join(parts)


def _table(title: str, schema: dict[str, Any]) -> list[str]:
    rows = [f"## {title}\n", f"{schema.get('description', '')}\n", "| field | type | meaning |\n|---|---|---|"]
    for name, field in schema["properties"].items():
        needed = "" if name in schema.get("required", ()) else " (may be missing)"
        rows.append(f"| `{name}`{needed} | {cell(_type(field))} | {cell(field.get('description', ''))} |")
    return [*rows, ""]


def _type(field: dict[str, Any]) -> str:
    if "$ref" in field:
        return _reference(field["$ref"])
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if "enum" in field:
        return ", ".join(f"`{json.dumps(value)}`" for value in field["enum"])
    if "anyOf" in field:
        return " or ".join(_type(one) for one in field["anyOf"])
    kinds = field.get("type", "any")
    if kinds == "array":
        return f"list of {_type(field['items'])}"
    words = kinds if isinstance(kinds, str) else " or ".join(kinds)
    return f"{words} ({field['format']})" if "format" in field else words


def _reference(reference: str) -> str:
    name = reference.rpartition("/")[2]
    name = "data.change" if "#" not in reference else name
    return f"[{name}](#{name.replace('.', '')})"
