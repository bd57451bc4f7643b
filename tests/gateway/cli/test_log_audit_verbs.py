"""The log out of the house and back under a stranger's eyes: exported, verified alone, checked beside the service."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.services.administration import Administration, operator
from gateway.services.export import LogExport
from schemas.ids import Tenant
from schemas.parties import Party, PartyKind
from tests.support.cli import Ran, an_installation, an_open_gateway, call, environment, receipt_of, run
from tests.support.folders import ROOT

SERVICE = {"sqlalchemy", "sqlmodel", "fastapi", "uvicorn", "alembic", "jose", "joserfc", "ecdsa"}


@pytest.fixture
def exported(home: Path, tmp_path: Path) -> Path:
    """An export of the log of ``home``."""
    assert call("audit", "export", tmp_path / "log", home=home).code == 0
    return tmp_path / "log"


def vkey(home: Path) -> str:
    return call("audit", "keys", home=home).out.strip()


def verified(directory: Path, *words: str | Path) -> Ran:
    return call("audit", "verify", directory, "--json", *words)


def tampered(home: Path, statement: str) -> None:
    """Change the database behind the back of the service, past its triggers."""
    with sqlite3.connect(home / "sluis.db") as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (trigger,) in triggers:
            connection.execute(f"DROP TRIGGER {trigger}")
        assert connection.execute(statement).rowcount == 1


# --- export ---------------------------------------------------------------------------------------------------------


def test_an_export_stands_in_the_layout_of_the_standard_and_holds_its_own_entry(
    home: Path, tmp_path: Path
) -> None:
    told = call("audit", "export", tmp_path / "log", "--json", home=home)
    assert told.code == 0
    assert {path.name for path in (tmp_path / "log").iterdir()} == {"checkpoint", "vkey", "tile"}
    assert told.document == verified(tmp_path / "log", "--vkey", vkey(home)).document
    entries = b"".join(path.read_bytes() for path in (tmp_path / "log" / "tile" / "entries").rglob("*.p/*"))
    assert entries.count(b'"act":"log.exported"') == 1


def test_an_export_never_wipes_another_folder(home: Path, tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "brief.txt").write_text("van mij")
    told = call("audit", "export", tmp_path / "log", home=home)
    assert (told.code, told.err) == (1, "De map bevat iets anders dan een export van het logboek\n")
    assert (tmp_path / "log" / "brief.txt").read_text() == "van mij"


def test_a_later_export_replaces_an_earlier_one_and_continues_it(
    home: Path, exported: Path, tmp_path: Path
) -> None:
    shutil.copy(exported / "checkpoint", tmp_path / "kept")
    assert call("audit", "export", exported, home=home).code == 0
    found = verified(exported, "--vkey", vkey(home), "--old", tmp_path / "kept")
    assert found.code == 0
    opened_loaded_exported = 3
    assert found.document["old_size"] + opened_loaded_exported == found.document["size"]


def test_a_year_without_a_log_is_not_exported(home: Path, tmp_path: Path) -> None:
    told = call("audit", "export", tmp_path / "log", "--year", "1999", home=home)
    assert (told.code, told.err) == (1, "Van dit jaar is er geen logboek\n")
    assert not (tmp_path / "log").exists()


def test_an_export_asks_the_passphrase_because_it_writes_an_entry(home: Path, tmp_path: Path) -> None:
    assert call("audit", "export", tmp_path / "log", home=home, passphrase="anders").code == 1
    assert not (tmp_path / "log").exists()


def test_the_use_case_names_the_years_and_writes_the_newest(home: Path, tmp_path: Path) -> None:
    gateway = an_open_gateway(home)
    try:
        exports, by = LogExport(gateway.house, gateway.signer), operator(Tenant("GM0637"))
        (year,) = exports.years(by)
        report = exports.write(by, tmp_path / "log")
        again = exports.write(by, tmp_path / "again", year)
        assert (again.origin, again.size) == (report.origin, report.size + 1)
        assert report.origin == f"sluis.example/audit/GM0637/{year}"
    finally:
        gateway.close()


# --- verify ---------------------------------------------------------------------------------------------------------


def test_a_log_verifies_with_a_key_from_elsewhere(home: Path, exported: Path) -> None:
    found = verified(exported, "--vkey", vkey(home))
    assert (found.code, found.err) == (0, "")
    report = found.document
    assert report.keys() == {
        "valid", "origin", "size", "root", "key", "self_asserted", "first", "last", "old_size", "receipt_index",
    }  # fmt: skip
    assert (report["valid"], report["self_asserted"]) == (True, False)
    assert report["origin"].startswith("sluis.example/audit/GM0637/")
    assert report["root"] == (exported / "checkpoint").read_text().splitlines()[2]
    assert report["first"] <= report["last"]


def test_a_key_found_only_in_the_folder_is_reported_as_self_asserted(exported: Path) -> None:
    found = verified(exported)
    assert (found.code, found.document["self_asserted"]) == (0, True)
    told = run("audit", "verify", exported, env=environment(passphrase=None))
    assert told.code == 0
    assert "Let op: de controlesleutel komt uit de map zelf" in told.out


def test_the_report_for_people_does_not_warn_when_the_key_came_from_elsewhere(
    home: Path, exported: Path
) -> None:
    told = call("audit", "verify", exported, "--vkey", vkey(home), "--old", exported / "checkpoint")
    assert told.out.splitlines()[0].startswith("Het logboek sluis.example/audit/GM0637/")
    assert "is het begin van dit logboek" in told.out
    assert "Let op" not in told.out


def test_a_receipt_is_found_in_the_log(home: Path, exported: Path, tmp_path: Path) -> None:
    (tmp_path / "receipt").write_text(receipt_of(home, 1))
    assert call("audit", "export", exported, home=home).code == 0
    found = verified(exported, "--vkey", vkey(home), "--receipt", tmp_path / "receipt")
    assert (found.code, found.document["receipt_index"]) == (0, 1)


def test_one_changed_byte_is_no_and_names_the_entry(home: Path, exported: Path) -> None:
    (bundle,) = (exported / "tile" / "entries").rglob("*.p/*")
    whole = bundle.read_bytes()
    bundle.write_bytes(whole.replace(b"party.registered", b"party.registereD"))
    found = verified(exported, "--vkey", vkey(home))
    assert found.code == 1
    assert found.document == {"valid": False, "reason": found.err.strip()}
    assert found.err.startswith("Logregel 3 ")


def test_a_rewritten_log_is_convicted_by_a_checkpoint_that_somebody_kept(
    home: Path, exported: Path, tmp_path: Path
) -> None:
    (tmp_path / "kept").write_bytes((exported / "checkpoint").read_bytes())
    other = tmp_path / "elders"
    shutil.copytree(home, other)
    for folder, party in ((home, "een"), (other, "ander")):
        gateway = an_open_gateway(folder)
        try:
            number, kind = "12345678", PartyKind.CALLCENTER
            fresh = Party(tenant="GM0637", party_id=party, kind=kind, name=party, number=number)
            Administration(gateway.house).register_party(operator(Tenant("GM0637")), fresh)
        finally:
            gateway.close()
    assert call("audit", "export", tmp_path / "a", home=home).code == 0
    assert call("audit", "export", tmp_path / "b", home=other).code == 0
    key = vkey(home)
    assert verified(tmp_path / "a", "--vkey", key, "--old", tmp_path / "kept").code == 0
    forked = verified(tmp_path / "b", "--vkey", key, "--old", tmp_path / "a" / "checkpoint")
    assert forked.code == 1
    assert "herschreven" in forked.err
    rolled_back = verified(exported, "--vkey", key, "--old", tmp_path / "a" / "checkpoint")
    assert rolled_back.code == 1
    assert "teruggedraaid" in rolled_back.err


def test_another_houses_key_says_no(exported: Path, tmp_path: Path) -> None:
    assert verified(exported, "--vkey", vkey(an_installation(tmp_path / "anders"))).code == 1


@pytest.mark.parametrize("key", ["", "x", "a+b+c", "sluis.example+00000000+AAAA"])
def test_a_key_that_is_none_is_wrong_usage(exported: Path, key: str) -> None:
    assert verified(exported, "--vkey", key).code == 2


@pytest.mark.parametrize("option", ["--old", "--receipt"])
def test_a_file_that_is_no_proof_says_no_and_a_missing_one_is_wrong_usage(
    home: Path, exported: Path, tmp_path: Path, option: str
) -> None:
    (tmp_path / "x").write_bytes(b"\xff" * 300_000)
    assert verified(exported, "--vkey", vkey(home), option, tmp_path / "x").code == 1
    assert verified(exported, "--vkey", vkey(home), option, tmp_path / "geen").code == 2
    assert verified(tmp_path / "geen").code == 2
    assert verified(tmp_path).code == 1


def test_the_verifier_stands_alone(home: Path, exported: Path) -> None:
    """It loads no service, no database and nobody else's signatures."""
    probe = (
        "import sys\nfrom gateway.cli import main\n"
        f"sys.argv = ['sluis', 'audit', 'verify', {str(exported)!r}, '--vkey', {vkey(home)!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", probe]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=environment())
    loaded = set(done.stdout.splitlines()[-1].split())
    assert {"audit.verify", "keys.verification"} <= loaded
    assert SERVICE & loaded == set()
    assert {
        name for name in loaded if name.startswith("gateway.") and not name.startswith("gateway.cli")
    } == set()
    assert {name for name in loaded if name.startswith("keys.")} == {"keys.process", "keys.verification"}


