"""The runbooks are true: their scripts run, and what they say about restored files is so."""

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit import query
from gateway.cli.control import warning
from gateway.services.casework import Casework
from gateway.settings import Settings
from gateway.store import erasure, restored
from keys.providers.file import FileProvider
from schemas.audit import Act
from schemas.errors import Denied, Sealed
from schemas.ids import CaseId
from tests.support.erasure import Archive
from tests.support.folders import ROOT
from tests.support.installation import PASSPHRASE, TENANT, Town, an_installation
from tests.support.markdown import blocks

RUNBOOKS = ROOT / "docs" / "runbook"
DATA, KEYS = "sluis.db", "keys.db"
HALF_A_YEAR = 200
RETURNED = "teruggekomen"


def script(page: str, folder: Path) -> Path:
    """Take the one Python script out of a runbook."""
    text = (RUNBOOKS / f"{page}.md").read_text(encoding="utf-8")
    target = folder / f"{page}.py"
    target.write_text(
        next(block.text for block in blocks(text) if block.language == "python"), encoding="utf-8"
    )
    return target


def run(*words: object, typed: str = "") -> str:
    """Run a script without a terminal, so that what is typed comes from here."""
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        input=typed,
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        start_new_session=True,
    )
    return done.stdout


@dataclass
class Disaster:
    """An installation that was backed up, went on (one erased, one new), and then lost something."""

    folder: Path
    reopen: Callable[[], Town]
    erased: CaseId
    subject: str
    kept: CaseId
    fresh: CaseId
    line: Mapping[str, str]

    @property
    def home(self) -> Path:
        return self.folder / "sluis"

    def restore(self, database: str) -> None:
        for part in (database, f"{database}-wal", f"{database}-shm"):
            (self.home / part).unlink(missing_ok=True)
            if (self.folder / "backup" / part).exists():
                shutil.copy(self.folder / "backup" / part, self.home)

    def rows_in_file(self) -> int:
        """Count the signals of the erased person in the database as it lies there."""
        with closing(sqlite3.connect(self.home / DATA)) as database:
            asked = "SELECT count(*) FROM gateway_signal WHERE signal_id = ?"
            return int(database.execute(asked, (self.subject,)).fetchone()[0])


@pytest.fixture
def disaster(tmp_path: Path) -> Disaster:
    town = an_installation(tmp_path)
    archive = Archive(town)
    erased = archive.ended_case()
    subject = town.subject(erased)
    archive.decide()
    kept = town.urgent_person()
    town.give(kept, "sanne")
    town.close()
    shutil.copytree(tmp_path / "sluis", tmp_path / "backup")
    town.clock.forward(days=HALF_A_YEAR)

    def reopen() -> Town:
        return Town(Settings(home=tmp_path / "sluis", tenant=TENANT, demo=True), town.clock)

    with reopen() as later:
        assert Archive(later).run().counts["dossiers"] == 1
        fresh = later.urgent_person()
        later.give(fresh, "sanne")
        line = later.written[fresh]
    return Disaster(tmp_path, reopen, erased, subject, kept, fresh, line)


def read(town: Town, case: CaseId) -> bytes:
    sanne = town.as_user("sanne")
    return Casework(town.house, town.door, town.codes).read(sanne, town.ref(sanne, case)).body


def same_person_again(town: Town) -> None:
    """Let another partner report the person who was erased, and match."""
    changed = {"signaal_ref": "W-1", "achternaam": "Adelaar", "geboortedatum": "1950-01-01"}
    home = {"postcode": "2700AB", "huisnummer": "1", "telefoon_1": "06-10000000"}
    town.deliver([town.someone(**changed, **home)], "waterbedrijf")
    town.match()


def told_again(town: Town) -> list[int]:
    """Give how many people each start erased again, newest first."""
    with town.house.store.read() as connection:
        found = query.lines(connection, query.Slice(tenant=TENANT, act=Act.SUBJECT_ERASED), 100)
    return [line.entry["n"] for line in found if line.entry.get("rsn") == RETURNED]


def leftovers(town: Town, case: CaseId, subject: str) -> dict[str, int]:
    with town.house.store.read() as connection:
        found = erasure.remaining(connection, TENANT, [case], [subject])
        found["gateway_tag"] = town.house.tags.owners(TENANT, restored.all_tags(connection, TENANT)).count(
            subject
        )
    return {name: n for name, n in found.items() if n}


