"""CSV as spreadsheets really write it, and CSV that is not what it says."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import DoorRules, Limits, ParsedDelivery
from connectors.registry import CSV, parse
from schemas.errors import ForbiddenColumn, Invalid, TooLarge, WrongMediaType
from schemas.signal import LineCode, SignalIn
from tests.support.deliveries import GOOD, as_csv, line, lines


def read(body: bytes, content_type: str = CSV, rules: DoorRules | None = None) -> ParsedDelivery:
    return parse(body, content_type, rules)


def answers(parsed: ParsedDelivery) -> list[tuple[int, LineCode, str | None]]:
    return [(answer.regel, answer.code, answer.veld) for answer in parsed.results()]


GOOD_LINES = read(as_csv(lines(3))).lines


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_the_header_tells_the_delimiter(delimiter: str) -> None:
    assert read(as_csv(lines(3), delimiter=delimiter)).lines == GOOD_LINES


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_the_bytes_tell_the_character_set(encoding: str) -> None:
    rows = [line(achternaam="Ångström-Müller", plaats="'s-Gravenhage")]
    found = read(as_csv(rows, encoding=encoding)).lines[0]
    assert isinstance(found, SignalIn)
    assert found.achternaam == "Ångström-Müller"


@pytest.mark.parametrize(
    ("charset", "encoding"), [("windows-1252", "cp1252"), ("ISO-8859-1", "cp1252"), ("utf-8", "utf-8-sig")]
)
def test_a_named_character_set_is_followed(charset: str, encoding: str) -> None:
    rows = [line(achternaam="Müller")]
    found = read(as_csv(rows, encoding=encoding), f"text/csv; charset={charset}; header=present").lines[0]
    assert isinstance(found, SignalIn)
    assert found.achternaam == "Müller"


def test_a_wrongly_named_character_set_is_refused() -> None:
    with pytest.raises(Invalid):
        read(as_csv([line(achternaam="Müller")], encoding="cp1252"), "text/csv; charset=utf-8")
    with pytest.raises(WrongMediaType):
        read(as_csv(lines(1)), "text/csv; charset=utf-16")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "cp037"])
def test_another_character_set_is_refused(encoding: str) -> None:
    with pytest.raises(Invalid):
        read(as_csv(lines(2)).decode().encode(encoding))


def test_a_byte_that_windows_1252_does_not_know_is_refused() -> None:
    with pytest.raises(Invalid):
        read(as_csv(lines(1), encoding="cp1252").replace(b"Voorbeeld", b"V\x81\xff"))


@pytest.mark.parametrize("ending", [b"\n", b"\r", b"\r\n"])
def test_lines_may_end_as_on_any_machine(ending: bytes) -> None:
    assert read(as_csv(lines(3)).replace(b"\r\n", ending)).lines == GOOD_LINES


def test_the_last_line_may_end_without_an_ending_and_empty_lines_follow() -> None:
    assert read(as_csv(lines(3)).rstrip()).lines == GOOD_LINES
    assert read(as_csv(lines(3)) + b"\r\n\r\n" + b";" * 28).lines == GOOD_LINES


def test_excels_own_separator_line_is_understood() -> None:
    assert read(b"sep=,\r\n" + as_csv(lines(3), delimiter=",")).lines == GOOD_LINES


def test_header_names_may_differ_in_case_and_writing() -> None:
    header, _, rest = as_csv(lines(3)).partition(b"\r\n")
    for written in (header.upper(), header.replace(b"_", b" "), header.replace(b"_", b"-").title()):
        assert read(written + b"\r\n" + rest).lines == GOOD_LINES


def test_quotes_protect_delimiters_quotes_and_line_breaks() -> None:
    rows = [line(straat='Laan "de; Wit"\r\nzuid'), line(signaal_ref="S-2")]
    parsed = read(as_csv(rows))
    first = parsed.lines[0]
    assert isinstance(first, SignalIn)
    assert first.straat == 'Laan "de; Wit" zuid'
    assert len(parsed.lines) == 2


def test_a_line_with_too_few_or_too_many_cells_is_refused_alone() -> None:
    body = as_csv(lines(4)).split(b"\r\n")
    body[2] = body[2].rpartition(b";")[0]
    body[3] += b";extra"
    body[4] += b";;"
    parsed = read(b"\r\n".join(body))
    assert answers(parsed) == [
        (1, LineCode.ACCEPTED, None),
        (2, LineCode.E_FIELD, None),
        (3, LineCode.E_FIELD, None),
        (4, LineCode.ACCEPTED, None),
    ]
    assert "28 kolommen, de kop heeft er 29" in parsed.results()[1].hint
    assert "extra" not in parsed.results()[2].hint


def test_an_empty_line_in_the_middle_keeps_the_numbers_right() -> None:
    body = as_csv(lines(2)).split(b"\r\n")
    body.insert(2, b"")
    body.insert(2, b";" * 28)
    assert answers(read(b"\r\n".join(body))) == [
        (1, LineCode.ACCEPTED, None),
        (2, LineCode.E_FIELD, None),
        (3, LineCode.E_FIELD, None),
        (4, LineCode.ACCEPTED, None),
    ]


def test_a_column_without_a_name_must_be_empty() -> None:
    body = as_csv(lines(2)).split(b"\r\n")
    body = [body[0] + b";", body[1] + b";", body[2] + b";geheim", b""]
    parsed = read(b"\r\n".join(body))
    assert answers(parsed) == [(1, LineCode.ACCEPTED, None), (2, LineCode.E_FIELD, None)]
    assert parsed.results()[1].hint == "Kolom 30 heeft geen naam maar wel inhoud"


@pytest.mark.parametrize(
    "body", [b"", b"\r\n\r\n", b"\xef\xbb\xbf", b" ", b"1;2;3\r\n4;5;6", b"nationaliteit;vader"]
)
def test_a_file_without_column_names_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read(body)
    assert refused.value.code == "kolomnamen_ontbreken"


def test_a_header_alone_is_no_delivery() -> None:
    with pytest.raises(Invalid) as refused:
        read(as_csv(lines(1)).split(b"\r\n")[0])
    assert refused.value.code == "leeg"


def test_a_forgotten_header_does_not_echo_the_first_resident() -> None:
    body = as_csv([line(achternaam="Kanariepiet"), line(achternaam="Tweede")]).split(b"\r\n", 1)[1]
    with pytest.raises(Invalid) as refused:
        read(body)
    assert "Kanariepiet" not in str(refused.value)
    assert not refused.value.fields


@pytest.mark.parametrize(
    "name", ["123456782", "jan@example.nl", "06-12345678", "Étage", "x" * 41, "<script>", "=cmd"]
)
def test_a_column_name_that_may_be_a_value_is_named_by_its_place(name: str) -> None:
    with pytest.raises(ForbiddenColumn, match="kolom 30") as refused:
        read(as_csv([line(**{name: "1"})]))
    assert name not in str(refused.value)


def test_every_forbidden_column_is_named() -> None:
    with pytest.raises(ForbiddenColumn) as refused:
        read(as_csv([line(geslacht="v", opmerking="x")]))
    assert [problem.veld for problem in refused.value.fields] == ["geslacht", "opmerking"]


def test_a_column_that_comes_twice_is_refused_by_name() -> None:
    header, _, rest = as_csv(lines(1)).partition(b"\r\n")
    with pytest.raises(Invalid) as refused:
        read(header.replace(b"plaats", b"Straat") + b"\r\n" + rest)
    assert [problem.veld for problem in refused.value.fields] == ["straat"]


@pytest.mark.parametrize("tail", [b'"open', b'x;"a"b;c\r\n', b'"\r\n' + b"x;y\r\n" * 100])
def test_broken_quoting_refuses_the_whole_file(tail: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read(as_csv(lines(2)) + tail)
    assert refused.value.code == "csv"


def test_a_million_character_cell_is_refused_by_field() -> None:
    parsed = read(as_csv([line(achternaam="x" * 1_000_000), line(signaal_ref="S-2")]))
    assert answers(parsed) == [(1, LineCode.E_FIELD, "achternaam"), (2, LineCode.ACCEPTED, None)]


@pytest.mark.parametrize(
    "body",
    [
        b"signaal_ref;soort\r\n" + b"\r\n" * 10_000_000,
        b"signaal_ref;soort\r\n" + b"a;b\r\n" * 5_000_000,
        b"signaal_ref;soort\r\n" + b";" * 20_000_000,
        b";" * 20_000_000,
    ],
    ids=["empty lines", "lines", "cells", "columns"],
)
def test_ten_million_of_anything_stops_early(body: bytes) -> None:
    with pytest.raises(TooLarge):
        read(body)


def test_too_many_columns_are_too_many() -> None:
    rules = DoorRules(limits=Limits(max_columns=len(GOOD)))
    assert read(as_csv(lines(1)), rules=rules).lines
    with pytest.raises(TooLarge):
        read(as_csv([line(extra="1")]), rules=rules)


def test_another_reader_of_csv_in_this_process_keeps_its_lines() -> None:
    read(as_csv(lines(1)))
    assert next(csv.reader(["a,b"])) == ["a", "b"]


@given(st.binary(max_size=300), st.sampled_from([b"", as_csv(lines(1)), b"signaal_ref;soort;bedrag\r\n"]))
def test_any_bytes_are_read_or_refused_by_an_error_of_the_product(tail: bytes, head: bytes) -> None:
    try:
        parsed = read(head + tail)
    except (Invalid, TooLarge):
        return
    assert [answer.regel for answer in parsed.results()] == list(range(1, len(parsed.lines) + 1))


writable = st.text(st.characters(codec="utf-8"), max_size=20)


@given(st.lists(st.dictionaries(st.sampled_from(sorted(GOOD)), writable), min_size=1, max_size=5))
def test_every_line_gets_one_answer_in_order(changes: list[dict[str, str]]) -> None:
    parsed = read(as_csv([*(line(**change) for change in changes), line()]))
    assert [answer.regel for answer in parsed.results()] == list(range(1, len(changes) + 2))
    assert isinstance(parsed.lines[-1], SignalIn)


def test_a_nul_is_refused_by_field() -> None:
    parsed = read(as_csv([line(achternaam="Jan\x00sen"), line(signaal_ref="S-2")]))
    assert answers(parsed) == [(1, LineCode.E_FIELD, "achternaam"), (2, LineCode.ACCEPTED, None)]