# --- check ----------------------------------------------------------------------------------------------------------


def test_a_sound_database_is_good(home: Path) -> None:
    told = call("audit", "check", "--json", home=home)
    assert (told.code, told.err) == (0, "")
    assert told.document["valid"] is True
    assert told.document["size"] >= 2
    people = run("audit", "check", env=environment(home))
    assert people.out == f"Het logboek van {told.document['year']} klopt: {told.document['size']} regels\n"


def test_checking_leaves_no_entry(home: Path) -> None:
    first, second = (call("audit", "check", "--json", home=home).document["size"] for _ in range(2))
    assert first == second


BYTES = "CAST(replace(CAST(entry AS TEXT), 'beheer', 'Beheer') AS BLOB)"


@pytest.mark.parametrize(
    ("statement", "part"),
    [
        (f"UPDATE audit_log SET entry = {BYTES} WHERE idx = 1", "de regel"),
        ("UPDATE audit_log SET entry = CAST(entry AS TEXT) WHERE idx = 1", "de regel is gewijzigd"),
        ("UPDATE audit_log SET leaf = hex(leaf) WHERE idx = 1", "de regel is gewijzigd"),
        ("UPDATE audit_log SET ms = ms + 1 WHERE idx = 1", "een zoekkolom is gewijzigd"),
        ("UPDATE audit_detail SET blob = 'tekst' WHERE idx = 1", "het verzegelde deel is gewijzigd"),
        ("DELETE FROM audit_log WHERE idx = 1", "is verwijderd"),
    ],
    ids=["entry", "entry as text", "leaf", "column", "detail as text", "row"],
)
def test_a_row_changed_behind_our_back_is_named(home: Path, statement: str, part: str) -> None:
    tampered(home, statement)
    told = call("audit", "check", "--json", home=home)
    assert told.code == 1
    assert told.document == {"valid": False, "reason": told.err.strip()}
    assert told.err.startswith("Logregel 1 ")
    assert part in told.err


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_state SET size = 'veel'",
        "UPDATE audit_state SET edge = 'tekst'",
        "UPDATE audit_checkpoint SET note = x'00ff' WHERE size = (SELECT max(size) FROM audit_checkpoint)",
        "UPDATE audit_checkpoint SET size = 77 WHERE size = (SELECT max(size) FROM audit_checkpoint)",
    ],
)
def test_a_state_changed_behind_our_back_is_no(home: Path, statement: str) -> None:
    tampered(home, statement)
    told = call("audit", "check", "--json", home=home)
    assert (told.code, told.document["valid"]) == (1, False)


def test_a_damaged_database_is_no_and_not_a_crash(home: Path) -> None:
    for path in home.glob("sluis.db-*"):
        path.unlink()
    whole = bytearray((home / "sluis.db").read_bytes())
    whole[8192:] = b"\xa5" * (len(whole) - 8192)
    (home / "sluis.db").write_bytes(whole)
    told = call("audit", "check", "--json", home=home)
    assert told.code == 1
    assert told.document["valid"] is False


def test_a_house_without_entries_has_no_log_to_check(tmp_path: Path) -> None:
    told = call("audit", "check", home=an_installation(tmp_path))
    assert (told.code, told.err) == (1, "Er is geen logboek\n")


def test_a_check_opens_nothing_without_the_passphrase(home: Path) -> None:
    assert call("audit", "check", home=home, passphrase="anders").code == 1


# --- keys -----------------------------------------------------------------------------------------------------------


def test_the_published_keys_are_public(home: Path) -> None:
    assert vkey(home).startswith("sluis.example/audit/GM0637+")
    (key,) = call("audit", "keys", "--jwks", home=home).document["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert call("audit", "keys", home=home, passphrase="anders").code == 1
