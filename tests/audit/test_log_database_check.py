"""A row changed behind the log's back is named; the database itself refuses the naive ways to do it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from audit.check import database
from audit.erasure import erase
from audit.tables import metadata
from audit.tree import leaf_hash
from schemas.errors import LogBroken, NotFound
from tests.support.audit import NOON, TENANT, Ed25519, fresh, make_log, read_case, verify_ed25519

KEY = Ed25519().vkey


def look(connection: Connection) -> int:
    return database(connection, TENANT, 2026, KEY, verify_ed25519)


def tamper(connection: Connection, statement: str, **values: object) -> None:
    """Change rows as an insider with full rights would: the triggers are dropped first."""
    triggers = (
        connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all()
    )
    for name in triggers:
        connection.execute(text(f"DROP TRIGGER {name}"))
    connection.execute(text(statement), values)


def forged(connection: Connection, index: int) -> bytes:
    entry = connection.execute(text("SELECT entry FROM audit_log WHERE idx = :i"), {"i": index}).scalar()
    return entry.replace(b'"permit"', b'"refuse"')


@pytest.fixture
def connection() -> Iterator[Connection]:
    with fresh() as opened:
        log = make_log()
        for batch in (299, 4, 1, 1):
            log.append(opened, [read_case(number) for number in range(batch)], NOON)
        yield opened


def test_an_untouched_log_is_as_it_was_signed(connection: Connection) -> None:
    assert look(connection) == 306


@pytest.mark.parametrize("index", [1, 255, 256, 305])
def test_a_changed_entry_is_named_by_index_act_and_time(connection: Connection, index: int) -> None:
    tamper(connection, "UPDATE audit_log SET entry = :e WHERE idx = :i", e=forged(connection, index), i=index)
    with pytest.raises(LogBroken, match=rf"Logregel {index} \(case.read, 2026-09-21T14:13:20Z\)"):
        look(connection)


@pytest.mark.parametrize("index", [7, 304, 305])
def test_an_entry_changed_with_its_hash_is_still_named(connection: Connection, index: int) -> None:
    entry = forged(connection, index)
    tamper(
        connection,
        "UPDATE audit_log SET entry = :e, leaf = :l WHERE idx = :i",
        e=entry,
        l=leaf_hash(entry),
        i=index,
    )
    with pytest.raises(LogBroken, match=rf"Logregel {index} \(case.read"):
        look(connection)


def test_an_entry_changed_with_its_hash_inside_one_commit_names_the_commit(connection: Connection) -> None:
    entry = forged(connection, 302)
    tamper(
        connection, "UPDATE audit_log SET entry = :e, leaf = :l WHERE idx = 302", e=entry, l=leaf_hash(entry)
    )
    with pytest.raises(LogBroken, match="Een van de regels 300 tot 304"):
        look(connection)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "UPDATE audit_log SET leaf = zeroblob(32) WHERE idx = 300",
            "Logregel 300 .* past niet bij zijn hash",
        ),
        ("UPDATE audit_log SET leaf = zeroblob(32) WHERE idx = 3", "Logregel 3 .* past niet bij zijn hash"),
        ("UPDATE audit_log SET act = 'case.listed' WHERE idx = 3", "Logregel 3 .* zoekkolom"),
        ("UPDATE audit_log SET ms = ms + 1 WHERE idx = 3", "Logregel 3 .* zoekkolom"),
        ("UPDATE audit_detail SET blob = x'00' WHERE idx = 3", "Logregel 3 .* verzegelde deel"),
        (
            "INSERT INTO audit_detail SELECT tenant, year, 0, blob FROM audit_detail WHERE idx = 3",
            "Logregel 0 ",
        ),
        (
            "DELETE FROM audit_detail WHERE idx = 9",
            "Logregel 9 .* verwijderd zonder dat de inwoner is gewist",
        ),
        ("UPDATE audit_checkpoint SET size = 999 WHERE size = 306", "controlepunt van 999 regels"),
        ("DELETE FROM audit_log WHERE idx = 3", "Logregel 3 is verwijderd"),
        ("DELETE FROM audit_log WHERE idx = 305", "Logregel 305 is verwijderd"),
        ("DELETE FROM audit_log", "Logregel 0 is verwijderd"),
        (
            "INSERT INTO audit_log SELECT tenant, year, 306, leaf, entry, ms, act, pur, org FROM audit_log LIMIT 1",
            "Logregel 306 .* bij gezet",
        ),
        ("UPDATE audit_tile SET hashes = zeroblob(8192) WHERE level = 0", "Logregel 0 .* tegel"),
        ("DELETE FROM audit_tile WHERE level = 0", "tegel over de regels 0 tot 256 is verwijderd"),
        ("UPDATE audit_tile SET hashes = zeroblob(32) WHERE level = 1", "Tegel 0 van laag 1"),
        ("DELETE FROM audit_tile WHERE level = 1", "Tegel 0 van laag 1"),
        ("UPDATE audit_state SET edge = zeroblob(32)", "stand van het logboek"),
        ("UPDATE audit_state SET size = size + 1", "Logregel 306 is verwijderd"),
        ("DELETE FROM audit_checkpoint WHERE size = 306", "stand van het logboek"),
        ("UPDATE audit_checkpoint SET note = replace(note, '306', '307') WHERE size = 306", "handtekening"),
    ],
)
def test_every_other_alteration_is_named(connection: Connection, statement: str, message: str) -> None:
    tamper(connection, statement)
    with pytest.raises(LogBroken, match=message):
        look(connection)


def test_a_log_re_signed_with_another_key_is_refused(connection: Connection) -> None:
    with pytest.raises(LogBroken, match="niet met deze sleutel"):
        database(connection, TENANT, 2026, Ed25519(seed=b"x" * 32).vkey, verify_ed25519)


def test_a_log_that_does_not_exist_is_not_called_sound(connection: Connection) -> None:
    with pytest.raises(NotFound):
        database(connection, TENANT, 2025, KEY, verify_ed25519)


def test_erasing_a_subject_leaves_a_sound_log(connection: Connection) -> None:
    assert erase(connection, TENANT, [f"{3:032x}"]) == 2
    assert look(connection) == 306


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET entry = x'00' WHERE idx = 3",
        "DELETE FROM audit_log WHERE idx = 305",
        "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log WHERE idx = 3",
        "UPDATE audit_checkpoint SET note = ''",
        "DELETE FROM audit_checkpoint",
        "INSERT OR REPLACE INTO audit_checkpoint SELECT * FROM audit_checkpoint",
        "UPDATE audit_tile SET hashes = zeroblob(8192) WHERE level = 0",
        "UPDATE audit_tile SET hashes = x'' WHERE level = 1",
        "UPDATE audit_tile SET n = 9",
        "DELETE FROM audit_tile",
        "INSERT OR REPLACE INTO audit_tile SELECT * FROM audit_tile",
        "UPDATE audit_state SET size = size - 1",
        "UPDATE audit_state SET last = last - 1",
        "UPDATE audit_state SET year = 2030",
        "DELETE FROM audit_state",
        "UPDATE audit_detail SET blob = x'00'",
    ],
)
def test_the_database_refuses_to_change_what_was_written(connection: Connection, statement: str) -> None:
    with pytest.raises(IntegrityError, match=r"append-only|only grows|written once"):
        connection.execute(text(statement))
    assert look(connection) == 306


def test_every_table_that_must_not_change_has_its_trigger(connection: Connection) -> None:
    guarded = set(
        connection.execute(text("SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'")).scalars()
    )
    assert guarded == set(metadata.tables) - {"audit_subject", "audit_actor"}
