"""The log in a real file: readers beside the writer, large sizes, other drivers, altered rows of every kind."""

import sqlite3
import threading
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, Engine, create_engine, text

from audit import schema
from audit.check import database
from audit.entry import read
from audit.export import write
from audit.query import entry_at, inclusion, newest_checkpoint, years
from audit.receipt import check
from audit.tree import inclusion_proof, leaf_hash, verify_inclusion
from audit.verify import verify
from schemas.audit import Act
from schemas.errors import KeyDestroyed, LogBroken, NotFound
from tests.support.audit import (
    NOON,
    TENANT,
    Ed25519,
    Sealer,
    export_log,
    fresh,
    make_engine,
    make_log,
    read_case,
    verify_ed25519,
)

KEY = Ed25519().vkey
PLAIN = read_case(
    act=Act.BILLING_COUNTED, subject=None, case=None, user="", client="", why=(), detail={}, sealed=()
)
NEW_YEAR = int(datetime(2027, 1, 1, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = make_engine(tmp_path / "log.db")
    with made.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    yield made
    made.dispose()


def reader(path: Path) -> Engine:
    return create_engine(f"sqlite:///file:{path}?mode=ro&uri=true", isolation_level="AUTOCOMMIT")


def test_what_was_committed_is_there_after_reopening(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        appended = make_log().append(connection, [read_case(1), read_case(2)], NOON)
    engine.dispose()
    again = make_engine(tmp_path / "log.db")
    with again.begin() as connection:
        assert leaf_hash(entry_at(connection, TENANT, 2026, 2)) == appended[1].leaf
        more = make_log().append(connection, [read_case(3)], NOON)
        assert more[0].index == 3
    again.dispose()


def test_an_export_beside_a_running_writer_is_one_moment(engine: Engine, tmp_path: Path) -> None:
    """Every export during a stream of commits verifies, whatever the writer did meanwhile."""
    log, enough = make_log(), threading.Event()
    with engine.begin() as connection:
        log.append(connection, [read_case()], NOON)

    def keep_writing() -> None:
        while not enough.is_set():
            with engine.begin() as connection:
                log.append(connection, [read_case(number) for number in range(50)], NOON)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    sizes = []
    beside = reader(tmp_path / "log.db")
    try:
        for _ in range(5):
            with beside.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                size = write(connection, TENANT, 2026, tmp_path / "out")
                assert size == years(connection, TENANT)[2026]
                connection.exec_driver_sql("ROLLBACK")
            sizes.append(verify(tmp_path / "out", verify_ed25519, str(KEY)).size)
    finally:
        enough.set()
        writer.join()
        beside.dispose()
    assert sizes == sorted(sizes)


def test_a_reader_cannot_append(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        make_log().append(connection, [read_case()], NOON)
    beside = reader(tmp_path / "log.db")
    with beside.connect() as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        make_log().append(connection, [read_case()], NOON)
    beside.dispose()


def test_a_log_over_65536_entries_has_three_levels_of_tiles_and_proofs_through_them() -> None:
    with fresh() as connection:
        log = make_log()
        for _ in range(4):
            log.append(connection, [PLAIN] * 16_383, NOON)
        for batch in (3, 1, 300):
            log.append(connection, [PLAIN] * batch, NOON)
        rows = connection.execute(
            text("SELECT level, n, length(hashes) FROM audit_tile WHERE level > 0")
        ).all()
        assert set(rows) == {(1, 0, 8192), (1, 1, 32), (2, 0, 32)}
        assert database(connection, TENANT, 2026, KEY, verify_ed25519) == 65_837
        for index in (0, 65_535, 65_536, 65_836):
            point = check(inclusion(connection, TENANT, 2026, index), KEY, verify_ed25519)
            assert point.size == 65_837


@pytest.mark.parametrize("style", ["named", "qmark"])
def test_the_log_is_the_same_through_a_driver_with_named_parameters(style: str) -> None:
    engine = create_engine("sqlite://", paramstyle=style)
    with engine.begin() as connection:
        schema.migrate(connection)
        make_log().append(connection, [read_case(number) for number in range(300)], NOON)
        assert database(connection, TENANT, 2026, KEY, verify_ed25519) == 301
    engine.dispose()


@pytest.mark.parametrize(("late", "year"), [(-1, 2026), (0, 2027), (1, 2027)])
def test_the_year_turns_at_midnight_utc_to_the_millisecond(late: int, year: int) -> None:
    with fresh() as connection:
        assert make_log().append(connection, [read_case()], NEW_YEAR + late)[0].year == year


def test_years_without_entries_are_skipped_and_the_chain_of_logs_holds() -> None:
    log, points = make_log(), []
    with fresh() as connection:
        for skipped in (0, 1, 5):
            moment = NEW_YEAR + skipped * 366 * 86_400_000
            year = log.append(connection, [read_case(1), read_case(2)], moment)[0].year
            points.append((year, newest_checkpoint(connection, TENANT, year)))
        assert [year for year, _ in points] == [2027, 2028, 2032]
        for (year, (size, note)), (following, _) in pairwise(points):
            opening = read(entry_at(connection, TENANT, following, 0))
            assert opening["prev"]["size"] == size
            assert opening["prev"]["origin"] == f"sluis.example/audit/{TENANT}/{year}"
            root = note.split("\n")[2]
            assert bytes.fromhex(opening["prev"]["root"]) == b64decode(root)


def test_a_batch_over_new_year_of_one_municipality_does_not_move_another() -> None:
    log, other = make_log(), read_case(tenant="GM0344")
    with fresh() as connection:
        log.append(connection, [read_case()], NEW_YEAR)
        appended = log.append(connection, [read_case(), other], NEW_YEAR - 1)
    assert [one.year for one in appended] == [2027, 2026]


def columns_of(connection: Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(text(f"PRAGMA table_info({table})"))]


@pytest.mark.parametrize(
    "table", ["audit_log", "audit_detail", "audit_tile", "audit_state", "audit_checkpoint"]
)
def test_no_single_changed_value_of_any_row_goes_unseen(table: str) -> None:
    """Flip something in a random row and column; the newest state, never the idle history of checkpoints."""
    dice = Random(table)
    with fresh() as connection:
        make_log().append(connection, [read_case(number) for number in range(300)], NOON)
        for name in (
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
        ):
            connection.execute(text(f"DROP TRIGGER {name}"))
        names = columns_of(connection, table)
        ids = connection.execute(text(f"SELECT rowid FROM {table}")).scalars().all()
        for _ in range(25):
            column, rowid = dice.choice(names), dice.choice(ids)
            if (table, column) == ("audit_state", "last"):
                continue  # the time of the newest entry is only a floor for the next one
            savepoint = connection.begin_nested()
            value = connection.execute(
                text(f"SELECT {column} FROM {table} WHERE rowid = :r"), {"r": rowid}
            ).scalar()
            connection.execute(
                text(f"UPDATE {table} SET {column} = :v WHERE rowid = :r"),
                {"v": altered(value, dice), "r": rowid},
            )
            with pytest.raises((LogBroken, NotFound)):
                database(connection, TENANT, 2026, KEY, verify_ed25519)
            savepoint.rollback()
        assert database(connection, TENANT, 2026, KEY, verify_ed25519) == 301


def altered(value: object, dice: Random) -> object:
    if isinstance(value, int):
        return value + 1000
    if isinstance(value, str):
        return value + "x"
    assert isinstance(value, bytes)
    at = dice.randrange(len(value))
    return value[:at] + bytes([value[at] ^ 1 << dice.randrange(8)]) + value[at + 1 :]


def test_an_export_that_fails_half_way_leaves_the_old_one_whole(tmp_path: Path) -> None:
    folder = export_log(tmp_path / "log", [3])
    before = {one: one.read_bytes() for one in folder.rglob("*") if one.is_file()}
    with fresh() as connection:
        make_log().append(connection, [read_case(number) for number in range(600)], NOON)
        connection.execute(text("DROP TRIGGER audit_log_no_delete"))
        connection.execute(text("DELETE FROM audit_log WHERE idx = 599"))
        with pytest.raises(LogBroken):
            write(connection, TENANT, 2026, folder)
    assert {one: one.read_bytes() for one in folder.rglob("*") if one.is_file()} == before
    assert verify(folder, verify_ed25519, str(KEY)).size == 4


def test_a_sealer_that_refuses_stops_the_entry_and_so_the_disclosure() -> None:
    sealer = Sealer()
    sealer.destroy(TENANT, f"{1:032x}")
    with fresh() as connection:
        with pytest.raises(KeyDestroyed):
            make_log(sealer).append(connection, [read_case(1)], NOON)
        assert years(connection, TENANT) == {}


def test_a_proof_is_only_made_within_the_log() -> None:
    with pytest.raises(LogBroken, match="staat niet in een logboek van 3 regels"):
        inclusion_proof(3, 3, lambda _height, _n: bytes(32))
    with pytest.raises(LogBroken, match="te lang"):
        verify_inclusion(0, 1, bytes(32), [bytes(32)], bytes(32))
