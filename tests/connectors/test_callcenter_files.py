"""The call center by file: nothing that a spreadsheet runs goes out, and nothing that is not understood comes in."""

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.callcenter import LIMITS, read, write
from schemas.call import Outcome
from schemas.dialfile import COLUMNS, FileResult, LineAnswer, ResultCode
from schemas.errors import Invalid, SluisError, TooLarge

REF, OTHER = "7K3P-9QX2-C", "8M4R-2TY6-D"
LAPSES = datetime(2026, 11, 3, 9, 15, tzinfo=UTC)
CANARY = "Kanariepiet"
GOOD = {"ref": REF, "tijdstip": "2026-11-03 10:05", "uitkomst": "voicemail"}


def record(**changes: object) -> Mapping[str, object]:
    return {
        "ref": REF,
        "aanhef": "heer of mevrouw",
        "achternaam": "Adelaar",
        "telefoonnummers": ("+31612345678",),
        "script_code": "eerste_aanbod",
        "script_versie": "1",
        "controlecode": "123456",
        **changes,
    }


def written(*records: Mapping[str, object]) -> list[dict[str, str]]:
    body = write(records, dict.fromkeys((REF, OTHER), LAPSES))
    return list(csv.DictReader(io.StringIO(body.decode(), newline=""), delimiter=";"))


def file(*lines: Mapping[str, str], columns: tuple[str, ...] = COLUMNS, extra: str = "") -> bytes:
    out = io.StringIO(newline="")
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(columns)
    for line in lines:
        rows.writerow([line.get(name, "") for name in columns])
    return (out.getvalue() + extra).encode()


def answers(*lines: Mapping[str, str]) -> list[FileResult | LineAnswer]:
    return list(read(file(*lines)))


def one(**changes: str) -> FileResult | LineAnswer:
    (found,) = answers({**GOOD, **changes})
    return found


def refused(**changes: str) -> tuple[str, str | None]:
    found = one(**changes)
    assert isinstance(found, LineAnswer)
    assert found.hint
    assert not any(value in found.hint for value in changes.values() if value)
    return found.code, found.veld


# --- Out ----------------------------------------------------------------------------------------------------------


def test_a_file_holds_the_record_and_nothing_else() -> None:
    (line,) = written(record(voorvoegsel="van den"))
    assert line == {
        "ref": REF, "aanhef": "heer of mevrouw", "voorvoegsel": "van den", "achternaam": "Adelaar",
        "telefoon_1": "0031612345678", "telefoon_2": "", "script_code": "eerste_aanbod", "script_versie": "1",
        "controlecode": "123456", "afspraak_op": "", "verloopt_op": "2026-11-03T10:15:00+01:00",
    }  # fmt: skip


def test_a_field_that_a_file_does_not_know_stays_inside() -> None:
    assert CANARY not in str(written(record(bedrag=CANARY, geboortedatum=CANARY)))


def test_every_number_has_a_cell_however_many_there_are() -> None:
    many = tuple(f"+3161234567{n}" for n in range(4))
    first, second = written(record(telefoonnummers=many), record(ref=OTHER))
    assert [first[f"telefoon_{n}"] for n in range(1, 5)] == [f"003161234567{n}" for n in range(4)]
    assert [second[f"telefoon_{n}"] for n in range(1, 5)] == ["0031612345678", "", "", ""]


def test_there_is_no_byte_order_mark_and_every_line_ends_as_the_standard_says() -> None:
    body = write([record(achternaam="Ünal")], {REF: LAPSES})
    assert body.startswith(b"ref;")
    assert body.count(b"\r\n") == body.count(b"\n") == 2
    assert "Ünal" in body.decode()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_cell_begins_with_what_a_spreadsheet_runs_and_every_line_reads_back(name: str) -> None:
    (line,) = written(record(achternaam=name, telefoonnummers=(name,)))
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line.values())
    assert line["achternaam"].removeprefix("'") in {name, name.removeprefix("'")}


# --- In -----------------------------------------------------------------------------------------------------------


def test_a_line_is_read_with_its_moment_in_dutch_time() -> None:
    found = one(omschrijving="Belt liever zelf", tips_gegeven="Ja")
    assert isinstance(found, FileResult)
    assert found.at == datetime(2026, 11, 3, 9, 5, tzinfo=UTC)
    assert (found.result.uitkomst, found.result.tips_gegeven) == (Outcome.VOICEMAIL, True)
    assert found.answers is None
    assert CANARY not in repr(found)


