"""Workbooks as Excel and others write them: types, dates, shared strings, sheets, and lines that stay in their place."""

import datetime as dt
import io
import math

import openpyxl
import pytest
import python_calamine
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import DoorRules, ParsedDelivery
from connectors.partners.xlsx_package import Package
from connectors.partners.xlsx_sheet import SheetReader, column_index, number_text, open_book, serial_text
from connectors.registry import XLSX, parse
from schemas.errors import Invalid, TooLarge, WrongMediaType
from schemas.signal import LineCode, SignalIn
from tests.support.deliveries import GOOD, as_xlsx, line, lines, part, repack, sheet

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def read(body: bytes, rules: DoorRules | None = None) -> ParsedDelivery:
    return parse(body, XLSX, rules)


def answers(parsed: ParsedDelivery) -> list[tuple[int, LineCode, str | None]]:
    return [(answer.regel, answer.code, answer.veld) for answer in parsed.results()]


def rows_of(body: bytes) -> list[tuple[int, dict[int, str]]]:
    """The rows of the first visible sheet as the reader hands them over."""
    found: list[tuple[int, dict[int, str]]] = []
    package = Package(body)
    reader = SheetReader(
        open_book(package, max_strings=1000),
        lambda at, cells, _: found.append((at, dict(cells))),
        max_cells=10_000,
    )
    reader.read(package)
    return found


def rewritten(body: bytes, old: str, new: str, *, name: str = SHEET) -> bytes:
    """Change the text of one part; the text must be there."""
    text = part(body, name).decode()
    assert old in text
    return repack(body, {name: text.replace(old, new).encode()})


GOOD_LINES = read(as_xlsx(lines(3))).lines


def typed(**cells: object) -> ParsedDelivery:
    """Read one good line with some typed cells."""
    row = line()
    return read(sheet([list(row), [cells.get(name, text) for name, text in row.items()]]))


def signal(**cells: object) -> SignalIn:
    found = typed(**cells).lines[0]
    assert isinstance(found, SignalIn), found
    return found


def test_dates_are_read_from_their_serials() -> None:
    day = dt.date(1985, 3, 2)
    assert signal(geboortedatum=day).geboortedatum == "1985-03-02"
    assert signal(geboortedatum=dt.datetime(1985, 3, 2)).geboortedatum == "1985-03-02"  # noqa: DTZ001 (a cell has no zone)


def test_a_time_of_day_in_a_date_column_is_refused() -> None:
    parsed = typed(peildatum=dt.datetime(2026, 3, 1, 23, 30))  # noqa: DTZ001 (a cell has no zone)
    assert answers(parsed) == [(1, LineCode.E_FIELD, "peildatum")]


def test_a_house_number_that_excel_took_for_a_date_is_refused_not_guessed() -> None:
    assert answers(typed(huisnummer=dt.date(2026, 2, 1))) == [(1, LineCode.E_FIELD, "huisnummer")]
    assert answers(typed(toevoeging=dt.date(2026, 2, 1))) == [(1, LineCode.E_FIELD, "toevoeging")]


def test_numbers_lose_nothing_and_gain_nothing() -> None:
    found = signal(
        huisnummer=12.0, bedrag=1234.56, att_herinneringen=3, telefoon_1=612345678, klantnummer=100200300400
    )
    assert (found.huisnummer, found.bedrag_cent, found.att_herinneringen) == (12, 123456, 3)
    assert (found.telefoon_1, found.klantnummer) == ("+31612345678", "100200300400")


@pytest.mark.parametrize("amount", [1234.567, 1.234, -5, 1e12, 0.005])
def test_an_amount_that_is_no_amount_is_refused(amount: float) -> None:
    assert answers(typed(bedrag=amount)) == [(1, LineCode.E_FIELD, "bedrag")]


