"""Observations read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row

from monitor.model import Observation


def as_observation(row: Row[Any], captured: Mapping[int | None, tuple[int, ...]]) -> Observation:
    """A row of `observations` as a record; `captured` has the captures of its look."""
    return Observation(
        id=row.id,
        policy_id=row.policy_id,
        outcome=row.outcome,
        reason=row.reason,
        detail=row.detail,
        version_id=row.version_id,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        count=row.checks,
        capture_ids=captured.get(row.look_id, ()),
    )
