"""The document that programs get: the body of a webhook, and what a command reads. docs/schema/ publishes its form."""

from __future__ import annotations

from typing import TypedDict

from monitor.model import AlertKind
from monitor.report.document import ChangeDocument, SubjectDocument

SCHEMA = "clausewatch/notice/1"
DIGEST_SCHEMA = "clausewatch/digest/1"

TYPES = {
    AlertKind.CHANGE: "policy.changed",
    AlertKind.SEEN: "policy.seen",
    AlertKind.UNREACHABLE: "policy.unreachable",
    AlertKind.TROUBLE: "trouble",
    AlertKind.TEST: "test",
}


class NoticeDocument(TypedDict):
    """Why this is told, and of what. `key` never repeats: a second notice with it is the same one again."""

    schema: str
    key: str
    kind: str
    rule: str
    reason: str
    subject: str
    policy: SubjectDocument
    change: ChangeDocument | None


class Payload(TypedDict):
    """A notice, shaped as Standard Webhooks asks."""

    type: str
    timestamp: str
    data: NoticeDocument


class DigestDocument(TypedDict):
    """Notices that are told together, oldest first."""

    schema: str
    key: str
    subject: str
    notices: list[NoticeDocument]


class DigestPayload(TypedDict):
    """A digest, shaped as Standard Webhooks asks."""

    type: str
    timestamp: str
    data: DigestDocument
