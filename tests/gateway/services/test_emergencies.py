"""Emergency access: at once and small, for a day, and judged by somebody else or suspended."""

import pytest

from gateway.services.casework import Casework
from gateway.services.shielding import Emergencies, Restrictions
from schemas.audit import Act
from schemas.errors import Conflict, Denied, NotFound
from schemas.help import EmergencyReason, EmergencyVerdict, Restriction
from schemas.ids import CaseId
from schemas.principal import Principal
from tests.support.installation import Town
from tests.support.social import caseload

REASON = EmergencyReason.ACUUT_GEVAAR


@pytest.fixture
def emergencies(town: Town) -> Emergencies:
    return Emergencies(town.house, town.door, town.codes)


def colleagues_case(town: Town) -> tuple[CaseId, str]:
    """A case of sanne with the reference that her team knows it by."""
    case = town.urgent_person(achternaam="Zwaan")
    return case, town.give(case, "sanne")


def officer(town: Town) -> Principal:
    return town.as_party("privacy_officer", "rosa")


def test_in_an_emergency_a_colleague_sees_who_and_where_and_no_debt(
    town: Town, emergencies: Emergencies
) -> None:
    case, ref = colleagues_case(town)
    view = emergencies.open(town.as_user("tariq"), ref, REASON).view.model_dump(exclude_unset=True)
    assert (view["achternaam"], view["dossierkenmerk"]) == ("Zwaan", ref)
    assert {"straat", "postcode", "telefoonnummers"} <= set(view)
    assert not {"bedrag", "partnernaam", "klantnummer_aanwezig"} & set(view["signalen"][0])
    (entry,) = town.log(Act.EMERGENCY_OPENED, town.subject(case))
    assert (entry["gr"], entry["dec"], entry["whyn"]) == ("SW02", "permit", 1)
    assert town.row(case)["owner"] == "sanne"
    assert caseload(town, "tariq") == []


def test_it_holds_for_a_day_and_not_for_anybody_else(town: Town, emergencies: Emergencies) -> None:
    _, ref = colleagues_case(town)
    casework = Casework(town.house, town.door, town.codes)
    emergencies.open(town.as_user("tariq"), ref, REASON)
    assert casework.read(town.as_user("tariq"), ref).decision.grant == "SW02"
    with pytest.raises(Denied):
        casework.read(town.as_user("ineke"), ref)
    town.clock.forward(hours=24)
    with pytest.raises(Denied):
        casework.read(town.as_user("tariq"), ref)


def test_the_team_leader_and_the_officer_judge_and_see_no_person(
    town: Town, emergencies: Emergencies
) -> None:
    case, ref = colleagues_case(town)
    emergencies.open(town.as_user("tariq"), ref, REASON)
    (for_leader,) = emergencies.waiting(town.as_user("ineke"))
    (for_officer,) = emergencies.waiting(officer(town))
    assert (for_leader.user, for_leader.reason) == ("tariq", REASON)
    assert for_leader.ref != for_officer.ref
    assert "Zwaan" not in repr(for_leader)
    emergencies.judge(town.as_user("ineke"), for_leader.emergency_id, EmergencyVerdict.TERECHT)
    assert emergencies.waiting(officer(town)) == []
    (entry,) = town.log(Act.EMERGENCY_REVIEWED, town.subject(case))
    assert entry["rsn"] == "terecht"
    with pytest.raises(Conflict):
        emergencies.judge(officer(town), for_leader.emergency_id, EmergencyVerdict.ONTERECHT)


def test_one_case_may_wait_for_several_judgements(town: Town, emergencies: Emergencies) -> None:
    _, ref = colleagues_case(town)
    for user in ("tariq", "ineke", "tariq"):
        emergencies.open(town.as_user(user), ref, REASON)
    waits = emergencies.waiting(officer(town))
    assert [one.user for one in waits] == ["tariq", "ineke", "tariq"]
    assert len({one.ref for one in waits}) == 1


