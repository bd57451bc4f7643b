"""A help request waits, is seen by the team without a person, and is taken over by one social worker."""

from datetime import timedelta

import pytest

from gateway.services.handover import Handovers, Helping
from schemas.audit import Act
from schemas.call import Outcome
from schemas.errors import Conflict, Denied, NotFound
from schemas.help import Channel
from schemas.ids import CaseId
from schemas.moments import millis
from tests.support.installation import START, Town


@pytest.fixture
def handovers(town: Town) -> Handovers:
    return Handovers(town.house, town.door, town.codes)


def team_ref(town: Town, case: CaseId) -> str:
    return town.ref(town.as_user("sanne"), case)


def test_the_list_shows_reference_and_clock_and_nobody(town: Town, handovers: Handovers) -> None:
    case = town.help_request(achternaam="Zwaan")
    (request,) = handovers.waiting(town.as_user("sanne"))
    assert request.ref == team_ref(town, case)
    assert request.requested_at == millis(START)
    assert request.first_talk_due == millis(START + timedelta(days=28))
    assert (request.threatening, request.verified) == (False, True)
    assert b"Zwaan" not in request.shown.body
    assert b"post" not in request.shown.body
    assert set(request.shown.view.model_dump(exclude_unset=True)) == {
        "dossierkenmerk",
        "categorie",
        "route",
        "samenloop",
        "overdracht",
        "termijnen",
        "signalen",
    }


def test_the_list_opens_nothing_and_tells_the_log_of_every_subject(town: Town, handovers: Handovers) -> None:
    cases = [town.help_request() for _ in range(2)]
    handovers.waiting(town.as_user("sanne"))
    for case in cases:
        (entry,) = town.log(Act.CASE_LISTED, town.subject(case))
        assert entry["gr"] == "SW03"
        assert "seal" not in entry


def test_the_shortest_clock_comes_first(town: Town, handovers: Handovers) -> None:
    asked = []
    for _ in range(3):
        asked.append(town.help_request())
        town.clock.forward(hours=3)
    asker = town.as_user("sanne")
    assert [request.ref for request in handovers.waiting(asker)] == [town.ref(asker, case) for case in asked]


def test_a_caller_who_was_not_verified_is_marked(town: Town, handovers: Handovers) -> None:
    town.person()
    town.call(Outcome.HULPVRAAG, verified=False)
    assert [request.verified for request in handovers.waiting(town.as_user("sanne"))] == [False]


def test_who_takes_a_request_over_sees_the_case_with_what_was_said(town: Town, handovers: Handovers) -> None:
    case = town.help_request(achternaam="Zwaan")
    shown = handovers.acknowledge(town.as_user("sanne"), team_ref(town, case))
    view = shown.view.model_dump(exclude_unset=True)
    assert (view["achternaam"], view["beste_moment"]) == ("Zwaan", "na zessen")
    assert view["omschrijving"] == "Wil graag hulp met de post"
    assert view["telefoonnummers"]


def test_the_request_is_then_in_one_name_with_its_moment(town: Town, handovers: Handovers) -> None:
    case = town.help_request()
    town.clock.forward(hours=2)
    handovers.acknowledge(town.as_user("sanne"), team_ref(town, case))
    row, asked = town.row(case), town.handover(case)
    assert (row["state"], row["owner"]) == ("overgedragen", "sanne")
    assert (asked["acknowledged_by"], asked["acknowledged_at"]) == ("sanne", town.house.now_ms())
    (assigned,) = town.assignments(case)
    assert (assigned["user_id"], assigned["reason"]) == ("sanne", "hulpvraag")
    assert handovers.waiting(town.as_user("tariq")) == []


def test_taking_over_and_seeing_are_one_commit_in_the_log(town: Town, handovers: Handovers) -> None:
    case = town.help_request()
    shown = handovers.acknowledge(town.as_user("sanne"), team_ref(town, case))
    log = town.log()
    assert [entry["act"] for entry in log[-3:]] == ["case.read", "handover.acknowledged", "case.transition"]
    assert log[shown.entry.index]["act"] == "case.read"
    assert log[shown.entry.index]["gr"] == "SW01"
    assert log[-1]["rsn"] == "overgedragen"


