"""The key store lives in its own file and its own migrations, and fails loudly when they do not fit."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import bindparam, inspect, select, text
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.schema import CreateTable
from sqlmodel import SQLModel

from keys.database import KeyDatabase
from keys.envelope import Vault
from keys.inventory import inventory
from keys.keyring import Keyring
from keys.rotation import rotate
from keys.schema import HEAD, MIGRATIONS, VERSION_TABLE, version
from keys.tables import DEK, METADATA
from schemas.errors import Broken
from schemas.person import DataClass
from tests.support.keys import NOW_MS, PASSPHRASE, TENANT, subject

ROW = {"data_class": "contact", "key_id": b"k", "kek_version": 1, "wrapped": b"w", "commitment": b"c"}


@pytest.fixture
def database(tmp_path: Path) -> KeyDatabase:
    return KeyDatabase(tmp_path / "keys.db")


def test_the_migrations_make_exactly_the_tables(database: KeyDatabase) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        assert compare_metadata(context, METADATA) == []


def test_the_newest_migration_is_the_one_the_program_expects() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_every_table_is_ours_by_name_and_starts_its_key_with_the_municipality() -> None:
    for table in METADATA.tables.values():
        assert table.name.startswith("keys_")
        assert next(iter(table.primary_key.columns)).name == "tenant"
    assert not set(METADATA.tables) & set(SQLModel.metadata.tables)


def test_the_file_is_set_up_for_durability_and_forgetting(database: KeyDatabase) -> None:
    found = {}
    with database.engine.connect() as connection:
        for pragma in ("journal_mode", "synchronous", "secure_delete", "trusted_schema"):
            found[pragma] = connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one()
    assert found == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "trusted_schema": 0}


def test_an_up_to_date_store_opens_without_the_migration_tool(tmp_path: Path) -> None:
    KeyDatabase(tmp_path / "keys.db").close()
    program = (
        "import sys, pathlib; from keys.database import KeyDatabase;"
        "KeyDatabase(pathlib.Path(sys.argv[1])).close(); sys.exit('alembic' in sys.modules)"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "keys.db")]
    assert subprocess.run(command, check=False).returncode == 0


def test_a_store_from_a_newer_program_is_refused(database: KeyDatabase, tmp_path: Path) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(Broken) as found:
        KeyDatabase(tmp_path / "keys.db")
    assert found.value.code == "schema_onbekend"


def test_two_processes_may_create_the_store_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        opened = list(pool.map(lambda _: KeyDatabase(tmp_path / "keys.db"), range(4)))
    with opened[0].engine.connect() as connection:
        assert version(connection) == HEAD
        assert len(inspect(connection).get_table_names()) == 5


def test_a_failed_transaction_leaves_nothing(database: KeyDatabase) -> None:
    def half() -> None:
        with database.write() as connection:
            connection.execute(DEK.insert(), {"tenant": "T", "subject": "s", **ROW})
            raise LookupError

    with pytest.raises(LookupError):
        half()
    assert database.select(select(DEK)) == []
    with database.write() as connection:
        connection.execute(DEK.insert(), {"tenant": "T", "subject": "s", **ROW})
    assert len(database.select(select(DEK))) == 1


def test_readers_and_writers_do_not_wait_for_each_other(database: KeyDatabase) -> None:
    find = database.compiled(select(DEK.c.key_id).where(DEK.c.tenant == bindparam("tenant")))

    def write(number: int) -> None:
        with database.write() as connection:
            connection.execute(DEK.insert(), {"tenant": "T", "subject": str(number), **ROW})

    with ThreadPoolExecutor(8) as pool:
        writes = [pool.submit(write, number) for number in range(40)]
        reads = [pool.submit(database.lookup, find, ("T",)) for _ in range(400)]
        for future in writes:
            future.result()
        sizes = [len(future.result()) for future in reads]
    assert max(sizes) <= 40
    assert len(database.lookup(find, ("T",))) == 40


def test_a_wrong_lookup_does_not_poison_the_next(database: KeyDatabase) -> None:
    find = database.compiled(select(DEK.c.key_id).where(DEK.c.tenant == bindparam("tenant")))
    with pytest.raises(sqlite3.ProgrammingError):
        database.lookup(find, ())
    assert database.lookup(find, ("T",)) == []


def test_every_table_and_statement_can_be_said_in_postgresql() -> None:
    server = psycopg.dialect(paramstyle="format")
    for table in METADATA.sorted_tables:
        assert "BYTEA" in str(CreateTable(table).compile(dialect=server))
        placeholders = str(table.insert().compile(dialect=server)).partition("VALUES")[2]
        assert placeholders.count("%s") == len(table.columns)
    assert "BIGINT" in str(CreateTable(METADATA.tables["keys_kek"]).compile(dialect=server))


def test_errors_of_the_database_show_no_values(database: KeyDatabase) -> None:
    with database.write() as connection:
        connection.execute(DEK.insert(), {"tenant": "T", "subject": "s", **ROW})
    with pytest.raises(Exception, match="UNIQUE") as refused, database.write() as connection:
        connection.execute(DEK.insert(), {"tenant": "T", "subject": "s", **ROW | {"wrapped": b"sekret"}})
    assert "sekret" not in str(refused.value)


def test_the_inventory_lists_every_key_and_shows_none(ring: Keyring) -> None:
    Vault(ring).keys_for(TENANT, [(subject(n), DataClass.CONTACT) for n in range(7)])
    Vault(ring).key_for(TENANT, "@actor", DataClass.LOGBOEK)
    rotate(ring, PASSPHRASE, TENANT, DataClass.CONTACT, NOW_MS + 5)
    ring.seal()
    mine = [line for line in inventory(ring) if line.tenant == TENANT]
    kinds = {kind: [line for line in mine if line.kind == kind] for kind in {line.kind for line in mine}}
    assert {kind: len(lines) for kind, lines in kinds.items()} == {
        "klassesleutel": 9,
        "datasleutel": 1,
        "naamsleutel": 6,
        "tekensleutel": 3,
    }
    contact = [line for line in kinds["klassesleutel"] if line.data_class == DataClass.CONTACT]
    assert [(line.version, line.state, line.created_ms) for line in contact] == [
        (1, "decrypt-only", NOW_MS),
        (2, "active", NOW_MS + 5),
    ]
    [people] = kinds["datasleutel"]
    assert (people.data_class, people.version, people.count) == (DataClass.CONTACT, 2, 7)
    assert {line.algorithm for line in kinds["tekensleutel"]} == {"Ed25519", "ES256"}
    assert subject(1) not in str(mine)
