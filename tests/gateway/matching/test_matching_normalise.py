"""Placeholders are nothing, and every way to write an address or a number is one way."""

import pytest

from gateway.matching.candidates import INDEXES, blind_keys
from gateway.matching.normalise import birth_date, phone, postcode, profiles, suffix
from tests.support.matching import FACTS, person


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1985-03-04", "1985-03-04"),
        ("4-3-1985", "1985-03-04"),
        ("04/03/1985", "1985-03-04"),
        ("1985-03-04T00:00:00", "1985-03-04"),
        ("1900-01-01", ""),
        ("01-01-1970", ""),
        ("1904-12-31", ""),
        ("1985-00-00", ""),
        ("31-2-1985", ""),
        ("onbekend", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_placeholder_or_partial_birth_date_is_no_birth_date(written: str | None, expected: str) -> None:
    assert birth_date(written) == expected


@pytest.mark.parametrize(
    ("letter", "addition", "expected"),
    [
        (None, "II", "2"),
        (None, "2 hoog", "2"),
        ("", "3e etage", "3"),
        ("A", "012", "a12"),
        (None, "a-12", "a12"),
        (None, "hs", "hs"),
        (None, "huis", "hs"),
        (None, None, ""),
    ],
)
def test_a_unit_is_one_unit_however_it_is_written(
    letter: str | None, addition: str | None, expected: str
) -> None:
    assert suffix(letter, addition) == expected


@pytest.mark.parametrize(
    ("written", "expected"), [("1234 ab", "1234AB"), ("0234AB", ""), ("1234", ""), (None, "")]
)
def test_only_a_dutch_postcode_is_a_postcode(written: str | None, expected: str) -> None:
    assert postcode(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("+31680012347", "+31680012347"),
        ("06-80012347", "+31680012347"),
        ("0031 6 8001 2347", "+31680012347"),
        ("+32470123456", "+32470123456"),
        ("0612345678", ""),
        ("0000000000", ""),
        ("06", ""),
        ("geen", ""),
    ],
)
def test_a_filled_in_number_is_no_number(written: str, expected: str) -> None:
    assert phone(written) == expected


def test_a_profile_shows_nothing_of_the_person_in_its_repr() -> None:
    assert repr(person("7")) == "Profile(7)"


def test_profiles_come_in_order_and_equal_one_by_one() -> None:
    assert profiles([FACTS, FACTS]) == [person("0"), person("0")]


def test_blind_keys_exist_only_when_all_their_parts_do() -> None:
    assert {index for index, _ in blind_keys(person("1"))} == set(INDEXES)
    without_date = {index for index, _ in blind_keys(person("1", geboortedatum=None))}
    assert without_date == {"pa", "pt", "ti"}
    assert {index for index, _ in blind_keys(person("1", postcode="", telefoonnummers=()))} == {"pd"}
    assert blind_keys(person("1", achternaam="--", postcode="", telefoonnummers=())) == []


def test_there_is_a_key_for_each_core_and_each_telephone() -> None:
    keys = blind_keys(person("1", achternaam="Jansen-de Vries", telefoonnummers=("0680012347", "0790001234")))
    assert sum(index == "pd" for index, _ in keys) == 2
    assert sum(index == "pt" for index, _ in keys) == 4
    assert sum(index == "dt" for index, _ in keys) == 2
