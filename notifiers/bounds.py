"""Jinja for templates of others: they cannot leave the sandbox, run for ever, or write without end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sized
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment, SandboxedEnvironment

SECONDS = 5.0  # for one rendering; the packaged templates take some milliseconds
CHARACTERS = 2_000_000  # of one rendering
_PADDING = frozenset(["format", "format_map", "center", "ljust", "rjust", "zfill", "expandtabs"])
_POWER = 64  # more than any exponent that a message needs


class TooMuch(Exception):
    """A template takes too long, or writes too much."""


class BoundedEnvironment(ImmutableSandboxedEnvironment):
    """What a template may ask for is bounded, so that it fails instead of holding everybody up."""

    intercepted_binops = frozenset(["*", "**", "%"])

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._ends = threading.local()
        self.globals["range"] = self._range
        for name in _PADDING & self.filters.keys():
            self.filters[name] = _no_padding

    def bounded(self, name: str, values: Mapping[str, object], *, seconds: float = SECONDS) -> str:
        """Render a template.

        Raises:
            TooMuch: it took longer, or wrote more than it may.
            Exception: whatever the template does wrong.
        """
        self._ends.at = time.monotonic() + seconds
        written: list[str] = []
        size = 0
        for piece in self.get_template(name).generate(values):
            self._check_time()
            size += len(piece)
            if size > CHARACTERS:
                raise TooMuch(f"it writes more than {CHARACTERS:,} characters")
            written.append(piece)
        return "".join(written)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Multiply and raise numbers that stay small; `"x" * 1000000000` would take all memory at once."""
        self._check_time()
        if operator == "%" and isinstance(left, str | bytes):
            _no_padding()
        sides = (left, right)
        if operator == "*" and any(isinstance(side, Sized) for side in sides):
            times = next((side for side in sides if isinstance(side, int)), 0)
            text = next(side for side in sides if isinstance(side, Sized))
            if len(text) * times > CHARACTERS:
                raise TooMuch(f"it repeats a text to more than {CHARACTERS:,} characters")
        if operator == "**" and isinstance(right, int | float) and abs(right) > _POWER:
            raise TooMuch("it raises a number to a power that is too high")
        return SandboxedEnvironment.call_binop(self, context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Nothing private, and nothing that pads."""
        return super().is_safe_attribute(obj, attr, value) and not (isinstance(obj, str) and attr in _PADDING)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """The same for `format`, which the sandbox treats by itself."""
        return None if super().wrap_str_format(value) is None else _no_padding

    def _range(self, *bounds: int) -> Iterator[int]:
        for number in range(*bounds):
            self._check_time()
            yield number

    def _check_time(self) -> None:
        if time.monotonic() > self._ends.at:
            raise TooMuch("it takes too long")


def _no_padding(*_: object) -> str:
    raise TooMuch("it pads or formats a text, which may write any number of blanks; use ~ to join texts")
