"""Opening the database: safe or not at all, for one writer, with readers that cannot write."""

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy.exc import OperationalError

from gateway.store import schema
from gateway.store.commit import PRAGMAS, Store, alone
from gateway.store.tables import METADATA
from schemas.errors import Broken, Unavailable
from tests.support.stores import Notebook, a_store, hiring, users


@pytest.mark.parametrize(("pragma", "wanted"), PRAGMAS.items())
def test_the_writer_works_with_the_safe_settings(tmp_path: Path, pragma: str, wanted: object) -> None:
    with a_store(tmp_path) as store:
        assert store._connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == wanted


def test_a_database_that_cannot_be_made_safe_is_refused() -> None:
    with pytest.raises(Unavailable) as refused:
        Store(Path(":memory:"), Notebook(), lambda: 1)
    assert refused.value.code == "opslag_onveilig"


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    with (
        a_store(tmp_path) as store,
        store.read() as connection,
        pytest.raises(OperationalError, match="readonly"),
    ):
        connection.exec_driver_sql("DELETE FROM gateway_user")


def test_a_reader_that_allows_itself_to_write_still_cannot(tmp_path: Path) -> None:
    """The file is opened for reading only; the pragma is the second lock on the door."""
    with a_store(tmp_path) as store, store.read() as connection:
        connection.exec_driver_sql("PRAGMA query_only=0")
        with pytest.raises(OperationalError, match="readonly"):
            connection.exec_driver_sql("DELETE FROM gateway_user")


def test_no_personal_value_stands_in_the_text_of_a_database_error(tmp_path: Path) -> None:
    with a_store(tmp_path) as store, store.read() as connection:
        query = "SELECT nothing FROM gateway_user WHERE user_id = ?"
        with pytest.raises(OperationalError) as raised:
            connection.exec_driver_sql(query, ("kanarie",))
    assert "kanarie" not in str(raised.value)


def test_a_reader_that_failed_gives_its_connection_back_whole(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        for _ in range(60):
            with pytest.raises(ZeroDivisionError), store.read():
                raise ZeroDivisionError
        store.commit(hiring("a"))
        assert users(store) == ["a"]


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "map #1 100%25 van ons? é"
    folder.mkdir()
    with a_store(folder) as store:
        store.commit(hiring("a"))
        assert users(store) == ["a"]
    assert {path.name for path in tmp_path.iterdir()} == {folder.name}


def test_what_was_acknowledged_is_there_when_the_store_opens_again(tmp_path: Path) -> None:
    with a_store(tmp_path) as store:
        store.commit(hiring("a"))
    again = Store(tmp_path / "sluis.db", Notebook(), lambda: 1)
    assert users(again) == ["a"]
    again.close()


def test_the_tables_are_those_of_the_migrations(tmp_path: Path) -> None:
    with alone(tmp_path / "sluis.db") as connection:
        schema.migrate(connection)
        options = {"version_table": schema.VERSION_TABLE}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sluis.db"
    for _ in range(2):
        with alone(path) as connection:
            schema.migrate(connection)
            version = connection.exec_driver_sql(f"SELECT version_num FROM {schema.VERSION_TABLE}").scalar()
    assert version == schema.HEAD


def test_the_newest_migration_is_the_one_that_is_asked_for() -> None:
    written = {path.name[:4] for path in (schema.MIGRATIONS / "versions").glob("[0-9]*.py")}
    assert max(written) == schema.HEAD


def test_a_migration_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    """Making tables must not outlive a rollback: else the next start finds half of them and never comes up."""
    path = tmp_path / "sluis.db"
    with alone(path) as connection:
        connection.exec_driver_sql("CREATE TABLE gateway_user (other TEXT)")
    with pytest.raises(OperationalError), alone(path) as connection:
        schema.migrate(connection)
    assert _tables(path) == ["gateway_user"]


def test_tables_that_are_newer_than_the_program_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "sluis.db"
    with alone(path) as connection:
        schema.migrate(connection)
        connection.exec_driver_sql(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(Broken) as refused, alone(path) as connection:
        schema.migrate(connection)
    assert refused.value.code == "schema_onbekend"


def test_every_table_has_the_municipality_first_in_its_key() -> None:
    """Used-up assertions are the exception: they belong to a client before its municipality is known."""
    for table in METADATA.tables.values():
        first = next(iter(table.primary_key.columns)).name
        assert first == "tenant" or table.name == "gateway_assertion"


def test_no_table_points_at_a_table_of_another_owner() -> None:
    assert all(not table.foreign_keys for table in METADATA.tables.values())
    assert all(name.startswith("gateway_") for name in METADATA.tables)


def _tables(path: Path) -> list[str]:
    database = sqlite3.connect(path)
    try:
        found = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1").fetchall()
    finally:
        database.close()
    return [name for (name,) in found]


def test_the_store_leaves_no_file_open(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with a_store(tmp_path) as store:
        store.commit(hiring("a"))
        users(store)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
