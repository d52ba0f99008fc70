"""A value and the words it stands on."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.model import DurationKind, Span, Value, ValueKind
from monitor.practices.words import Words


@dataclass(frozen=True, slots=True)
class Placed:
    """A value and the words it stands on, the last one included."""

    value: Value
    first: int
    last: int


def placed(
    words: Words,
    first: int,
    last: int,
    kind: ValueKind,
    normal: str,
    *,
    size: float | None = None,
    duration: DurationKind | None = None,
) -> Placed:
    """A value on the words `first` to `last`."""
    span = Span(words.starts[first], words.ends[last])
    text = words.text[span.start : span.end]
    return Placed(Value(kind=kind, text=text, normal=normal, span=span, size=size, duration=duration), first, last)
