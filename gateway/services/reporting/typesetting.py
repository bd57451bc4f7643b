"""The report on paper and in files: one accessible PDF (PDF/UA-1 and PDF/A-2a) by Typst, and its tables as CSV and JSON.

Text and numbers go in as data, never as markup. Fonts are those inside the typesetter; nothing is fetched.
"""

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from importlib.resources import files
from typing import Final

import orjson

from gateway.statistics import charts, wording
from gateway.statistics.report import Readers, Report, Table

_TEMPLATE: Final = "month.typ"
_RUNS_AS_FORMULA: Final = ("=", "+", "-", "@")


def pdf(report: Report) -> bytes:
    """Typeset a report; the same report gives the same bytes."""
    import typst  # noqa: PLC0415 (80 MB that only a PDF needs)

    template = (files("gateway.services.reporting") / _TEMPLATE).read_bytes()
    made: bytes = typst.compile(
        template,
        sys_inputs={"rapport": orjson.dumps(_data(report)).decode()},
        ignore_system_fonts=True,
        pdf_standards=["ua-1", "a-2a"],
        timestamp=datetime.fromisoformat(report.stand_op),
    )
    return made


def _data(report: Report) -> dict[str, object]:
    """Give the report with what the page needs besides: charts, their descriptions and the month in words."""
    written = report.model_dump(mode="json", by_alias=True)
    for table, drawn in zip(report.tabellen, written["tabellen"], strict=True):
        drawn["svg"] = charts.chart(table)
        drawn["alt"] = charts.described(table)
    written["maandInWoorden"] = wording.month(report.maand)
    written["openbaar"] = report.lezers is Readers.OPENBAAR
    return written


def files_of(report: Report) -> Iterator[tuple[str, bytes]]:
    """Give every file of a report by its name: the PDF, the whole as JSON, each table as CSV, each chart as SVG."""
    yield "maandrapport.pdf", pdf(report)
    yield "maandrapport.json", report.model_dump_json(by_alias=True, indent=2).encode() + b"\n"
    for table in report.tabellen:
        yield f"{table.sleutel}.csv", table_csv(table).encode()
        drawn = charts.chart(table)
        if drawn:
            yield f"{table.sleutel}.svg", drawn.encode()


def table_csv(table: Table) -> str:
    """Write a table as CSV with ``;`` and a header (RFC 4180); what is too small to show is an empty cell."""
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow((table.eerste, *(f"{c.naam} ({c.eenheid})" for c in table.kolommen)))
    for line in table.regels:
        name = f"'{line.naam}" if line.naam.startswith(_RUNS_AS_FORMULA) else line.naam
        rows.writerow((name, *("" if number is None else number for number in line.waarden)))
    return out.getvalue()