@given(st.integers(0, 9_999_999))
def test_every_amount_survives_as_a_number(cents: int) -> None:
    assert number_text(repr(cents / 100)) in {str(cents // 100), f"{cents / 100:.2f}", f"{cents / 100:.1f}"}


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("12.0", "12"),
        ("4.5999999999999996", "4.6"),
        ("1.2345E3", "1234.5"),
        ("1234.567", "1234.5670"),
        ("612345678", "612345678"),
        ("-0", "0"),
        ("1.2345678901234567E+19", "1.23456789012346e+19"),
    ],
)
def test_a_stored_number_is_written_as_a_person_would(raw: str, text: str) -> None:
    assert number_text(raw) == text


@given(st.dates(dt.date(1900, 3, 1), dt.date(2099, 12, 31)))
def test_a_serial_is_the_day_excel_shows(day: dt.date) -> None:
    assert serial_text(str((day - dt.date(1899, 12, 30)).days), date1904=False) == day.isoformat()
    assert serial_text(f"{(day - dt.date(1904, 1, 1)).days}.0", date1904=True) == day.isoformat() or (
        day < dt.date(1904, 1, 1)
    )


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("1", "1900-01-01"),
        ("59", "1900-02-28"),
        ("60", "60"),
        ("61", "1900-03-01"),
        ("45000.75", "2023-03-15T18:00"),
        ("-1", "-1"),
        ("3000000", "3000000"),
        ("inf", "inf"),
    ],
)
def test_the_edges_of_the_calendar_of_excel(raw: str, text: str) -> None:
    assert serial_text(raw, date1904=False) == text


def test_a_workbook_that_counts_from_1904_is_read_so() -> None:
    row = line()
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    assert book.active is not None
    book.active.append(list(row))
    book.active.append([dt.date(1985, 3, 2) if k == "geboortedatum" else v or None for k, v in row.items()])
    out = io.BytesIO()
    book.save(out)
    found = read(out.getvalue()).lines[0]
    assert isinstance(found, SignalIn)
    assert found.geboortedatum == "1985-03-02"


@pytest.mark.parametrize("code", ["dd-mm-yyyy", 'd "van" mmmm', "[$-413]d mmm yyyy;@", "jj-mm-dd", "yyyy"])
def test_a_custom_date_format_is_a_date(code: str) -> None:
    assert signal_in_format(code) == "2026-03-01"


@pytest.mark.parametrize("code", ["0.00", '"dd"0', "[Red]0", r"\d0", "#,##0", "0%"])
def test_another_format_is_a_number(code: str) -> None:
    assert signal_in_format(code) == "46082"


def signal_in_format(code: str) -> str:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["A1"] = 46082
    book.active["A1"].number_format = code
    out = io.BytesIO()
    book.save(out)
    return rows_of(out.getvalue())[0][1][0]


def test_shared_strings_with_runs_and_phonetics_are_read_as_their_text() -> None:
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>gewoon</t></si>'
        "<si><r><rPr><b/></rPr><t>van </t></r><r><t>der Berg</t></r><rPh sb='0' eb='1'><t>uitspraak</t></rPh></si></sst>"
    )
    body = shared([("A1", "1"), ("B1", "0")], strings)
    assert rows_of(body) == [(1, {0: "van der Berg", 1: "gewoon"})]


def shared(cells: list[tuple[str, str]], strings: str) -> bytes:
    """A workbook whose first row refers to shared strings."""
    body = sheet([["x"]])
    row = "".join(f'<c r="{at}" t="s"><v>{index}</v></c>' for at, index in cells)
    rels = part(body, "xl/_rels/workbook.xml.rels").decode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    more = f'<Relationship Id="rIdS" Type="{kind}" Target="strings.xml"/></Relationships>'
    return repack(
        body,
        {
            SHEET: f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">{row}</row></sheetData></worksheet>'.encode(),
            "xl/strings.xml": strings.encode(),
            "xl/_rels/workbook.xml.rels": rels.replace("</Relationships>", more).encode(),
            "xl/sharedStrings.xml": None,
        },
    )


def test_excels_own_escapes_are_undone() -> None:
    strings = f'<sst xmlns="{MAIN}"><si><t>Laan_x000D_\n4_x005F_x0041_</t></si></sst>'
    assert rows_of(shared([("A1", "0")], strings)) == [(1, {0: "Laan\r\n4_x0041_"})]


