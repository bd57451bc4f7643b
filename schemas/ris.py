"""A dossier as a case system of social work takes it: our words, and a map to the words of that system.

Source: docs/reference/ris.md, a contract of our own; vendors publish none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.help import Channel, HelpResult

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


# --- What comes back ----------------------------------------------------------------------------------------------


class Happening(StrEnum):
    """What a social worker recorded in the own system."""

    OVERNAME = "overname"
    HULPVRAAG = "hulpvraag"
    EERSTE_GESPREK = "eerste_gesprek"
    UITKOMST = "uitkomst"


_PARTS: Final[Mapping[Happening, frozenset[str]]] = {
    Happening.OVERNAME: frozenset(),
    Happening.HULPVRAAG: frozenset({"kanaal"}),
    Happening.EERSTE_GESPREK: frozenset({"datum"}),
    Happening.UITKOMST: frozenset({"resultaat"}),
}


class CaseMessage(BaseModel):
    """One thing that happened to a dossier, in our words; ``bericht`` is the other system's own number for it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    bericht: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    dossierkenmerk: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{9,20}$")]
    soort: Happening
    datum: date | None = None
    kanaal: Channel | None = None
    geinformeerd: Annotated[bool, Field(strict=True)] = False
    resultaat: HelpResult | None = None

    @model_validator(mode="after")
    def _parts_belong_to_their_kind(self) -> Self:
        given = {name for name in ("datum", "kanaal", "resultaat") if getattr(self, name) is not None}
        if given != _PARTS[self.soort]:
            raise ValueError("deze onderdelen horen niet bij dit soort bericht")
        return self


class MessageCode(StrEnum):
    """The answer to a message; E_ refuses it."""

    VERWERKT = "VERWERKT"
    HERHAALD = "HERHAALD"
    E_VELD = "E_VELD"
    E_REF = "E_REF"
    E_NIET_VAN_U = "E_NIET_VAN_U"
    E_STAND = "E_STAND"
    E_ONZEKER = "E_ONZEKER"


MESSAGE_HINTS: Final[Mapping[MessageCode, str]] = {
    MessageCode.VERWERKT: "Verwerkt",
    MessageCode.HERHAALD: "Dit bericht was al verwerkt; er is niets veranderd",
    MessageCode.E_VELD: "Dit veld klopt niet, of hoort niet bij dit soort bericht",
    MessageCode.E_REF: "Onder dit kenmerk kent u geen dossier",
    MessageCode.E_NIET_VAN_U: "Dit dossier staat niet op uw naam",
    MessageCode.E_STAND: "Dit past niet bij waar het dossier nu staat",
    MessageCode.E_ONZEKER: "De verwerking van dit bericht brak eerder af; kijk in het dossier of het er staat",
}


@dataclass(frozen=True, slots=True)
class MessageAnswer:
    """The answer to one message; ``nummer`` is its place, from 1, ``veld`` a field of ours."""

    nummer: int
    code: MessageCode
    veld: str | None = None
    hint: str = ""

    @classmethod
    def of(cls, nummer: int, code: MessageCode, veld: str | None = None, hint: str = "") -> "MessageAnswer":
        """Answer with the standing hint of the code, or a better one."""
        return cls(nummer, code, veld, hint or MESSAGE_HINTS[code])
