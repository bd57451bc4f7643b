"""Legal holds: placed and lifted by the privacy officer, one entry each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.audit import Act
from schemas.errors import Conflict, NotFound
from schemas.retention import HoldReason
from tests.support.erasure import Archive
from tests.support.installation import Town, an_installation


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


@pytest.fixture
def archive(town: Town) -> Archive:
    return Archive(town)


def test_placing_and_lifting_a_hold_is_told_to_the_resident(town: Town, archive: Archive) -> None:
    case = town.person()
    ref = town.ref(archive.rosa, case, "toezien")
    hold = archive.holds.place(archive.rosa, ref, HoldReason.VERZOEK)
    assert [(h.hold_id, h.reason) for h in archive.holds.standing(archive.rosa, ref)] == [
        (hold.hold_id, HoldReason.VERZOEK)
    ]
    archive.holds.lift(archive.rosa, hold.hold_id)
    assert archive.holds.standing(archive.rosa, ref) == []
    told = [entry["act"] for entry in town.log(subject=town.subject(case))]
    assert told[-4:] == ["hold.placed", "case.listed", "hold.lifted", "case.listed"]
    assert town.log(Act.HOLD_PLACED)[-1]["rsn"] == "verzoek_van_betrokkene"


def test_holds_add_up_and_each_is_lifted_apart(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    ref = town.ref(archive.rosa, case, "toezien")
    first = archive.holds.place(archive.rosa, ref, HoldReason.KLACHT)
    archive.holds.place(archive.rosa, ref, HoldReason.TOEZICHT)
    archive.holds.lift(archive.rosa, first.hold_id)
    town.clock.forward(days=190)
    assert archive.plans.plan(archive.rosa).held == 1


def test_a_hold_is_lifted_once(town: Town, archive: Archive) -> None:
    ref = town.ref(archive.rosa, town.person(), "toezien")
    hold = archive.holds.place(archive.rosa, ref, HoldReason.KLACHT)
    archive.holds.lift(archive.rosa, hold.hold_id)
    with pytest.raises(Conflict):
        archive.holds.lift(archive.rosa, hold.hold_id)


def test_a_hold_needs_a_case_that_the_officer_knows(town: Town, archive: Archive) -> None:
    stranger = town.ref(town.as_user("olga"), town.person(), "matchen")
    with pytest.raises(NotFound):
        archive.holds.place(archive.rosa, stranger, HoldReason.KLACHT)
    with pytest.raises(NotFound):
        archive.holds.lift(archive.rosa, "0" * 32)


def test_an_erasure_that_has_just_read_a_case_sees_the_hold(town: Town, archive: Archive) -> None:
    case = town.person()
    before = town.row(case)["version"]
    archive.holds.place(archive.rosa, town.ref(archive.rosa, case, "toezien"), HoldReason.KLACHT)
    assert town.row(case)["version"] == before + 1
