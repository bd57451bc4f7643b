"""A dossier as a case system of social work takes it: our words, and a map to the words of that system.

Source: docs/reference/ris.md, a contract of our own; vendors publish none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Name = Annotated[str, Field(min_length=1, max_length=80)]
Tree = dict[str, "Tree"] | list["Tree"] | str | int | float | bool | None
"""What JSON can hold."""


class Dates(StrEnum):
    """How a case system writes a day."""

    ISO = "jjjj-mm-dd"
    DUTCH = "dd-mm-jjjj"


class RisMap(BaseModel):
    """What a case system calls our fields and codes; every name and code has exactly one counterpart.

    ``fields``: our name → theirs. ``codes``: per field of ours, our code → theirs. ``dates`` is how they write the
    fields (of ours) in ``days``; other texts are never taken for a day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
    description: Annotated[str, Field(min_length=3, max_length=200)]
    dates: Dates = Dates.ISO
    days: tuple[Name, ...] = ()
    fields: Mapping[Name, Name]
    codes: Mapping[Name, Mapping[Name, Name]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_counterpart_each(self) -> Self:
        for table in (self.fields, *self.codes.values()):
            if len(set(table.values())) != len(table):
                raise ValueError("twee namen of codes hebben dezelfde tegenhanger; dan gaat er iets verloren")
        return self


@dataclass(frozen=True, slots=True, repr=False)
class Message:
    """A dossier on its way: ``key`` makes a second arrival harmless, ``version`` tells an older one from a newer.

    ``body`` is JSON in the words of the case system; it is about a resident, so the repr is silent.
    """

    key: str
    version: int
    body: bytes


class Fate(StrEnum):
    """What became of an attempt to deliver."""

    BEZORGD = "bezorgd"
    LATER = "later"
    GEWEIGERD = "geweigerd"


ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
DUTCH_DAY = re.compile(r"\d{2}-\d{2}-\d{4}", re.ASCII)
