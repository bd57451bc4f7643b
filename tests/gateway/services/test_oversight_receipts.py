"""The log before others: receipts for whoever was shown something, and a check that names what was altered."""

from pathlib import Path
from sqlite3 import IntegrityError

import pytest

from gateway.services.oversight import Oversight
from gateway.wiring import DATABASE
from schemas.audit import Act
from schemas.errors import LogBroken, NotFound
from schemas.parties import PartyKind
from tests.support.installation import TENANT, Town, an_installation

YEAR_OF_TESTS = "SELECT max(year) FROM audit_state"


@pytest.fixture
def oversight(town: Town) -> Oversight:
    return Oversight(town.house, town.gateway.signer)


def year(town: Town) -> int:
    with town.house.store.read() as connection:
        return int(connection.exec_driver_sql(YEAR_OF_TESTS).scalar_one())


def size(town: Town) -> int:
    return len(town.log())


def alter(town: Town, statement: str) -> None:
    """Do what only somebody with the database file could do: take the triggers away that forbid it, then do it."""
    raw = town.house.store._raw
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute(statement)


# --- Receipts -----------------------------------------------------------------------------------------------------


def test_whoever_was_shown_something_gets_the_proof_that_it_is_in_the_log(
    town: Town, oversight: Oversight
) -> None:
    town.person()
    entry = town.lease().shown.entry
    proof = oversight.receipt(town.as_user("farid"), entry.year, entry.index)
    assert proof.startswith("c2sp.org/tlog-proof")
    assert entry.origin in proof


def test_the_privacy_officer_gets_every_proof_and_others_only_their_own(
    town: Town, oversight: Oversight
) -> None:
    town.person()
    entry = town.lease().shown.entry
    assert oversight.receipt(town.as_party(PartyKind.PRIVACY_OFFICER), entry.year, entry.index)
    for asker in (town.as_user("sanne"), town.as_party("woonstichting")):
        with pytest.raises(NotFound):
            oversight.receipt(asker, entry.year, entry.index)


@pytest.mark.parametrize("index", [-1, -100, 10**6, 10**12])
def test_an_entry_that_is_not_there_is_not_found(town: Town, oversight: Oversight, index: int) -> None:
    for asked in (year(town), 1999):
        with pytest.raises(NotFound):
            oversight.receipt(town.as_party(PartyKind.PRIVACY_OFFICER), asked, index)


def test_a_receipt_holds_no_person(town: Town, oversight: Oversight) -> None:
    town.person(achternaam="Kanariewijk", telefoon_1="06-19283746")
    entry = town.lease().shown.entry
    proof = oversight.receipt(town.as_user("farid"), entry.year, entry.index)
    assert "anarie" not in proof
    assert "19283746" not in proof


# --- Verification --------------------------------------------------------------------------------------------------


def test_a_log_that_was_left_alone_verifies_and_the_check_is_itself_an_entry(
    town: Town, oversight: Oversight
) -> None:
    town.help_request()
    before = size(town)
    (checked,) = oversight.verify(town.as_party(PartyKind.PRIVACY_OFFICER))
    assert (checked.year, checked.size) == (year(town), before)
    assert [entry["act"] for entry in town.log()[before:]] == [Act.LOG_VERIFIED]
    assert town.log()[-1]["n"] == before


def test_a_check_at_the_start_leaves_no_entry(town: Town, oversight: Oversight) -> None:
    town.person()
    before = size(town)
    assert oversight.check(TENANT)[0].size == before
    assert size(town) == before


def test_a_log_that_is_not_there_does_not_verify(town: Town, oversight: Oversight) -> None:
    alter(town, "DELETE FROM audit_state")
    with pytest.raises(LogBroken):
        oversight.check(TENANT)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET entry = CAST(replace(CAST(entry AS TEXT), 'bellen', 'bellem') AS BLOB)",
        "UPDATE audit_log SET leaf = zeroblob(32) WHERE act = 'dial.leased'",
        "DELETE FROM audit_log WHERE act = 'dial.leased'",
        "UPDATE audit_detail SET blob = zeroblob(64) WHERE idx = (SELECT max(idx) FROM audit_detail)",
        "UPDATE audit_checkpoint SET note = replace(note, 'sluis', 'sluiz')",
        "UPDATE audit_state SET size = size - 1",
    ],
)
def test_what_was_altered_behind_our_back_is_found(town: Town, oversight: Oversight, statement: str) -> None:
    town.person()
    town.lease()
    alter(town, statement)
    with pytest.raises(LogBroken):
        oversight.check(TENANT)


@pytest.mark.parametrize("table", ["audit_log", "audit_checkpoint", "audit_state"])
def test_the_database_itself_forbids_to_take_entries_away(town: Town, table: str) -> None:
    with pytest.raises(IntegrityError):
        town.house.store._raw.execute(f"DELETE FROM {table}")


def test_a_failed_check_is_not_told_as_a_good_one(town: Town, oversight: Oversight) -> None:
    town.person()
    alter(town, "UPDATE audit_log SET leaf = zeroblob(32) WHERE idx = 3")
    before = size(town)
    with pytest.raises(LogBroken, match="3"):
        oversight.verify(town.as_party(PartyKind.PRIVACY_OFFICER))
    assert size(town) == before


def test_everything_that_was_done_stands_in_the_log_after_a_restart(tmp_path: Path) -> None:
    with an_installation(tmp_path) as town:
        town.help_request()
        before = size(town)
        settings, clock = town.house.settings, town.clock
    assert (settings.home / DATABASE).exists()
    with Town(settings, clock) as again:
        opened_and_loaded = 2
        assert size(again) == before + opened_and_loaded
        assert Oversight(again.house, again.gateway.signer).check(TENANT)[0].size == size(again)
