"""Builds deliveries for tests: one good line, changed at will, written in each of the three formats."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence

import openpyxl

from connectors.registry import CSV, JSON, XLSX

GOOD: Mapping[str, str] = {
    "signaal_ref": "S-0001",
    "soort": "vroegsignaal",
    "vervangt_ref": "",
    "natuurlijk_persoon": "ja",
    "voorletters": "J.P.",
    "voorvoegsel": "van den",
    "achternaam": "Voorbeeld",
    "geboortedatum": "1985-03-02",
    "postcode": "2719 ab",
    "huisnummer": "12",
    "huisletter": "a",
    "toevoeging": "-2",
    "straat": "Dorpsstraat",
    "plaats": "Zoetermeer",
    "telefoon_1": "06-12345678",
    "telefoon_2": "079 3621234",
    "email": "j.voorbeeld@example.nl",
    "klantnummer": "K-998",
    "bedrag": "1.234,50",
    "oudste_vordering": "1-2-2026",
    "peildatum": "2026-03-01",
    "einde_levering": "",
    "crisissignaal": "nee",
    "warme_overdracht": "nee",
    "att_persoonlijk_contact": "ja",
    "att_gewezen_schuldhulp": "ja",
    "att_herinneringen": "2",
    "att_aanbod_datum": "2026-02-10",
    "att_geen_afwijzing": "ja",
}
"""A line that fits the contract, as a partner might write it."""


def line(**changes: str) -> dict[str, str]:
    """The good line with changes."""
    return {**GOOD, **changes}


def lines(count: int, **changes: str) -> list[dict[str, str]]:
    """Good lines with references of their own."""
    return [line(signaal_ref=f"S-{n:04d}", **changes) for n in range(1, count + 1)]


def _table(rows: Iterable[Mapping[str, str]]) -> tuple[list[str], list[list[str]]]:
    rows = list(rows)
    header = list(dict.fromkeys(name for row in rows for name in row))
    return header, [[row.get(name, "") for name in header] for row in rows]


def as_json(rows: Iterable[Mapping[str, object]]) -> bytes:
    """Write lines as a JSON array."""
    return json.dumps(list(rows), ensure_ascii=False).encode()


def as_csv(rows: Iterable[Mapping[str, str]], *, delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    """Write lines as CSV, the way Excel does in the Netherlands."""
    header, table = _table(rows)
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows([header, *table])
    return out.getvalue().encode(encoding)


def as_xlsx(rows: Iterable[Mapping[str, str]]) -> bytes:
    """Write lines as a workbook of text cells."""
    header, table = _table(rows)
    return sheet([header, *table], formulas=False)


def sheet(rows: Sequence[Sequence[object]], *, formulas: bool = True) -> bytes:
    """Write typed cells as a workbook with one sheet; a text that starts with ``=`` becomes a formula or stays text."""
    book = openpyxl.Workbook()
    active = book.active
    assert active is not None
    for row in rows:
        active.append([None if cell == "" else cell for cell in row])
    for cell in (cell for line in active.iter_rows() for cell in line if not formulas):
        cell.data_type = "n" if cell.value is None else "s"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_format(media_type: str, rows: Iterable[Mapping[str, str]]) -> bytes:
    """Write lines in the format of a media type."""
    return {JSON: as_json, CSV: as_csv, XLSX: as_xlsx}[media_type](rows)


def repack(workbook: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """Replace, add or (None) remove parts of a workbook."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            if info.filename not in changes:
                new.writestr(info.filename, old.read(info.filename))
        for name, content in changes.items():
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def part(workbook: bytes, name: str) -> bytes:
    """Read one part of a workbook."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as package:
        return package.read(name)
