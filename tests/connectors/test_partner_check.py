"""The check before sending, and the receipt that comes back to be mended and sent again."""

import io
import json
import zipfile

import openpyxl
import pytest

from connectors.check import Checked, check, receipt_xlsx, report
from connectors.contract import DoorRules
from connectors.partners.maps import column_map
from connectors.registry import CSV, JSON, XLSX, media_type_of, parse
from schemas.errors import Invalid, WrongMediaType
from schemas.signal import LineCode, LineResult, SignalIn
from tests.support.deliveries import as_csv, as_format, as_json, line, lines, part, sheet

FORMATS = (JSON, CSV, XLSX)
RULES = DoorRules()


def checked(rows: list[dict[str, str]], media_type: str = CSV) -> Checked:
    return check(as_format(media_type, rows), media_type, RULES)


def cells(workbook: bytes) -> list[list[str]]:
    active = openpyxl.load_workbook(io.BytesIO(workbook)).active
    assert active is not None
    return [[str(cell or "") for cell in row] for row in active.iter_rows(values_only=True)]


@pytest.mark.parametrize("media_type", FORMATS)
def test_the_check_says_what_the_door_says(media_type: str) -> None:
    rows = [line(), line(postcode="x"), line(bsn="123456782", signaal_ref="S-3")]
    found = checked(rows, media_type)
    assert list(found.results) == parse(as_format(media_type, rows), media_type).results()
    assert found.counts == {LineCode.ACCEPTED: 1, LineCode.E_FIELD: 1, LineCode.W_BSN_VERWIJDERD: 1}
    assert found.bsn_dropped == 1
    assert not found.clean


def test_a_clean_file_is_clean() -> None:
    assert checked(lines(3)).clean
    assert checked([line(bsn="1")]).clean


def test_the_report_names_lines_fields_and_sums_and_no_value() -> None:
    rules = DoorRules(columns="strip")
    rows = [line(), line(postcode="Kanariepiet"), line(signaal_ref="S-3", nationaliteit="Kanariepiet")]
    told = list(report(check(as_csv(rows), CSV, rules)))
    assert told == [
        "regel 2: E_FIELD postcode: Schrijf een postcode als 1234 AB",
        "3 regels: 2 ACCEPTED, 1 E_FIELD",
        "kolom nationaliteit: 1 cellen niet gelezen",
    ]


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_receipt_holds_the_refused_lines_and_only_those(media_type: str) -> None:
    found = checked([line(), line(postcode="12", signaal_ref="S-2"), line(signaal_ref="S-3")], media_type)
    header, *rows = cells(receipt_xlsx(found.rows, found.results))
    assert header[:4] == ["regel", "resultaat_code", "resultaat_veld", "resultaat_hint"]
    assert [row[:3] for row in rows] == [["2", "E_FIELD", "postcode"]]
    told = dict(zip(header, rows[0], strict=True))
    assert (told["signaal_ref"], told["postcode"]) == ("S-2", "12")
    assert "1234 AB" in told["resultaat_hint"]


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_mended_receipt_is_a_delivery(media_type: str) -> None:
    rows = [line(), line(postcode="12", signaal_ref="S-2"), line(huisnummer="12 A", signaal_ref="S-3")]
    found = checked(rows, media_type)
    header, *refused = cells(receipt_xlsx(found.rows, found.results))
    for row in refused:
        row[header.index("postcode")], row[header.index("huisnummer")] = "2719 AB", "12"
    again = parse(sheet([header, *refused]), XLSX)
    assert [one.code for one in again.results()] == [LineCode.ACCEPTED] * 2
    assert again.lines == parse(as_csv([line(signaal_ref="S-2"), line(signaal_ref="S-3")]), CSV).lines


def test_a_receipt_of_a_mapped_export_goes_back_through_the_same_map() -> None:
    rules = DoorRules(column_map=column_map("waterbedrijf-lijst"))
    header = [
        "Kenmerk",
        "Naam",
        "Huisnr",
        "postcode",
        "Openstaand bedrag",
        "oudste_vordering",
        "peildatum",
        "Volgnummer",
    ]
    row = ["W-1", "A. de Boer", "3", "2719", "99,50", "1.2.2026", "1.3.2026", "17"]
    found = check(sheet([["Titel"], header, row]), XLSX, rules)
    names, values = cells(receipt_xlsx(found.rows, found.results))
    assert "Volgnummer" not in names
    values[names.index("postcode")] = "2719 AB"
    again = parse(sheet([names, values]), XLSX, rules)
    (mended,) = again.lines
    assert isinstance(mended, SignalIn)
    assert (mended.postcode, mended.bedrag_cent, mended.achternaam) == ("2719AB", 9950, "Boer")


