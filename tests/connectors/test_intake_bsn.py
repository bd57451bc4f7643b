"""A BSN goes no further than the door, wherever a partner puts it."""

import pytest

from connectors.contract import DoorRules, ParsedDelivery
from connectors.partners.maps import read_map
from connectors.registry import CSV, parse
from schemas.signal import LineCode, LineResult, SignalIn
from schemas.validation import is_bsn
from tests.support.deliveries import as_csv, line

BSN = "123456782"


def bsns(count: int) -> list[str]:
    """The first numbers from a million up that pass the elfproef."""
    numbers = (f"{n:09d}" for n in range(100_000_000, 999_999_999))
    return [next(number for number in numbers if is_bsn(number)) for _ in range(count)]


def read(rows: list[dict[str, str]], rules: DoorRules | None = None) -> ParsedDelivery:
    return parse(as_csv(rows), CSV, rules)


def codes(parsed: ParsedDelivery) -> list[tuple[LineCode, str | None]]:
    return [(one.code, one.veld) for one in parsed.results()]


def test_a_dropped_bsn_leaves_no_trace_in_signal_warning_or_count() -> None:
    parsed = read([line(bsn=BSN)])
    first = parsed.lines[0]
    assert isinstance(first, SignalIn)
    assert BSN not in str(first.fingerprint_parts())
    assert BSN not in repr(parsed.warnings)
    assert first == read([line()]).lines[0]


@pytest.mark.parametrize("written", [BSN, f" {BSN} ", "1", "geen", "x" * 100_000])
def test_whatever_stands_in_the_column_is_dropped_unread(written: str) -> None:
    parsed = read([line(bsn=written)])
    assert codes(parsed) == [(LineCode.W_BSN_VERWIJDERD, "bsn")]
    assert parsed.bsn_dropped == 1


def test_an_empty_bsn_is_no_bsn() -> None:
    parsed = read([line(bsn=""), line(bsn="  ", signaal_ref="S-2")])
    assert codes(parsed) == [(LineCode.ACCEPTED, None)] * 2
    assert parsed.bsn_dropped == 0


def test_a_wrong_line_is_told_what_is_wrong_and_its_bsn_is_counted() -> None:
    parsed = read([line(bsn=BSN, postcode="x")])
    assert codes(parsed) == [(LineCode.E_FIELD, "postcode")]
    assert (parsed.bsn_dropped, parsed.warnings) == (1, {})


def test_a_strict_municipality_refuses_the_line_whatever_else_is_wrong() -> None:
    parsed = read([line(bsn=BSN, postcode="x"), line(signaal_ref="S-2")], DoorRules(bsn="refuse"))
    assert codes(parsed) == [(LineCode.E_BSN, "bsn"), (LineCode.ACCEPTED, None)]
    assert parsed.bsn_dropped == 1


@pytest.mark.parametrize("column", ["signaal_ref", "klantnummer"])
def test_the_same_number_in_a_reference_is_refused(column: str) -> None:
    parsed = read([line(bsn=BSN, **{column: BSN})])
    assert codes(parsed) == [(LineCode.E_BSN, column)]
    assert BSN not in repr(parsed.results())


@pytest.mark.parametrize(
    "column", ["achternaam", "voorvoegsel", "voorletters", "straat", "plaats", "toevoeging", "huisnummer"]
)
def test_no_field_of_a_person_takes_a_bsn(column: str) -> None:
    parsed = read([line(**{column: BSN})])
    assert codes(parsed) == [(LineCode.E_FIELD, column)]


@pytest.mark.parametrize("column", ["signaal_ref", "klantnummer"])
def test_a_column_of_bsns_is_refused_line_by_line(column: str) -> None:
    rows = [line(**{"signaal_ref": f"S-{n}", column: number}) for n, number in enumerate(bsns(12))]
    parsed = read(rows)
    assert codes(parsed) == [(LineCode.E_BSN, column)] * 12
    assert parsed.lines[4] == LineResult.of(5, LineCode.E_BSN, column)


def test_a_column_of_ordinary_customer_numbers_is_not() -> None:
    rows = [line(signaal_ref=f"S-{n}", klantnummer=f"{100_000_000 + 7 * n}") for n in range(200)]
    passing = [row for row in rows if is_bsn(row["klantnummer"])]
    assert passing
    assert codes(read(rows)) == [(LineCode.ACCEPTED, None)] * 200


def test_one_number_that_happens_to_pass_proves_nothing() -> None:
    assert codes(read([line(klantnummer=BSN)])) == [(LineCode.ACCEPTED, None)]


def test_nine_lines_of_one_customer_prove_nothing_either() -> None:
    rows = [line(signaal_ref=f"S-{n}", klantnummer=BSN) for n in range(20)]
    assert codes(read(rows)) == [(LineCode.ACCEPTED, None)] * 20


def test_a_warning_never_stands_beside_a_refusal_of_the_same_line() -> None:
    rows = [line(bsn=BSN, signaal_ref=number) for number in bsns(12)]
    parsed = read(rows)
    assert codes(parsed) == [(LineCode.E_BSN, "signaal_ref")] * 12
    assert parsed.warnings == {}


def test_a_map_may_name_the_column_of_the_bsn() -> None:
    rules = DoorRules(column_map=read_map('name = "x"\n[columns]\n"SOFINR" = "bsn"\n'))
    parsed = read([line(SOFINR=BSN)], rules)
    assert codes(parsed) == [(LineCode.W_BSN_VERWIJDERD, "bsn")]
