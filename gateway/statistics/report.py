"""The report of a month as data: key figures, tables and how they were made; nothing in it counts too few residents.

Its shape follows the pilot's interim report. Money, and what is only for management, is not in a publication.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

LEAST_WHOLE: Final = 30
"""A percentage is of at least so many; of fewer it would tell the count itself."""


class Readers(StrEnum):
    """For whom a report is: inside the chain, or everybody."""

    INTERN = "intern"
    OPENBAAR = "openbaar"


class Unit(StrEnum):
    """What a number counts."""

    AANTAL = "aantal"
    PROCENT = "procent"
    CENT = "cent"


class Part(BaseModel):
    """A piece of the report: frozen, closed, camelCase outside."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Column(Part):
    """A column of numbers."""

    naam: str
    eenheid: Unit = Unit.AANTAL


class Line(Part):
    """A row of a table; an empty number stands for a group that is too small to show."""

    naam: str
    waarden: tuple[int | None, ...]


class Table(Part):
    """A table with the chart that belongs to it; ``grafiek`` is empty where a chart adds nothing."""

    sleutel: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    titel: str
    eerste: Annotated[str, Field(description="Kop van de eerste kolom.")]
    kolommen: tuple[Column, ...]
    regels: tuple[Line, ...]
    toelichting: str = ""
    grafiek: Literal["", "trechter", "gestapeld", "staven", "lijnen"] = ""


class KeyFigure(Part):
    """A number that the month is known by; the trend of later months repeats it as it stands here."""

    sleutel: str
    naam: str
    waarde: int | None
    eenheid: Unit = Unit.AANTAL
    uitleg: str = ""


class Report(Part):
    """The report of a month for a circle of readers."""

    maand: Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
    lezers: Readers
    gemeente: str
    stand_op: Annotated[str, Field(description="Moment waarop is geteld (RFC 3339).")]
    ondergrens: Annotated[int, Field(description="Een getal telt ten minste zoveel inwoners.")]
    afronding: Annotated[int, Field(description="Aantallen zijn afgerond op veelvouden hiervan.")]
    kerncijfers: tuple[KeyFigure, ...]
    tabellen: tuple[Table, ...]
    verantwoording: tuple[str, ...]

    def figure(self, key: str) -> int | None:
        """Give a key figure, or None when it is not there or too small to show."""
        return next((one.waarde for one in self.kerncijfers if one.sleutel == key), None)


def percent(part: int | None, whole: int | None) -> int | None:
    """Give a whole percentage of two shown counts, or None when the whole is too small for one."""
    if part is None or whole is None or whole < LEAST_WHOLE:
        return None
    return min(100, (200 * part + whole) // (2 * whole))


def dutch(names: Sequence[str]) -> str:
    """Join names as a Dutch sentence does, and begin with a capital."""
    joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} en {names[-1]}"
    return joined[0].upper() + joined[1:]
