"""Column types: what goes in comes out, whatever the text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from monitor.model import Outcome
from storage.types import Choice, Duration, Json, Prose, UtcDateTime

ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("\x00\ud800\udfff\ue000d8f0")))
SQLITE = sqlite.dialect()


@given(ANY_TEXT)
def test_any_text_comes_back(text: str) -> None:
    stored = Prose().process_bind_param(text, SQLITE)
    assert stored is not None
    assert "\x00" not in stored
    stored.encode()
    assert Prose().process_result_value(stored, SQLITE) == text


@given(st.lists(st.one_of(ANY_TEXT, st.integers(), st.lists(ANY_TEXT))))
def test_any_list_comes_back(value: list[object]) -> None:
    stored = Json().process_bind_param(value, SQLITE)
    assert stored is not None
    assert "\x00" not in stored
    stored.encode()
    assert Json().process_result_value(stored, SQLITE) == value


@given(st.timedeltas())
def test_any_time_span_comes_back(span: timedelta) -> None:
    assert Duration().process_result_value(Duration().process_bind_param(span, SQLITE), SQLITE) == span


@pytest.mark.parametrize("column", [UtcDateTime(), Prose(), Json(), Choice(Outcome), Duration()])
def test_null_stays_null(column: UtcDateTime | Prose | Json | Choice | Duration) -> None:
    assert column.process_bind_param(None, SQLITE) is None
    assert column.process_result_value(None, SQLITE) is None


def test_times_without_a_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        UtcDateTime().process_bind_param(datetime(2026, 1, 1), SQLITE)  # noqa: DTZ001 - that is the point


def test_times_come_back_in_utc() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert UtcDateTime().process_result_value(noon.replace(tzinfo=None), SQLITE) == noon
    from_server = noon.astimezone(datetime.fromisoformat("2026-01-01T00:00+08:00").tzinfo)
    read = UtcDateTime().process_result_value(from_server, postgresql.dialect())
    assert read == noon
    assert read.tzinfo is UTC


def test_only_choices_are_kept() -> None:
    column = Choice(Outcome)
    assert column.process_bind_param(Outcome.FIRST, SQLITE) == "first"
    assert column.process_result_value("first", SQLITE) is Outcome.FIRST
    with pytest.raises(ValueError, match="nonsense"):
        column.process_result_value("nonsense", SQLITE)
