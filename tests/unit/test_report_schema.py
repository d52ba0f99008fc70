"""The published schemas and the documents agree, field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from jsonschema import Draft202012Validator, ValidationError
from referencing import Registry, Resource

from monitor.model import (
    ChangeKind,
    ClauseKind,
    Digest,
    EditKind,
    OperationKind,
    PolicyKind,
    Significance,
)
from monitor.report import document, meaning
from monitor.report.redline import from_diff
from notifiers import render
from tests.notices import changed, replace_all, seen, trial, unreachable
from tests.redlines import POLICY, marked_up

SCHEMAS = Path(__file__).parents[2] / "docs" / "schema"


def schema(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((SCHEMAS / f"{name}-1.json").read_text("utf-8"))
    return read


def strict(part: Any) -> Any:
    """The schema with no field allowed that it does not describe: receivers may be lenient, we are not."""
    if isinstance(part, list):
        return [strict(each) for each in part]
    if not isinstance(part, dict):
        return part
    closed = {key: strict(value) for key, value in part.items()}
    return closed | {"additionalProperties": False} if "properties" in part else closed


def validator(name: str) -> Draft202012Validator:
    registry: Registry[Any] = Registry().with_resources(
        [
            (each["$id"], Resource.from_contents(each))
            for each in map(strict, map(schema, ("change", "notice", "digest")))
        ]
    )
    Draft202012Validator.check_schema(schema(name))
    return Draft202012Validator(
        strict(schema(name)), registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


@pytest.mark.parametrize("notice", [changed(), seen(), unreachable(), trial()], ids=lambda notice: notice.alert.kind)
def test_every_notice_is_valid(notice: Any) -> None:
    payload = render.Renderer(replace_all).payload(notice, limit=100_000)
    validator("notice").validate(json.loads(json.dumps(payload)))


def test_a_digest_is_valid() -> None:
    digest = Digest(key="d", notices=(changed(), seen(), unreachable(), trial()))
    payload = render.Renderer(replace_all).digest_payload(digest, limit=100_000)
    validator("digest").validate(json.loads(json.dumps(payload)))


def test_two_files_compared_are_valid() -> None:
    view = from_diff(marked_up(POLICY), title="a.html and b.html", old_label="a.html", new_label="b.html")
    validator("change").validate(json.loads(document.render(view)))


def test_the_schema_bites() -> None:
    told = json.loads(document.render(from_diff(marked_up(POLICY), title="t", old_label="a", new_label="b")))
    del told["operations"][0]["old"][0]["digest"]
    with pytest.raises(ValidationError, match="digest"):
        validator("change").validate(told)


@pytest.mark.parametrize(
    ("part", "shape"),
    [
        ("policy", document.SubjectDocument),
        ("bracket", document.BracketDocument),
        ("side", document.SideDocument),
        ("operation", document.OperationDocument),
        ("clause", document.ClauseDocument),
        ("link", document.LinkDocument),
        ("cell", document.CellDocument),
        ("edit", document.EditDocument),
        ("evidence", document.EvidenceDocument),
        ("meaning", meaning.MeaningDocument),
        ("factchange", meaning.FactChangeDocument),
        ("fact", meaning.FactDocument),
        ("value", meaning.ValueDocument),
    ],
)
def test_every_field_is_described_and_required(part: str, shape: type) -> None:
    described = schema("change")["$defs"][part]
    assert list(described["properties"]) == list(get_type_hints(shape)) == described["required"]


def test_the_documents_themselves_are_described() -> None:
    change, notice = schema("change"), schema("notice")
    assert list(change["properties"]) == list(get_type_hints(document.ChangeDocument)) == change["required"]
    assert list(notice["properties"]) == list(get_type_hints(render.Payload)) == notice["required"]
    data = notice["properties"]["data"]
    assert list(data["properties"]) == list(get_type_hints(render.NoticeDocument)) == data["required"]
    assert change["properties"]["schema"]["const"] == document.SCHEMA
    assert data["properties"]["schema"]["const"] == render.SCHEMA


def test_every_name_that_can_occur_is_listed() -> None:
    change = schema("change")
    parts = change["$defs"]
    assert parts["operation"]["properties"]["kind"]["enum"] == [kind.value for kind in OperationKind]
    assert parts["clause"]["properties"]["kind"]["enum"] == [kind.value for kind in ClauseKind]
    assert parts["edit"]["properties"]["kind"]["enum"] == [kind.value for kind in EditKind]
    assert parts["policy"]["properties"]["kind"]["enum"] == [kind.value for kind in PolicyKind]
    assert change["properties"]["kind"]["enum"] == [*(kind.value for kind in ChangeKind), None]
    assert change["properties"]["significance"]["enum"] == [*(each.value for each in Significance), None]
