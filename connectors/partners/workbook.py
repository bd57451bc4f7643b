"""XLSX in: the first visible sheet, its first filled row is the header, every row after it one line.

The file is read here with the standard library's zip and XML readers, under limits and row by row: a workbook can then
neither fill the memory nor smuggle in a formula past a second reader.
"""

from collections.abc import Mapping

from connectors.contract import DoorRules, ParsedDelivery
from connectors.partners.lines import Intake, plan
from connectors.partners.xlsx_package import Package
from connectors.partners.xlsx_sheet import SheetReader, open_book
from schemas.errors import Invalid, TooLarge, WrongMediaType

_CELLS_A_LINE = 64


def read(body: bytes, charset: str | None, rules: DoorRules) -> ParsedDelivery:
    """Read an XLSX delivery; see ``IntakeConnector`` for what it promises."""
    if charset is not None:
        raise WrongMediaType("Een werkmap heeft geen tekenset")
    package = Package(body)
    rows = _Rows(rules)
    reader = SheetReader(
        open_book(package), rows.take, max_cells=_CELLS_A_LINE * (rules.limits.max_lines + 1)
    )
    reader.read(package)
    return rows.intake.done()


class _Rows:
    """Feeds rows of a sheet to an intake."""

    def __init__(self, rules: DoorRules) -> None:
        self.intake = Intake(rules)
        self._rules = rules
        self._header: list[str] | None = None
        self._last = 0

    def take(self, row: int, cells: Mapping[int, str], faults: Mapping[int, str]) -> None:
        if self._header is None:
            self._take_header(cells, faults)
        else:
            self._take_line(row, self._header, cells, faults)
        self._last = row

    def _take_header(self, cells: Mapping[int, str], faults: Mapping[int, str]) -> None:
        if faults:
            raise Invalid("De kop bevat een formule", code="xlsx")
        if max(cells) >= self._rules.limits.max_columns:
            raise TooLarge(f"Een levering heeft ten hoogste {self._rules.limits.max_columns} kolommen")
        self._header = [cells.get(at, "") for at in range(max(cells) + 1)]
        self.intake.use(plan(self._header, self._rules))

    def _take_line(
        self, row: int, header: list[str], cells: Mapping[int, str], faults: Mapping[int, str]
    ) -> None:
        for _ in range(row - self._last - 1):
            self.intake.blank()
        if faults:
            at = min(faults)
            self.intake.refuse(faults[at], self.intake.field_at(at))
        elif max(cells) >= len(header) and any(cells[at].strip() for at in cells if at >= len(header)):
            self.intake.refuse(f"Deze regel heeft {max(cells) + 1} kolommen, de kop heeft er {len(header)}")
        else:
            self.intake.add([cells.get(at, "") for at in range(len(header))])
