"""XLSX in: the first visible sheet, its first filled row is the header, every row after it one line.

The file is read here with the standard library's zip and XML readers, under limits and row by row: a workbook can then
neither fill the memory nor smuggle in a formula past a second reader.
"""

from collections.abc import Mapping

from connectors.contract import DoorRules, Sink
from connectors.partners.mapping import mapped
from connectors.partners.plan import is_blank
from connectors.partners.xlsx_package import Package
from connectors.partners.xlsx_sheet import SheetReader, open_book
from schemas.errors import Invalid, WrongMediaType

_CELLS_A_LINE, _STRINGS_A_LINE = 64, 30


def read(body: bytes, charset: str | None, rules: DoorRules, sink: Sink) -> None:
    """Read an XLSX delivery; see ``IntakeConnector`` for what it promises."""
    if charset is not None:
        raise WrongMediaType("Een werkmap heeft geen tekenset")
    package = Package(body)
    rows = _Rows(rules, sink)
    most = rules.limits.max_lines + 1
    book = open_book(package, max_strings=_STRINGS_A_LINE * most)
    reader = SheetReader(book, rows.take, max_cells=_CELLS_A_LINE * most)
    reader.read(package)


class _Rows:
    """Feeds the rows of a sheet to a sink."""

    def __init__(self, rules: DoorRules, sink: Sink) -> None:
        self._sink = sink
        self._max_columns = rules.limits.max_columns
        self._mapping = mapped(rules.column_map)
        self._titles = 0
        self._width = 0
        self._last = 0

    def take(self, row: int, cells: Mapping[int, str], faults: Mapping[int, str]) -> None:
        width = 1 + max((at for at, text in cells.items() if text.strip()), default=-1)
        if self._width == 0:
            self._take_header([cells.get(at, "") for at in range(min(width, self._max_columns + 1))], faults)
        else:
            for _ in range(row - self._last - 1):
                self._sink.blank()
            beyond = ["…"] if width > self._width else []
            self._take_line([cells.get(at, "") for at in range(self._width)] + beyond, faults)
        self._last = row

    def _take_header(self, names: list[str], faults: Mapping[int, str]) -> None:
        if self._titles < self._mapping.title_lines and not self._mapping.is_header(names):
            self._titles += 1
            return
        if not names:
            return
        if faults:
            raise Invalid("De kop bevat een formule", code="xlsx")
        self._width = len(names)
        self._sink.header(names)

    def _take_line(self, cells: list[str], faults: Mapping[int, str]) -> None:
        if faults:
            at = min(faults)
            self._sink.refuse(faults[at], cells, at)
        elif is_blank(cells):
            self._sink.blank()
        else:
            self._sink.add(cells)
