"""At the command line: dial records to a file for their owner alone, results back with an answer to every line."""

import os
import stat
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import dial
from gateway.services.dialling import Dialling
from schemas.ids import ClientId
from schemas.moments import AMSTERDAM
from tests.support.cli import Ran, environment
from tests.support.installation import an_installation

app = typer.Typer()
app.callback()(lambda: None)
dial.add_to(app)

TALK = "4-3-2025 10:05"


def call(home: Path, *words: str | Path) -> Ran:
    """Run a verb in this process."""
    own = environment(home, SLUIS_DEMO="1")
    env = {name: own.get(name) for name in {*own, *os.environ} if name.startswith("SLUIS_")}
    done = CliRunner(env=env).invoke(app, ["dial", *map(str, words)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def leased(tmp_path: Path) -> tuple[Path, list[str]]:
    """An installation with two dial records, taken at this command line some time ago."""
    with an_installation(tmp_path) as town:
        town.bring([town.someone() for _ in range(2)])
        town.clock.at = datetime(2025, 3, 4, 10, 0, tzinfo=AMSTERDAM)
        farid = replace(town.as_user("farid"), client=ClientId("opdrachtregel"))
        records = Dialling(town.house, town.door, town.codes).lease(farid, 2)
    return town.house.settings.home, [record.ref for record in records]


def results(folder: Path, *lines: str) -> Path:
    file = folder / "uitkomsten.csv"
    file.write_text("\r\n".join(["ref;tijdstip;uitkomst", *lines, ""]), encoding="utf-8")
    return file


def test_results_come_in_line_by_line_and_a_second_time_change_nothing(
    leased: tuple[Path, list[str]], tmp_path: Path
) -> None:
    home, (first, second) = leased
    file = results(tmp_path, f"{first};{TALK};voicemail", f"{second};{TALK};niet_opgenomen")
    ran = call(home, "results", file, "--user", "farid", "--json")
    assert ran.code == 0, ran.err
    assert ran.document["vastgelegd"] == 2
    again = call(home, "results", file, "--user", "farid")
    assert (again.code, again.out) == (0, "0 van 2 regels vastgelegd\n")


def test_a_refused_line_is_the_answer_no_and_the_others_are_kept(
    leased: tuple[Path, list[str]], tmp_path: Path
) -> None:
    home, (first, second) = leased
    file = results(tmp_path, f"{first};{TALK};voicemail", f"{second};5-3-2025 10:05;voicemail")
    ran = call(home, "results", file, "--user", "farid")
    assert ran.code == 1
    assert ran.out == "1 van 2 regels vastgelegd\n"
    assert ran.err.startswith("regel 2: E_STAND")


def test_a_file_of_dial_records_is_whole_and_for_its_owner_alone_or_not_there(
    leased: tuple[Path, list[str]], tmp_path: Path
) -> None:
    """Whether it is calling time when this test runs is not ours to say: both answers must be whole."""
    target = tmp_path / "bellen.csv"
    ran = call(leased[0], "lease", target, "--user", "noor")
    assert (ran.code, target.exists()) in {(0, True), (1, False)}
    if target.exists():
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert target.read_bytes().startswith(b"ref;aanhef;")
    else:
        assert "geen beltijd" in ran.err


def test_a_file_that_is_there_stays_as_it_is(leased: tuple[Path, list[str]], tmp_path: Path) -> None:
    target = tmp_path / "bellen.csv"
    target.write_text("van gisteren", encoding="utf-8")
    assert call(leased[0], "lease", target, "--user", "noor").code == 2
    assert target.read_text(encoding="utf-8") == "van gisteren"


def test_nobody_but_the_call_center_works_by_file(leased: tuple[Path, list[str]], tmp_path: Path) -> None:
    home, (first, _) = leased
    file = results(tmp_path, f"{first};{TALK};voicemail")
    assert call(home, "results", file, "--user", "sanne").code == 1