@pytest.mark.parametrize("index", ["2", "-1", "x", "9" * 5000])
def test_a_string_that_is_not_there_is_refused(index: str) -> None:
    with pytest.raises(Invalid):
        rows_of(shared([("A1", index)], f'<sst xmlns="{MAIN}"><si><t>a</t></si></sst>'))


@pytest.mark.parametrize(
    "xml",
    [
        (
            '<x:worksheet xmlns:x="{0}"><x:sheetData><x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c></x:row></x:sheetData>'
            "</x:worksheet>"
        ),
        (
            '<worksheet xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"><sheetData><row><c><v>1</v></c></row>'
            "</sheetData></worksheet>"
        ),
        (
            '<worksheet xmlns="{0}"><sheetData>\n <row r="1">\n  <c r="A1">\n   <v>1</v>\n  </c>\n </row>\n</sheetData>'
            "<headerFooter><oddHeader>&amp;L geheim</oddHeader></headerFooter></worksheet>"
        ),
        (
            '<worksheet xmlns="{0}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>1</t></is></c></row>'
            "</sheetData></worksheet>"
        ),
        (
            '<?xml version="1.0" encoding="UTF-16"?><worksheet xmlns="{0}"><sheetData><row><c><v>1</v></c></row>'
            "</sheetData></worksheet>"
        ),
    ],
    ids=["prefix", "strict", "indented", "inline", "utf-16"],
)
def test_the_same_sheet_in_another_writing_reads_the_same(xml: str) -> None:
    text = xml.format(MAIN)
    encoded = text.encode("utf-16" if "UTF-16" in text else "utf-8")
    assert [
        (at, {k: v.strip() for k, v in row.items()})
        for at, row in rows_of(repack(sheet([["x"]]), {SHEET: encoded}))
    ] == [(1, {0: "1"})]


def test_what_openpyxl_writes_is_what_another_reader_reads() -> None:
    table = [
        ["naam", "bedrag", "ja", "leeg"],
        ["Ünal & <zoon>", 12.5, True, None],
        ["  x ", 7, False, "é\nf"],
    ]
    other = python_calamine.load_workbook(io.BytesIO(sheet(table))).get_sheet_by_index(0).to_python()
    ours = rows_of(sheet(table))
    for (_, row), theirs in zip(ours, other, strict=True):
        for at, cell in enumerate(theirs):
            spoken = {True: "ja", False: "nee"}[cell] if isinstance(cell, bool) else cell
            number = isinstance(spoken, float) and math.isclose(float(row[at]), spoken)
            assert number or row.get(at, "") == spoken


def test_the_first_visible_sheet_is_read_and_no_other() -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(lines(3))))
    hidden, last = book.create_sheet("verborgen", 0), book.create_sheet("toelichting")
    hidden.sheet_state = "hidden"
    hidden.append(["nationaliteit"])
    last.append(["nationaliteit", "=1+1"])
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue()).lines == GOOD_LINES


def test_hidden_rows_and_columns_are_read() -> None:
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(lines(3))))
    assert book.active is not None
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["C"].hidden = True
    out = io.BytesIO()
    book.save(out)
    assert read(out.getvalue()).lines == GOOD_LINES


def test_a_workbook_without_a_visible_sheet_is_refused() -> None:
    body = rewritten(as_xlsx(lines(1)), 'state="visible"', 'state="veryHidden"', name="xl/workbook.xml")
    with pytest.raises(Invalid, match="zichtbaar"):
        read(body)


def test_empty_rows_in_between_count_and_at_the_end_do_not() -> None:
    header, *data = [list(GOOD), *([*row.values()] for row in lines(2))]
    parsed = read(sheet([header, data[0], [], [], data[1], [], []]))
    assert answers(parsed) == [
        (1, LineCode.ACCEPTED, None),
        (2, LineCode.E_FIELD, None),
        (3, LineCode.E_FIELD, None),
        (4, LineCode.ACCEPTED, None),
    ]


