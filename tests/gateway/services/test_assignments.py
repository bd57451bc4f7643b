"""Who is responsible for a case, and who may decide that."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from gateway.services.assignments import LONGEST_ABSENCE, Absence, Assignments
from gateway.services.casework import Casework
from schemas.audit import Act
from schemas.errors import Conflict, Denied, Invalid, NotFound
from schemas.help import Handing
from schemas.ids import CaseId
from tests.support.installation import STAFF, START, Town
from tests.support.social import caseload, waiting

TODAY = START.date()
VERDELING = Handing.VERDELING


@pytest.fixture
def assignments(town: Town) -> Assignments:
    return Assignments(town.house, town.door, town.codes)


def leader_ref(town: Town, case: CaseId) -> str:
    return town.ref(town.as_user("ineke"), case)


def test_a_team_leader_gives_a_case_and_the_social_worker_may_read_it(
    town: Town, assignments: Assignments
) -> None:
    case = town.urgent_person()
    ref = leader_ref(town, case)
    assignments.assign(town.as_user("ineke"), ref, "sanne", VERDELING)
    assert town.row(case)["owner"] == "sanne"
    assert Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref).view
    entry = town.log(Act.CASE_ASSIGNED, town.subject(case))[-1]
    assert (entry["rsn"], entry["pur"], entry["dec"]) == ("verdeling", "hulpverlenen", "permit")


def test_the_municipality_may_divide_too(town: Town, assignments: Assignments) -> None:
    case = town.urgent_person()
    asker = town.as_user("olga")
    assignments.assign(asker, town.ref(asker, case, "matchen"), "bram", VERDELING)
    assert town.row(case)["owner"] == "bram"
    assert town.log(Act.CASE_ASSIGNED)[-1]["pur"] == "matchen"


def test_a_case_has_one_social_worker_at_a_time_and_remembers_the_earlier_ones(
    town: Town, assignments: Assignments
) -> None:
    case = town.urgent_person()
    ref, asker = leader_ref(town, case), town.as_user("ineke")
    assignments.assign(asker, ref, "sanne", VERDELING)
    town.clock.forward(days=1)
    assignments.assign(asker, ref, "tariq", Handing.OVERNAME)
    first, second = town.assignments(case)
    assert (first["user_id"], first["until_at"]) == ("sanne", second["from_at"])
    assert (second["user_id"], second["until_at"], second["reason"]) == ("tariq", None, "overname")
    assert second["assigned_by"] == "ineke"


def test_after_a_case_was_given_away_the_earlier_owner_sees_it_no_more(
    town: Town, assignments: Assignments
) -> None:
    ref, asker = leader_ref(town, town.urgent_person()), town.as_user("ineke")
    assignments.assign(asker, ref, "sanne", VERDELING)
    assignments.assign(asker, ref, "tariq", Handing.WERKLAST)
    with pytest.raises(Denied):
        Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref)


def test_a_released_case_waits_for_the_team_again(town: Town, assignments: Assignments) -> None:
    case = town.urgent_person()
    ref, asker = leader_ref(town, case), town.as_user("ineke")
    assignments.assign(asker, ref, "sanne", VERDELING)
    assignments.release(asker, ref)
    assert town.row(case)["owner"] is None
    assert all(row["until_at"] is not None for row in town.assignments(case))
    lines = waiting(town)
    assert [line.ref for line in lines] == [ref]
    assert town.log(Act.CASE_ASSIGNED)[-1]["rsn"] == "teruggegeven"


@pytest.mark.parametrize("user", ["sanne", "farid"])
def test_nobody_gives_a_case_to_himself(town: Town, assignments: Assignments, user: str) -> None:
    case = town.urgent_person()
    asker = town.as_user(user)
    ref = town.ref(asker, case)
    absence = Absence(user, "tariq", TODAY, TODAY)
    tries = [
        lambda: assignments.assign(asker, ref, user, VERDELING),
        lambda: assignments.release(asker, ref),
        lambda: assignments.record_absence(asker, absence),
    ]
    for attempt in tries:
        with town.nothing_changes(), pytest.raises(Denied) as refused:
            attempt()
        assert refused.value.failing[0].condition == "rol_teamleider"
    assert [entry["rsn"] for entry in town.log(Act.ACCESS_DENIED)] == ["rol_teamleider"] * 3


def test_the_role_of_team_leader_counts_in_the_own_party_alone(town: Town, assignments: Assignments) -> None:
    ref = town.ref(town.as_party("callcenter"), town.urgent_person(), "bellen")
    posing = replace(town.as_user("ineke"), party=town.as_party("callcenter").party)
    machine = town.as_party("sociaal_werk")
    for asker in (posing, machine):
        with pytest.raises(Denied):
            assignments.assign(asker, ref, "sanne", VERDELING)


@pytest.mark.parametrize("user", ["niemand", "farid", "olga", "bram", ""])
def test_a_case_goes_to_an_active_colleague_of_the_own_team(
    town: Town, assignments: Assignments, user: str
) -> None:
    ref = leader_ref(town, town.urgent_person())
    with town.nothing_changes(), pytest.raises(Invalid) as wrong:
        assignments.assign(town.as_user("ineke"), ref, user, VERDELING)
    assert [(p.veld, p.code) for p in wrong.value.fields] == [("medewerker", "onbekend")]
    assert user == "" or user not in str(wrong.value)


@pytest.mark.parametrize("way", ["person", "letter_person"])
def test_a_case_that_is_not_with_social_work_is_not_given_to_it(
    town: Town, assignments: Assignments, way: str
) -> None:
    ref = leader_ref(town, getattr(town, way)())
    with pytest.raises(Conflict) as refused:
        assignments.assign(town.as_user("ineke"), ref, "sanne", VERDELING)
    assert refused.value.code == "niet_bij_sociaal_werk"


def test_giving_a_case_twice_or_releasing_what_nobody_has_is_a_conflict(
    town: Town, assignments: Assignments
) -> None:
    ref, asker = leader_ref(town, town.urgent_person()), town.as_user("ineke")
    with pytest.raises(Conflict) as nobody:
        assignments.release(asker, ref)
    assignments.assign(asker, ref, "sanne", VERDELING)
    with pytest.raises(Conflict) as again:
        assignments.assign(asker, ref, "sanne", VERDELING)
    assert (nobody.value.code, again.value.code) == ("niet_toegewezen", "al_toegewezen")


def test_of_two_who_divide_at_once_one_hears_that_the_case_moved(town: Town) -> None:
    case = town.urgent_person()
    ref, asker = leader_ref(town, case), town.as_user("ineke")
    calm = Assignments(town.house, town.door, town.codes)
    parts = town.jostled(lambda: calm.assign(asker, ref, "tariq", VERDELING))
    with pytest.raises(Conflict):
        Assignments(*parts).assign(asker, ref, "sanne", VERDELING)
    assert town.row(case)["owner"] == "tariq"
    assert len(town.assignments(case)) == 1
    assert len(town.log(Act.CASE_ASSIGNED)) == 1


def test_an_unknown_reference_is_not_found(town: Town, assignments: Assignments) -> None:
    with pytest.raises(NotFound):
        assignments.assign(town.as_user("ineke"), "7K3P-9QX2-C", "sanne", VERDELING)


def test_who_stands_in_reads_from_the_first_day_to_the_last(town: Town, assignments: Assignments) -> None:
    ref, asker = leader_ref(town, town.urgent_person()), town.as_user("ineke")
    assignments.assign(asker, ref, "sanne", VERDELING)
    tomorrow = TODAY + timedelta(days=1)
    assignments.record_absence(asker, Absence("sanne", "tariq", tomorrow, tomorrow))
    may = []
    for hours in (0, 13, 1, 12, 11, 1):
        town.clock.forward(hours=hours)
        may.append(bool(caseload(town, "tariq")))
    # Tuesday 10:00 and 23:00, Wednesday 00:00, 12:00 and 23:00, Thursday 00:00.
    assert may == [False, False, True, True, True, False]
    assert town.log(Act.ABSENCE_RECORDED)[-1]["dec"] == "permit"


def test_the_absent_colleague_keeps_the_own_caseload(town: Town, assignments: Assignments) -> None:
    ref, asker = leader_ref(town, town.urgent_person()), town.as_user("ineke")
    assignments.assign(asker, ref, "sanne", VERDELING)
    assignments.record_absence(asker, Absence("sanne", "tariq", TODAY, TODAY))
    assert Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref).view


@pytest.mark.parametrize(
    ("user", "replacement", "field"),
    [
        ("niemand", "tariq", "medewerker"),
        ("sanne", "niemand", "vervanger"),
        ("sanne", "sanne", "vervanger"),
        ("sanne", "bram", "vervanger"),
        ("sanne", "farid", "vervanger"),
        ("bram", "tariq", "medewerker"),
    ],
)
def test_only_colleagues_of_one_team_stand_in(
    town: Town, assignments: Assignments, user: str, replacement: str, field: str
) -> None:
    with town.nothing_changes(), pytest.raises(Invalid) as wrong:
        assignments.record_absence(town.as_user("ineke"), Absence(user, replacement, TODAY, TODAY))
    assert [problem.veld for problem in wrong.value.fields] == [field]


def test_the_municipality_lets_stand_in_within_a_team_only(town: Town, assignments: Assignments) -> None:
    asker = town.as_user("olga")
    assert assignments.record_absence(asker, Absence("bram", "joke", TODAY, TODAY))
    with pytest.raises(Invalid):
        assignments.record_absence(asker, Absence("bram", "sanne", TODAY, TODAY))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (TODAY, TODAY - timedelta(days=1)),
        (TODAY - timedelta(days=3), TODAY - timedelta(days=1)),
        (TODAY, TODAY + LONGEST_ABSENCE + timedelta(days=1)),
    ],
    ids=["the wrong way round", "over already", "for ever"],
)
def test_an_absence_is_a_period_that_makes_sense(
    town: Town, assignments: Assignments, first: date, last: date
) -> None:
    with pytest.raises(Invalid) as wrong:
        assignments.record_absence(town.as_user("ineke"), Absence("sanne", "tariq", first, last))
    assert [problem.code for problem in wrong.value.fields] == ["periode"]


_REACHABLE = {
    "olga": {"ineke", "sanne", "tariq", "bram", "joke"},
    "ineke": {"ineke", "sanne", "tariq"},
    "joke": {"bram", "joke"},
    # A leader gives within the team, the municipality to any team, nobody else at all.
    "farid": set(),
    "noor": set(),
    "sanne": set(),
    "tariq": set(),
    "bram": set(),
}


def test_the_cast_gives_as_the_rule_says(town: Town, assignments: Assignments) -> None:
    case = town.urgent_person()
    for giver, reachable in _REACHABLE.items():
        asker = town.as_user(giver)
        ref = town.ref(asker, case, "matchen" if giver == "olga" else "hulpverlenen")
        given_to = set()
        for getter in STAFF:
            town.change(case, owner=None)
            try:
                assignments.assign(asker, ref, getter, VERDELING)
            except (Denied, Invalid):
                continue
            given_to.add(getter)
        assert given_to == reachable


# --- Teams -----------------------------------------------------------------------------------------------------------


def test_a_case_that_is_allotted_to_a_team_waits_in_its_basket_alone(
    town: Town, assignments: Assignments
) -> None:
    case, olga = town.urgent_person(), town.as_user("olga")
    assert len(waiting(town, "sanne")) == len(waiting(town, "bram")) == 1
    assignments.allot(olga, town.ref(olga, case, "matchen"), "buurtteam", VERDELING)
    assert (waiting(town, "sanne"), len(waiting(town, "bram"))) == ([], 1)
    with pytest.raises(Denied):
        Casework(town.house, town.door, town.codes).read(
            town.as_user("sanne"), town.ref(town.as_user("sanne"), case)
        )
    assert town.log(Act.CASE_ASSIGNED, town.subject(case))[-1]["rsn"] == "verdeling"


def test_a_case_goes_over_to_another_team_and_leaves_its_worker(town: Town, assignments: Assignments) -> None:
    case, leader = town.urgent_person(), town.as_user("ineke")
    assignments.assign(leader, town.ref(leader, case), "sanne", VERDELING)
    assert town.row(case)["team"] == "wijkteam"
    assignments.allot(leader, town.ref(leader, case), "buurtteam", Handing.OVERNAME)
    assert (town.row(case)["owner"], caseload(town, "sanne")) == (None, [])
    assert [row["until_at"] is not None for row in town.assignments(case)] == [True]


def test_what_a_worker_gives_back_waits_for_the_own_team(town: Town, assignments: Assignments) -> None:
    case, leader = town.urgent_person(), town.as_user("ineke")
    ref = town.ref(leader, case)
    assignments.assign(leader, ref, "sanne", VERDELING)
    assignments.release(leader, ref)
    assert (len(waiting(town, "tariq")), waiting(town, "bram")) == (1, [])


def test_only_a_team_of_social_work_gets_cases_and_each_once(town: Town, assignments: Assignments) -> None:
    case, leader = town.urgent_person(), town.as_user("ineke")
    ref = town.ref(leader, case)
    for team in ("belteam", "niemand", ""):
        with pytest.raises(Invalid):
            assignments.allot(leader, ref, team, VERDELING)
    assignments.allot(leader, ref, "wijkteam", VERDELING)
    with pytest.raises(Conflict):
        assignments.allot(leader, ref, "wijkteam", VERDELING)


def test_a_member_of_a_team_allots_nothing(town: Town, assignments: Assignments) -> None:
    case, asker = town.urgent_person(), town.as_user("sanne")
    ref = town.ref(asker, case)
    with town.nothing_changes(), pytest.raises(Denied):
        assignments.allot(asker, ref, "buurtteam", VERDELING)
