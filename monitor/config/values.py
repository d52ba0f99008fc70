"""The kinds of value a configuration holds: durations, sizes, secrets."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, SecretStr

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMG]?B)")
# Datetimes end in the year 9999; a schedule beyond a century is a slip of the keyboard.
LONGEST = timedelta(days=36_525)


def _duration(value: Any) -> timedelta:
    """Read "12h" or "1d 6h"."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str):
        text = value.strip().lower()
        parts = _DURATION.findall(text)
        if parts and not _DURATION.sub("", text).strip():
            try:
                total = sum((timedelta(**{_UNITS[unit]: float(number)}) for number, unit in parts), timedelta())
            except OverflowError:
                total = LONGEST * 2
            if total <= LONGEST:
                return total
            raise ValueError(f"{value!r} is longer than a century")
    raise ValueError('a duration is written as "30s", "10m", "12h", "7d" or "1d 6h"')


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta():
        raise ValueError("must be longer than 0")
    return value


def _size(value: Any) -> int:
    """Read "20MB" (decimal, as web sites count) or a number of bytes."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, str) and (match := _SIZE.fullmatch(value.strip().upper())):
        return int(float(match[1]) * _SIZES[match[2]])
    raise ValueError('a size is written as "500KB" or "20MB", or as a number of bytes')


def _secret(value: Any) -> SecretStr:
    """Take a secret from the environment or a file; a literal one is taken too, but never shown."""
    if isinstance(value, SecretStr):
        return value
    if isinstance(value, str):
        return SecretStr(value)
    if isinstance(value, dict) and len(value) == 1:
        (source, name), *_ = value.items()
        if source == "env" and isinstance(name, str):
            found = os.environ.get(name)
            if found is None:
                raise ValueError(f"the environment variable {name} is not set")
            return SecretStr(found)
        if source == "file" and isinstance(name, str):
            try:
                return SecretStr(Path(name).expanduser().read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"the file {name} cannot be read ({type(error).__name__})") from None
    raise ValueError('a secret is written as { env = "NAME" } or { file = "path" }')


Duration = Annotated[timedelta, BeforeValidator(_duration)]
PositiveDuration = Annotated[timedelta, BeforeValidator(lambda value: _positive(_duration(value)))]
Size = Annotated[int, BeforeValidator(_size)]
Secret = Annotated[SecretStr, BeforeValidator(_secret)]
