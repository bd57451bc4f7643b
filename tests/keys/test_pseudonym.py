"""A pseudonym can be read out over the phone, and two parties cannot compare theirs."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keys.keyring import Keyring
from keys.pseudonym import ALPHABET, Pseudonyms, check_symbol, normalise
from keys.rotation import renew_named
from schemas.errors import Invalid, SealBroken, Sealed
from tests.support.keys import OTHER_TENANT, PASSPHRASE, TENANT, subject

PLACE = (TENANT, "callcenter1", "bellen", "2026-11")
SYMBOLS = st.text(alphabet=ALPHABET, min_size=8, max_size=8)


@pytest.fixture
def names(ring: Keyring) -> Pseudonyms:
    return Pseudonyms(ring)


def written(symbols: str) -> str:
    full = symbols + check_symbol(symbols)
    return f"{full[:4]}-{full[4:8]}-{full[8]}"


def test_a_pseudonym_is_spoken_in_three_groups(names: Pseudonyms) -> None:
    spoken = names.spoken(*PLACE, subject(1))
    assert [len(group) for group in spoken.split("-")] == [4, 4, 1]
    assert spoken == names.normalise(spoken) == names.spoken(*PLACE, subject(1))


def test_every_scope_gives_another_pseudonym(names: Pseudonyms) -> None:
    scopes = [
        PLACE,
        (OTHER_TENANT, *PLACE[1:]),
        (TENANT, "callcenter2", *PLACE[2:]),
        (*PLACE[:2], "hulpverlenen", PLACE[3]),
        (*PLACE[:3], "2026-12"),
    ]
    made = {names.spoken(*scope, subject(1)) for scope in scopes}
    made |= {names.spoken(*PLACE, subject(1), attempt=1), names.spoken(*PLACE, subject(2))}
    assert len(made) == 7


def test_scope_parts_are_not_glued_together(names: Pseudonyms) -> None:
    assert names.spoken(TENANT, "ab", "c", "p", subject(1)) != names.spoken(
        TENANT, "a", "bc", "p", subject(1)
    )


def test_the_pseudonyms_of_two_parties_share_no_value(names: Pseudonyms) -> None:
    people = [subject(number) for number in range(10_000)]
    one = [names.machine(TENANT, "callcenter1", "bellen", "2026-11", who) for who in people]
    two = [names.machine(TENANT, "wijkteam", "hulpverlenen", "2026-11", who) for who in people]
    assert len(set(one)) == len(set(two)) == 10_000
    assert not set(one) & set(two)
    agreeing = sum(a[0] == b[0] for a, b in zip(one, two, strict=True))
    assert 200 < agreeing < 430, "one in 32 by chance"


def test_the_spoken_pseudonyms_of_two_parties_line_up_for_nobody(names: Pseudonyms) -> None:
    people = [subject(number) for number in range(10_000)]
    one = [names.spoken(TENANT, "callcenter1", "bellen", "2026-11", who) for who in people]
    two = [names.spoken(TENANT, "wijkteam", "hulpverlenen", "2026-11", who) for who in people]
    assert all(a != b for a, b in zip(one, two, strict=True))


@given(SYMBOLS, st.integers(0, 8), st.sampled_from(ALPHABET))
def test_every_single_wrong_symbol_is_caught(symbols: str, position: int, wrong: str) -> None:
    right = symbols + check_symbol(symbols)
    mistaken = right[:position] + wrong + right[position + 1 :]
    if mistaken == right:
        assert normalise(mistaken) == written(symbols)
    else:
        with pytest.raises(Invalid):
            normalise(mistaken)


def test_every_swap_of_neighbours_is_caught() -> None:
    seeded = random.Random(7)
    for _ in range(2_000):
        symbols = "".join(seeded.choices(ALPHABET, k=8))
        right = symbols + check_symbol(symbols)
        for at in range(8):
            swapped = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
            if swapped != right:
                with pytest.raises(Invalid):
                    normalise(swapped)


def test_the_check_of_a_known_pseudonym_worked_out_by_hand() -> None:
    """``2*(i xor d)`` with x^5 + x^2 + 1: digits 0…0,1 give 2; 0…0,16 give 32 xor 37 = 5; 16,16 give 2*(5^16)=42^37=15."""
    assert check_symbol("00000000") == "0"
    assert check_symbol("00000001") == "2"
    assert check_symbol("0000000G") == "5"
    assert check_symbol("000000GG") == "F"


@given(SYMBOLS)
def test_what_people_type_is_understood(symbols: str) -> None:
    right = written(symbols)
    spoken = right.replace("1", "l").replace("0", "o")
    for typed in (right.lower(), right.replace("-", ""), right.replace("-", " "), f"  {right}\n", spoken):
        assert normalise(typed) == right
    assert normalise(right.replace("1", "I").replace("0", "O")) == right


@pytest.mark.parametrize(
    "text", ["", "7K3P", "7K3P-9QX2", "UUUU-UUUU-U", "7K3P-9QX2-CC", "é" * 9, "0000-0000-1"]
)
def test_what_is_no_pseudonym_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        normalise(text)
    assert [problem.veld for problem in refused.value.fields] == ["pseudoniem"]
    assert not text or text not in str(refused.value)


def test_the_machine_form_carries_its_version(names: Pseudonyms, ring: Keyring) -> None:
    before = names.machine(*PLACE, subject(1))
    assert len(before) == 14
    assert before.endswith("A")
    assert names.label(TENANT, before) == f"gwpsn1.v1:{before}"
    renew_named(ring, PASSPHRASE, TENANT, "@pseudonym")
    after = names.machine(*PLACE, subject(1))
    assert after.endswith("B")
    assert after[:13] != before[:13]
    assert names.label(TENANT, after) == f"gwpsn1.v2:{after}"


def test_a_pseudonym_leads_back_only_in_its_own_scope(names: Pseudonyms, ring: Keyring) -> None:
    spoken = names.spoken(*PLACE, subject(1))
    row = names.seal_pointer(*PLACE, spoken, subject(1))
    assert names.open_pointer(*PLACE, spoken, row) == subject(1)
    other = names.spoken(*PLACE, subject(2))
    for scope in (
        (*PLACE, other),
        (OTHER_TENANT, *PLACE[1:], spoken),
        (TENANT, "wijkteam", *PLACE[2:], spoken),
        (*PLACE[:3], "2026-12", spoken),
    ):
        with pytest.raises(SealBroken):
            names.open_pointer(*scope, row)
    renew_named(ring, PASSPHRASE, TENANT, "@link")
    assert names.open_pointer(*PLACE, spoken, row) == subject(1)


def test_an_altered_row_leads_nowhere(names: Pseudonyms) -> None:
    spoken = names.spoken(*PLACE, subject(1))
    row = names.seal_pointer(*PLACE, spoken, subject(1))
    for broken in (b"", row[:13], row[:-1], b"\x09" + row[1:], row[:-1] + bytes([row[-1] ^ 1])):
        with pytest.raises(SealBroken):
            names.open_pointer(*PLACE, spoken, broken)


def test_no_pseudonyms_while_sealed(names: Pseudonyms, ring: Keyring) -> None:
    ring.seal()
    with pytest.raises(Sealed):
        names.spoken(*PLACE, subject(1))
