"""A process that was not given a class of keys cannot read what they sealed, whatever is asked of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.settings import Settings
from schemas.audit import Act
from schemas.ids import CaseId
from tests.support.api import Api, problem
from tests.support.installation import TENANT, BusinessClock, Town, an_installation

CALLING = "contact,pseudoniem"
"""What it takes to hand out dial records."""


@pytest.fixture
def case(tmp_path: Path) -> tuple[Path, CaseId]:
    """A home with one case in a social worker's name, and somebody to call; nobody has it open."""
    with an_installation(tmp_path) as town:
        urgent = town.urgent_person()
        town.give(urgent, "sanne")
        town.person()
        return town.house.settings.home, urgent


@pytest.fixture
def limited(case: tuple[Path, CaseId]) -> Iterator[Town]:
    settings = Settings(home=case[0], tenant=TENANT, demo=True, key_classes=CALLING)
    with Town(settings, BusinessClock()) as town:
        yield town


def test_what_the_loaded_classes_open_is_answered(limited: Town) -> None:
    (record,) = Api(limited).post(limited.as_user("farid"), "/belrecords/_lease", {}).json()["belrecords"]
    assert record["achternaam"]


def test_what_needs_another_class_is_a_clear_503_and_nothing_is_shown(
    case: tuple[Path, CaseId], limited: Town
) -> None:
    sanne = limited.as_user("sanne")
    answer = Api(limited).get(sanne, f"/dossiers/{limited.ref(sanne, case[1])}")
    assert problem(answer) == (503, "klasse_niet_geladen")
    assert "laadt de klasse" in answer.json()["detail"]
    assert "achternaam" not in answer.text


def test_what_seals_needs_its_class_too(limited: Town) -> None:
    answer = Api(limited).post(limited.as_party("woonstichting"), "/leveringen", [limited.someone()])
    assert problem(answer) == (503, "klasse_niet_geladen")


def test_which_classes_were_loaded_stands_in_the_log_with_the_settings(limited: Town) -> None:
    assert limited.house.settings.in_force()["key_classes"] == CALLING
    assert limited.log(Act.POLICY_LOADED)


@pytest.mark.parametrize("text", ["alles", "contact,", "contact;zoeken", "tekenen", " contact"])
def test_a_class_that_does_not_exist_is_no_setting(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValidationError):
        Settings(home=tmp_path, key_classes=text)
