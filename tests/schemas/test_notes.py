"""Notes: short, readable, without identifiers; refused by code and never repeated."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.notes import readable, refuse_note
from schemas.validation import is_bsn


def codes(text: str) -> list[str]:
    return [problem.code for problem in refuse_note("omschrijving", text)]


@pytest.mark.parametrize(
    "text",
    [
        "Wil graag hulp met de post, na zessen",
        "Bel op 06-12345678 of 079 3621234",
        "Café, ë, €25, 3 kinderen 👩‍👧",
        "<script>alert(1)</script> =1+1",
        "regel een\nregel twee",
        "x" * 280,
        "Referentie 123456789 is geen burgerservicenummer",
        "2026-11-03 om 14.00",
    ],
)
def test_what_people_write_is_taken(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * 281, "te_lang"),
        ("bel\x00", "tekens"),
        ("\x1b[31mrood", "tekens"),
        ("gewoon \u202etxet", "tekens"),
        ("on\u200bzichtbaar", "tekens"),
        ("\ud800", "tekens"),
        ("bsn 999990019", "bsn"),
        ("bsn 9999.90.019", "bsn"),
        ("999 990 019", "bsn"),
        ("NL91 ABNA 0417 1643 00", "rekeningnummer"),
        ("op nl91abna0417164300 graag", "rekeningnummer"),
    ],
)
def test_what_hides_or_identifies_is_refused_without_an_echo(text: str, code: str) -> None:
    assert codes(text) == [code]
    assert all(text not in problem.hint for problem in refuse_note("omschrijving", text))


@settings(max_examples=60)
@given(st.text(max_size=400))
def test_in_acute_need_what_is_left_hides_nothing(text: str) -> None:
    left = readable(text)
    assert "tekens" not in codes(left)
    assert set(left) <= set(text)


@settings(max_examples=40)
@given(st.integers(min_value=10_000_000, max_value=999_999_999).map(lambda n: f"{n:09d}"))
def test_a_number_is_refused_when_it_passes_the_test_of_a_bsn_and_only_then(number: str) -> None:
    assert codes(f"nummer {number} genoemd") == (["bsn"] if is_bsn(number) else [])
