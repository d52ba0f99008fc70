"""Records for tests of the store, made with as few words as a test needs."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.model import (
    Bracket,
    CandidateDraft,
    ChangeDraft,
    ChangeKind,
    CheckRecord,
    Clause,
    ClauseKind,
    Edit,
    EditKind,
    Fetched,
    History,
    ObservationDraft,
    Operation,
    OperationKind,
    Outcome,
    PolicySpec,
    Reading,
    Significance,
    VersionDraft,
)

NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def sha(text: str | bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text).hexdigest()


def a_spec(name: str = "acme/privacy", **fields: Any) -> PolicySpec:
    """A policy with one URL."""
    return PolicySpec(**({"name": name, "urls": (f"https://{name}.example/",)} | fields))


def a_clause(words: str, **fields: Any) -> Clause:
    """A paragraph."""
    return Clause(**({"kind": ClauseKind.PARAGRAPH, "text": words, "digest": sha(words.casefold())} | fields))


def a_reading(*texts: str, **fields: Any) -> Reading:
    """Paragraphs in order."""
    clauses = fields.pop("clauses", tuple(map(a_clause, texts)))
    digest = sha("\n".join(clause.text for clause in clauses))
    return Reading(**({"clauses": clauses, "digest": digest, "extractor": "lines/1"} | fields))


def an_answer(body: bytes, url: str = "https://acme/privacy.example/", **fields: Any) -> Fetched:
    """An answer of status 200."""
    return Fetched(
        **(
            {
                "url": url,
                "final_url": url,
                "taken": NOON,
                "status": 200,
                "headers": (("ETag", '"1"'), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")),
                "body": body,
                "digest": sha(body),
                "wire_digest": sha(b"wire" + body),
                "wire_size": len(body) // 3,
                "media_type": "text/html",
                "charset": "utf-8",
            }
            | fields
        )
    )


def a_record(history: History, outcome: Outcome, now: datetime = NOON, **fields: Any) -> CheckRecord:
    """A check decided on `history`."""
    reason = fields.pop("reason", "")
    return CheckRecord(
        policy_id=history.policy.id,
        revision=history.revision,
        now=now,
        observation=ObservationDraft(outcome=outcome, reason=reason, detail=fields.pop("detail", "")),
        **fields,
    )


def a_first(history: History, *texts: str, now: datetime = NOON, **fields: Any) -> CheckRecord:
    """The first version of a policy."""
    reading = a_reading(*texts)
    return a_record(history, Outcome.FIRST, now, version=VersionDraft(reading=reading, first_seen=now), **fields)


def unchanged(history: History, now: datetime, **fields: Any) -> CheckRecord:
    """The current version again."""
    assert history.current is not None
    return a_record(history, Outcome.UNCHANGED, now, seen_version_id=history.current.id, **fields)


def a_candidate(*texts: str, now: datetime = NOON, **fields: Any) -> CandidateDraft:
    """A text seen once."""
    return CandidateDraft(
        **({"reading": a_reading(*texts), "first_seen": now, "last_seen": now, "looks": 1, "since": ()} | fields)
    )


def a_change(old_version_id: int, now: datetime = NOON, **fields: Any) -> ChangeDraft:
    """One clause modified."""
    words = (Edit(EditKind.EQUAL, "We keep it "), Edit(EditKind.DELETE, "30 days"), Edit(EditKind.INSERT, "for ever"))
    return ChangeDraft(
        **(
            {
                "kind": ChangeKind.CHANGED,
                "old_version_id": old_version_id,
                "operations": (Operation(kind=OperationKind.MODIFIED, old=(1,), new=(1,), words=words),),
                "significance": Significance.SUBSTANTIVE,
                "why": "a period grew",
                "summary": "30 days → for ever",
                "bracket": Bracket(now - HOUR, now),
            }
            | fields
        )
    )