def test_a_colleague_is_too_late(town: Town, handovers: Handovers) -> None:
    case = town.help_request()
    ref = team_ref(town, case)
    handovers.acknowledge(town.as_user("sanne"), ref)
    with pytest.raises(Denied) as refused:
        handovers.acknowledge(town.as_user("tariq"), ref)
    assert refused.value.failing[0].condition == "toegewezen"
    assert town.row(case)["owner"] == "sanne"


def test_of_two_at_once_one_gets_the_request_and_the_other_sees_nothing(town: Town) -> None:
    case = town.help_request()
    ref = team_ref(town, case)
    calm = Handovers(town.house, town.door, town.codes)
    parts = town.jostled(lambda: calm.acknowledge(town.as_user("tariq"), ref))
    with pytest.raises(Conflict):
        Handovers(*parts).acknowledge(town.as_user("sanne"), ref)
    assert town.row(case)["owner"] == "tariq"
    assert len(town.log(Act.CASE_READ)) == 1
    assert len(town.log(Act.HANDOVER_ACKNOWLEDGED)) == 1


def test_taking_over_what_the_team_leader_gave_keeps_one_assignment(town: Town, handovers: Handovers) -> None:
    case = town.help_request()
    ref = town.give(case, "sanne")
    assert handovers.waiting(town.as_user("sanne")) == []
    handovers.acknowledge(town.as_user("sanne"), ref)
    assert town.state(case) == "overgedragen"
    assert len(town.assignments(case)) == 1


def test_a_request_given_to_a_colleague_is_not_anybodys(town: Town, handovers: Handovers) -> None:
    case = town.help_request()
    ref = town.give(case, "tariq")
    with town.nothing_changes(), pytest.raises(Denied):
        handovers.acknowledge(town.as_user("sanne"), ref)
    assert town.log(Act.ACCESS_DENIED, town.subject(case))[-1]["rsn"] == "toegewezen"


def test_taking_over_twice_is_a_conflict(town: Town, handovers: Handovers) -> None:
    ref = team_ref(town, town.help_request())
    handovers.acknowledge(town.as_user("sanne"), ref)
    with pytest.raises(Conflict) as again:
        handovers.acknowledge(town.as_user("sanne"), ref)
    assert again.value.code == "overgang_onmogelijk"


def test_where_nobody_asked_there_is_nothing_to_take_over(town: Town, handovers: Handovers) -> None:
    with pytest.raises(Conflict) as nothing:
        handovers.acknowledge(town.as_user("sanne"), team_ref(town, town.urgent_person()))
    assert nothing.value.code == "geen_hulpvraag"


def test_a_machine_without_a_person_takes_nothing_over(town: Town, handovers: Handovers) -> None:
    ref = team_ref(town, town.help_request())
    with town.nothing_changes(), pytest.raises(Denied):
        handovers.acknowledge(town.as_party("sociaal_werk"), ref)


@pytest.mark.parametrize("user", ["farid", "olga"])
def test_who_does_not_help_sees_no_requests_and_takes_none(
    town: Town, handovers: Handovers, user: str
) -> None:
    case, asker = town.help_request(), town.as_user(user)
    assert handovers.waiting(asker) == []
    with pytest.raises(Denied):
        handovers.acknowledge(asker, town.ref(asker, case))
    assert town.state(case) == "hulp_gevraagd"


def test_an_unknown_reference_is_not_found(town: Town, handovers: Handovers) -> None:
    with pytest.raises(NotFound):
        handovers.acknowledge(town.as_user("sanne"), "7K3P-9QX2-C")


