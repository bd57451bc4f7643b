"""The files that partners really send: each sector in another format, as their systems export them."""

import csv
import io
import json
from collections.abc import Mapping, Sequence

from connectors.registry import CSV, JSON, XLSX
from schemas.parties import PartnerType

_Rows = Sequence[Mapping[str, str]]


def delivery(sector: PartnerType, rows: _Rows) -> tuple[bytes, str]:
    """Write the rows in the format of this sector; gives body and Content-Type."""
    if sector is PartnerType.ZORG:
        return _json(rows), JSON
    if sector is PartnerType.ENERGIE:
        return _xlsx(rows), XLSX
    if sector is PartnerType.HUUR:
        return _csv(rows).encode("cp1252", errors="replace"), f"{CSV}; charset=windows-1252"
    return _csv(rows).encode(), f"{CSV}; charset=utf-8"


def _columns(rows: _Rows) -> list[str]:
    return list(dict.fromkeys(column for row in rows for column in row))


def _csv(rows: _Rows) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _columns(rows), delimiter=";", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _json(rows: _Rows) -> bytes:
    return json.dumps([{name: value for name, value in row.items() if value} for row in rows]).encode()


def _xlsx(rows: _Rows) -> bytes:
    from openpyxl import Workbook  # noqa: PLC0415 (0.4 s that only a demo with workbooks pays)

    book = Workbook(write_only=True)
    sheet = book.create_sheet("signalen")
    columns = _columns(rows)
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(column) or None for column in columns])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
