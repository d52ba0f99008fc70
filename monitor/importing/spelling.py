"""Which addresses are spellings of one page: archives write them in many ways."""

from __future__ import annotations

from urllib.parse import urlsplit


def key_of(url: str) -> str:
    """One key for the spellings of one page."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.") + (
            f":{parts.port}" if parts.port not in {None, 80, 443} else ""
        )
    except ValueError:
        return url
    return f"{host}{parts.path.rstrip('/')}?{parts.query}"
