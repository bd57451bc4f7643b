"""Late clocks: at the team leader's desk, and after a working week at the municipality's."""

import pytest

from gateway.services.casework import Escalated, Escalations
from gateway.services.handover import Handovers
from gateway.services.shielding import Restrictions
from gateway.store import work
from gateway.store.change import Change
from schemas.audit import Act
from schemas.clocks import Clock, Desk, Stage
from schemas.errors import Denied
from schemas.help import Restriction
from schemas.moments import instant, local_day
from tests.support.installation import Town
from tests.support.social import caseload


def late(town: Town, user: str = "ineke", team: str | None = None) -> list[Escalated]:
    return Escalations(town.house, town.door, town.codes).late(town.as_user(user), team)


def test_in_time_nothing_comes_to_the_team_leader(town: Town) -> None:
    town.give(town.wealthy_debtor(), "sanne")
    assert late(town) == []


def test_what_nobody_has_comes_to_the_team_leader_at_the_first_warning(town: Town) -> None:
    town.wealthy_debtor()
    town.give(town.wealthy_debtor(), "sanne")
    town.clock.forward(days=21)
    (one,) = late(town)
    assert (one.worker, one.clock, one.stage, one.desks) == (
        None,
        Clock.AANBOD,
        Stage.BIJNA,
        (Desk.TEAMLEIDER,),
    )


def test_what_is_over_comes_to_the_team_leader_with_the_name_of_the_worker(town: Town) -> None:
    case = town.wealthy_debtor()
    town.give(case, "sanne")
    town.clock.forward(days=29)
    (one,) = late(town)
    assert (one.worker, one.days, one.stage) == ("sanne", -1, Stage.VERLOPEN)
    assert one.desks == (Desk.BEHANDELAAR, Desk.TEAMLEIDER)
    assert one.ref == town.ref(town.as_user("ineke"), case)
    assert late(town, "olga") == []


def test_after_a_working_week_the_municipality_hears_of_it_by_its_own_reference(town: Town) -> None:
    case = town.wealthy_debtor()
    town.give(case, "sanne")
    town.clock.forward(days=35)
    (one,) = late(town, "olga")
    assert one.ref == town.ref(town.as_user("olga"), case, "matchen")
    assert Desk.GEMEENTE in one.desks
    assert town.log(Act.CASE_LISTED)[-1]["gr"] == "MA01"


def test_a_threatening_situation_warns_within_three_working_days_and_over_a_weekend(town: Town) -> None:
    town.clock.forward(days=2)  # A Thursday: the third working day is Tuesday.
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    town.change(case, state="hulp_gevraagd", accepted_at=town.house.now_ms())
    _ask(town, case)
    Handovers(town.house, town.door, town.codes).acknowledge(town.as_user("sanne"), ref)
    assert caseload(town, "sanne")[0].stages["eerste_gesprek"] is Stage.OP_TIJD
    town.clock.forward(days=4)
    assert caseload(town, "sanne")[0].stages["eerste_gesprek"] is Stage.BIJNA
    town.clock.forward(days=2)
    assert [one.clock for one in late(town)] == [Clock.EERSTE_GESPREK]


def _ask(town: Town, case: str) -> None:
    """Put a threatening help request on record, due at the end of the third working day."""
    now = town.house.now_ms()
    due = town.house.calendar.add_working_days(local_day(instant(now)), 3)
    row = {
        "tenant": "GM0637",
        "case_id": case,
        "requested_at": now,
        "verified": True,
        "threatening": True,
        "first_talk_due": now + (due - local_day(instant(now))).days * 86_400_000,
    }
    town.house.store.commit(Change((work.request_help(row),)))


def test_a_leader_sees_the_cases_of_the_own_team_alone(town: Town) -> None:
    case = town.wealthy_debtor()
    town.give(case, "bram")
    town.change(case, team="buurtteam")
    town.clock.forward(days=29)
    assert late(town, "ineke") == []
    assert [one.team for one in late(town, "joke")] == ["buurtteam"]


def test_the_municipality_looks_at_the_late_clocks_of_one_team(town: Town) -> None:
    for team in ("wijkteam", "buurtteam"):
        town.change(town.wealthy_debtor(), team=team)
    town.clock.forward(days=40)
    assert [one.team for one in late(town, "olga", "buurtteam")] == ["buurtteam"]
    assert len(late(town, "olga")) == 2


def test_a_late_case_shows_the_leader_no_person_and_is_told_to_the_log(town: Town) -> None:
    case = town.wealthy_debtor(achternaam="Zwaan")
    town.give(case, "sanne")
    town.clock.forward(days=29)
    assert "Zwaan" not in repr(late(town))
    entry = town.log(Act.CASE_LISTED, town.subject(case))[-1]
    assert (entry["gr"], entry["rsn"]) == ("SW04", "termijn")
    assert "seal" not in entry


def test_a_restricted_case_stays_hidden_from_a_leader_who_is_not_named(town: Town) -> None:
    case, olga = town.wealthy_debtor(), town.as_user("olga")
    Restrictions(town.house, town.door, town.codes).restrict(
        olga, town.ref(olga, case, "matchen"), Restriction.BEKENDE, ["sanne"]
    )
    town.clock.forward(days=40)
    assert late(town, "ineke") == []
    assert len(late(town, "olga")) == 1


@pytest.mark.parametrize("user", ["sanne", "farid"])
def test_nobody_else_asks_for_late_clocks(town: Town, user: str) -> None:
    with pytest.raises(Denied):
        late(town, user)
    assert town.log(Act.ACCESS_DENIED)[-1]["rsn"] == "rol_teamleider"
