"""Workbooks made to hurt: bombs, formulas, macros, links, entities, and bytes that are no workbook at all."""

import io
import random
import struct
import zipfile

import pytest

from connectors.contract import DoorRules, Limits, ParsedDelivery
from connectors.partners import xlsx_package
from connectors.registry import XLSX, parse
from schemas.errors import Invalid, SluisError, TooLarge, WrongMediaType
from schemas.signal import LineCode
from tests.support.deliveries import GOOD, as_csv, as_json, as_xlsx, line, lines, part, repack, sheet

SHEET = "xl/worksheets/sheet1.xml"
BOOK = as_xlsx(lines(2))
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def read(body: bytes) -> ParsedDelivery:
    return parse(body, XLSX)


def with_sheet(xml: str | bytes) -> bytes:
    return repack(BOOK, {SHEET: xml.encode() if isinstance(xml, str) else xml})


@pytest.mark.parametrize("formula", ["=1+1", "=HYPERLINK(0)", "=cmd|' /C calc'!A0"])
def test_a_formula_refuses_its_line_by_field_and_is_never_used(formula: str) -> None:
    row = line(plaats=formula)
    parsed = read(sheet([list(row), [*row.values()], [*line(signaal_ref="S-2").values()]]))
    answer = parsed.results()[0]
    assert (answer.code, answer.veld) == (LineCode.E_FIELD, "plaats")
    assert "formule" in answer.hint
    assert formula not in answer.hint
    assert parsed.results()[1].code is LineCode.ACCEPTED


@pytest.mark.parametrize(
    "cell",
    [
        "<f>1+1</f><v>Delft</v>",
        "<v>Delft</v><f>1+1</f>",
        "<f/><v>Delft</v>",
        '<f t="shared" si="0"/><v>Delft</v>',
        '<f t="array" ref="A1">1</f><v>Delft</v>',
    ],
)
def test_a_formula_is_seen_however_it_is_stored(cell: str) -> None:
    text = part(BOOK, SHEET).decode()
    start = text.index("<c ", text.index("<row", text.index("<row") + 1))
    end = text.index("</c>", start)
    hurt = text[:start] + f'<c r="A2" t="str">{cell}' + text[end:]
    answers = read(with_sheet(hurt)).results()
    assert [(one.code, one.veld) for one in answers] == [
        (LineCode.E_FIELD, "signaal_ref"),
        (LineCode.ACCEPTED, None),
    ]


def test_a_formula_in_the_header_refuses_the_workbook() -> None:
    with pytest.raises(Invalid):
        read(sheet([["signaal_ref", "=1+1"], ["S-1", "x"]]))


def test_a_text_that_looks_like_a_formula_is_refused_too() -> None:
    text = part(as_xlsx([line(plaats="PLAATS")]), SHEET).decode()
    parsed = read(repack(as_xlsx([line()]), {SHEET: text.replace("PLAATS", "=1+1").encode()}))
    assert [(one.code, one.veld) for one in parsed.results()] == [(LineCode.E_FIELD, "plaats")]


@pytest.mark.parametrize(
    "name",
    [
        "xl/vbaProject.bin",
        "xl/externalLinks/externalLink1.xml",
        "xl/macrosheets/sheet1.xml",
        "xl/embeddings/oleObject1.bin",
        "xl/activeX/activeX1.xml",
        "xl/connections.xml",
        "XL/VBAPROJECT.BIN",
    ],
)
def test_active_or_linked_content_refuses_the_workbook(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(repack(BOOK, {name: b"x"}))
    assert refused.value.code == "xlsx_actief"


def test_a_macro_workbook_under_another_name_is_refused() -> None:
    types = part(BOOK, "[Content_Types].xml").replace(
        b"spreadsheetml.sheet.main+xml", b"sheet.macroEnabled.main+xml"
    )
    assert b"macroEnabled" in types
    with pytest.raises(Invalid) as refused:
        read(repack(BOOK, {"[Content_Types].xml": types}))
    assert refused.value.code == "xlsx_actief"


def test_an_old_or_password_protected_workbook_is_another_format() -> None:
    with pytest.raises(WrongMediaType, match="sla"):
        read(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 5000)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK",
        b"PK\x03\x04",
        b"PK\x05\x06" + b"\x00" * 18,
        as_csv(lines(1)),
        as_json(lines(1)),
        b"%PDF-1.7",
        b"\x00" * 999,
    ],
    ids=["empty", "two", "four", "empty zip", "csv", "json", "pdf", "zeros"],
)
def test_what_is_no_workbook_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        read(body)


def test_a_zip_bomb_is_refused_before_it_unpacks() -> None:
    bomb = repack(BOOK, {"xl/media/zeros.bin": b"\x00" * 90_000_000})
    assert len(bomb) < 200_000
    with pytest.raises(TooLarge):
        read(bomb)


