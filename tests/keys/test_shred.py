"""An erased person cannot be read again: not here, not from a stale page, not from last week's backup."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from keys.database import KeyDatabase
from keys.envelope import Context, Vault
from keys.keyring import Keyring
from keys.shred import Destroyed, destroy, journal, replay, wrapped_keys
from keys.tables import DEK, ERASURE
from keys.wrapping import MARKER, WRAPPED_BYTES
from schemas.errors import Broken, Conflict, Invalid, KeyDestroyed, SealBroken, Unavailable
from schemas.person import DataClass
from tests.support.keys import NOW_MS, OTHER_TENANT, TENANT, permit, reopened, subject

CONTACT, NOTES = DataClass.CONTACT, DataClass.NOTITIES
DAY_MS = 86_400_000


def place(number: int, data_class: DataClass = CONTACT, tenant: str = TENANT) -> Context:
    return Context(tenant, "gateway_signal", "payload", "1", subject(number), data_class)


def sealed(vault: Vault, context: Context) -> bytes:
    key = vault.key_for(context.tenant, context.subject, context.data_class)
    return vault.seal(key, context, b"x")


def erase(ring: Keyring, *numbers: int, classes: tuple[DataClass, ...] = (CONTACT,)) -> Destroyed:
    people = [subject(number) for number in numbers]
    return destroy(ring, TENANT, people, classes, ground="bewaartermijn", now_ms=NOW_MS, backup_days=14)


def bytes_on_disk(home: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(home.glob("keys.db*")) if path.suffix != ".db-shm")


def test_what_was_sealed_for_an_erased_person_never_opens(ring: Keyring, vault: Vault) -> None:
    value = sealed(vault, place(1))
    erase(ring, 1)
    for attempt in (
        lambda: vault.open(permit(value), place(1), value),
        lambda: vault.open_many(permit(value), [(place(1), value)]),
    ):
        with pytest.raises(KeyDestroyed):
            attempt()


def test_only_the_named_people_classes_and_municipality_are_erased(ring: Keyring, vault: Vault) -> None:
    kept = [place(1, NOTES), place(2), place(1, CONTACT, OTHER_TENANT)]
    values = [sealed(vault, context) for context in kept]
    sealed(vault, place(1))
    done = erase(ring, 1)
    assert len(done.entries) == 1
    for context, value in zip(kept, values, strict=True):
        assert vault.open(permit(value), context, value) == b"x"


def test_the_proof_names_keys_counts_and_the_day_of_the_last_backup(ring: Keyring, vault: Vault) -> None:
    keys = vault.keys_for(TENANT, [(subject(n), kind) for n in (1, 2) for kind in (CONTACT, NOTES)])
    done = erase(ring, 1, 2, 3, classes=(CONTACT, NOTES))
    assert done.subjects == 3
    assert {entry.key_id for entry in done.entries} == {key.key_id for key in keys}
    assert done.beyond_use_ms == NOW_MS + 14 * DAY_MS
    assert done.scanned
    assert sorted(journal(ring), key=str) == sorted(done.entries, key=str)


def test_the_journal_names_nobody(ring: Keyring, vault: Vault) -> None:
    sealed(vault, place(1))
    erase(ring, 1)
    [line] = journal(ring)
    assert (line.tenant, line.data_class, line.ground, line.at_ms) == (
        TENANT,
        "contact",
        "bewaartermijn",
        NOW_MS,
    )
    assert subject(1) not in str(line)
    assert subject(1) not in str(ring.database.select(select(ERASURE)))


def test_a_wrapped_key_leaves_the_disk(ring: Keyring, vault: Vault, tmp_path: Path) -> None:
    vault.new_keys(TENANT, [(subject(n), CONTACT) for n in range(300)])
    wrapped = [
        row[0] for row in ring.database.select(select(DEK.c.wrapped).where(DEK.c.data_class == "contact"))
    ]
    before = bytes_on_disk(tmp_path)
    assert all(key in before for key in wrapped)
    erase(ring, *range(0, 300, 2))
    after = bytes_on_disk(tmp_path)
    assert sum(key in after for key in wrapped) == 150


def test_a_stale_copy_in_a_free_page_is_cleared_too(ring: Keyring, vault: Vault, tmp_path: Path) -> None:
    """A copy that an earlier program left in unused space, without secure_delete, does not survive."""
    sealed(vault, place(1))
    wrapped = ring.database.select(select(DEK.c.wrapped).where(DEK.c.subject == subject(1)))[0][0]
    careless = sqlite3.connect(tmp_path / "keys.db", isolation_level=None)
    careless.execute("PRAGMA secure_delete=OFF")
    careless.execute("CREATE TABLE leftover(copy BLOB, filler BLOB)")
    careless.execute("INSERT INTO leftover VALUES (?, zeroblob(9000))", (wrapped,))
    careless.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    careless.execute("DROP TABLE leftover")
    careless.close()
    ring.database.checkpoint()
    with_row = bytes_on_disk(tmp_path).count(wrapped)
    assert with_row == 2, "one row and one stale copy"
    assert erase(ring, 1).scanned
    assert wrapped not in bytes_on_disk(tmp_path)


def test_a_copy_that_cannot_be_cleared_is_reported(ring: Keyring, vault: Vault) -> None:
    sealed(vault, place(1))
    with ring.database.write() as connection:
        wrapped = connection.execute(select(DEK.c.wrapped).where(DEK.c.subject == subject(1))).scalar_one()
        connection.exec_driver_sql("CREATE TABLE somebodys_copy(copy BLOB)")
        connection.exec_driver_sql("INSERT INTO somebodys_copy VALUES (?)", (wrapped,))
    with pytest.raises(Broken) as found:
        erase(ring, 1)
    assert found.value.code == "sleutel_niet_gewist"


def test_erasing_twice_is_harmless(ring: Keyring, vault: Vault) -> None:
    sealed(vault, place(1))
    assert len(erase(ring, 1).entries) == 1
    assert erase(ring, 1).entries == ()
    assert len(journal(ring)) == 1


def test_erasing_needs_no_open_keys(ring: Keyring, vault: Vault) -> None:
    value = sealed(vault, place(1))
    ring.seal()
    assert len(erase(ring, 1).entries) == 1
    ring.unseal(b"correct horse battery staple")
    with pytest.raises(KeyDestroyed):
        vault.open(permit(value), place(1), value)


@pytest.mark.parametrize(
    "wrong", ["@index.1", "@actor", "", "%", "ABC", subject(1).upper().replace("1", "A")]
)
def test_only_people_can_be_erased(ring: Keyring, wrong: str) -> None:
    with pytest.raises(Invalid):
        destroy(ring, TENANT, [wrong], list(DataClass), ground="x", now_ms=NOW_MS, backup_days=14)


def test_an_interrupted_erasure_stays_closed_and_can_be_finished(ring: Keyring, vault: Vault) -> None:
    """Power fails between journal and deletion: the row is there, but the journal forbids it."""
    value = sealed(vault, place(1))
    row = ring.database.select(select(DEK).where(DEK.c.subject == subject(1)))[0]
    erase(ring, 1)
    with ring.database.write() as connection:
        connection.execute(DEK.insert(), dict(row._mapping))
    for attempt in (
        lambda: vault.open(permit(value), place(1), value),
        lambda: vault.open_many(permit(value), [(place(1), value)]),
        lambda: vault.key_for(TENANT, subject(1), CONTACT),
    ):
        with pytest.raises(KeyDestroyed):
            attempt()
    assert replay(ring, ()) == 1
    assert replay(ring, ()) == 0


def test_a_restored_backup_forgets_again_after_the_journal_is_replayed(
    ring: Keyring, vault: Vault, tmp_path: Path
) -> None:
    anna, bram = sealed(vault, place(1)), sealed(vault, place(2))
    ring.database.checkpoint()
    backup = tmp_path / "backup"
    backup.mkdir()
    shutil.copy(tmp_path / "keys.db", backup)
    shutil.copy(tmp_path / "root.json", backup)
    erase(ring, 1)
    kept_elsewhere = journal(ring)
    restored = reopened(backup)
    assert Vault(restored).open(permit(anna), place(1), anna) == b"x", "the backup did bring the key back"
    assert replay(restored, kept_elsewhere) == 1
    with pytest.raises(KeyDestroyed):
        Vault(restored).open(permit(anna), place(1), anna)
    assert Vault(restored).open(permit(bram), place(2), bram) == b"x"
    assert journal(restored) == kept_elsewhere
    restored.close()


def test_an_erased_persons_new_key_does_not_open_the_old_values(ring: Keyring, vault: Vault) -> None:
    old = sealed(vault, place(1))
    erase(ring, 1)
    fresh = sealed(vault, place(1))
    assert vault.open(permit(fresh), place(1), fresh) == b"x"
    with pytest.raises(KeyDestroyed):
        vault.open(permit(old), place(1), old)
    foreign = sealed(vault, place(2))
    with pytest.raises(SealBroken):
        vault.open(permit(foreign), place(1), foreign)


def test_a_reader_that_holds_old_pages_delays_the_proof(ring: Keyring, vault: Vault, tmp_path: Path) -> None:
    value = sealed(vault, place(1))
    reader = sqlite3.connect(tmp_path / "keys.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM keys_dek").fetchall()
    ring.database.close()
    ring.database = KeyDatabase(tmp_path / "keys.db", patience=0.05)
    with pytest.raises(Unavailable):
        erase(ring, 1)
    with pytest.raises(KeyDestroyed):
        vault.open(permit(value), place(1), value)
    reader.execute("COMMIT")
    reader.close()
    assert replay(ring, journal(ring)) == 0


def test_wrapped_keys_are_found_at_any_offset(tmp_path: Path) -> None:
    file = tmp_path / "page"
    key = MARKER + os.urandom(WRAPPED_BYTES - len(MARKER))
    for offset in (0, 1, 4095, *range(2**20 - 64, 2**20 + 2), 2**21 - 1):
        file.write_bytes(bytes(offset) + key + bytes(100))
        assert key in list(wrapped_keys(file))
    file.write_bytes(b"")
    assert list(wrapped_keys(file)) == []
    assert list(wrapped_keys(tmp_path / "absent")) == []


def test_a_subject_with_a_key_gets_no_second_one(vault: Vault) -> None:
    vault.new_keys(TENANT, [(subject(1), CONTACT)])
    with pytest.raises(Conflict):
        vault.new_keys(TENANT, [(subject(1), CONTACT)])
