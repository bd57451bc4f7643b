"""What the log says about a person can be erased with him."""

import pytest

from keys.details import DetailSealer
from keys.envelope import Vault
from keys.keyring import Keyring
from keys.tables import DEK
from schemas.errors import KeyDestroyed, SealBroken
from tests.support.keys import OTHER_TENANT, TENANT, subject


@pytest.fixture
def sealer(vault: Vault) -> DetailSealer:
    return DetailSealer(vault)


def test_many_details_are_sealed_in_order_each_under_its_subject(sealer: DetailSealer) -> None:
    details = [(subject(n % 5) if n % 3 else None, f"detail {n}".encode()) for n in range(30)]
    blobs = sealer.seal_many(TENANT, details)
    opened = [sealer.open(TENANT, who, blob) for (who, _), blob in zip(details, blobs, strict=True)]
    assert opened == [text for _, text in details]


def test_no_details_are_no_blobs(sealer: DetailSealer) -> None:
    assert sealer.seal_many(TENANT, []) == []


def test_a_detail_does_not_open_for_another_subject_or_municipality(sealer: DetailSealer) -> None:
    blob = sealer.seal(TENANT, subject(1), b"called at ten")
    sealer.seal(TENANT, subject(2), b"")
    sealer.seal(TENANT, None, b"")
    sealer.seal(OTHER_TENANT, subject(1), b"")
    for tenant, who in ((TENANT, subject(2)), (TENANT, None), (OTHER_TENANT, subject(1))):
        with pytest.raises(SealBroken):
            sealer.open(tenant, who, blob)


def test_an_altered_detail_is_refused(sealer: DetailSealer) -> None:
    blob = sealer.seal(TENANT, None, b"opened the register")
    with pytest.raises(SealBroken):
        sealer.open(TENANT, None, blob[:-1] + bytes([blob[-1] ^ 1]))
    with pytest.raises(SealBroken):
        sealer.open(TENANT, None, b"")


def test_the_details_of_an_erased_person_are_gone_and_those_of_others_stay(
    sealer: DetailSealer, ring: Keyring
) -> None:
    anna, bram = (sealer.seal(TENANT, subject(n), b"d") for n in (1, 2))
    with ring.database.write() as connection:
        connection.execute(DEK.delete().where(DEK.c.subject == subject(1)))
    ring.deks.clear()
    with pytest.raises(KeyDestroyed):
        sealer.open(TENANT, subject(1), anna)
    assert sealer.open(TENANT, subject(2), bram) == b"d"
