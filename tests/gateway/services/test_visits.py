"""Home visits: planned by whose case it is, recorded with a code, and an offer only when they are one."""

from datetime import date, datetime, timedelta

import pytest

from gateway.services.handover import Handovers
from gateway.services.visits import Visit, Visits
from schemas.audit import Act
from schemas.case import CaseState
from schemas.errors import Conflict, Denied, Invalid, NotFound
from schemas.help import VISIT_OFFERS, VisitReason, VisitResult
from schemas.ids import CaseId
from schemas.moments import AMSTERDAM, millis
from tests.support.installation import START, Town

TODAY = START.date()
TOMORROW = TODAY + timedelta(days=1)
WHY = VisitReason.NIET_BEREIKT


@pytest.fixture
def visits(town: Town) -> Visits:
    return Visits(town.house, town.door, town.codes)


def own_case(town: Town) -> tuple[CaseId, str]:
    case = town.urgent_person()
    return case, town.give(case, "sanne")


def planned(town: Town, visits: Visits) -> tuple[CaseId, str]:
    """A case of sanne with a visit planned for tomorrow; it is the day after tomorrow now."""
    case, ref = own_case(town)
    visits.plan(town.as_user("sanne"), ref, TOMORROW, WHY)
    town.clock.forward(days=2)
    return case, ref


def noon(day: date) -> int:
    return millis(datetime(day.year, day.month, day.day, 12, tzinfo=AMSTERDAM))


def test_a_visit_is_planned_for_a_day(town: Town, visits: Visits) -> None:
    case, ref = own_case(town)
    visits.plan(town.as_user("sanne"), ref, TOMORROW, WHY)
    (offer,) = town.offers(case)
    assert (offer["channel"], offer["planned_for"]) == ("huisbezoek", TOMORROW.isoformat())
    assert (offer["done_at"], offer["ordered_by"], offer["notice"]) == (None, "sanne", False)
    assert town.told(case)[-1] == Act.VISIT_PLANNED
    assert town.row(case)["offer_at"] is None


def test_a_visit_of_today_can_be_planned_and_one_of_yesterday_cannot(town: Town, visits: Visits) -> None:
    _, ref = own_case(town)
    with town.nothing_changes(), pytest.raises(Invalid) as wrong:
        visits.plan(town.as_user("sanne"), ref, TODAY - timedelta(days=1), WHY)
    assert [problem.veld for problem in wrong.value.fields] == ["datum"]
    visits.plan(town.as_user("sanne"), ref, TODAY, WHY)


def test_one_visit_at_a_time(town: Town, visits: Visits) -> None:
    _, ref = own_case(town)
    visits.plan(town.as_user("sanne"), ref, TODAY, WHY)
    with town.nothing_changes(), pytest.raises(Conflict) as second:
        visits.plan(town.as_user("sanne"), ref, TOMORROW, WHY)
    assert second.value.code == "al_gepland"
    visits.record(town.as_user("sanne"), ref, Visit(TODAY, VisitResult.NIET_DOORGEGAAN))
    visits.plan(town.as_user("sanne"), ref, TOMORROW, WHY)


def test_of_two_plans_at_once_one_is_made(town: Town, visits: Visits) -> None:
    case, ref = own_case(town)
    asker = town.as_user("sanne")
    parts = town.jostled(lambda: visits.plan(asker, ref, TODAY, WHY))
    with pytest.raises(Conflict):
        Visits(*parts).plan(asker, ref, TOMORROW, WHY)
    assert [offer["planned_for"] for offer in town.offers(case)] == [TODAY.isoformat()]


@pytest.mark.parametrize("user", ["tariq", "ineke", "bram"])
def test_nobody_visits_a_colleagues_case(town: Town, visits: Visits, user: str) -> None:
    case, _ = own_case(town)
    asker = town.as_user(user)
    ref = town.ref(asker, case)
    tries = [
        lambda: visits.plan(asker, ref, TODAY, WHY),
        lambda: visits.record(asker, ref, Visit(TODAY, VisitResult.GESPROKEN)),
    ]
    for attempt in tries:
        with town.nothing_changes(), pytest.raises(Denied) as refused:
            attempt()
        assert [failing.condition for failing in refused.value.failing] == ["toegewezen"]
    assert len(town.log(Act.ACCESS_DENIED, town.subject(case))) == 2


