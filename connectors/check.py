"""What a partner sees before it sends: the check of a file, and a receipt to mend and send again.

The check says what the door would say about form. Grounds, duplicates and references are judged by the municipality's
own installation, so ``ACCEPTED`` here means: well written.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.contract import DoorRules, ParsedDelivery
from connectors.partners.intake import Intake
from connectors.partners.plan import plan
from connectors.registry import feed
from schemas.errors import Invalid
from schemas.signal import LineCode, LineResult

RESULT_HEADER = ("regel", "resultaat_code", "resultaat_veld", "resultaat_hint")


class Recording:
    """A ``Sink`` that keeps the partner's own cells, of the columns that may come in, beside what the door says."""

    def __init__(self, rules: DoorRules) -> None:
        self._rules = rules
        self._intake = Intake(rules)
        self._fields: Sequence[tuple[int, str]] = ()
        self._names: Sequence[str] = ()
        self.rows: list[Mapping[str, str]] = []

    def header(self, names: Sequence[str], *, spoken: bool = False) -> None:
        """Keep the names of the columns."""
        self._intake.header(names, spoken=spoken)
        self._fields = plan(names, self._rules, spoken=spoken).fields
        self._names = names

    def add(self, row: Sequence[str]) -> None:
        """Keep the cells of a line."""
        self._intake.add(row)
        self._keep(row)

    def refuse(self, hint: str, row: Sequence[str] = (), at: int | None = None) -> None:
        """Keep what there is of a line that cannot be read."""
        self._intake.refuse(hint, row, at)
        self._keep(row)

    def blank(self) -> None:
        """Keep the place of an empty line."""
        self._intake.blank()
        self.rows.append({})

    def about(self, column: str, raw: str) -> None:
        """Pass on what holds for every line."""
        self._intake.about(column, raw)

    def done(self) -> ParsedDelivery:
        """Close the delivery."""
        return self._intake.done()

    def _keep(self, row: Sequence[str]) -> None:
        self.rows.append({self._names[at]: row[at] for at, _ in self._fields if at < len(row)})


@dataclass(frozen=True, slots=True, repr=False)
class Checked:
    """A checked file: one result per line, how many of each, cells dropped unread, and the partner's own cells."""

    results: tuple[LineResult, ...]
    counts: Mapping[LineCode, int]
    dropped: Mapping[str, int]
    bsn_dropped: int
    rows: Sequence[Mapping[str, str]]

    @property
    def clean(self) -> bool:
        """Whether every line would come in."""
        return all(code.accepted for code in self.counts)


def check(body: bytes, content_type: str, rules: DoorRules) -> Checked:
    """Read a file as the door would, and keep nothing but the answer; raises what ``registry.parse`` raises."""
    recording = Recording(rules)
    feed(body, content_type, rules, recording)
    parsed = recording.done()
    return Checked(
        tuple(parsed.results()), parsed.counts(), parsed.dropped, parsed.bsn_dropped, recording.rows
    )


def report(checked: Checked) -> Iterator[str]:
    """Tell in Dutch what to mend, line by line, then the sums; no value of the file."""
    for result in checked.results:
        if result.code is not LineCode.ACCEPTED:
            yield f"regel {result.regel}: {result.code} {result.veld or '-'}: {result.hint}"
    yield f"{len(checked.results)} regels: " + ", ".join(
        f"{count} {code}" for code, count in sorted(checked.counts.items())
    )
    for column, count in sorted(checked.dropped.items()):
        yield f"kolom {column}: {count} cellen niet gelezen"


def receipt_xlsx(rows: Sequence[Mapping[str, str]], results: Sequence[LineResult]) -> bytes:
    """Write the refused lines with code, field and hint beside them, as a workbook to mend and send again.

    Every cell is text, so nothing in it runs as a formula; the added columns are known at the door and ignored there.

    Raises:
        Invalid: rows and results are not of the same delivery.
    """
    if len(rows) < len(results):
        raise Invalid("De regels en de antwoorden horen niet bij dezelfde levering", code="ontvangstbewijs")
    refused = [
        (result, row)
        for result, row in zip(results, rows, strict=False)
        if not result.code.accepted and any(row.values())
    ]
    names = list(dict.fromkeys(name for _, row in refused for name in row))
    lines = [
        [
            str(result.regel),
            result.code,
            result.veld or "",
            result.hint,
            *(row.get(name, "") for name in names),
        ]
        for result, row in refused
    ]
    return _workbook([[*RESULT_HEADER, *names], *lines])


def _workbook(table: Sequence[Sequence[str]]) -> bytes:
    import openpyxl  # noqa: PLC0415 (heavy, and only a receipt needs it)
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 (heavy, and only a receipt needs it)

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("herstellen")
    for line in table:
        cells = []
        for text in line:
            cell = WriteOnlyCell(sheet, value=_printable(text))
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


_MAX_CELL = 1000


def _printable(text: str) -> str:
    """Cut a cell to what a person can mend, and mark what no spreadsheet may hold."""
    return "".join(char if char.isprintable() else "\ufffd" for char in " ".join(text[:_MAX_CELL].split()))
