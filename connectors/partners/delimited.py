"""CSV in: ``;`` by contract, comma or tab when the header says so; UTF-8 (with or without BOM) or Windows-1252."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress

from connectors.contract import DoorRules, Sink
from connectors.partners.mapping import Mapped, mapped
from connectors.partners.plan import is_blank
from schemas.errors import Invalid, TooLarge, WrongMediaType

csv.field_size_limit(2**31 - 1)
# The module's own limit would refuse a whole file for one long cell; the limit on the body bounds a field already,
# and the reader of the field refuses the line by its name.

_CP1252 = frozenset({"windows-1252", "cp1252", "iso-8859-1", "latin1", "iso-8859-15"})
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})
_MAX_HEAD, _MAX_CELLS = 100_000, 10_000
_DELIMITERS = (";", ",", "\t")


def read(body: bytes, charset: str | None, rules: DoorRules, sink: Sink) -> None:
    """Read a CSV delivery; see ``IntakeConnector`` for what it promises.

    Broken quoting refuses the whole delivery: nobody can say any more where a line begins.
    """
    encoding = encoding_of(body, charset)
    mapping = mapped(rules.column_map)
    delimiter, above = _layout(body[:_MAX_HEAD].decode(encoding, "replace"), mapping)
    rows = cells(body, encoding, delimiter)
    for _ in range(above):
        next(rows, None)
    sink.header(next(rows, []))
    for row in rows:
        if is_blank(row):
            sink.blank()
        else:
            sink.add(row)


def _bounded(lines: Iterable[str], delimiter: str) -> Iterator[str]:
    """Refuse a line with so many cells that splitting it would fill the memory."""
    for line in lines:
        if line.count(delimiter) > _MAX_CELLS:
            raise TooLarge("Een regel heeft te veel kolommen")
        yield line


def _rows(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
    reader = csv.reader(_bounded(lines, delimiter), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error:
        raise Invalid(f"De aanhalingstekens kloppen niet bij regel {reader.line_num}", code="csv") from None


def cells(body: bytes, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """Give the cells of every line, the header first.

    Raises:
        Invalid: the quoting is broken. TooLarge: a line has too many cells.
    """
    return _rows(io.TextIOWrapper(io.BytesIO(body), encoding=encoding, newline=""), delimiter)


def encoding_of(body: bytes, charset: str | None) -> str:
    """Find the character set of a file: as named, or the one in which it can be read.

    Raises:
        WrongMediaType: another one is named. Invalid: it can be read in neither.
    """
    named = (charset or "").lower()
    if named and named not in _UTF8 | _CP1252:
        raise WrongMediaType("Een CSV-bestand is UTF-8 of Windows-1252")
    head = body[:4096]
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) * 8 > len(head):  # UTF-16 is half zeros
        raise Invalid("Dit is geen CSV-bestand in UTF-8 of Windows-1252", code="tekenset")
    candidates = ("utf-8-sig",) if named in _UTF8 else ("cp1252",) if named else ("utf-8-sig", "cp1252")
    for encoding in candidates:
        with suppress(UnicodeDecodeError):
            body.decode(encoding)
            return encoding
    raise Invalid("Dit is geen CSV-bestand in UTF-8 of Windows-1252", code="tekenset")


def _layout(head: str, mapping: Mapped) -> tuple[str, int]:
    """Find the delimiter and how many lines stand above the column names (Excel's ``sep=;``, titles of a map)."""
    lines = re.split(r"\r\n|\r|\n", head)
    start = 1 if lines[0].lower().startswith("sep=") else 0
    for at in range(start, min(start + mapping.title_lines + 1, len(lines))):
        delimiter = _delimiter(lines[at], mapping)
        if mapping.is_header(_names(lines[at], delimiter)):
            return delimiter, at
    return _delimiter(lines[min(start, len(lines) - 1)], mapping), start


def _names(line: str, delimiter: str) -> list[str]:
    return [name.strip('" ') for name in line.split(delimiter)]


def _delimiter(line: str, mapping: Mapped) -> str:
    """Choose the delimiter that yields most known columns, then most columns; ``;`` when they tie."""

    def yields(delimiter: str) -> tuple[int, int]:
        names = _names(line, delimiter)
        return sum(map(mapping.knows, names)), len(names)

    return max(_DELIMITERS, key=yields)