def test_work_that_waits_is_not_visited_before_somebody_has_it(town: Town, visits: Visits) -> None:
    asker = town.as_user("sanne")
    ref = town.ref(asker, town.urgent_person())
    with pytest.raises(Denied):
        visits.plan(asker, ref, TODAY, WHY)


@pytest.mark.parametrize("user", ["farid", "olga"])
def test_who_does_not_help_does_not_visit(town: Town, visits: Visits, user: str) -> None:
    case, _ = own_case(town)
    asker = town.as_user(user)
    ref = town.ref(asker, case)
    with pytest.raises(Denied) as refused:
        visits.plan(asker, ref, TODAY, WHY)
    assert refused.value.failing[0].condition == "geen_grant"


@pytest.mark.parametrize("state", ["geweigerd", "betaald", "ingetrokken", "brief", "gesloten"])
def test_a_case_that_left_social_work_is_not_visited(town: Town, visits: Visits, state: str) -> None:
    case, ref = own_case(town)
    town.change(case, state=state)
    with pytest.raises(Conflict) as refused:
        visits.plan(town.as_user("sanne"), ref, TODAY, WHY)
    assert refused.value.code == "niet_bij_sociaal_werk"


def test_a_talk_at_the_door_is_an_offer_with_notice_on_its_day(town: Town, visits: Visits) -> None:
    case, ref = planned(town, visits)
    state = visits.record(town.as_user("sanne"), ref, Visit(TOMORROW, VisitResult.GESPROKEN, informed=True))
    row, (offer,) = town.row(case), town.offers(case)
    assert (state, row["state"], row["reached"]) == ("sociaal_werk", "sociaal_werk", True)
    assert (row["offer_at"], row["offer_channel"], row["notice_at"]) == (
        noon(TOMORROW),
        "huisbezoek",
        noon(TOMORROW),
    )
    assert (offer["done_at"], offer["result"], offer["notice"]) == (noon(TOMORROW), "gesproken", True)
    assert town.told(case)[-2:] == ["visit.done", "offer.recorded"]
    assert town.log(Act.VISIT_DONE)[-1]["rsn"] == "gesproken"


@pytest.mark.parametrize("result", VisitResult)
def test_only_what_offers_help_counts_as_an_offer(town: Town, visits: Visits, result: VisitResult) -> None:
    case, ref = planned(town, visits)
    visits.record(town.as_user("sanne"), ref, Visit(TOMORROW, result))
    row = town.row(case)
    assert (row["offer_at"] is not None) == (result in VISIT_OFFERS)
    assert bool(row["reached"]) == (result in {VisitResult.GESPROKEN, VisitResult.GEWEIGERD})
    assert row["notice_at"] is None
    assert (Act.OFFER_RECORDED in town.told(case)) == (result in VISIT_OFFERS)


def test_a_refusal_at_the_door_ends_the_case(town: Town, visits: Visits) -> None:
    case, ref = planned(town, visits)
    state = visits.record(town.as_user("sanne"), ref, Visit(TOMORROW, VisitResult.GEWEIGERD))
    assert state is CaseState.GEWEIGERD
    assert town.log(Act.CASE_TRANSITION, town.subject(case))[-1]["rsn"] == "geweigerd"


def test_the_offer_left_behind_carries_the_notice(town: Town, visits: Visits) -> None:
    case, ref = planned(town, visits)
    left = Visit(TOMORROW, VisitResult.AANBOD_ACHTERGELATEN, informed=True)
    visits.record(town.as_user("sanne"), ref, left)
    assert (town.row(case)["notice_at"], town.row(case)["reached"]) == (noon(TOMORROW), False)


@pytest.mark.parametrize("result", sorted(set(VisitResult) - VISIT_OFFERS))
def test_nobody_is_informed_by_a_visit_that_met_nobody(
    town: Town, visits: Visits, result: VisitResult
) -> None:
    _, ref = planned(town, visits)
    with town.nothing_changes(), pytest.raises(Invalid) as wrong:
        visits.record(town.as_user("sanne"), ref, Visit(TOMORROW, VisitResult(result), informed=True))
    assert [problem.veld for problem in wrong.value.fields] == ["geinformeerd"]


