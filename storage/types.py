"""Column types that keep what Python gives them on both databases: aware times, hostile text, choices, JSON."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, String, Text, TypeDecorator

# Numbers of rows: 64 bits on PostgreSQL; on SQLite only a column declared INTEGER is the rowid.
RowId = BigInteger().with_variant(Integer, "sqlite")

# PostgreSQL refuses NUL in text, and neither driver encodes lone surrogates; pages hold both. They are kept as the
# private-use character U+E000 and four hex digits, and so is a U+E000 that the page itself has (icon fonts do).
_ESCAPE = "\ue000"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff\ue000]")
_ESCAPED = re.compile("\ue000([0-9a-f]{4})")


def _escape(text: str) -> str:
    return _UNSTORABLE.sub(lambda found: f"{_ESCAPE}{ord(found[0]):04x}", text)


def _unescape(text: str) -> str:
    if _ESCAPE not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes. SQLite drops the zone, so UTC goes in and UTC is put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times: nobody knows which moment they mean."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """PostgreSQL answers in the zone of the session, SQLite in none."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Prose(TypeDecorator[str]):
    """Any text at all, also with NUL and lone surrogates."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape what a database cannot hold."""
        del dialect
        return None if value is None else _escape(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Undo it."""
        del dialect
        return None if value is None else _unescape(value)


class Json(TypeDecorator[Any]):
    """Lists, strings and numbers as compact JSON. Plain text: no query looks inside, and JSONB refuses NUL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any | None, dialect: Dialect) -> str | None:
        """None stays NULL."""
        del dialect
        if value is None:
            return None
        return _escape(json.dumps(value, ensure_ascii=False, separators=(",", ":")))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any | None:
        """Tuples come back as lists."""
        del dialect
        if value == "[]":  # most clauses have neither links nor cells, and every check reads its clauses
            return []
        return None if value is None else json.loads(_unescape(value))


class Choice(TypeDecorator[StrEnum]):
    """One of an enumeration, kept as its value."""

    impl = String(32)
    cache_ok = True

    def __init__(self, choices: type[StrEnum]) -> None:
        """`choices` is part of the cache key."""
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """Refuse what is no choice."""
        del dialect
        return None if value is None else self.choices(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        """A member of the enumeration."""
        del dialect
        return None if value is None else self.choices(value)


class Duration(TypeDecorator[timedelta]):
    """Time spans in whole microseconds: exact, and the same on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: timedelta | None, dialect: Dialect) -> int | None:
        """Exact integer arithmetic, no float."""
        del dialect
        return None if value is None else value // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Dialect) -> timedelta | None:
        """A timedelta again."""
        del dialect
        return None if value is None else timedelta(microseconds=value)
