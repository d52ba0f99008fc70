"""What a chain and a bundle say of captures, observations, versions and changes: plain JSON values.

A record never says anything that may change later, such as a policy's name or a version's number: it is hashed once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, TypeAlias

from monitor.model import Capture, Change, Clause, Observation, Policy, Version

Record: TypeAlias = dict[str, Any]


def instant(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, the same for the same moment."""
    return moment.astimezone(UTC).isoformat() if moment else None


def capture_record(capture: Capture) -> Record:
    """A capture; `body` names its decoded bytes by their SHA-256."""
    return {
        "kind": "capture",
        "id": capture.id,
        "url": capture.url,
        "final_url": capture.final_url,
        "taken": instant(capture.taken),
        "source": capture.source.value,
        "archive_url": capture.archive_url,
        "status": capture.status,
        "headers": [list(header) for header in capture.headers],
        "body": capture.digest,
        "wire": capture.wire_digest,
        "wire_size": capture.wire_size,
        "media_type": capture.media_type,
        "charset": capture.charset,
    }


def observation_record(observation: Observation, *, text: str | None) -> Record:
    """What a run of looks found; `text` is the digest of the version that it showed."""
    return {
        "kind": "found",
        "id": observation.id,
        "outcome": observation.outcome.value,
        "reason": observation.reason,
        "detail": observation.detail,
        "text": text,
        "first_seen": instant(observation.first_seen),
        "last_seen": instant(observation.last_seen),
        "count": observation.count,
        "captures": list(observation.capture_ids),
    }


def lasted_record(observation: Observation) -> Record:
    """How far a run of looks went on that was recorded before."""
    return {
        "kind": "lasted",
        "id": observation.id,
        "last_seen": instant(observation.last_seen),
        "count": observation.count,
    }


def policy_record(policy: Policy) -> Record:
    """A policy as it is defined now."""
    spec = policy.spec
    return {
        "id": policy.id,
        "name": spec.name,
        "service": spec.service,
        "kind": spec.kind.value,
        "urls": list(spec.urls),
        "language": spec.language,
        "select": list(spec.select),
        "remove": list(spec.remove),
    }


def version_record(version: Version) -> Record:
    """A confirmed text, clause by clause."""
    return {
        "id": version.id,
        "policy": version.policy_id,
        "number": version.number,
        "digest": version.digest,
        "extractor": version.extractor,
        "language": version.language,
        "updated": version.dates.updated.isoformat() if version.dates.updated else None,
        "effective": version.dates.effective.isoformat() if version.dates.effective else None,
        "first_seen": instant(version.first_seen),
        "last_seen": instant(version.last_seen),
        "exact": version.exact,
        "captures": list(version.capture_ids),
        "clauses": [_clause_record(clause) for clause in version.clauses],
    }


def change_record(change: Change) -> Record:
    """A confirmed change. Operations name clauses by their places in the two versions."""
    return {
        "id": change.id,
        "policy": change.policy_id,
        "kind": change.kind.value,
        "old_version": change.old_version_id,
        "new_version": change.new_version_id,
        "significance": change.significance.value,
        "why": change.why,
        "summary": change.summary,
        "silent": change.silent,
        "after": instant(change.bracket.after),
        "before": instant(change.bracket.before),
        "confirmed": instant(change.confirmed),
        "operations": [
            {
                "kind": operation.kind.value,
                "old": list(operation.old),
                "new": list(operation.new),
                "words": [[edit.kind.value, edit.text] for edit in operation.words],
            }
            for operation in change.operations
        ],
    }


def _clause_record(clause: Clause) -> Record:
    return {
        "kind": clause.kind.value,
        "level": clause.level,
        "path": list(clause.path),
        "label": clause.label,
        "text": clause.text,
        "digest": clause.digest,
        "links": [[link.text, link.target] for link in clause.links],
        "cells": [list(cell) for cell in clause.cells],
    }
