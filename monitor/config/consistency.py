"""What no single table of the file can tell: names given twice, and rules for channels that nobody configured.

It looks at the data as it was read, so that its findings are told together with those of the schema.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from monitor.config.archives import WAYBACK
from monitor.config.channels import SORTS
from monitor.config.schema import Config

Location = tuple[str | int, ...]


def inconsistencies(data: dict[str, Any]) -> Iterator[tuple[Location, str]]:
    """Give the place and the words of each; what the schema refuses is passed over here."""
    policies = [(("policy", index, "name"), table.get("name")) for index, table in _tables(data, "policy")]
    yield from _repeated(policies, "policy")
    notify = data.get("notify")
    channels = [
        (("notify", sort, index, "name"), table.get("name", sort))
        for sort in SORTS
        for index, table in _tables(notify if isinstance(notify, dict) else {}, sort)
    ]
    yield from _repeated(channels, "channel")
    archives = [
        (("archive", index, "name" if "name" in table else "url"), _archive_title(table))
        for index, table in _tables(data, "archive")
    ]
    yield from _repeated(archives, "archive")
    names = [name for _, name in channels if isinstance(name, str)]
    operators = {
        table.get("name", sort)
        for sort in SORTS
        for _, table in _tables(notify if isinstance(notify, dict) else {}, sort)
        if table.get("operator") is True
    }
    for index, rule in _tables(data, "rule"):
        wanted = rule.get("channels")
        for name in wanted if isinstance(wanted, list) else ():
            if isinstance(name, str) and name not in names:
                yield ("rule", index, "channels"), f"no channel is named {name!r}; {suggestion(name, names)}"
            elif isinstance(name, str) and name in operators:
                yield (
                    ("rule", index, "channels"),
                    f"{name!r} has operator = true: it is told of trouble, and of no change",
                )


def misfits(config: Config) -> Iterator[tuple[Location, str]]:
    """The same for what is right by itself, and makes no sense together."""
    url = config.storage.url.get_secret_value()
    if config.monitor.work == "workers" and not url.lower().startswith("postgresql"):
        yield ("monitor", "work"), "workers share a PostgreSQL database: name one in storage.url"
    for sort in SORTS:
        for index, channel in enumerate(getattr(config.notify, sort)):
            for key in ("at", "day"):
                if key in channel.model_fields_set and not channel.digest:
                    yield ("notify", sort, index, key), "says when a digest goes out, and there is none: add digest"
    feeds: dict[Path, str] = {}
    for index, feed in enumerate(config.notify.atom):
        path = Path(feed.path).resolve()
        if path in feeds:
            yield ("notify", "atom", index, "path"), f"{feeds[path]} writes this file already"
        feeds[path] = feed.name


def suggestion(given: str, known: Collection[str]) -> str:
    """Name what was probably meant, or else all there is."""
    if close := difflib.get_close_matches(given, known, n=1, cutoff=0.5):
        return f"did you mean {close[0]}?"
    return f"known here: {', '.join(sorted(set(known))) or 'none'}"


def _archive_title(table: dict[str, Any]) -> Any:
    url = table.get("url", WAYBACK)
    return table.get("name") or (urlsplit(url).netloc if isinstance(url, str) else None)


def _tables(data: dict[str, Any], key: str) -> Iterator[tuple[int, dict[str, Any]]]:
    found = data.get(key)
    for index, table in enumerate([found] if isinstance(found, dict) else found if isinstance(found, list) else []):
        if isinstance(table, dict):
            yield index, table


def _repeated(named: Iterable[tuple[Location, Any]], noun: str) -> Iterator[tuple[Location, str]]:
    seen: set[str] = set()
    for location, name in named:
        if isinstance(name, str):
            if name in seen:
                yield location, f"another {noun} is named {name} already; give each a name of its own"
            seen.add(name)
