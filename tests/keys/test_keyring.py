"""The keyring starts sealed, opens for the right passphrase, and loses nothing when keys are renewed."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from keys.envelope import Context, Vault
from keys.keyring import Keyring
from keys.profiles import CHEAPEST
from keys.providers.file import FileProvider
from keys.rotation import destroy_version, renew_named, renew_signing, rotate
from keys.tables import DEK, KEK, SIGNING
from schemas.errors import Conflict, NotFound, SealBroken, Sealed
from schemas.person import DataClass
from tests.support.keys import (
    NOW_MS,
    OTHER_TENANT,
    PASSPHRASE,
    TENANT,
    Monotonic,
    open_keyring,
    permit,
    reopened,
    sealed_keyring,
    subject,
)

LATER = NOW_MS + 86_400_000


def sealed_values(vault: Vault, count: int = 30) -> tuple[list[Context], list[bytes]]:
    places = [
        Context(TENANT, "gateway_signal", "contact", str(n), subject(n), DataClass.CONTACT)
        for n in range(count)
    ]
    keys = vault.keys_for(TENANT, [(place.subject, place.data_class) for place in places])
    values = [vault.seal(key, place, b"x") for key, place in zip(keys, places, strict=True)]
    return places, values


def all_open(vault: Vault, places: list[Context], values: list[bytes]) -> bool:
    opened = vault.open_many(permit(*values), list(zip(places, values, strict=True)))
    return opened == [b"x"] * len(places)


def states(ring: Keyring, data_class: DataClass) -> dict[int, str]:
    rows = ring.database.select(
        select(KEK).where(KEK.c.tenant == TENANT, KEK.c.data_class == data_class.value)
    )
    return {row.version: row.state for row in rows}


def test_a_new_key_store_is_sealed(tmp_path: Path) -> None:
    ring = sealed_keyring(tmp_path)
    assert ring.sealed
    with pytest.raises(Sealed):
        ring.active(TENANT, DataClass.CONTACT)
    with pytest.raises(Sealed):
        ring.signing(TENANT, "checkpoint")
    ring.close()


def test_a_wrong_passphrase_opens_nothing(tmp_path: Path) -> None:
    ring = sealed_keyring(tmp_path)
    with pytest.raises(Sealed) as refused:
        ring.unseal(b"wrong")
    assert refused.value.code == "wachtwoord_onjuist"
    assert ring.sealed
    ring.unseal(bytearray(PASSPHRASE))
    assert not ring.sealed
    ring.close()


def test_files_of_the_key_store_are_for_their_owner_only(tmp_path: Path) -> None:
    ring = open_keyring(tmp_path)
    Vault(ring).key_for(TENANT, subject(1), DataClass.CONTACT)
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    ring.close()


def test_the_root_is_not_kept_in_memory(tmp_path: Path) -> None:
    provider = FileProvider.create(tmp_path / "root.json", PASSPHRASE, CHEAPEST)
    ring = Keyring.create(tmp_path / "keys.db", provider, [TENANT], now_ms=NOW_MS, monotonic=Monotonic())
    ring.unseal(PASSPHRASE)
    assert provider.health() == "verzegeld"
    ring.close()


def test_sealing_wipes_what_was_open(ring: Keyring) -> None:
    material = ring.material
    seeds = list(material.seeds.values())
    assert any(any(seed) for seed in seeds)
    ring.seal()
    assert not any(any(seed) for seed in seeds)
    held = [material.keks, material.active, material.signing, material.macs, material.ciphers]
    assert held == [{}] * 5
    with pytest.raises(Sealed):
        ring.version(TENANT, DataClass.CONTACT, 1)


def test_a_municipality_is_founded_once(ring: Keyring) -> None:
    with pytest.raises(Conflict):
        ring.add_tenant(PASSPHRASE, TENANT, LATER)


def test_a_municipality_that_joins_works_at_once(ring: Keyring) -> None:
    with pytest.raises(NotFound):
        ring.active("GM0518", DataClass.CONTACT)
    ring.add_tenant(PASSPHRASE, "GM0518", LATER)
    assert ring.active("GM0518", DataClass.CONTACT).version == 1
    assert ring.signing("GM0518", "token").algorithm == "ES256"


def test_a_municipality_may_join_while_sealed(tmp_path: Path) -> None:
    ring = sealed_keyring(tmp_path)
    ring.add_tenant(PASSPHRASE, "GM0518", LATER)
    assert ring.sealed
    ring.unseal(PASSPHRASE)
    assert ring.active("GM0518", DataClass.ZOEKEN).version == 1
    ring.close()


def test_every_class_of_every_municipality_has_its_own_key(ring: Keyring) -> None:
    keks = [ring.active(tenant, kind) for tenant in (TENANT, OTHER_TENANT) for kind in DataClass]
    assert len({kek.context.kek_id for kek in keks}) == 16
    boxes = {kek.aead.encrypt(bytes(12), b"same", None) for kek in keks}
    assert len(boxes) == 16


@pytest.mark.parametrize("column", ["version", "data_class", "kek_id", "wrapped"])
def test_a_tampered_class_key_does_not_load(tmp_path: Path, column: str) -> None:
    ring = sealed_keyring(tmp_path, [TENANT])
    other = {"version": 9, "data_class": "kladblok", "kek_id": b"\1" * 16, "wrapped": b"\1" * 60}
    with ring.database.write() as connection:
        contact = (KEK.c.data_class == "contact") & (KEK.c.tenant == TENANT)
        if column == "data_class":
            connection.execute(KEK.delete().where(KEK.c.data_class == "financien"))
            other["data_class"] = "financien"
        connection.execute(update(KEK).where(contact).values({column: other[column]}))
    with pytest.raises(SealBroken):
        ring.unseal(PASSPHRASE)
    assert ring.sealed
    ring.close()


def test_an_old_version_cannot_be_made_active_again(ring: Keyring) -> None:
    rotate(ring, PASSPHRASE, TENANT, DataClass.CONTACT, LATER, compromised=True)
    contact = (KEK.c.data_class == "contact") & (KEK.c.tenant == TENANT)
    with ring.database.write() as connection:
        connection.execute(update(KEK).where(contact & (KEK.c.version == 1)).values(state="active"))
    for second in ("active", "decrypt-only"):
        with ring.database.write() as connection:
            connection.execute(update(KEK).where(contact & (KEK.c.version == 2)).values(state=second))
        with pytest.raises(SealBroken):
            ring.unseal(PASSPHRASE)


@pytest.mark.parametrize(
    "changes", [{"kek_version": 9}, {"subject": "@index.x"}, {"subject": "@pointer.2"}], ids=str
)
def test_a_relabelled_named_key_does_not_load(tmp_path: Path, changes: dict[str, Any]) -> None:
    ring = sealed_keyring(tmp_path, [TENANT])
    with ring.database.write() as connection:
        connection.execute(update(DEK).where(DEK.c.subject == "@index.1").values(changes))
    with pytest.raises(SealBroken):
        ring.unseal(PASSPHRASE)
    ring.close()


def test_the_root_of_another_installation_opens_nothing(tmp_path: Path) -> None:
    ring = sealed_keyring(tmp_path, [TENANT])
    ring.close()
    stranger = FileProvider.create(tmp_path / "other.json", PASSPHRASE, CHEAPEST)
    mixed = Keyring(tmp_path / "keys.db", stranger, Monotonic())
    with pytest.raises(SealBroken):
        mixed.unseal(PASSPHRASE)
    mixed.close()


def test_renewing_a_class_key_loses_nothing(ring: Keyring, vault: Vault, tmp_path: Path) -> None:
    places, values = sealed_values(vault)
    done = rotate(ring, PASSPHRASE, TENANT, DataClass.CONTACT, LATER)
    assert (done.version, done.rewrapped) == (2, 30)
    assert states(ring, DataClass.CONTACT) == {1: "decrypt-only", 2: "active"}
    ring.deks.clear()
    assert all_open(vault, places, values)
    elsewhere = reopened(tmp_path)
    assert all_open(Vault(elsewhere), places, values)
    elsewhere.close()


@pytest.mark.parametrize("data_class", list(DataClass))
def test_every_class_can_be_renewed_and_its_named_and_signing_keys_go_along(
    ring: Keyring, tmp_path: Path, data_class: DataClass
) -> None:
    before = ring.mac(TENANT, "@check", 1, "x").copy().finalize()
    rotate(ring, PASSPHRASE, TENANT, data_class, LATER)
    destroy_version(ring, TENANT, data_class, 1, LATER)
    assert states(ring, data_class) == {1: "destroyed", 2: "active"}
    again = reopened(tmp_path)
    assert again.mac(TENANT, "@check", 1, "x").copy().finalize() == before
    assert again.signing(TENANT, "receipt").kid == ring.signing(TENANT, "receipt").kid
    again.close()


def test_renewing_while_others_write_loses_nothing(ring: Keyring, vault: Vault) -> None:
    def write(block: int) -> tuple[list[Context], list[bytes]]:
        places = [
            Context(TENANT, "gateway_signal", "contact", "r", subject(block * 100 + n), DataClass.CONTACT)
            for n in range(50)
        ]
        keys = vault.new_keys(TENANT, [(place.subject, place.data_class) for place in places])
        return places, [vault.seal(key, place, b"x") for key, place in zip(keys, places, strict=True)]

    with ThreadPoolExecutor(4) as pool:
        written = [pool.submit(write, block) for block in range(20)]
        renewed = [
            pool.submit(rotate, ring, PASSPHRASE, TENANT, DataClass.CONTACT, LATER + n) for n in range(3)
        ]
        results = [future.result() for future in written]
    assert sorted(future.result().version for future in renewed) == [2, 3, 4]
    ring.deks.clear()
    assert all(all_open(vault, places, values) for places, values in results)


def test_a_compromised_version_is_never_loaded_again(ring: Keyring, vault: Vault, tmp_path: Path) -> None:
    places, values = sealed_values(vault)
    rotate(ring, PASSPHRASE, TENANT, DataClass.CONTACT, LATER, compromised=True)
    assert states(ring, DataClass.CONTACT) == {1: "compromised", 2: "active"}
    again = reopened(tmp_path)
    assert all_open(Vault(again), places, values)
    with pytest.raises(Sealed):
        again.version(TENANT, DataClass.CONTACT, 1)
    again.close()


def test_renewing_an_altered_store_changes_nothing(ring: Keyring, vault: Vault) -> None:
    sealed_values(vault)
    with ring.database.write() as connection:
        connection.execute(update(DEK).where(DEK.c.subject == subject(3)).values(commitment=b"\0" * 16))
    with pytest.raises(SealBroken):
        rotate(ring, PASSPHRASE, TENANT, DataClass.CONTACT, LATER)
    assert states(ring, DataClass.CONTACT) == {1: "active"}
    versions = {row.kek_version for row in ring.database.select(select(DEK))}
    assert versions == {1}


def test_a_process_with_older_keys_must_unseal_again(ring: Keyring, vault: Vault, tmp_path: Path) -> None:
    places, values = sealed_values(vault)
    elsewhere = reopened(tmp_path)
    rotate(ring, PASSPHRASE, TENANT, DataClass.CONTACT, LATER)
    with pytest.raises(Sealed) as stale:
        all_open(Vault(elsewhere), places, values)
    assert stale.value.code == "sleutels_verouderd"
    elsewhere.unseal(PASSPHRASE)
    assert all_open(Vault(elsewhere), places, values)
    elsewhere.close()


def test_a_version_in_use_cannot_be_destroyed(ring: Keyring, vault: Vault) -> None:
    sealed_values(vault, 1)
    with pytest.raises(Conflict):
        destroy_version(ring, TENANT, DataClass.CONTACT, 1, LATER)
    with pytest.raises(NotFound):
        destroy_version(ring, TENANT, DataClass.CONTACT, 2, LATER)
    rotate(ring, PASSPHRASE, TENANT, DataClass.CONTACT, LATER)
    with ring.database.write() as connection:
        connection.execute(update(DEK).where(DEK.c.data_class == "contact").values(kek_version=1))
    with pytest.raises(Conflict):
        destroy_version(ring, TENANT, DataClass.CONTACT, 1, LATER)


def test_a_destroyed_version_leaves_no_bytes(ring: Keyring, tmp_path: Path) -> None:
    wrapped = ring.database.select(
        select(KEK.c.wrapped).where(KEK.c.tenant == TENANT, KEK.c.data_class == "contact")
    )[0][0]
    rotate(ring, PASSPHRASE, TENANT, DataClass.CONTACT, LATER)
    destroy_version(ring, TENANT, DataClass.CONTACT, 1, LATER)
    content = b"".join(path.read_bytes() for path in tmp_path.glob("keys.db*"))
    assert wrapped[12:] not in content


def test_renewal_of_an_unknown_municipality_is_refused(ring: Keyring) -> None:
    with pytest.raises(NotFound):
        rotate(ring, PASSPHRASE, "GM9999", DataClass.CONTACT, LATER)


def test_renewal_needs_the_passphrase(ring: Keyring) -> None:
    for attempt in (
        lambda: rotate(ring, b"wrong", TENANT, DataClass.CONTACT, LATER),
        lambda: renew_named(ring, b"wrong", TENANT, "@index"),
        lambda: renew_signing(ring, b"wrong", TENANT, "token", LATER),
    ):
        with pytest.raises(Sealed):
            attempt()


def test_a_renewed_signing_key_replaces_the_old_one_for_signing_only(ring: Keyring) -> None:
    before = ring.signing(TENANT, "receipt").kid
    after = renew_signing(ring, PASSPHRASE, TENANT, "receipt", LATER)
    assert ring.signing(TENANT, "receipt").kid == after != before
    rows = ring.database.select(
        select(SIGNING).where(SIGNING.c.tenant == TENANT, SIGNING.c.purpose == "receipt")
    )
    assert {row.kid: row.state for row in rows} == {before: "decrypt-only", after: "active"}


def test_a_role_without_the_class_does_not_sign(tmp_path: Path, ring: Keyring) -> None:
    caller = reopened(tmp_path, {DataClass.CONTACT})
    with pytest.raises(Sealed) as refused:
        caller.signing(TENANT, "token")
    assert refused.value.code == "klasse_niet_geladen"
    with pytest.raises(Sealed):
        caller.mac(TENANT, "@index", 1, "naam")
    with pytest.raises(KeyError):
        caller.signing(TENANT, "kladje")
    caller.close()
