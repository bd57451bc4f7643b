"""The call center by file: dial records out as CSV, results back in, for a dialer that has no API.

Out: UTF-8 without a byte order mark (dialers take it for part of the first name; a spreadsheet can be told), ``;``,
CRLF, one header. Telephone numbers begin with ``00``, so that no cell begins with a sign that a spreadsheet runs; any
other cell that would gets an apostrophe in front. In: the same form, with or without a byte order mark, in UTF-8 or
Windows-1252. Nothing of a file stands in an error.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from connectors.contract import Limits
from connectors.partners.delimited import cells, encoding_of
from schemas.dialfile import COLUMNS, NEEDED, FileResult, LineAnswer, ResultCode, read_line
from schemas.errors import FieldProblem, Invalid, TooLarge
from schemas.moments import local

DELIMITER: Final = ";"
LIMITS: Final = Limits(max_bytes=1_000_000, max_lines=5_000, max_columns=len(COLUMNS))
"""A day of calling is some hundreds of lines."""

_FIRST: Final = ("ref", "aanhef", "voorvoegsel", "achternaam")
_LAST: Final = ("script_code", "script_versie", "controlecode", "afspraak_op", "verloopt_op")
_AT_LEAST: Final = 2
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


def write(records: Sequence[Mapping[str, object]], until: Mapping[str, datetime]) -> bytes:
    """Write dial records as they were shown: one line each, and not a field more.

    ``records`` hold the names of the header and ``telefoonnummers`` (E.164); ``until`` is when each lapses, by ``ref``.
    """
    widest = max([_AT_LEAST, *(len(_numbers(record)) for record in records)])
    phones = [f"telefoon_{place}" for place in range(1, widest + 1)]
    file = io.StringIO(newline="")
    rows = csv.writer(file, delimiter=DELIMITER, lineterminator="\r\n")
    rows.writerow([*_FIRST, *phones, *_LAST])
    for record in records:
        numbers = [_dialled(number) for number in _numbers(record)]
        lapses = _moment(until[str(record["ref"])])
        plain = [_safe(record.get(name)) for name in (*_FIRST, *_LAST[:-1])]
        numbers += [""] * (widest - len(numbers))
        rows.writerow([*plain[: len(_FIRST)], *numbers, *plain[len(_FIRST) :], lapses])
    return file.getvalue().encode()


def _numbers(record: Mapping[str, object]) -> Sequence[str]:
    found = record["telefoonnummers"]
    return [str(number) for number in found] if isinstance(found, list | tuple) else []


def _dialled(number: str) -> str:
    return _safe(f"00{number[1:]}" if number.startswith("+") else number)


def _moment(at: datetime) -> str:
    return local(at).isoformat(timespec="seconds")


def _safe(value: object) -> str:
    """Write a cell that no spreadsheet runs (OWASP, CSV injection)."""
    text = _moment(value) if isinstance(value, datetime) else "" if value is None else str(value)
    return f"'{text}" if text.startswith(_RISKY) else text


def read(body: bytes, charset: str | None = None) -> Iterator[FileResult | LineAnswer]:
    """Read results: per line the result, or the answer that refuses it; a second line on the same record is refused.

    Raises:
        Invalid: no such file: another character set, broken quoting, or columns that are not those of the contract.
        TooLarge: over the limits.
    """
    if len(body) > LIMITS.max_bytes:
        raise TooLarge(f"Een bestand met uitkomsten is ten hoogste {LIMITS.max_bytes // 1_000_000} MB")
    rows = cells(body, encoding_of(body, charset), DELIMITER)
    header = [name.strip().lower() for name in next(rows, [])]
    _insist_on_columns(header)
    seen: set[str] = set()
    for line, row in enumerate(_filled(rows), 1):
        if line > LIMITS.max_lines:
            raise TooLarge(f"Een bestand met uitkomsten heeft ten hoogste {LIMITS.max_lines} regels")
        yield _line(line, header, row, seen)


def _filled(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Leave empty lines out: a spreadsheet writes them below a table."""
    return (row for row in rows if any(cell.strip() for cell in row))


def _insist_on_columns(header: Sequence[str]) -> None:
    strange = [FieldProblem("kop", "onbekend", "Deze kolom hoort niet in dit bestand")] * (
        not set(header) <= set(COLUMNS) or len(set(header)) != len(header)
    )
    missing = [FieldProblem(name, "verplicht", "Deze kolom is verplicht") for name in NEEDED - set(header)]
    if strange or missing:
        raise Invalid(
            "De kolommen van dit bestand kloppen niet", fields=[*strange, *missing], code="kolommen"
        )


def _line(line: int, header: Sequence[str], row: Sequence[str], seen: set[str]) -> FileResult | LineAnswer:
    if len(row) != len(header):
        return LineAnswer.of(line, ResultCode.E_KOLOMMEN)
    named = {name: cell.strip() for name, cell in zip(header, row, strict=True)}
    try:
        found = read_line(named)
    except Invalid as problem:
        first = problem.fields[0]
        return LineAnswer.of(line, ResultCode.E_VELD, first.veld, first.hint)
    spoken = found.ref.upper().replace("-", "")
    if spoken in seen:
        return LineAnswer.of(line, ResultCode.E_DUBBEL)
    seen.add(spoken)
    return found