def test_empty_rows_and_columns_before_the_table_do_not_matter() -> None:
    header, *data = [list(GOOD), *([*row.values()] for row in lines(3))]
    assert read(sheet([[], [], header, *data])).lines == GOOD_LINES
    assert read(sheet([["", *row] for row in (header, *data)])).lines == GOOD_LINES


def test_a_row_of_nothing_but_spaces_is_empty() -> None:
    header, *data = [list(GOOD), *([*row.values()] for row in lines(2))]
    assert read(sheet([[" "], header, *data, ["  ", " "]])).lines == GOOD_LINES[:2]
    parsed = read(sheet([header, data[0], [" "], data[1]]))
    assert answers(parsed)[1] == (2, LineCode.E_FIELD, None)


def test_phonetics_beside_an_inline_text_are_not_its_text() -> None:
    cell = '<c r="A1" t="inlineStr"><is><t>Berg</t><rPh sb="0" eb="1"><t>uitspraak</t></rPh></is></c><c r="B1"><v>1</v></c>'
    body = repack(
        sheet([["x"]]),
        {
            SHEET: f'<worksheet xmlns="{MAIN}"><sheetData><row r="1">{cell}</row></sheetData></worksheet>'.encode()
        },
    )
    assert rows_of(body) == [(1, {0: "Berg", 1: "1"})]


def test_a_cell_beyond_the_header_refuses_its_line() -> None:
    header, *data = [list(GOOD), *([*row.values()] for row in lines(2))]
    parsed = read(sheet([header, [*data[0], "", "los"], data[1]]))
    assert answers(parsed) == [(1, LineCode.E_FIELD, None), (2, LineCode.ACCEPTED, None)]
    assert "los" not in parsed.results()[0].hint


def test_a_styled_but_empty_row_far_below_is_no_line() -> None:
    body = rewritten(
        as_xlsx(lines(3)), "</sheetData>", '<row r="1048576"><c r="A1048576" s="0"/></row></sheetData>'
    )
    assert read(body).lines == GOOD_LINES


def test_a_filled_row_far_below_is_too_many_lines() -> None:
    body = rewritten(
        as_xlsx(lines(3)), "</sheetData>", '<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'
    )
    with pytest.raises(TooLarge):
        read(body)


def test_a_filled_column_far_right_refuses_its_line_or_the_header() -> None:
    far = '<c r="XFD2"><v>1</v></c></row>'
    parsed = read(rewritten(as_xlsx(lines(1)), "</row></sheetData>", far + "</sheetData>"))
    assert answers(parsed) == [(1, LineCode.E_FIELD, None)]
    with pytest.raises(TooLarge):
        read(sheet([["x"] * 201, ["y"]]))


def test_an_error_value_refuses_its_line_by_field() -> None:
    body = as_xlsx(lines(2))
    at = f"{openpyxl.utils.get_column_letter(1 + list(GOOD).index('plaats'))}2"
    text = part(body, SHEET).decode()
    start, end = text.index(f'<c r="{at}"'), text.index("</c>", text.index(f'<c r="{at}"'))
    broken = text[:start] + f'<c r="{at}" t="e"><v>#N/A</v>' + text[end:]
    parsed = read(repack(body, {SHEET: broken.encode()}))
    assert answers(parsed) == [(1, LineCode.E_FIELD, "plaats"), (2, LineCode.ACCEPTED, None)]
    assert "foutwaarde" in parsed.results()[0].hint


@pytest.mark.parametrize(("letters", "index"), [("A", 0), ("Z", 25), ("AA", 26), ("XFD", 16_383)])
def test_columns_are_counted_like_excel_does(letters: str, index: int) -> None:
    assert column_index(letters) == index
    assert openpyxl.utils.column_index_from_string(letters) == index + 1


@pytest.mark.parametrize("letters", ["", "a", "A1", "AAAA", "É"])
def test_what_is_no_column_is_refused(letters: str) -> None:
    with pytest.raises(Invalid):
        column_index(letters)


def test_a_workbook_has_no_character_set() -> None:
    with pytest.raises(WrongMediaType):
        parse(as_xlsx(lines(1)), f"{XLSX}; charset=utf-8")
