"""The kinds of value a configuration holds: durations, sizes, secrets."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import os
import re
from datetime import time, timedelta
from email.utils import getaddresses
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, SecretStr, ValidationInfo

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"(\d\d:\d\d)\s*-\s*(\d\d:\d\d)")
_LISTENER = re.compile(r"(?:([0-9.]+|\[[0-9a-fA-F:.]+\]):)?(\d{1,5})")
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
        size = int(float(match[1]) * _SIZES[match[2]])
        if size > 0:
            return size
    raise ValueError('a size is written as "500KB" or "20MB", or as a number of bytes')


def _secret(value: Any, info: ValidationInfo) -> SecretStr:
    """Take a secret from the environment or a file; a literal one is taken too, but never shown.

    The validation's context is the folder that relative paths start from.
    """
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
                path = (info.context or Path()) / Path(name).expanduser()
                return SecretStr(path.read_text(encoding="utf-8").strip())
            except (OSError, UnicodeDecodeError) as error:
                raise ValueError(f"the file {name} cannot be read ({type(error).__name__})") from None
    raise ValueError('a secret is written as { env = "NAME" } or { file = "path" }')


def _base64(value: SecretStr) -> SecretStr:
    """Check the secret of a webhook, as Standard Webhooks 1.0 writes it."""
    try:
        key = base64.b64decode(value.get_secret_value().removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("a webhook secret is base64, with or without whsec_ before it")
    return value


def _time_zone(value: str) -> str:
    """Check a name of the IANA database."""
    try:
        ZoneInfo(value)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(f"{value!r} is no time zone; one is written as Europe/Berlin or Asia/Kuala_Lumpur") from None
    return value


def _window(value: Any) -> tuple[time, time]:
    """Read "09:00-17:00", as when it opens and when it closes; 24:00 is midnight at the end of the day."""
    if isinstance(value, str) and (match := _WINDOW.fullmatch(value.strip())):
        first, last = (match[1], match[2].replace("24:00", "00:00"))
        try:
            return time.fromisoformat(first), time.fromisoformat(last)
        except ValueError:
            pass
    raise ValueError('a window is written as "09:00-17:00", or "22:00-06:00" for the night')


def _weekdays(value: Any) -> tuple[int, ...]:
    """Read "mon-fri", or a list such as ["mon", "thu"]; 0 is Monday."""
    found: set[int] = set()
    for part in [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else [""]:
        first, dash, last = part.strip().lower().partition("-") if isinstance(part, str) else ("", "", "")
        if first not in _DAYS or (last if dash else "mon") not in _DAYS:
            raise ValueError('weekdays are written as "mon-fri" or ["mon", "wed", "sat"]')
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        found.update(day % 7 for day in range(start, end + (7 if end < start else 0) + 1))
    if not found:
        raise ValueError("names at least one day")
    return tuple(sorted(found))


def _listener(value: Any) -> tuple[str, int]:
    """Read "9464" or "127.0.0.1:9464", or "[::1]:9464"; a port alone is one of this machine."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and (match := _LISTENER.fullmatch(value.strip())) and 0 <= int(match[2]) <= 65535:  # noqa: PLR2004 - the last port
        host = (match[1] or "127.0.0.1").strip("[]")
        try:
            return str(ipaddress.ip_address(host)), int(match[2])
        except ValueError:
            pass
    raise ValueError('an address to listen at is written as "127.0.0.1:9464", or as a port alone')


def _one_line(value: str) -> str:
    if not (value.isascii() and value.isprintable()):
        raise ValueError("is sent in a header: one line of plain ASCII characters")
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("an address starts with https:// or http:// and names a host")
    return value


def _mail_address(value: str) -> str:
    found = getaddresses([value])
    if len(found) > 1 or ";" in value.rpartition('"')[2]:
        raise ValueError("is one mail address; several are a list, and a name with a comma in it stands in quotes")
    local, at, domain = found[0][1].rpartition("@") if found else ("", "", "")
    if not (local and at and domain and value.isprintable()):
        raise ValueError('a mail address is written as "you@example.org" or "Name <you@example.org>"')
    return value


def _private(value: str) -> str:
    """Check an entry of allow_private: a network, an address or a host name."""
    try:
        ipaddress.ip_network(value.strip("[]"), strict=False)
    except ValueError:
        if not re.fullmatch(r"[^\s/:@]+", value):
            raise ValueError(f'{value!r} is neither a network such as "10.1.0.0/16" nor a host name') from None
    return value


def _file(value: Path, info: ValidationInfo) -> Path:
    """A relative path starts from the folder of the configuration, which is the validation's context."""
    folder: Path = info.context or Path()
    return folder / value.expanduser()


FilePath = Annotated[Path, AfterValidator(_file)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
PositiveDuration = Annotated[timedelta, BeforeValidator(lambda value: _positive(_duration(value)))]
Size = Annotated[int, BeforeValidator(_size)]
Secret = Annotated[SecretStr, BeforeValidator(_secret)]
WebhookSecret = Annotated[Secret, AfterValidator(_base64)]
OneLine = Annotated[str, AfterValidator(_one_line)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
SecretWebAddress = Annotated[Secret, AfterValidator(lambda value: SecretStr(_web_address(value.get_secret_value())))]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
PrivateEntry = Annotated[str, AfterValidator(_private)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Window = Annotated[tuple[time, time], BeforeValidator(_window)]
Weekdays = Annotated[tuple[int, ...], BeforeValidator(_weekdays)]
Listener = Annotated[tuple[str, int], BeforeValidator(_listener)]
