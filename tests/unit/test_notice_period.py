"""How long before it counts a text was shown."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from monitor.model import StatedDates, VersionInfo
from monitor.report.outline import log_table
from monitor.report.wording import notice

SEEN = datetime(2025, 4, 17, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("effective", "words"),
    [
        (date(2025, 5, 1), "14 days' notice"),
        (date(2025, 4, 18), "1 day's notice"),
        (date(2025, 4, 17), ""),
        (date(2024, 5, 1), ""),
        (None, ""),
    ],
)
def test_a_date_to_come_gives_the_notice(effective: date | None, words: str) -> None:
    assert notice(StatedDates(effective=effective), SEEN) == words


def test_the_log_tells_it() -> None:
    version = VersionInfo(
        id=1,
        policy_id=1,
        number=1,
        digest="d",
        extractor="x",
        language="en",
        dates=StatedDates(effective=date(2025, 5, 1)),
        first_seen=SEEN,
        last_seen=SEEN,
        confirmed=SEEN,
        standing_since=SEEN,
        absent_since=None,
        capture_ids=(),
    )
    cells = list(log_table([version], []).columns[2].cells)
    assert cells == ["effective 2025-05-01 (14 days' notice)"]
