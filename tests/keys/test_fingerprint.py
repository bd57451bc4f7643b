"""Keyed fingerprints: equal content is recognised, and a thief of the rows learns nothing."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keys.fingerprint import Fingerprints
from keys.keyring import Keyring
from schemas.errors import Sealed
from schemas.person import DataClass
from tests.support.keys import OTHER_TENANT, TENANT, open_keyring, reopened, sealed_keyring

PARTS = st.lists(st.text(max_size=12), min_size=1, max_size=4).map(tuple)


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyring]:
    opened = open_keyring(tmp_path_factory.mktemp("fingerprints"))
    yield opened
    opened.close()


@given(PARTS)
@settings(max_examples=30)
def test_the_same_content_gives_the_same_bytes(keyring: Keyring, parts: tuple[str, ...]) -> None:
    assert Fingerprints(keyring).of(TENANT, "regel", *parts) == Fingerprints(keyring).of(
        TENANT, "regel", *parts
    )


@given(PARTS, PARTS)
@settings(max_examples=60)
def test_another_content_gives_other_bytes_also_when_it_is_cut_elsewhere(
    keyring: Keyring, one: tuple[str, ...], other: tuple[str, ...]
) -> None:
    of = Fingerprints(keyring).of
    assert (of(TENANT, "regel", *one) == of(TENANT, "regel", *other)) == (one == other)


def test_where_one_part_ends_makes_a_difference(keyring: Keyring) -> None:
    of = Fingerprints(keyring).of
    assert (
        len({of(TENANT, "regel", "ab", "c"), of(TENANT, "regel", "a", "bc"), of(TENANT, "regel", "abc")}) == 3
    )


def test_kinds_and_municipalities_are_kept_apart(keyring: Keyring) -> None:
    of = Fingerprints(keyring).of
    assert len({of(TENANT, "regel", "x"), of(TENANT, "bestand", "x"), of(OTHER_TENANT, "regel", "x")}) == 3


def test_text_and_its_bytes_are_the_same_content(keyring: Keyring) -> None:
    of = Fingerprints(keyring).of
    assert of(TENANT, "bestand", "é") == of(TENANT, "bestand", "é".encode())


def test_a_fingerprint_bears_its_version_and_is_of_full_length(keyring: Keyring) -> None:
    made = Fingerprints(keyring).of(TENANT, "regel", "x")
    assert (made[0], len(made)) == (1, 33)


def test_it_is_no_plain_hash_that_anybody_could_try(keyring: Keyring) -> None:
    made = Fingerprints(keyring).of(TENANT, "regel", "123456782")
    assert sha256(b"123456782").digest() not in made


def test_another_installation_gives_other_bytes(keyring: Keyring, tmp_path: Path) -> None:
    other = open_keyring(tmp_path)
    assert Fingerprints(other).of(TENANT, "regel", "x") != Fingerprints(keyring).of(TENANT, "regel", "x")
    other.close()


def test_the_same_installation_gives_the_same_bytes_after_a_restart(tmp_path: Path) -> None:
    first = open_keyring(tmp_path)
    made = Fingerprints(first).of(TENANT, "regel", "x")
    first.close()
    again = reopened(tmp_path)
    assert Fingerprints(again).of(TENANT, "regel", "x") == made
    again.close()


def test_nothing_is_recognised_while_sealed_or_without_the_class_identiteit(tmp_path: Path) -> None:
    sealed = sealed_keyring(tmp_path)
    with pytest.raises(Sealed):
        Fingerprints(sealed).of(TENANT, "regel", "x")
    sealed.close()
    without = reopened(tmp_path, frozenset(DataClass) - {DataClass.IDENTITEIT})
    with pytest.raises(Sealed) as refused:
        Fingerprints(without).of(TENANT, "regel", "x")
    assert refused.value.code == "klasse_niet_geladen"
    without.close()