@pytest.mark.parametrize(
    "written_as",
    ["2026-11-03 10:05", "2026-11-03T10:05:00", "3-11-2026 10:05", "03-11-2026 10:05:00", "2026-11-03T09:05Z",
     "2026-11-03T10:05:00+01:00"],
)  # fmt: skip
def test_a_moment_may_be_written_as_people_do(written_as: str) -> None:
    found = one(tijdstip=written_as)
    assert isinstance(found, FileResult)
    assert found.at == datetime(2026, 11, 3, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ref": CANARY + "@"}, "ref"),
        ({"ref": ""}, "ref"),
        ({"tijdstip": ""}, "tijdstip"),
        ({"tijdstip": "31-02-2026 10:00"}, "tijdstip"),
        ({"tijdstip": "2026-11-03"}, "tijdstip"),
        ({"tijdstip": "2026-11-03 25:00"}, "tijdstip"),
        ({"uitkomst": CANARY}, "uitkomst"),
        ({"uitkomst": ""}, "uitkomst"),
        ({"tips_gegeven": CANARY}, "tips_gegeven"),
        ({"omschrijving": CANARY * 200}, "omschrijving"),
        ({"beste_moment": CANARY * 10}, "beste_moment"),
        ({"terugbellen_op": "morgen"}, "terugbellen_op"),
        ({"geboortedatum": "1980-01-01"}, "huisnummer"),
        ({"huisnummer": "12"}, "geboortedatum"),
        ({"geboortedatum": CANARY, "huisnummer": "12"}, "geboortedatum"),
    ],
)
def test_what_does_not_fit_refuses_its_line_and_names_the_field(changes: dict[str, str], field: str) -> None:
    assert refused(**changes) == (ResultCode.E_VELD, field)


def test_a_line_that_shifted_is_refused_and_the_others_are_read() -> None:
    body = file(GOOD, columns=COLUMNS[:3]) + f"{OTHER};x;2026-11-03 10:05;voicemail\r\n".encode()
    good, shifted = read(body)
    assert isinstance(good, FileResult)
    assert isinstance(shifted, LineAnswer)
    assert (shifted.regel, shifted.code) == (2, ResultCode.E_KOLOMMEN)


def test_cells_that_shifted_without_changing_the_count_are_refused_by_what_they_hold() -> None:
    columns = ("ref", "tijdstip", "uitkomst", "omschrijving")
    body = file(columns=columns) + f"{REF};;2026-11-03 10:05;voicemail\r\n".encode()
    (found,) = read(body)
    assert isinstance(found, LineAnswer)
    assert (found.code, found.veld) == (ResultCode.E_VELD, "tijdstip")


def test_a_second_line_on_the_same_record_is_refused_however_it_is_written() -> None:
    first, second = answers(GOOD, {**GOOD, "ref": REF.lower().replace("-", ""), "uitkomst": "niet_opgenomen"})
    assert isinstance(first, FileResult)
    assert isinstance(second, LineAnswer)
    assert second.code is ResultCode.E_DUBBEL


def test_a_line_that_was_refused_does_not_stand_in_the_way_of_its_correction() -> None:
    _, corrected = answers({**GOOD, "uitkomst": "weet niet"}, GOOD)
    assert isinstance(corrected, FileResult)


@pytest.mark.parametrize(
    "columns", [("ref", "uitkomst"), (*COLUMNS, "bedrag"), ("ref", "ref", *COLUMNS[1:3]), ("",)]
)
def test_other_columns_refuse_the_file(columns: tuple[str, ...]) -> None:
    with pytest.raises(Invalid) as caught:
        list(read(file(GOOD, columns=columns)))
    assert caught.value.code == "kolommen"


def test_an_unknown_column_is_not_repeated() -> None:
    with pytest.raises(Invalid) as caught:
        list(read(file(GOOD, columns=(*COLUMNS, CANARY))))
    assert CANARY not in f"{caught.value} {caught.value.fields}"


def test_columns_may_stand_in_any_order_with_a_mark_in_front_and_empty_lines_below() -> None:
    columns = ("uitkomst", "tijdstip", "ref")
    (found,) = read(b"\xef\xbb\xbf" + file(GOOD, columns=columns, extra="\r\n;;\r\n"))
    assert isinstance(found, FileResult)


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooLarge):
        list(read(b"x" * (LIMITS.max_bytes + 1)))
    with pytest.raises(TooLarge):
        list(read(file(*[GOOD] * (LIMITS.max_lines + 1), columns=COLUMNS[:3])))


@given(st.binary(max_size=300))
def test_any_bytes_give_answers_or_an_error_of_the_product(body: bytes) -> None:
    for given_body in (body, file(columns=COLUMNS[:3]) + body):
        try:
            found = list(read(given_body))
        except SluisError:
            continue
        assert all(isinstance(answer, FileResult | LineAnswer) for answer in found)
