"""At the command line: the report of last month in files."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.services.administration import Administration
from gateway.wiring import wall_clock
from schemas.ids import PartyId, UserId
from schemas.moments import month_of
from tests.support.cli import Ran, environment, run
from tests.support.installation import PASSPHRASE, an_installation

LAST = month_of(wall_clock().replace(day=1) - timedelta(days=2))
"""The month that ended last; a verb has no clock to move."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with an_installation(tmp_path_factory.mktemp("rapport")) as town:
        by, administration = town.as_party("beheer"), Administration(town.house)
        administration.register_user(by, PartyId("management"), UserId("lex"), "afdelingshoofd")
        for case in town.bring([town.someone() for _ in range(31)]):
            town.change(case, month=LAST)
        return town.house.settings.home


def call(home: Path, *words: str | Path) -> Ran:
    given = environment(home, PASSPHRASE.decode(), SLUIS_DEMO="1")
    return run("report", "month", *words, env=given)


def test_a_report_is_written_as_pdf_tables_and_charts(home: Path, tmp_path: Path) -> None:
    told = call(home, LAST, "--user", "lex", "--out", tmp_path / "uit")
    assert (told.code, "Dossiers" in told.out) == (0, True), told.err
    names = {path.name for path in (tmp_path / "uit").iterdir()}
    assert {"maandrapport.pdf", "maandrapport.json", "trechter.csv", "trechter.svg"} <= names
    kept = json.loads((tmp_path / "uit" / "maandrapport.json").read_text())
    assert (kept["maand"], kept["lezers"]) == (LAST, "intern")


def test_the_publication_is_another_report_about_the_same_month(home: Path) -> None:
    told = call(home, LAST, "--user", "lex", "--publication", "--json").document
    assert (told["lezers"], told["ondergrens"], told["afronding"]) == ("openbaar", 10, 5)
    assert next(one["waarde"] for one in told["kerncijfers"] if one["sleutel"] == "dossiers") == 30


def test_a_month_that_runs_and_a_stranger_are_refused(home: Path) -> None:
    running = call(home, month_of(wall_clock()), "--user", "lex")
    assert (running.code, running.err) == (1, "Deze maand is nog niet voorbij\n")
    assert call(home, LAST, "--user", "olga").code == 1
    assert call(home, "november", "--user", "lex").code == 1
    assert call(home, LAST).code == 2
