"""The end of the log is checked at every start: quickly, and nothing is appended to an end that was changed."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from audit.check import ending
from schemas.errors import LogBroken
from tests.support.audit import HOST, NOON, TENANT, Ed25519, fresh, make_log, read_case, verify_ed25519

ORIGIN = f"{HOST}/audit/{TENANT}"
KEY = Ed25519().vkey
STRANGER = Ed25519(seed=b"x" * 32).vkey


@pytest.fixture
def connection() -> Iterator[Connection]:
    """A log of 306 entries: a full tile of 256 and the beginning of the next."""
    with fresh() as opened:
        log = make_log()
        for batch in (299, 4, 1, 1):
            log.append(opened, [read_case(number) for number in range(batch)], NOON)
        yield opened


def look(connection: Connection, *keys: object, origin: str = ORIGIN) -> int:
    return ending(connection, origin, TENANT, keys or (KEY,), verify_ed25519)  # type: ignore[arg-type]


def tamper(connection: Connection, statement: str) -> None:
    """Change rows as an insider with full rights would: the triggers are dropped first."""
    triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    for name in connection.execute(text(triggers)).scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))
    connection.execute(text(statement))


def test_a_sound_end_passes_at_every_length() -> None:
    with fresh() as opened:
        log = make_log()
        assert look(opened) == 0
        for size in range(2, 12):
            log.append(opened, [read_case(size)], NOON)
            assert look(opened) == size
        log.append(opened, [read_case(number) for number in range(245)], NOON)
        assert look(opened) == 256


def test_an_untouched_end_is_as_it_was_signed(connection: Connection) -> None:
    assert look(connection) == 306


def test_a_checkpoint_of_before_the_renewal_of_the_key_counts(connection: Connection) -> None:
    assert look(connection, STRANGER, KEY) == 306


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE audit_log SET entry = replace(entry, 'permit', 'refuse') WHERE idx = 305", "Logregel 305"),
        (
            "UPDATE audit_log SET leaf = zeroblob(32) WHERE idx = 300",
            "Logregel 300 .* past niet bij zijn hash",
        ),
        ("UPDATE audit_detail SET blob = x'00' WHERE idx = 305", "Logregel 305 .* verzegelde deel"),
        ("DELETE FROM audit_log WHERE idx = 305", "Logregel 305 is verwijderd"),
        ("DELETE FROM audit_log WHERE idx > 200", "Logregel 256 is verwijderd"),
        (
            "INSERT INTO audit_log SELECT tenant, year, 306, leaf, entry, ms, act, pur, org FROM audit_log LIMIT 1",
            "Logregel 306 .* bij gezet",
        ),
        ("UPDATE audit_tile SET hashes = zeroblob(32) WHERE level = 1", "komt niet op de wortel uit"),
        ("DELETE FROM audit_tile", "Van het logboek ontbreekt een deel"),
        ("UPDATE audit_state SET edge = zeroblob(32)", "stand van het logboek"),
        ("UPDATE audit_state SET size = size - 1", "stand van het logboek"),
        ("UPDATE audit_state SET size = 'veel'", "stand van het logboek"),
        ("DELETE FROM audit_state", "stand van het logboek"),
        ("DELETE FROM audit_checkpoint", "geen controlepunt"),
        ("DELETE FROM audit_checkpoint WHERE size = 306", "stand van het logboek"),
        ("UPDATE audit_checkpoint SET note = replace(note, '306', '307') WHERE size = 306", "handtekening"),
    ],
)
def test_a_changed_end_is_refused(connection: Connection, statement: str, message: str) -> None:
    tamper(connection, statement)
    with pytest.raises(LogBroken, match=message):
        look(connection)


def test_an_end_that_somebody_else_signed_is_refused(connection: Connection) -> None:
    with pytest.raises(LogBroken, match="niet met deze sleutel"):
        look(connection, STRANGER)


def test_a_log_goes_on_under_its_own_name_only(connection: Connection) -> None:
    with pytest.raises(LogBroken, match=f"Dit logboek heet {ORIGIN}/2026"):
        look(connection, origin=f"elders.example/audit/{TENANT}")


def test_an_older_change_is_left_to_the_full_check(connection: Connection) -> None:
    """The price of a quick start: entries before the last tile are compared when somebody asks for it."""
    tamper(connection, "UPDATE audit_log SET entry = replace(entry, 'permit', 'refuse') WHERE idx = 7")
    assert look(connection) == 306