def test_no_cell_of_a_receipt_runs_as_a_formula() -> None:
    found = checked(
        [
            line(plaats="=HYPERLINK(1)"),
            line(straat="+1", signaal_ref="S-2"),
            line(achternaam="@x", signaal_ref="S-3"),
        ]
    )
    workbook = receipt_xlsx(found.rows, found.results)
    for name in zipfile.ZipFile(io.BytesIO(workbook)).namelist():
        assert b"<f" not in part(workbook, name).replace(b"<font", b"").replace(b"<fill", b"").replace(
            b"<family", b""
        )
    active = openpyxl.load_workbook(io.BytesIO(workbook)).active
    assert active is not None
    assert {cell.data_type for row in active.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert "=HYPERLINK(1)" in {cell.value for row in active.iter_rows() for cell in row}


def test_a_formula_comes_back_as_text_to_mend() -> None:
    found = check(sheet([list(line()), [*line(plaats="=1+1").values()]]), XLSX, RULES)
    header, row = cells(receipt_xlsx(found.rows, found.results))
    assert row[header.index("resultaat_veld")] == "plaats"
    assert not row[header.index("plaats")].startswith("=")


def test_what_may_not_come_in_does_not_go_out() -> None:
    rows = [line(postcode="x", bsn="123456782", nationaliteit="Kanariepiet")]
    found = check(as_csv(rows), CSV, DoorRules(columns="strip"))
    text = str(cells(receipt_xlsx(found.rows, found.results)))
    assert "123456782" not in text
    assert "Kanariepiet" not in text


def test_a_cell_no_spreadsheet_may_hold_is_marked() -> None:
    found = checked([line(plaats="a\x07b" + "x" * 5000)])
    header, row = cells(receipt_xlsx(found.rows, found.results))
    value = row[header.index("plaats")]
    assert value.startswith("a\ufffdb")
    assert len(value) == 1000


def test_lines_that_are_no_rows_are_left_out() -> None:
    body = as_csv([line(), line(signaal_ref="S-2")]).replace(b"\r\nS-2", b"\r\n\r\nS-2") + b"kort;regel\r\n"
    found = check(body, CSV, RULES)
    assert [one.code for one in found.results] == [
        LineCode.ACCEPTED,
        LineCode.E_FIELD,
        LineCode.ACCEPTED,
        LineCode.E_FIELD,
    ]
    header, *rows = cells(receipt_xlsx(found.rows, found.results))
    assert [row[0] for row in rows] == ["4"]
    assert rows[0][header.index("signaal_ref")] == "kort"
    nested = check(as_json([line(), {"signaal_ref": "S-2", "achternaam": []}, 5]), JSON, RULES)  # type: ignore[list-item]
    assert [row[0] for row in cells(receipt_xlsx(nested.rows, nested.results))[1:]] == ["2"]


def test_rows_and_answers_of_two_deliveries_do_not_mix() -> None:
    with pytest.raises(Invalid):
        receipt_xlsx([], [LineResult.of(1, LineCode.E_FIELD)])


def test_a_file_tells_its_format_by_its_name() -> None:
    names = ("a.JSON", "maart.csv", "x/y.txt", "Lijst.xlsx")
    assert [media_type_of(name) for name in names] == [JSON, CSV, CSV, XLSX]
    for name in ("a.xls", "a", "a.pdf", ""):
        with pytest.raises(WrongMediaType):
            media_type_of(name)


def test_what_json_says_about_the_whole_delivery_is_checked_too() -> None:
    body = json.dumps({"gemeentecode": "GM0637", "signalen": [line(), line(postcode="x")]}).encode()
    assert [one.code for one in check(body, JSON, RULES).results] == [LineCode.ACCEPTED, LineCode.E_FIELD]
    with pytest.raises(Invalid):
        check(body.replace(b"GM0637", b"Zoetermeer"), JSON, RULES)


def test_the_checked_file_is_silent_in_a_repr() -> None:
    assert "Voorbeeld" not in repr(checked(lines(1)))
