"""Founding and opening an installation: once, for one process, private, sealed, and let go of when it fails."""

import json
import sqlite3
import stat
import threading
from contextlib import closing
from datetime import UTC, date
from datetime import time as clock
from pathlib import Path

import pytest
from pydantic import ValidationError

from audit import query
from gateway.policy.calendar import Calendar, Window
from gateway.settings import Settings
from gateway.store import parties
from gateway.store.change import Change
from gateway.wiring import DATABASE, KEY_FILE, KEY_STORE, LOCK, assemble, found, new_id, wall_clock, wall_ms
from keys.details import DetailSealer
from keys.profiles import CHEAPEST
from schemas.errors import Broken, Conflict, Invalid, LogBroken, Sealed, Unavailable
from schemas.moments import millis
from tests.support.installation import PASSPHRASE, TENANT, Town, an_installation


def settings_in(home: Path) -> Settings:
    return Settings(home=home, tenant=TENANT, demo=True)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of an installation that nobody has open."""
    with an_installation(tmp_path) as town:
        return town.house.settings.home


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


# --- Founding ------------------------------------------------------------------------------------------------------


def test_a_new_installation_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "new" / "sluis"
    found(settings_in(home), PASSPHRASE, CHEAPEST)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for name in (KEY_FILE, KEY_STORE, DATABASE):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600, name


def test_an_installation_is_founded_once(home: Path) -> None:
    before = (home / KEY_FILE).read_bytes()
    with pytest.raises(Conflict):
        found(settings_in(home), b"another", CHEAPEST)
    assert (home / KEY_FILE).read_bytes() == before


def test_what_is_no_installation_does_not_open(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refused:
        assemble(settings_in(tmp_path))
    assert refused.value.code == "geen_installatie"
    assert list(tmp_path.iterdir()) == []


def test_a_home_may_have_any_name(tmp_path: Path) -> None:
    odd = tmp_path / "thuis #1 100%25 ? é"
    odd.mkdir()
    with an_installation(odd) as town:
        town.person()
        assert town.lease().ref


# --- Opening -------------------------------------------------------------------------------------------------------


def test_an_installation_starts_sealed_and_opens_with_its_passphrase_only(home: Path) -> None:
    gateway = assemble(settings_in(home))
    try:
        assert gateway.keyring.sealed
        with pytest.raises(Sealed):
            gateway.unseal(b"kanarie")
        assert gateway.keyring.sealed
        gateway.unseal(bytearray(PASSPHRASE))
        assert not gateway.keyring.sealed
    finally:
        gateway.close()


def test_a_second_opening_is_refused_and_the_first_goes_on(home: Path) -> None:
    gateway = assemble(settings_in(home))
    try:
        with pytest.raises(Unavailable) as refused:
            assemble(settings_in(home))
        assert refused.value.code == "in_gebruik"
        assert gateway.house.store.alive
    finally:
        gateway.close()


def test_a_closed_installation_opens_again(home: Path) -> None:
    for _ in range(2):
        assemble(settings_in(home)).close()


def test_an_installation_that_does_not_open_lets_everything_go(home: Path) -> None:
    """Tables of a newer program: the next try must say so again, and not that somebody has it open."""
    gateway = assemble(settings_in(home))
    gateway.house.store._raw.execute("UPDATE gateway_alembic_version SET version_num = '9999'")
    gateway.close()
    before = open_files(), threading.active_count()
    for _ in range(3):
        with pytest.raises(Broken) as refused:
            assemble(settings_in(home))
        assert refused.value.code == "schema_onbekend"
    assert (open_files(), threading.active_count()) == before


def test_closing_leaves_no_thread_and_no_file_open(home: Path) -> None:
    before = open_files(), threading.active_count()
    gateway = assemble(settings_in(home))
    gateway.unseal(PASSPHRASE)
    assert gateway.find_client("nobody") is None
    gateway.close()
    assert (open_files(), threading.active_count()) == before


def test_a_closed_installation_leaves_nothing_beside_its_databases(home: Path) -> None:
    """A copy of the files is a whole backup, and an older file that is put back meets no newer write-ahead log."""
    gateway = assemble(settings_in(home))
    gateway.unseal(PASSPHRASE)
    gateway.house.store.commit(Change((parties.use_assertion("client", "jti", 9),)))
    gateway.close()
    assert [file.name for file in home.iterdir() if file.name.endswith(("-wal", "-shm"))] == []


def test_a_damaged_database_stays_shut_and_names_the_runbook(home: Path) -> None:
    with closing(sqlite3.connect(home / DATABASE)) as database:
        (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'audit_log'").fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
    with (home / DATABASE).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    gateway = assemble(settings_in(home))
    try:
        with pytest.raises(LogBroken, match="log-does-not-verify"):
            gateway.unseal(PASSPHRASE)
        assert gateway.keyring.sealed
    finally:
        gateway.close()


def test_the_lock_holds_no_secret_and_stays_behind_empty(home: Path) -> None:
    assemble(settings_in(home)).close()
    assert (home / LOCK).read_bytes() == b""


# --- Clocks and ids ------------------------------------------------------------------------------------------------


def test_ids_are_of_version_seven_and_sort_by_the_time_they_were_made() -> None:
    made = [new_id() for _ in range(200)]
    assert len(set(made)) == 200
    for one in made:
        assert len(one) == 32
        assert one[12] == "7"
        assert one[16] in "89ab"
    stamps = [int(one[:12], 16) for one in made]
    assert stamps == sorted(stamps)
    assert abs(stamps[-1] - wall_ms()) < 60_000


def test_the_wall_clock_is_aware_and_in_utc() -> None:
    assert wall_clock().tzinfo is UTC
    assert abs(millis(wall_clock()) - wall_ms()) < 60_000


def test_the_log_runs_on_the_wall_clock_whatever_the_business_clock_says(tmp_path: Path) -> None:
    with an_installation(tmp_path) as town:
        town.clock.forward(days=4_000)
        town.person()
        assert abs(town.log()[-1]["t"] - wall_ms()) < 60_000
        assert town.house.now_ms() - wall_ms() > 1_000_000


def test_what_the_parts_share_is_one_installation(tmp_path: Path) -> None:
    with an_installation(tmp_path) as town:
        assert isinstance(town, Town)
        assert town.door._house is town.house
        assert town.codes._house is town.house


# --- What must be there, and in order ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code", "runbook"),
    [
        (KEY_STORE, "sleutelopslag_ontbreekt", "key-loss.md"),
        (DATABASE, "database_ontbreekt", "restore.md"),
    ],
)
@pytest.mark.parametrize("left", ["nothing", "an empty file"])
def test_a_home_without_all_its_files_stays_shut_and_names_the_runbook(
    home: Path, name: str, code: str, runbook: str, left: str
) -> None:
    (home / name).unlink()
    if left == "an empty file":
        (home / name).touch()
    with pytest.raises(Unavailable, match=f"docs/runbook/{runbook}") as refused:
        assemble(settings_in(home))
    assert refused.value.code == code
    assert not (home / name).exists() or not (home / name).stat().st_size, "nothing was made in its place"


@pytest.mark.parametrize("name", [KEY_FILE, KEY_STORE, DATABASE])
def test_no_new_installation_is_made_over_what_is_left_of_another(home: Path, name: str) -> None:
    for other in {KEY_FILE, KEY_STORE, DATABASE} - {name}:
        (home / other).unlink()
    before = (home / name).read_bytes()
    with pytest.raises(Conflict):
        found(settings_in(home), PASSPHRASE, CHEAPEST)
    assert (home / name).read_bytes() == before
    assert not any((home / other).exists() for other in {KEY_FILE, KEY_STORE, DATABASE} - {name})


def tamper(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(home / DATABASE)) as database:
        for (trigger,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        for statement in statements:
            database.execute(statement)
        database.commit()


def entries(home: Path) -> int:
    with closing(sqlite3.connect(home / DATABASE)) as database:
        return int(database.execute("SELECT count(*) FROM audit_log").fetchone()[0])


def test_a_log_whose_end_was_changed_keeps_everything_sealed(home: Path) -> None:
    tamper(home, "UPDATE audit_log SET entry = x'7b7d' WHERE idx = (SELECT max(idx) FROM audit_log)")
    before = entries(home)
    gateway = assemble(settings_in(home))
    try:
        with pytest.raises(LogBroken, match="log-does-not-verify"):
            gateway.unseal(PASSPHRASE)
        assert gateway.keyring.sealed
    finally:
        gateway.close()
    assert entries(home) == before


def test_a_log_does_not_go_on_under_another_name(home: Path) -> None:
    gateway = assemble(Settings(home=home, tenant=TENANT, demo=True, log_origin="elders.example"))
    try:
        with pytest.raises(LogBroken):
            gateway.unseal(PASSPHRASE)
    finally:
        gateway.close()


def test_every_opening_of_the_keys_is_told_with_the_rules_and_settings_in_force(home: Path) -> None:
    gateway = assemble(Settings(home=home, tenant=TENANT, demo=True, first_talk_days=21))
    try:
        gateway.unseal(PASSPHRASE)
        with gateway.house.store.read() as connection:
            loaded, unsealed = query.lines(connection, query.Slice(tenant=TENANT), 2)
            blob = query.sealed_detail(connection, TENANT, loaded.year, loaded.index)
        assert (unsealed.entry["act"], loaded.entry["act"]) == ("key.unsealed", "policy.loaded")
        assert loaded.entry["pol"] == gateway.house.register.digest
        assert blob is not None
        detail = json.loads(DetailSealer(gateway.house.vault).open(TENANT, None, blob))
        assert detail["detail"]["instellingen"]["first_talk_days"] == 21
        assert str(home) not in json.dumps(detail)
    finally:
        gateway.close()


# --- Demo and production -------------------------------------------------------------------------------------------


def production(home: Path, **more: object) -> Settings:
    return Settings.model_validate({"home": home, "tenant": TENANT, **more})


def test_production_refuses_the_secrets_of_a_demo(home: Path) -> None:
    with pytest.raises(Unavailable) as refused:
        assemble(production(home))
    assert refused.value.code == "is_demo"


def test_a_demo_refuses_an_installation_with_real_data(tmp_path: Path) -> None:
    found(production(tmp_path / "echt"), PASSPHRASE, CHEAPEST)
    assemble(production(tmp_path / "echt")).close()
    with pytest.raises(Unavailable) as refused:
        assemble(settings_in(tmp_path / "echt"))
    assert refused.value.code == "geen_demo"


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "sluis.example"])
def test_a_demo_is_for_this_machine_alone(home: Path, host: str) -> None:
    with pytest.raises(Unavailable) as refused:
        assemble(production(home, demo=True, host=host))
    assert refused.value.code == "demo_naar_buiten"


# --- When may be called --------------------------------------------------------------------------------------------


def calendar_with(home: Path, **settings: str) -> Calendar:
    gateway = assemble(production(home, demo=True, **settings))
    gateway.close()
    return gateway.house.calendar


def test_calling_hours_are_settings_with_those_of_the_pilot_as_default(home: Path) -> None:
    monday, saturday = date(2026, 10, 5), date(2026, 10, 3)
    usual = calendar_with(home)
    assert usual.window(monday) == Window(clock(8, 30), clock(21))
    assert usual.window(saturday) == Window(clock(9), clock(17))
    own = calendar_with(
        home, calling_weekdays="10:00-18:00", calling_saturday="10:00-12:00", calling_closed="2026-10-05"
    )
    assert own.window(monday) is None
    assert own.window(date(2026, 10, 6)) == Window(clock(10), clock(18))
    assert own.window(saturday) == Window(clock(10), clock(12))


@pytest.mark.parametrize(
    "wrong",
    [
        {"calling_weekdays": "21:00-08:30"},
        {"calling_saturday": "9-17"},
        {"calling_weekdays": "08:30-24:30"},
        {"calling_closed": "2026-02-30"},
        {"calling_closed": "morgen"},
    ],
    ids=str,
)
def test_calling_hours_that_cannot_be_are_refused(home: Path, wrong: dict[str, str]) -> None:
    with pytest.raises((Invalid, ValidationError)):
        calendar_with(home, **wrong)