def test_an_older_database_brings_nobody_back(disaster: Disaster) -> None:
    disaster.restore(DATA)
    assert disaster.rows_in_file() == 1, "the backup did bring the row back"
    with disaster.reopen() as town:
        assert leftovers(town, disaster.erased, disaster.subject) == {}
        assert told_again(town) == [1]
        same_person_again(town)
        assert read(town, disaster.kept)
    with disaster.reopen() as town:
        assert told_again(town) == [1], "what is gone is not told twice"


def set_apart(town: Town) -> list[tuple[str, int]]:
    """Give what was told of rows that were set apart and put back, oldest first."""
    return [(entry["rsn"], entry["n"]) for entry in town.log(Act.SIGNALS_SET_APART)]


def test_what_came_in_since_an_older_key_store_is_set_apart_and_the_work_goes_on(disaster: Disaster) -> None:
    disaster.restore(KEYS)
    with disaster.reopen() as town:
        assert set_apart(town) == [("sleutel_ontbreekt", 1)]
        assert warning(town.gateway).startswith("1 meldingen staan apart")
        assert read(town, disaster.kept)
        with pytest.raises(Denied):
            read(town, disaster.fresh)
        same_person_again(town)
        town.bring([town.someone()])
        assert town.state(disaster.fresh) != "ingetrokken", "nobody took it back"
        Archive(town).run()


def test_who_was_set_apart_can_be_delivered_again_and_is_matched(disaster: Disaster) -> None:
    disaster.restore(KEYS)
    with disaster.reopen() as town:
        (again,) = town.deliver([disaster.line]).results
        assert again.code.accepted
        assert town.match().opened


def test_with_the_right_key_store_back_everything_opens_again(disaster: Disaster) -> None:
    newer = (disaster.home / KEYS).read_bytes()
    disaster.restore(KEYS)
    disaster.reopen().close()
    for part in (f"{KEYS}-wal", f"{KEYS}-shm"):
        (disaster.home / part).unlink(missing_ok=True)
    (disaster.home / KEYS).write_bytes(newer)
    with disaster.reopen() as town:
        assert set_apart(town) == [("sleutel_ontbreekt", 1), ("teruggezet", 1)]
        assert warning(town.gateway) == ""
        assert read(town, disaster.fresh)


def test_the_script_of_the_page_destroys_again_what_a_backup_brought_back(disaster: Disaster) -> None:
    journal, program = disaster.folder / "journal.json", script("restore", disaster.folder)
    saved = run(program, "save", disaster.home, journal)
    assert saved.endswith(" destroyed keys on record\n")
    destroyed = len(json.loads(journal.read_text(encoding="utf-8")))
    assert destroyed >= 3
    disaster.restore(DATA)
    disaster.restore(KEYS)
    forgotten = run(program, "save", disaster.home, disaster.folder / "none.json")
    assert forgotten == "0 destroyed keys on record\n"
    assert run(program, "replay", disaster.home, journal) == f"{destroyed} keys destroyed again\n"
    with disaster.reopen() as town:
        assert leftovers(town, disaster.erased, disaster.subject) == {}


def test_without_the_replay_the_backup_would_open(disaster: Disaster) -> None:
    disaster.restore(DATA)
    disaster.restore(KEYS)
    with disaster.reopen() as town:
        town.give(disaster.erased, "sanne")
        assert read(town, disaster.erased)


def test_the_script_of_the_page_changes_the_passphrase(tmp_path: Path) -> None:
    town = an_installation(tmp_path)
    case = town.urgent_person()
    town.give(case, "sanne")
    town.close()
    old, new = PASSPHRASE.decode(), "nieuwe zin voor de kluis"
    run(script("key-loss", tmp_path), tmp_path / "sluis", typed=f"{old}\n{new}\n")
    provider = FileProvider(tmp_path / "sluis" / "root.key")
    with pytest.raises(Sealed):
        provider.unseal(PASSPHRASE)
    provider.unseal(new.encode())


def test_the_script_of_the_page_lists_what_a_member_of_staff_was_shown(tmp_path: Path) -> None:
    with an_installation(tmp_path) as town:
        case = town.urgent_person()
        town.give(case, "sanne")
        shown = json.loads(read(town, case))
        listed = run(script("wrong-disclosure", tmp_path), tmp_path / "sluis", TENANT, "sanne")
    (line,) = [line for line in listed.splitlines() if " case.read " in line]
    assert line.split()[4:6] == ["hulpverlenen", "SW01"]
    assert {"achternaam", "bedrag"} <= set(line.split()[6].split(","))
    assert shown["achternaam"] not in listed
