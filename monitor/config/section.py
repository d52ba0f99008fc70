"""What all tables of the file share."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("a name has lowercase letters, digits, dots and dashes, such as acme-privacy")
    return value


def some(values: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse an empty list. Pydantic's own min_length counts the items that are right, and would complain twice."""
    if not values:
        raise ValueError("names at least one")
    return values


Name = Annotated[str, AfterValidator(_name)]


class Section(BaseModel):
    """A table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
