"""E-mail addresses hidden from harvesters, as Cloudflare's "Email Address Obfuscation" hides them.

The key differs at each visit, so the page does too; decoded, it stands still. First byte: the key, XORed into the rest.
"""

from __future__ import annotations

import html
import re

_TARGET = re.compile(r"/cdn-cgi/l/email-protection(?:#(.*))?$")


def decode_email(code: str) -> str:
    """The address behind `data-cfemail`; "" when it is none."""
    try:
        raw = bytes.fromhex(code)
        # Addresses that were written as character references come out as those.
        address = html.unescape(bytes(byte ^ raw[0] for byte in raw[1:]).decode())
    except (ValueError, IndexError):  # UnicodeDecodeError is a ValueError
        return ""
    return address if "@" in address and address.isprintable() else ""


def email_target(href: str) -> str:
    """The target of a link: `mailto:` for a protected address, "" where it cannot be told, any other href as it is."""
    if "/cdn-cgi/" not in href:
        return href
    found = _TARGET.search(href)
    if found is None:
        return href
    address = decode_email(found[1] or "")
    return f"mailto:{address}" if address else ""


def under_one_key(code: str) -> str:
    """The code that hides the same address under the key 0; as it is when it hides none."""
    if not decode_email(code):
        return code
    raw = bytes.fromhex(code)
    return bytes([0, *(byte ^ raw[0] for byte in raw[1:])]).hex()
