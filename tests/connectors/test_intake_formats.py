"""The three formats say the same thing, line for line."""

import pytest

from connectors.contract import DoorRules, Limits
from connectors.registry import CSV, JSON, XLSX, parse
from schemas.errors import ForbiddenColumn, TooLarge, WrongMediaType
from schemas.signal import LineCode, LineResult, SignalIn
from tests.support.deliveries import as_csv, as_format, as_json, line, lines, sheet

FORMATS = (JSON, CSV, XLSX)


@pytest.mark.parametrize("media_type", FORMATS)
def test_every_good_line_becomes_a_signal_in_its_place(media_type: str) -> None:
    parsed = parse(as_format(media_type, lines(25)), media_type)
    assert [signal.signaal_ref for signal in parsed.lines if isinstance(signal, SignalIn)] == [
        f"S-{n:04d}" for n in range(1, 26)
    ]
    assert not parsed.warnings
    assert parsed.bsn_dropped == 0


def test_the_three_formats_give_the_same_signals() -> None:
    rows = [*lines(3), line(achternaam="Düş-Öztürk", signaal_ref="S-9"), line(postcode="12345")]
    read = [parse(as_format(media_type, rows), media_type).lines for media_type in FORMATS]
    assert read[0] == read[1] == read[2]
    assert isinstance(read[0][4], LineResult)


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_bad_line_is_answered_by_its_number_and_leaves_the_others_alone(media_type: str) -> None:
    rows = [line(), line(huisnummer="twaalf", signaal_ref="S-2"), line(signaal_ref="S-3")]
    parsed = parse(as_format(media_type, rows), media_type)
    refused = parsed.lines[1]
    assert isinstance(parsed.lines[0], SignalIn)
    assert isinstance(parsed.lines[2], SignalIn)
    assert isinstance(refused, LineResult)
    assert (refused.regel, refused.code, refused.veld) == (2, LineCode.E_FIELD, "huisnummer")
    assert "twaalf" not in refused.hint


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_column_outside_the_contract_refuses_the_delivery_by_name(media_type: str) -> None:
    body = as_format(media_type, [line(nationaliteit="NL")])
    with pytest.raises(ForbiddenColumn, match="nationaliteit") as refused:
        parse(body, media_type)
    assert [problem.veld for problem in refused.value.fields] == ["nationaliteit"]


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_municipality_may_strip_such_a_column_and_count_it(media_type: str) -> None:
    rows = [line(nationaliteit="NL"), line(nationaliteit="", signaal_ref="S-2")]
    parsed = parse(as_format(media_type, rows), media_type, DoorRules(columns="strip"))
    assert all(isinstance(signal, SignalIn) for signal in parsed.lines)
    assert parsed.dropped == {"nationaliteit": 1}


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_bsn_is_dropped_at_the_door_with_a_warning(media_type: str) -> None:
    parsed = parse(
        as_format(media_type, [line(bsn="123456782"), line(bsn="", signaal_ref="S-2")]), media_type
    )
    assert all(isinstance(signal, SignalIn) for signal in parsed.lines)
    assert parsed.warnings == {1: LineResult.of(1, LineCode.W_BSN_VERWIJDERD, "bsn")}
    assert parsed.bsn_dropped == 1


@pytest.mark.parametrize("media_type", FORMATS)
def test_a_municipality_may_refuse_the_line_with_a_bsn(media_type: str) -> None:
    parsed = parse(as_format(media_type, [line(bsn="123456782")]), media_type, DoorRules(bsn="refuse"))
    assert parsed.lines == [LineResult.of(1, LineCode.E_BSN, "bsn")]
    assert not parsed.warnings


@pytest.mark.parametrize("media_type", FORMATS)
def test_more_lines_than_the_limit_are_too_many(media_type: str) -> None:
    rules = DoorRules(limits=Limits(max_lines=3))
    assert len(parse(as_format(media_type, lines(3)), media_type, rules).lines) == 3
    with pytest.raises(TooLarge):
        parse(as_format(media_type, lines(4)), media_type, rules)


def test_more_bytes_than_the_limit_are_too_many() -> None:
    body = as_csv(lines(2))
    parse(body, CSV, DoorRules(limits=Limits(max_bytes=len(body))))
    with pytest.raises(TooLarge):
        parse(body, CSV, DoorRules(limits=Limits(max_bytes=len(body) - 1)))


@pytest.mark.parametrize(
    "media_type", ["", "text/html", "application/pdf", "csv", "text/csv,application/json"]
)
def test_another_media_type_is_not_read(media_type: str) -> None:
    with pytest.raises(WrongMediaType):
        parse(as_csv(lines(1)), media_type)


def test_a_workbook_with_typed_cells_reads_like_its_text() -> None:
    typed = [12, 1234.5, True, 3]
    names = ["huisnummer", "bedrag", "natuurlijk_persoon", "att_herinneringen"]
    row = line(huisnummer="12", bedrag="1234,50", natuurlijk_persoon="ja", att_herinneringen="3")
    cells = [dict(zip(names, typed, strict=True)).get(name, text) for name, text in row.items()]
    assert parse(sheet([list(row), cells]), XLSX).lines == parse(as_json([row]), JSON).lines
