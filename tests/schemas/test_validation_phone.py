"""Phone numbers: as people write them in, E.164 out, and the short way agrees with the library."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import phone as module
from schemas.errors import Invalid
from schemas.phone import phone


@pytest.mark.parametrize(
    "raw",
    [
        "0612345678",
        "06-12345678",
        "06 12 34 56 78",
        "(06) 12345678",
        "+31612345678",
        "+31 (0)6 12345678",
        "0031 6 12345678",
        "06.1234.5678",
        "612345678",
        "31612345678",
        " 06\u00a012345678 ",
        "06\u201312345678",
        "06/12345678",
    ],
)
def test_one_mobile_number_has_one_form(raw: str) -> None:
    assert phone(raw) == "+31612345678"


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("079-3621234", "+31793621234"),
        ("0118-123456", "+31118123456"),
        ("+32 475 12 34 56", "+32475123456"),
        ("0049 30 123456", "+4930123456"),
        ("085-1234567", "+31851234567"),
        ("06-91234567", "+31691234567"),
        ("0555-123456", "+31555123456"),
    ],
)
def test_other_numbers_that_reach_a_person_are_read(raw: str, kept: str) -> None:
    assert phone(raw) == kept


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "06-1234567",
        "06-123456789",
        "0900-1234",
        "0800-0101",
        "112",
        "14079",
        "06-12345678 (werk)",
        "tel 06-12345678",
        "06-12345678 / 079-3621234",
        "0906-123456",
        "=06-12345678",
        "0612345678;0612345679",
        "+",
        "00000000000",
        "٠٦١٢٣٤٥٦٧٨",
        "0" * 100_000,
        "06-1234\x005678",
    ],
    ids=lambda raw: ascii(raw[:20]),
)
def test_anything_else_is_refused_without_naming_it(raw: str) -> None:
    with pytest.raises(Invalid) as refused:
        phone(raw)
    assert refused.value.detail == module._HINT


def by_library(raw: str) -> str | None:
    try:
        number = phonenumbers.parse(raw, "NL")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def spaced(digits: str, separators: list[str]) -> str:
    return "".join(digit + gap for digit, gap in zip(digits, separators, strict=False))


written = st.builds(
    lambda prefix, digits, gaps: prefix + spaced(digits, gaps),
    st.sampled_from(["0", "+31", "0031", "+31 (0)", "+31-"]),
    st.from_regex(r"[1-7][0-9]{8}", fullmatch=True),
    st.lists(st.sampled_from(["", "", "", " ", "-", "."]), min_size=9, max_size=9),
)


@given(written)
def test_the_short_way_agrees_with_the_library(raw: str) -> None:
    short = module._ORDINARY.fullmatch(raw.translate(module._SEPARATORS))
    if short is not None:
        assert "+31" + short[1] == by_library(raw) == phone(raw)


@given(written)
def test_a_dutch_number_of_the_right_length_is_never_refused_for_its_range(raw: str) -> None:
    assert phone(raw) == by_library(raw)


@given(st.text("0123456789+-() ./", max_size=20))
def test_every_accepted_number_can_be_dialled_and_stays_itself(raw: str) -> None:
    try:
        kept = phone(raw)
    except Invalid:
        return
    assert phonenumbers.is_possible_number(phonenumbers.parse(kept))
    assert phone(kept) == kept