def test_readers_who_race_to_remember_a_reference_both_succeed(town: Town) -> None:
    case, asker = town.help_request(), town.as_user("sanne")
    parts = town.jostled(lambda: town.ref(asker, case))
    assert [request.ref for request in Handovers(*parts).waiting(asker)] == [town.ref(asker, case)]


def test_a_second_social_work_team_sees_the_request_under_a_reference_of_its_own(
    town: Town, handovers: Handovers
) -> None:
    town.help_request()
    (one,) = handovers.waiting(town.as_user("sanne"))
    (other,) = handovers.waiting(town.as_user("bram"))
    assert one.ref != other.ref


# --- The warm card ---------------------------------------------------------------------------------------------------

CALLED = {
    "datum": "2026-11-03",
    "dagdeel": "ochtend",
    "via": "callcenter",
    "geverifieerd": True,
    "geinformeerd": True,
    "tips": False,
    "dreigend": False,
}


def test_the_card_tells_the_team_how_the_request_came_in_and_nothing_that_was_said(
    town: Town, handovers: Handovers
) -> None:
    case = town.help_request(achternaam="Zwaan")
    shown = handovers.card(town.as_user("sanne"), team_ref(town, case))
    view = shown.view.model_dump(exclude_unset=True)
    (card,) = view["overdracht"]
    assert card.pop("script").startswith("eerste_aanbod@")
    assert card == CALLED
    assert not {"beste_moment", "omschrijving", "achternaam", "telefoonnummers"} & set(view)
    entry = town.log(Act.CASE_READ, town.subject(case))[-1]
    assert entry["gr"] == "SW03"
    assert "seal" not in entry


def test_the_card_tells_who_took_it_over_what_was_said_and_still_no_debt(
    town: Town, handovers: Handovers
) -> None:
    case = town.help_request(achternaam="Zwaan")
    ref = team_ref(town, case)
    handovers.acknowledge(town.as_user("sanne"), ref)
    shown = handovers.card(town.as_user("sanne"), ref)
    view = shown.view.model_dump(exclude_unset=True)
    assert (view["beste_moment"], view["omschrijving"]) == ("na zessen", "Wil graag hulp met de post")
    assert [attempt["bereikt"] for attempt in view["pogingen"]] == [True]
    assert not {"achternaam", "bedrag"} & set(view)
    assert b"bedrag" not in shown.body
    assert {term["termijn"] for term in view["termijnen"]} >= {"eerste_gesprek"}


def test_the_card_of_a_yes_to_the_social_worker_self_names_no_call(town: Town, handovers: Handovers) -> None:
    case = town.wealthy_debtor()
    ref = town.give(case, "sanne")
    Helping(town.house, town.door, town.codes).accept(
        town.as_user("sanne"), ref, Channel.HUISBEZOEK, informed=False
    )
    (card,) = handovers.card(town.as_user("sanne"), ref).view.model_dump(exclude_unset=True)["overdracht"]
    assert card == {
        "datum": "2026-11-03",
        "via": "sociaal_werk",
        "geverifieerd": True,
        "geinformeerd": False,
        "dreigend": False,
    }


def test_tips_that_were_given_and_a_caller_who_was_not_verified_stand_on_the_card(
    town: Town, handovers: Handovers
) -> None:
    case = town.person()
    town.call(Outcome.HULPVRAAG, verified=False, tips_gegeven=True)
    (card,) = handovers.card(town.as_user("sanne"), team_ref(town, case)).view.model_dump()["overdracht"]
    assert (card["tips"], card["geverifieerd"], card["geinformeerd"]) == (True, False, False)


def test_there_is_no_card_without_a_request_nor_for_a_colleague(town: Town, handovers: Handovers) -> None:
    with pytest.raises(Conflict):
        handovers.card(town.as_user("sanne"), team_ref(town, town.wealthy_debtor()))
    case = town.help_request()
    ref = team_ref(town, case)
    handovers.acknowledge(town.as_user("sanne"), ref)
    with pytest.raises(Denied):
        handovers.card(town.as_user("tariq"), ref)