def test_an_access_that_was_wrong_ends_at_once(town: Town, emergencies: Emergencies) -> None:
    _, ref = colleagues_case(town)
    emergencies.open(town.as_user("tariq"), ref, REASON)
    (one,) = emergencies.waiting(town.as_user("ineke"))
    emergencies.judge(town.as_user("ineke"), one.emergency_id, EmergencyVerdict.ONTERECHT)
    with pytest.raises(Denied):
        Casework(town.house, town.door, town.codes).read(town.as_user("tariq"), ref)


@pytest.mark.parametrize("user", ["tariq", "sanne", "farid"])
def test_nobody_else_judges(town: Town, emergencies: Emergencies, user: str) -> None:
    _, ref = colleagues_case(town)
    emergencies.open(town.as_user("tariq"), ref, REASON)
    with pytest.raises(Denied):
        emergencies.waiting(town.as_user(user))
    with pytest.raises(Denied):
        emergencies.judge(town.as_user(user), "f" * 32, EmergencyVerdict.TERECHT)


def test_a_leader_judges_neither_himself_nor_another_team(town: Town, emergencies: Emergencies) -> None:
    _, ref = colleagues_case(town)
    emergencies.open(town.as_user("ineke"), ref, REASON)
    assert emergencies.waiting(town.as_user("ineke")) == emergencies.waiting(town.as_user("joke")) == []
    (one,) = emergencies.waiting(officer(town))
    for leader in ("ineke", "joke"):
        with pytest.raises(NotFound):
            emergencies.judge(town.as_user(leader), one.emergency_id, EmergencyVerdict.TERECHT)


def test_who_is_not_judged_in_time_gets_no_other(town: Town, emergencies: Emergencies) -> None:
    _, ref = colleagues_case(town)
    tariq = town.as_user("tariq")
    emergencies.open(tariq, ref, REASON)
    town.clock.forward(days=1)
    emergencies.open(tariq, ref, REASON)
    town.clock.forward(days=1)
    with pytest.raises(Denied) as refused:
        emergencies.open(tariq, ref, REASON)
    assert [failing.condition for failing in refused.value.failing] == ["noodtoegang_opgeschort"]
    for one in emergencies.waiting(town.as_user("ineke")):
        emergencies.judge(town.as_user("ineke"), one.emergency_id, EmergencyVerdict.TERECHT)
    assert emergencies.open(tariq, ref, REASON).view


def test_a_weekend_gives_the_judge_time_until_monday(town: Town, emergencies: Emergencies) -> None:
    _, ref = colleagues_case(town)
    town.clock.forward(days=3)  # Friday.
    emergencies.open(town.as_user("tariq"), ref, REASON)
    town.clock.forward(days=3)
    assert emergencies.open(town.as_user("tariq"), ref, REASON).view


def test_a_restricted_case_or_somebody_one_knows_stays_closed(town: Town, emergencies: Emergencies) -> None:
    case, ref = colleagues_case(town)
    other, known = colleagues_case(town)
    restrictions, leader = Restrictions(town.house, town.door, town.codes), town.as_user("ineke")
    restrictions.restrict(leader, ref, Restriction.COLLEGA, ["sanne"])
    town.change(other, owner=None)
    restrictions.declare_conflict(town.as_user("tariq"), known)
    town.change(other, owner="sanne")
    with town.nothing_changes():
        with pytest.raises(NotFound):
            emergencies.open(town.as_user("tariq"), ref, REASON)
        with pytest.raises(Denied):
            emergencies.open(town.as_user("tariq"), known, REASON)
    assert town.log(Act.EMERGENCY_OPENED, town.subject(case)) == []


def test_a_machine_has_no_emergencies(town: Town, emergencies: Emergencies) -> None:
    _, ref = colleagues_case(town)
    with town.nothing_changes(), pytest.raises(Denied):
        emergencies.open(town.as_party("sociaal_werk"), ref, REASON)
