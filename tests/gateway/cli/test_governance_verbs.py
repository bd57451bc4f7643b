"""At the command line: a month closed by two members of staff, and erasing under a recorded decision."""

import os
from datetime import datetime
from pathlib import Path

import pytest
import typer
from jose import jws
from typer.testing import CliRunner

from gateway.cli import monthend, retention
from gateway.services.administration import Administration
from schemas.ids import CaseId, PartyId, UserId
from schemas.moments import AMSTERDAM, millis
from tests.support.cli import Ran, environment
from tests.support.erasure import Archive
from tests.support.installation import Town, an_installation

LONG_AGO = millis(datetime(2025, 3, 4, 10, 0, tzinfo=AMSTERDAM))
UNKNOWN = "0" * 32

app = typer.Typer()
monthend.add_to(app)
retention.add_to(app)


def call(*words: str | Path, home: Path) -> Ran:
    """Run a verb in this process."""
    own = environment(home, SLUIS_DEMO="1")
    env = {name: own.get(name) for name in {*own, *os.environ} if name.startswith("SLUIS_")}
    done = CliRunner(env=env).invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


def staffed(town: Town) -> None:
    by, administration = town.as_party("beheer"), Administration(town.house)
    administration.register_user(by, PartyId("gemeente"), UserId("piet"), "coordinator")
    administration.register_user(by, PartyId("privacy"), UserId("rosa"), "privacy_officer")


@pytest.fixture
def month(tmp_path: Path) -> Path:
    """An installation with a month, long ago, in which one refused and one was never called."""
    with an_installation(tmp_path) as town:
        staffed(town)
        for case in (Archive(town).refused_case(), town.person()):
            town.change(case, month="2025-03")
    return town.house.settings.home


@pytest.fixture
def ended(tmp_path: Path) -> tuple[Path, CaseId]:
    """An installation with a case that was closed long ago."""
    with an_installation(tmp_path) as town:
        staffed(town)
        case = Archive(town).ended_case()
        town.change(case, closed_at=LONG_AGO)
    return town.house.settings.home, case


def test_two_members_of_staff_close_a_month_and_take_it_back(month: Path) -> None:
    planned = call("month-end", "plan", "--user", "olga", "--json", home=month)
    assert (planned.code, planned.document["stand"]) == (0, "gepland")
    assert planned.document["groepen"] == {
        "eerst_brief": {"niet_gebeld": 1}, "sluiten": {"regelt_het_zelf": 1},
    }  # fmt: skip
    plan = planned.document["maandafsluitingId"]
    alone = call("month-end", "run", plan, "--user", "olga", home=month)
    assert (alone.code, alone.out) == (1, "")
    assert "Een ander dan wie het plan maakte" in alone.err
    done = call("month-end", "run", plan, "--user", "piet", "--json", home=month)
    assert (done.code, done.document["afgehandeld"]) == (0, {"gedaan": 2})
    undone = call("month-end", "undo", plan, "--user", "olga", home=month)
    assert (undone.code, "teruggedraaid" in undone.out, "hersteld" in undone.out) == (0, True, True)
    assert call("month-end", "undo", plan, "--user", "olga", home=month).code == 1


def test_a_plan_for_people_says_why(month: Path) -> None:
    told = call("month-end", "plan", "--month", "2025-03", "--user", "olga", home=month)
    assert told.code == 0
    assert "niet_gebeld" in told.out
    assert "minder dan zeven pogingen: gesproken" in told.out


@pytest.mark.parametrize("user", ["sanne", "rosa", "niemand"])
def test_only_staff_of_the_municipality_closes_a_month(month: Path, user: str) -> None:
    told = call("month-end", "plan", "--user", user, home=month)
    assert (told.code, told.out) == (1, "")


def test_a_month_end_is_nobodys_without_a_name(month: Path) -> None:
    assert call("month-end", "plan", home=month).code == 2
    assert call("month-end", "run", UNKNOWN, "--user", "olga", home=month).code == 1
    assert call("month-end", "plan", "--month", "2025-13", "--user", "olga", home=month).code == 1


def test_without_a_decision_retention_plans_and_does_not_run(ended: tuple[Path, CaseId]) -> None:
    home, _ = ended
    planned = call("retention", "plan", "--json", home=home)
    assert (planned.code, planned.document["besloten"]) == (0, False)
    assert planned.document["aantallen"] == {"zonder_hulp": 1}
    refused = call("retention", "run", home=home)
    assert (refused.code, refused.out) == (1, "")
    assert "nog geen besluit" in refused.err


def test_with_a_decision_retention_erases_and_writes_the_certificate(
    ended: tuple[Path, CaseId], tmp_path: Path
) -> None:
    home, case = ended
    decided = call("retention", "decide", "--reference", "Besluit 2025-1", "--user", "rosa", home=home)
    assert decided.code == 0
    listed = call("retention", "plan", "--user", "rosa", "--json", home=home).document["teWissen"]
    assert [line["uitkomst"] for line in listed] == ["zonder_hulp"]
    done = call("retention", "run", "--certificate", tmp_path / "verklaring.jws", "--json", home=home)
    assert (done.code, done.document["gewist"]["dossiers"]) == (0, 1)
    written = (tmp_path / "verklaring.jws").read_text().strip()
    assert jws.get_unverified_header(written)["typ"] == "sluis-erasure+jwt"
    assert case.encode() not in (home / "sluis.db").read_bytes()
    again = call("retention", "run", done.document["bewaarplanId"], home=home)
    assert (again.code, "al uitgevoerd" in again.err) == (1, True)
    people = call("retention", "plan", home=home)
    assert "vastgehouden" in people.out


def test_own_terms_are_read_from_a_file(ended: tuple[Path, CaseId], tmp_path: Path) -> None:
    home, _ = ended
    terms = tmp_path / "termijnen.json"
    terms.write_text('{"zonderHulpMaanden": 60}')
    words = ("retention", "decide", "--reference", "Besluit 2025-1", "--user", "rosa", "--terms")
    assert call(*words, terms, home=home).code == 0
    assert call("retention", "plan", "--json", home=home).document["aantallen"] == {}
    terms.write_text('{"altijd": 1}')
    wrong = call(*words, terms, home=home)
    assert (wrong.code, "altijd" in wrong.err) == (2, True)


def test_only_a_privacy_officer_records_a_decision(ended: tuple[Path, CaseId]) -> None:
    home, _ = ended
    refused = call("retention", "decide", "--reference", "Besluit 1", "--user", "olga", home=home)
    assert (refused.code, refused.out) == (1, "")
