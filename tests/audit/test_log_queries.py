"""Slices of the log by subject, actor, act, purpose, party and period; and its migrations."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from audit import schema
from audit.query import Slice, count, key_named, lines, tally, years
from audit.tables import metadata
from schemas.audit import Act
from schemas.errors import Broken
from tests.support.audit import NOON, TENANT, Ed25519, fresh, make_engine, make_log, read_case

HOUR = 3_600_000
YEAR = 365 * 24 * HOUR


@pytest.fixture
def connection() -> Iterator[Connection]:
    """Two years: hour by hour one case read by person 0..9, every third a dial lease."""
    with fresh() as opened:
        log = make_log()
        for start in (NOON, NOON + YEAR):
            for hour in range(30):
                event = read_case(hour % 10)
                if hour % 3 == 0:
                    event = read_case(hour % 10, act=Act.DIAL_LEASED, purpose="bellen", party="callcenter")
                log.append(opened, [event], start + hour * HOUR)
        log.append(opened, [read_case(1, tenant="GM0344")], NOON)
        yield opened


def found(connection: Connection, **wanted: object) -> list[tuple[int, int]]:
    return [(line.year, line.index) for line in lines(connection, Slice(tenant=TENANT, **wanted))]


def test_a_slice_by_subject_gives_his_entries_newest_first(connection: Connection) -> None:
    places = found(connection, subject=f"{4:032x}")
    assert places == [(2027, 25), (2027, 15), (2027, 5), (2026, 25), (2026, 15), (2026, 5)]
    entry = lines(connection, Slice(tenant=TENANT, subject=f"{4:032x}"))[0].entry
    assert (entry["act"], entry["purpose" if "purpose" in entry else "pur"]) == ("dial.leased", "bellen")


def test_an_actor_is_found_as_member_of_staff_and_as_client(connection: Connection) -> None:
    assert found(connection, actor=f"{1004:032x}") == found(connection, actor=f"{2004:032x}")
    assert len(found(connection, actor=f"{1004:032x}")) == 6


def test_conditions_narrow_each_other(connection: Connection) -> None:
    assert len(found(connection, act=Act.DIAL_LEASED)) == 20
    assert len(found(connection, purpose="bellen")) == 20
    assert len(found(connection, party="callcenter")) == 20
    assert found(connection, act=Act.DIAL_LEASED, subject=f"{4:032x}") == [(2027, 25), (2026, 25)]
    assert found(connection, act=Act.CASE_READ, purpose="bellen") == []


@pytest.mark.parametrize(
    ("since", "until", "number"),
    [
        (NOON, NOON + HOUR, 2),
        (NOON + 1, NOON + HOUR, 0),
        (NOON + HOUR, NOON + 4 * HOUR, 3),
        (None, NOON, 0),
        (NOON + YEAR, None, 31),
        (None, None, 62),
        (NOON + 29 * HOUR, NOON + YEAR + HOUR, 3),
        (NOON + 2 * YEAR, None, 0),
        (NOON + HOUR, NOON, 0),
    ],
)
def test_a_period_is_cut_to_the_millisecond(
    connection: Connection, since: int | None, until: int | None, number: int
) -> None:
    assert count(connection, Slice(tenant=TENANT, since=since, until=until)) == number
    assert len(found(connection, since=since, until=until)) == number


def test_counts_agree_with_the_entries(connection: Connection) -> None:
    whole = Slice(tenant=TENANT)
    assert tally(connection, whole, "act") == {"case.read": 40, "dial.leased": 20, "log.opened": 2}
    assert tally(connection, whole, "pur") == {"hulpverlenen": 40, "bellen": 20, "": 2}
    assert tally(connection, Slice(tenant=TENANT, since=NOON + YEAR), "org")["callcenter"] == 10
    assert years(connection, TENANT) == {2026: 31, 2027: 31}


def test_another_municipality_is_never_in_a_slice(connection: Connection) -> None:
    assert len(found(connection, subject=f"{1:032x}")) == 6
    assert count(connection, Slice(tenant="GM0344")) == 2
    assert count(connection, Slice(tenant="GM9999")) == 0


def test_a_limit_keeps_the_newest(connection: Connection) -> None:
    newest = lines(connection, Slice(tenant=TENANT), limit=2)
    assert [(line.year, line.index) for line in newest] == [(2027, 30), (2027, 29)]


def test_the_log_names_its_own_key(connection: Connection) -> None:
    assert key_named(connection, TENANT, 2026) == Ed25519().vkey


def test_the_migrations_make_exactly_the_tables_that_the_code_uses() -> None:
    engine = make_engine()
    with engine.connect() as opened:
        context = MigrationContext.configure(opened, opts={"version_table": schema.VERSION_TABLE})
        ours = [
            change for change in compare_metadata(context, metadata) if "alembic_version" not in str(change)
        ]
    engine.dispose()
    assert ours == []


def test_the_code_knows_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == schema.HEAD


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "log.db")
    with engine.begin() as opened:
        make_log().append(opened, [read_case()], NOON)
    schema.migrate(engine)
    with engine.begin() as opened:
        schema.migrate(opened)
        assert schema.current(opened) == schema.HEAD
        assert count(opened, Slice(tenant=TENANT)) == 2
    engine.dispose()


def test_tables_of_a_newer_program_are_refused(tmp_path: Path) -> None:
    engine = make_engine(tmp_path / "log.db")
    with engine.begin() as opened:
        opened.execute(text(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'"))
    with pytest.raises(Broken, match="nieuwer"):
        schema.migrate(engine)
    engine.dispose()


def test_an_empty_database_stands_at_no_revision() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as opened:
        assert schema.current(opened) is None
    engine.dispose()
