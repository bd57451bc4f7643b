"""Dial records and call results as files, for a dialer without an API: columns, and the answer to every line.

Source: docs/reference/dial-files.md. An answer names the field and never the value.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from pydantic import ValidationError

from schemas.call import CallResult, Outcome
from schemas.errors import FieldProblem, Invalid
from schemas.moments import AMSTERDAM
from schemas.validation import calendar_date, house_number

T = TypeVar("T")

COLUMNS: Final = (
    "ref",
    "tijdstip",
    "uitkomst",
    "beste_moment",
    "omschrijving",
    "terugbellen_op",
    "tips_gegeven",
    "tipkaart",
    "nummer",
    "geboortedatum",
    "huisnummer",
)
"""The columns of a file with results, in any order; the first three are needed."""

NEEDED: Final = frozenset(COLUMNS[:3])


class ResultCode(StrEnum):
    """The answer to a line of results; E_ refuses it, and nothing of a refused line is kept."""

    VASTGELEGD = "VASTGELEGD"
    HERHAALD = "HERHAALD"
    E_KOLOMMEN = "E_KOLOMMEN"
    E_VELD = "E_VELD"
    E_DUBBEL = "E_DUBBEL"
    E_REF = "E_REF"
    E_CONTROLE = "E_CONTROLE"
    E_STAND = "E_STAND"

    @property
    def refused(self) -> bool:
        """Whether the line changed nothing."""
        return self.startswith("E_")


HINTS: Final[Mapping[ResultCode, str]] = {
    ResultCode.VASTGELEGD: "Vastgelegd",
    ResultCode.HERHAALD: "Deze uitkomst was al vastgelegd; er is niets veranderd",
    ResultCode.E_KOLOMMEN: "Deze regel heeft een ander aantal cellen dan de kop; is er iets verschoven?",
    ResultCode.E_VELD: "Dit veld klopt niet",
    ResultCode.E_DUBBEL: "Dit kenmerk stond al op een eerdere regel; alleen die is gelezen",
    ResultCode.E_REF: "Onder dit kenmerk heeft u geen belrecord",
    ResultCode.E_CONTROLE: "Bij deze uitkomst horen de juiste antwoorden op de controlevragen",
    ResultCode.E_STAND: "Dit belrecord is niet meer van u",
}


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """The answer to one line; ``regel`` is 1-based without the header."""

    regel: int
    code: ResultCode
    veld: str | None = None
    hint: str = ""

    @classmethod
    def of(cls, regel: int, code: ResultCode, veld: str | None = None, hint: str = "") -> "LineAnswer":
        """Answer with the standing hint of the code, or a better one."""
        return cls(regel, code, veld, hint or HINTS[code])


@dataclass(frozen=True, slots=True, repr=False)
class FileResult:
    """One line that fits: which record, when the talk was, how it ended, what was answered to the control questions.

    ``answers`` are a birth date (ISO) and a house number, or None when nothing was asked.
    """

    ref: str
    at: datetime
    result: CallResult
    answers: tuple[str, int] | None


_MOMENT = re.compile(
    r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})-(\d{1,2})-(\d{4}))[T ](\d{1,2}):(\d{2})(?::(\d{2}))?"
    r"(Z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)
_YES_NO: Final = {"": False, "ja": True, "nee": False}
_SHAPE: Final = FieldProblem("ref", "vorm", "Een kenmerk ziet eruit als 7K3P-9QX2-C")
_REF = re.compile(r"[0-9A-Za-z-]{9,20}", re.ASCII)


def read_line(cells: Mapping[str, str]) -> FileResult:
    """Read one line.

    Raises:
        Invalid: a field does not fit; names every such field, never a value.
    """
    if not _REF.fullmatch(cells["ref"]):
        raise Invalid(fields=[_SHAPE])
    answers = _answers(cells.get("geboortedatum", ""), cells.get("huisnummer", ""))
    return FileResult(cells["ref"], moment(cells["tijdstip"], "tijdstip"), _result(cells), answers)


def _result(cells: Mapping[str, str]) -> CallResult:
    back = cells.get("terugbellen_op", "")
    tips = cells.get("tips_gegeven", "").lower()
    if tips not in _YES_NO:
        raise Invalid(fields=[FieldProblem("tips_gegeven", "keuze", "Schrijf ja of nee")])
    if cells["uitkomst"] not in set(Outcome):
        raise Invalid(fields=[FieldProblem("uitkomst", "keuze", "Kies een van de uitkomsten")])
    try:
        return CallResult(
            uitkomst=Outcome(cells["uitkomst"]),
            beste_moment=cells.get("beste_moment") or None,
            omschrijving=cells.get("omschrijving") or None,
            terugbellen_op=moment(back, "terugbellen_op") if back else None,
            tips_gegeven=_YES_NO[tips],
            tipkaart=cells.get("tipkaart") or None,
            nummer=cells.get("nummer") or None,
        )
    except ValidationError as problem:
        names = [_snake(str(error["loc"][0])) for error in problem.errors(include_input=False)]
        raise Invalid(
            fields=[
                FieldProblem(name, "vorm", "Deze waarde is te lang of heeft niet de afgesproken vorm")
                for name in names
            ]
        ) from None


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", name)


def _answers(born: str, number: str) -> tuple[str, int] | None:
    if not born and not number:
        return None
    return _field("geboortedatum", calendar_date, born), _field("huisnummer", house_number, number)


def _field(name: str, read: Callable[[str], T], raw: str) -> T:
    try:
        return read(raw)
    except Invalid as problem:
        raise Invalid(fields=[FieldProblem(name, "vorm", problem.detail)]) from None


def moment(text: str, name: str) -> datetime:
    """Read a moment: ISO or d-m-jjjj, with seconds and offset or without; without one it is Dutch time.

    Raises:
        Invalid: it is neither, or no such moment.
    """
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise Invalid(fields=[_moment_problem(name)])
    y, m, d, d2, m2, y2, hour, minute, second, zone = found.groups()
    written = f"{y or y2}-{m or m2:0>2}-{d or d2:0>2}T{hour:0>2}:{minute}:{second or '00'}{zone or ''}"
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        raise Invalid(fields=[_moment_problem(name)]) from None
    return read if zone else read.replace(tzinfo=AMSTERDAM)


def _moment_problem(name: str) -> FieldProblem:
    return FieldProblem(name, "moment", "Schrijf 2026-05-31 14:30 of 31-5-2026 14:30")


_MINUTE: Final = 60_000
_IN_TIME: Final = FieldProblem(
    "tijdstip", "moment", "Na het uitgeven van het belrecord, en niet in de toekomst"
)


def insist_on_moment(leased_at: int, at: int, now: int) -> int:
    """Let only a moment (ms UTC) pass at which this dial record could be called about; dialers may write whole minutes.

    Raises:
        Invalid: it lies before the record was handed out, or in the future.
    """
    if not leased_at - leased_at % _MINUTE <= at <= now:
        raise Invalid(fields=[_IN_TIME])
    return at
