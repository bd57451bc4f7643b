"""The inside of an XLSX file: which sheet, its shared strings and date styles, and its rows as text cells.

Cells become the text a person would have typed: whole numbers without ``.0``, dates in ISO, yes and no. A formula or
an error value is reported with its column, never evaluated and never used. Source: ECMA-376 part 1, 18.3 and 18.8.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from connectors.partners.xlsx_package import Package, relations
from schemas.errors import Invalid, TooLarge

_NAMESPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_RELATION = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships}id",
    "http://purl.oclc.org/ooxml/officeDocument/relationships}id",
)


def _names(*local: str) -> Mapping[str, str]:
    return {f"{space}}}{name}": name for space in _NAMESPACES for name in local}


@dataclass(slots=True)
class Book:
    """What the cells of the first visible sheet need to be read."""

    sheet: str = ""
    date1904: bool = False
    strings: list[str] = field(default_factory=list)
    date_styles: frozenset[str] = frozenset()


def open_book(package: Package, *, max_strings: int) -> Book:
    """Find the first visible sheet and read strings and styles.

    Raises:
        Invalid: there is no workbook or no visible sheet in the package.
        TooLarge: more strings than ``max_strings``.
    """
    main = next((to.part for to in relations(package, "").values() if to.kind == "officeDocument"), "")
    targets = relations(package, main)
    book = Book()
    book.date1904, visible = _sheets(package, main)
    sheets = [targets[key].part for key in visible if key in targets and targets[key].kind == "worksheet"]
    if not sheets:
        raise Invalid("Deze werkmap heeft geen zichtbaar blad", code="xlsx")
    book.sheet = sheets[0]
    for to in targets.values():
        if to.kind == "sharedStrings":
            book.strings = _shared_strings(package, to.part, max_strings)
        elif to.kind == "styles":
            book.date_styles = _date_styles(package, to.part)
    return book


def _sheets(package: Package, main: str) -> tuple[bool, list[str]]:
    """Whether dates count from 1904, and the relation ids of the visible sheets in order."""
    visible: list[str] = []
    from_1904: list[bool] = []
    known = _names("sheet", "workbookPr")

    def start(name: str, attributes: dict[str, str]) -> None:
        local = known.get(name)
        if local == "workbookPr":
            from_1904.append(attributes.get("date1904") in {"1", "true"})
        elif local == "sheet" and attributes.get("state", "visible") == "visible":
            visible.extend(attributes[key] for key in _RELATION if key in attributes)

    package.events(main, start)
    return any(from_1904), visible


_MAX_PIECES = 256
"""Pieces of text (8 kB each) kept of one cell: far beyond what any field takes, far below what fills a memory."""


def _shared_strings(package: Package, part: str, max_strings: int) -> list[str]:
    strings: list[str] = []
    pieces: list[str] = []
    state = {"t": False, "rPh": False}
    known = _names("si", "t", "rPh")

    def start(name: str, _: dict[str, str]) -> None:
        local = known.get(name)
        if local == "si":
            pieces.clear()
        elif local is not None:
            state[local] = True

    def end(name: str) -> None:
        local = known.get(name)
        if local == "si":
            strings.append("".join(pieces))
            if len(strings) > max_strings:
                raise TooLarge("Deze werkmap heeft te veel teksten")
        elif local is not None:
            state[local] = False

    def text(data: str) -> None:
        if state["t"] and not state["rPh"] and len(pieces) < _MAX_PIECES:
            pieces.append(data)

    package.events(part, start, end, text, large=True)
    return strings


_BUILT_IN_DATES = frozenset({*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58})
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\[[^\]]*\]')


def _date_styles(package: Package, part: str) -> frozenset[str]:
    """The cell styles (index in cellXfs) that show a number as a date."""
    custom: dict[str, bool] = {}
    styles: list[str] = []
    inside: list[str] = []
    known = _names("numFmt", "cellXfs", "xf")

    def start(name: str, attributes: dict[str, str]) -> None:
        local = known.get(name)
        if local == "numFmt":
            code = _NOT_CODE.sub("", attributes.get("formatCode", "")).lower()
            custom[attributes.get("numFmtId", "")] = "y" in code or "d" in code or "j" in code
        elif local == "cellXfs":
            inside.append(name)
        elif local == "xf" and inside:
            styles.append(attributes.get("numFmtId", "0"))

    def end(name: str) -> None:
        if inside and name == inside[-1]:
            inside.pop()

    package.events(part, start, end)
    dates = (custom.get(key, key.isdigit() and int(key) in _BUILT_IN_DATES) for key in styles)
    return frozenset(str(at) for at, is_date in enumerate(dates) if is_date)


_EXACT_DIGITS = 15
_FAKE_LEAP_DAY = 60
_LAST_SERIAL = 2_958_466


def number_text(raw: str) -> str:
    """Write a stored number as a person would: ``12.0`` → ``12``, ``4.5999999999999996`` → ``4.6``.

    Excel keeps 15 digits; a longer number has lost some, and its exponent form fits no field. Three decimals get a
    fourth, so that no amount is taken for thousands.
    """
    value = float(raw)
    if value.is_integer() and abs(value) < 10**_EXACT_DIGITS:
        return str(int(value))
    shortest = format(value, ".15g")
    return shortest + "0" if len(shortest.partition(".")[2]) == 3 else shortest  # noqa: PLR2004 (decimals)


def serial_text(raw: str, *, date1904: bool) -> str:
    """Write a stored serial as an ISO date, with its time when it has one (ECMA-376 part 1, 18.17.4.1)."""
    value = float(raw)
    days = int(value) if 0 <= value < _LAST_SERIAL else -1
    if days < 0 or (not date1904 and days in {0, _FAKE_LEAP_DAY}):
        return number_text(raw)
    start = date(1904, 1, 1) if date1904 else date(1899, 12, 30 if days > _FAKE_LEAP_DAY else 31)
    day = (start + timedelta(days=days)).isoformat()
    minutes = round((value - days) * 1440)
    return day if minutes == 0 else f"{day}T{minutes // 60:02d}:{minutes % 60:02d}"


FORMULA = "Hier staat een formule; plak de uitkomst als waarde"
ERROR = "Hier staat een foutwaarde van Excel"
Row = Callable[[int, Mapping[int, str], Mapping[int, str]], None]
"""Receives the 1-based row number, the filled cells and the faults (hints), both by 0-based column."""


class SheetReader:
    """Turns the events of one sheet into rows; holds one row at a time.

    A cell is closed by the start of the next one: half the calls from the parser, and those are what reading costs.
    """

    def __init__(self, book: Book, row: Row, *, max_cells: int) -> None:
        self._book = book
        self._emit = row
        self._room = max_cells
        self._row = 0
        self._reference_end = 0
        self._column = -1
        self._kind = "n"
        self._style = "0"
        self._cells: dict[int, str] = {}
        self._faults: dict[int, str] = {}
        self._parts: list[str] = []
        self._reading = self._phonetic = False
        self._letters: dict[str, int] = {}
        self._known = _names("row", "c", "v", "t", "f", "rPh")

    def read(self, package: Package) -> None:
        """Read the sheet, row by row."""
        package.events(self._book.sheet, self._start, text=self._text, large=True)
        self._close_row()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = self._known.get(name)
        if local == "c":
            self._start_cell(attributes)
        elif local == "v" or local == "t":  # noqa: PLR1714 (half the time of a set, in the innermost loop)
            self._reading = not self._phonetic
        else:
            self._reading = False
            if local == "row":
                self._start_row(attributes)
            elif local == "f":
                self._faults[self._column] = FORMULA
            elif local == "rPh":
                self._phonetic = True

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._close_row()
        row = int(attributes.get("r", self._row + 1))
        if row <= self._row:
            raise Invalid("De rijen van de werkmap staan niet op volgorde", code="xlsx")
        self._row, self._column, self._reference_end = row, -1, -len(str(row))

    def _close_row(self) -> None:
        if self._parts:
            self._store()
        if self._cells or self._faults:
            self._emit(self._row, self._cells, self._faults)
        self._cells, self._faults = {}, {}

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if self._parts:
            self._store()
        self._room -= 1
        if self._room < 0 or self._column > _LAST_COLUMN:
            raise TooLarge("Deze werkmap heeft te veel cellen")
        self._reading = self._phonetic = False
        self._column = self._place(attributes["r"]) if "r" in attributes else self._column + 1
        self._kind = attributes.get("t", "n")
        self._style = attributes.get("s", "0")

    def _place(self, reference: str) -> int:
        letters = reference[: self._reference_end]
        if (found := self._letters.get(letters)) is None:
            found = self._letters[letters] = column_index(letters)
        return found

    def _text(self, data: str) -> None:
        if self._reading and len(self._parts) < _MAX_PIECES:
            self._parts.append(data)

    def _store(self) -> None:
        raw = "".join(self._parts)
        self._parts.clear()
        kind = self._kind
        if kind == "n":
            raw = self._number(raw)
        elif kind == "s":
            raw = self._string(raw)
        elif kind == "b":
            raw = "ja" if raw.strip() == "1" else "nee"
        elif kind == "e":
            self._faults[self._column] = ERROR
        self._cells[self._column] = _unescaped(raw) if "_x" in raw else raw

    def _string(self, raw: str) -> str:
        at = int(raw) if raw.strip().isdecimal() and len(raw) < _EXACT_DIGITS else -1
        if not 0 <= at < len(self._book.strings):
            raise Invalid("De werkmap verwijst naar een tekst die er niet is", code="xlsx")
        return self._book.strings[at]

    def _number(self, raw: str) -> str:
        if _NUMBER.fullmatch(raw) is None:
            self._faults[self._column] = ERROR
            return raw
        if self._style in self._book.date_styles:
            return serial_text(raw, date1904=self._book.date1904)
        return raw if raw.isdecimal() and len(raw) < _EXACT_DIGITS else number_text(raw)


_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def _unescaped(raw: str) -> str:
    """Undo Excel's writing of characters that XML cannot hold: ``_x000D_`` is a carriage return (ST_Xstring)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), raw)


_NUMBER = re.compile(r"\s*-?[0-9]{1,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?\s*", re.ASCII)
_LAST_COLUMN = 16_383
_COLUMN = re.compile(r"[A-Z]{1,3}", re.ASCII)


def column_index(letters: str) -> int:
    """``A`` → 0, ``AA`` → 26.

    Raises:
        Invalid: not the letters of a column.
    """
    if _COLUMN.fullmatch(letters) is None:
        raise Invalid("De werkmap heeft een cel zonder geldige plaats", code="xlsx")
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