@pytest.mark.parametrize("days", [-1, 3], ids=["before the planning", "still to come"])
def test_a_visit_lies_between_its_planning_and_today(town: Town, visits: Visits, days: int) -> None:
    _, ref = planned(town, visits)
    with town.nothing_changes(), pytest.raises(Invalid) as wrong:
        visits.record(town.as_user("sanne"), ref, Visit(TODAY + timedelta(days=days), VisitResult.GESPROKEN))
    assert [problem.veld for problem in wrong.value.fields] == ["datum"]


def test_a_visit_is_recorded_once_and_only_when_it_was_planned(town: Town, visits: Visits) -> None:
    _, ref = own_case(town)
    asker = town.as_user("sanne")
    with pytest.raises(Conflict) as early:
        visits.record(asker, ref, Visit(TODAY, VisitResult.GESPROKEN))
    visits.plan(asker, ref, TODAY, WHY)
    visits.record(asker, ref, Visit(TODAY, VisitResult.NIET_THUIS))
    with pytest.raises(Conflict) as again:
        visits.record(asker, ref, Visit(TODAY, VisitResult.GESPROKEN))
    assert early.value.code == again.value.code == "niet_gepland"


def test_an_earlier_offer_keeps_its_day_and_channel(town: Town, visits: Visits) -> None:
    case, ref = planned(town, visits)
    earlier = millis(START)
    town.change(case, offer_at=earlier, offer_channel="brief", notice_at=earlier)
    visits.record(town.as_user("sanne"), ref, Visit(TOMORROW, VisitResult.GESPROKEN, informed=True))
    row = town.row(case)
    assert (row["offer_at"], row["offer_channel"], row["notice_at"]) == (earlier, "brief", earlier)


def test_a_visit_to_a_resident_who_asked_for_help_leaves_the_request_as_it_is(
    town: Town, visits: Visits
) -> None:
    case = town.help_request()
    asker = town.as_user("sanne")
    ref = town.ref(asker, case)
    Handovers(town.house, town.door, town.codes).acknowledge(asker, ref)
    visits.plan(asker, ref, TODAY, WHY)
    assert visits.record(asker, ref, Visit(TODAY, VisitResult.GESPROKEN)) is CaseState.OVERGEDRAGEN
    assert [offer["channel"] for offer in town.offers(case)] == ["telefoon", "huisbezoek"]


def test_a_visit_before_the_request_is_taken_over_changes_no_state(town: Town, visits: Visits) -> None:
    case = town.help_request()
    ref = town.give(case, "sanne")
    visits.plan(town.as_user("sanne"), ref, TODAY, WHY)
    visits.record(town.as_user("sanne"), ref, Visit(TODAY, VisitResult.GESPROKEN))
    assert town.state(case) == "hulp_gevraagd"


def test_a_visit_that_was_made_is_recorded_after_the_partner_withdrew(town: Town, visits: Visits) -> None:
    case, ref = planned(town, visits)
    town.withdraw(case)
    assert town.state(case) == "ingetrokken"
    visits.record(town.as_user("sanne"), ref, Visit(TOMORROW, VisitResult.GESPROKEN, informed=True))
    assert town.state(case) == "ingetrokken"
    assert [offer["result"] for offer in town.offers(case)] == ["gesproken"]


def test_a_case_that_moved_meanwhile_is_looked_at_again(town: Town, visits: Visits) -> None:
    case, ref = planned(town, visits)
    parts = town.jostled(lambda: town.change(case, urgent=False))
    with pytest.raises(Conflict):
        Visits(*parts).record(town.as_user("sanne"), ref, Visit(TOMORROW, VisitResult.GEWEIGERD))
    assert town.state(case) == "sociaal_werk"
    assert [offer["done_at"] for offer in town.offers(case)] == [None]


def test_an_unknown_reference_is_not_found(town: Town, visits: Visits) -> None:
    with pytest.raises(NotFound):
        visits.plan(town.as_user("sanne"), "7K3P-9QX2-C", TODAY, WHY)