def test_a_bomb_in_many_small_parts_is_refused() -> None:
    with pytest.raises(TooLarge):
        read(repack(BOOK, {f"xl/media/{n}": b"x" for n in range(xlsx_package.MAX_PARTS)}))
    noise = random.Random(1).randbytes(900)
    with pytest.raises(TooLarge):
        read(repack(BOOK, {f"xl/media/{n}": noise * 1000 for n in range(140)}))


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    body = bytearray(BOOK)
    at = body.rindex(SHEET.encode()) - 46
    assert body[at : at + 4] == b"PK\x01\x02"
    size = struct.unpack_from("<I", body, at + 24)[0]
    struct.pack_into("<I", body, at + 24, size // 2)
    with pytest.raises(Invalid):
        read(bytes(body))


def test_the_same_part_twice_is_refused() -> None:
    out = io.BytesIO(BOOK)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(out, "a") as package:
        package.writestr(SHEET, part(BOOK, SHEET))
    with pytest.raises(Invalid):
        read(out.getvalue())


def test_an_encrypted_part_is_refused() -> None:
    body = bytearray(BOOK)
    at = body.rindex(SHEET.encode()) - 46
    body[at + 8] |= 1
    with pytest.raises(Invalid):
        read(bytes(body))


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_excel_does_not_use_is_refused(packing: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as old, zipfile.ZipFile(out, "w", packing) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    with pytest.raises(Invalid):
        read(out.getvalue())


@pytest.mark.parametrize(
    "name", ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", SHEET]
)
def test_a_missing_part_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        read(repack(BOOK, {name: None}))


ENTITIES = "".join(f'<!ENTITY e{n} "&e{n - 1};&e{n - 1};">' for n in range(1, 40))


@pytest.mark.parametrize(
    "xml",
    [
        f'<!DOCTYPE x [<!ENTITY e0 "ha">{ENTITIES}]><worksheet xmlns="{MAIN}">&e39;</worksheet>',
        f'<!DOCTYPE x SYSTEM "file:///etc/passwd"><worksheet xmlns="{MAIN}"/>',
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet xmlns="{MAIN}">&e;</worksheet>',
        "<a>" * 100,
        "<worksheet",
        "<worksheet></sheet>",
        "geen xml",
        "",
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="2"/><row r="1"/></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="x"/></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="-1"/></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="1"><v>1</v></c></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A2"><v>1</v></c></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>x</v></c></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row><c t="s"><v>x</v></c></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row><c r="A1"><v>1e999</v></c></row></sheetData></worksheet>',
        f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c t="s"><v>0</v></c></row></sheetData></worksheet>',
    ],
    ids=lambda xml: ascii(xml[-90:]),
)
def test_a_sheet_that_is_no_sheet_is_refused(xml: str) -> None:
    with pytest.raises(Invalid):
        read(with_sheet(xml))


def test_a_deep_or_endless_element_stops_early() -> None:
    noise = "".join(f"<n{n}>" for n in range(300_000))
    with pytest.raises(Invalid):
        read(with_sheet(noise))
    attribute = "".join(map(chr, random.Random(2).choices(range(97, 123), k=3_000_000)))
    with pytest.raises(Invalid):
        read(with_sheet(f'<worksheet xmlns="{MAIN}" x="{attribute}"/>'))


def test_a_part_that_should_be_small_is_not_read_when_it_is_large() -> None:
    styles = b"<styleSheet>" + random.Random(3).randbytes(6_000_000).hex().encode() + b"</styleSheet>"
    with pytest.raises(TooLarge):
        read(repack(BOOK, {"xl/styles.xml": styles}))


def test_too_many_shared_strings_stop_early() -> None:
    strings = f'<sst xmlns="{MAIN}">{"<si/>" * 91}</sst>'.encode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    rels = part(BOOK, "xl/_rels/workbook.xml.rels").decode()
    more = f'<Relationship Id="rIdS" Type="{kind}" Target="/xl/more.xml"/></Relationships>'
    changed = {
        "xl/more.xml": strings,
        "xl/_rels/workbook.xml.rels": rels.replace("</Relationships>", more).encode(),
    }
    with pytest.raises(TooLarge):
        parse(repack(BOOK, changed), XLSX, DoorRules(limits=Limits(max_lines=2)))
    assert parse(repack(BOOK, changed), XLSX, DoorRules(limits=Limits(max_lines=3))).lines


def test_too_many_cells_in_one_row_stop_early() -> None:
    row = "<c><v>1</v></c>" * 20_000
    with pytest.raises(TooLarge):
        read(with_sheet(f'<worksheet xmlns="{MAIN}"><sheetData><row>{row}</row></sheetData></worksheet>'))


def test_a_million_character_cell_is_refused_by_field() -> None:
    text = part(as_xlsx([line(plaats="PLAATS")]), SHEET).decode().replace("PLAATS", "x" * 1_000_000)
    parsed = read(repack(BOOK, {SHEET: text.encode()}))
    assert [(one.code, one.veld) for one in parsed.results()] == [(LineCode.E_FIELD, "plaats")]


@pytest.mark.parametrize("cut", range(1, len(BOOK), len(BOOK) // 25))
def test_a_connection_cut_half_way_gives_no_lines(cut: int) -> None:
    with pytest.raises(Invalid):
        read(BOOK[:-cut])


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_workbook_is_read_or_refused_by_an_error_of_the_product(seed: int) -> None:
    dice = random.Random(seed)
    body = bytearray(BOOK)
    for _ in range(dice.randrange(1, 8)):
        body[dice.randrange(len(body))] = dice.randrange(256)
    assert read_or_refused(bytes(body))


@pytest.mark.parametrize("seed", range(60))
def test_a_damaged_part_is_read_or_refused_by_an_error_of_the_product(seed: int) -> None:
    dice = random.Random(seed)
    with zipfile.ZipFile(io.BytesIO(BOOK)) as package:
        name = dice.choice(package.namelist())
    damaged = bytearray(part(BOOK, name))
    for _ in range(dice.randrange(1, 6)):
        at = dice.randrange(len(damaged))
        damaged[at : at + dice.randrange(3)] = dice.choice(
            [b"", b"<", b">", b"&", b'"', b"9", b"\xff", b"\x00", b"A"]
        )
    assert read_or_refused(repack(BOOK, {name: bytes(damaged)}))


def read_or_refused(body: bytes) -> bool:
    try:
        parsed = read(body)
    except SluisError:
        return True
    return [one.regel for one in parsed.results()] == list(range(1, len(parsed.lines) + 1)) and len(GOOD) > 0
