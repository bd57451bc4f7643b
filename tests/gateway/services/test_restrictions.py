"""Restricted cases and people who know the resident: who may know, who may not, and what the log keeps of it."""

from collections.abc import Callable

import pytest

from gateway.services.assignments import Absence, Assignments
from gateway.services.casework import Casework
from gateway.services.handover import Handovers, Helping
from gateway.services.letters import LetterOrders
from gateway.services.matching import Links, Review
from gateway.services.month_end import MonthEndPlans
from gateway.services.shielding import Restrictions
from gateway.services.visits import Visits
from schemas.audit import Act
from schemas.errors import Conflict, Denied, Invalid, NotFound
from schemas.help import Channel, Handing, Restriction, VisitReason
from schemas.ids import CaseId
from schemas.moments import month_of
from tests.support.installation import Town
from tests.support.social import caseload, waiting


@pytest.fixture
def restrictions(town: Town) -> Restrictions:
    return Restrictions(town.house, town.door, town.codes)


def restricted(
    town: Town, restrictions: Restrictions, *users: str, case: CaseId | None = None, by: str = "ineke"
) -> CaseId:
    """A case that only these people, and who restricted it, may know of."""
    case, asker = case or town.urgent_person(), town.as_user(by)
    purpose = "matchen" if by == "olga" else "hulpverlenen"
    restrictions.restrict(asker, town.ref(asker, case, purpose), Restriction.COLLEGA, list(users))
    return case


DOORS: dict[str, Callable[[Town, str], object]] = {
    "read": lambda town, ref: Casework(town.house, town.door, town.codes).read(town.as_user("tariq"), ref),
    "card": lambda town, ref: Handovers(town.house, town.door, town.codes).card(town.as_user("tariq"), ref),
    "take over": lambda town, ref: Handovers(town.house, town.door, town.codes).acknowledge(
        town.as_user("tariq"), ref
    ),
    "yes": lambda town, ref: Helping(town.house, town.door, town.codes).accept(
        town.as_user("tariq"), ref, Channel.TELEFOON, informed=True
    ),
    "visit": lambda town, ref: Visits(town.house, town.door, town.codes).plan(
        town.as_user("tariq"), ref, town.clock().date(), VisitReason.SPOED
    ),
    "letter": lambda town, ref: LetterOrders(town.house, town.door, town.codes).order(
        town.as_user("tariq"), [ref]
    ),
    "conflict": lambda town, ref: Restrictions(town.house, town.door, town.codes).declare_conflict(
        town.as_user("tariq"), ref
    ),
}


@pytest.mark.parametrize("door", DOORS)
def test_for_who_is_not_named_there_is_no_such_case_by_any_door(
    town: Town, restrictions: Restrictions, door: str
) -> None:
    case = town.urgent_person()
    ref = town.ref(town.as_user("tariq"), case)  # He knew it before.
    restricted(town, restrictions, "sanne", case=case)
    with town.nothing_changes(), pytest.raises(NotFound) as refused:
        DOORS[door](town, ref)
    assert refused.value.detail == NotFound().detail
    denied = town.log(Act.ACCESS_DENIED, town.subject(case))
    assert [(entry["rsn"], entry["dec"]) for entry in denied] == [("afgeschermd", "deny")]


def test_a_named_worker_sees_it_like_any_case_and_every_look_is_marked(
    town: Town, restrictions: Restrictions
) -> None:
    case = restricted(town, restrictions, "sanne")
    ref = town.give(case, "sanne")
    assert Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref).view
    assert len(caseload(town, "sanne")) == 1
    looks = [*town.log(Act.CASE_READ, town.subject(case)), *town.log(Act.CASE_LISTED, town.subject(case))]
    assert [entry["whyn"] for entry in looks] == [1] * len(looks)
    assert len(looks) >= 2


def test_the_staff_of_the_municipality_are_kept_out_as_well(town: Town, restrictions: Restrictions) -> None:
    case = restricted(town, restrictions, "sanne")
    olga = town.as_user("olga")
    with pytest.raises(Denied) as refused:
        Casework(town.house, town.door, town.codes).view(olga, town.ref(olga, case, "matchen"), "matchen")
    unknown = pytest.raises(Denied)
    with unknown as nobody:
        Casework(town.house, town.door, town.codes).view(olga, "7K3P-9QX2-C", "matchen")
    assert refused.value.failing == nobody.value.failing


def doubted(town: Town) -> CaseId:
    """A case of a resident of whom the computer doubts whether another report is of the same person."""
    row = town.someone(crisissignaal="ja")
    (case,) = town.bring([row])
    town.deliver([row | {"signaal_ref": "ANDER", "geboortedatum": ""}])
    town.match()
    return case


LOOKS: dict[str, Callable[[Town, str], object]] = {
    "look": lambda town, asked: Review(town.house, town.door).pair(town.as_user("olga"), asked),
    "yes": lambda town, asked: Review(town.house, town.door).decide(town.as_user("olga"), asked, same=True),
    "no": lambda town, asked: Review(town.house, town.door).decide(town.as_user("olga"), asked, same=False),
}


@pytest.mark.parametrize("look", LOOKS)
def test_no_doubt_tells_the_municipality_of_a_restricted_resident(
    town: Town, restrictions: Restrictions, look: str
) -> None:
    case, review = doubted(town), Review(town.house, town.door)
    (asked,) = review.waiting(town.as_user("olga"))
    restricted(town, restrictions, "sanne", case=case)
    assert review.waiting(town.as_user("olga")) == []
    with town.nothing_changes(), pytest.raises(NotFound):
        LOOKS[look](town, asked.proposal_id)
    assert town.told(case)[-1] == Act.ACCESS_DENIED


def test_somebody_of_the_municipality_who_is_named_decides_on_the_doubt(
    town: Town, restrictions: Restrictions
) -> None:
    case, review, olga = doubted(town), Review(town.house, town.door), town.as_user("olga")
    restricted(town, restrictions, "sanne", "olga", case=case)
    (asked,) = review.waiting(olga)
    assert len(review.pair(olga, asked.proposal_id).persons) == 2
    # Whoever is in no restricted case is not marked by being compared with somebody who is.
    reason, marked = 1, 2
    assert town.log(Act.MATCH_PROPOSED, town.subject(case))[-1]["whyn"] == marked
    assert sorted(look["whyn"] for look in town.log(Act.MATCH_PROPOSED)[-2:]) == [reason, marked]
    assert review.decide(olga, asked.proposal_id, same=True)


def test_every_look_of_who_is_named_at_the_links_of_a_restricted_case_is_marked(
    town: Town, restrictions: Restrictions
) -> None:
    row, olga = town.someone(crisissignaal="ja"), town.as_user("olga")
    (case,) = town.bring([row, row | {"signaal_ref": "NOGMAALS", "bedrag": "77,00"}])
    links = Links(town.house, town.door, town.codes)
    restricted(town, restrictions, "sanne", "olga", case=case)
    (link,) = links.of_case(olga, town.ref(olga, case, "matchen"))
    listed = [entry for entry in town.log(Act.CASE_LISTED) if entry["pur"] == "matchen"]
    assert len(links.pair(olga, link.link_id).persons) == 2
    looks = [*listed[-2:], *town.log(Act.MATCH_PROPOSED)[-2:]]
    assert [look["whyn"] for look in looks] == [2] * 4
    restrictions.lift(town.as_user("ineke"), town.ref(town.as_user("ineke"), case))
    links.pair(olga, link.link_id)
    assert [look["whyn"] for look in town.log(Act.MATCH_PROPOSED)[-2:]] == [1] * 2


def test_no_link_tells_the_municipality_of_a_restricted_resident(
    town: Town, restrictions: Restrictions
) -> None:
    row, olga = town.someone(crisissignaal="ja"), town.as_user("olga")
    (case,) = town.bring([row, row | {"signaal_ref": "NOGMAALS", "bedrag": "77,00"}])
    links = Links(town.house, town.door, town.codes)
    (link,) = links.of_case(olga, town.ref(olga, case, "matchen"))
    restricted(town, restrictions, "sanne", case=case)
    assert links.of_run(olga, link.run_id) == []
    for look in (links.pair, Review(town.house, town.door).undo):
        with town.nothing_changes(), pytest.raises(NotFound):
            look(olga, link.link_id)
    assert town.told(case)[-2:] == [Act.ACCESS_DENIED] * 2


def test_the_list_of_a_month_end_counts_a_restricted_case_and_does_not_show_it(
    town: Town, restrictions: Restrictions
) -> None:
    shown, olga = town.urgent_person(), town.as_user("olga")
    restricted(town, restrictions, "sanne")
    plans = MonthEndPlans(town.house, town.codes)
    plan = plans.plan(olga, month_of(town.clock()))
    assert plan.cases == 2
    (line,) = plans.lines(olga, plan.plan_id)
    assert town.behind(olga, line.ref) == shown


def test_a_stand_in_who_is_not_named_does_not_see_it_either(town: Town, restrictions: Restrictions) -> None:
    town.give(restricted(town, restrictions, "sanne"), "sanne")
    today = town.clock().date()
    Assignments(town.house, town.door, town.codes).record_absence(
        town.as_user("ineke"), Absence("sanne", "tariq", today, today)
    )
    assert caseload(town, "tariq") == []


def test_a_help_request_of_a_restricted_case_waits_unseen_by_others(
    town: Town, restrictions: Restrictions
) -> None:
    case = restricted(town, restrictions, "sanne", case=town.help_request())
    handovers = Handovers(town.house, town.door, town.codes)
    assert handovers.waiting(town.as_user("tariq")) == []
    assert len(handovers.waiting(town.as_user("sanne"))) == 1
    assert town.state(case) == "hulp_gevraagd"


@pytest.mark.parametrize("make", [Town.person, Town.letter_person], ids=["callable", "letter"])
def test_a_restricted_case_leaves_the_call_center_and_the_post_at_once(
    town: Town, restrictions: Restrictions, make: Callable[[Town], CaseId]
) -> None:
    case = make(town)
    if make is Town.person:
        town.lease()
    restricted(town, restrictions, "sanne", case=case, by="olga")
    assert town.state(case) == "sociaal_werk"
    assert town.row(case)["restricted"] == "collega"
    with pytest.raises(AssertionError):
        town.lease("noor")
    with pytest.raises(NotFound):
        LetterOrders(town.house, town.door, town.codes).order(
            town.as_user("tariq"), [town.ref(town.as_user("tariq"), case)]
        )


def test_a_worker_who_is_not_named_loses_the_case(town: Town, restrictions: Restrictions) -> None:
    case = town.urgent_person()
    town.give(case, "tariq")
    restricted(town, restrictions, "sanne", case=case)
    assert town.row(case)["owner"] is None
    assert [row["until_at"] is not None for row in town.assignments(case)] == [True]
    assert caseload(town, "tariq") == []


def test_a_restricted_case_is_given_to_named_people_only(town: Town, restrictions: Restrictions) -> None:
    case = restricted(town, restrictions, "sanne")
    leader, assignments = town.as_user("ineke"), Assignments(town.house, town.door, town.codes)
    ref = town.ref(leader, case)
    with pytest.raises(Invalid):
        assignments.assign(leader, ref, "tariq", Handing.VERDELING)
    assignments.assign(leader, ref, "sanne", Handing.VERDELING)
    assert town.row(case)["owner"] == "sanne"


def test_lifting_lets_everybody_see_it_whose_business_it_is(town: Town, restrictions: Restrictions) -> None:
    case = restricted(town, restrictions, "sanne")
    leader = town.as_user("ineke")
    restrictions.lift(leader, town.ref(leader, case))
    assert len(waiting(town, "tariq")) == 1
    assert town.told(case).count(Act.CASE_UNRESTRICTED) == 1
    with pytest.raises(Conflict):
        restrictions.lift(leader, town.ref(leader, case))


def test_the_restriction_is_in_the_log_and_its_names_are_sealed(
    town: Town, restrictions: Restrictions
) -> None:
    case = restricted(town, restrictions, "sanne")
    (entry,) = town.log(Act.CASE_RESTRICTED, town.subject(case))
    assert (entry["rsn"], entry["dec"]) == ("collega", "permit")
    assert "sanne" not in str(entry)


@pytest.mark.parametrize("user", ["sanne", "joke"])
def test_only_a_team_leader_or_the_municipality_restricts(
    town: Town, restrictions: Restrictions, user: str
) -> None:
    case, asker = town.urgent_person(), town.as_user(user)
    ref = town.ref(asker, case)
    if user == "joke":
        restrictions.restrict(asker, ref, Restriction.BEKENDE, ["bram"])
        return
    with pytest.raises(Denied):
        restrictions.restrict(asker, ref, Restriction.BEKENDE, ["sanne"])


@pytest.mark.parametrize("user", ["farid", "niemand"])
def test_only_social_workers_and_the_municipality_are_named(
    town: Town, restrictions: Restrictions, user: str
) -> None:
    with pytest.raises(Invalid):
        restricted(town, restrictions, "sanne", user)


def test_restricting_twice_is_a_conflict(town: Town, restrictions: Restrictions) -> None:
    case = restricted(town, restrictions, "sanne")
    with pytest.raises(Conflict):
        restricted(town, restrictions, "tariq", case=case)


# --- I know this person ---------------------------------------------------------------------------------------------


def test_who_knows_the_resident_is_kept_out_at_once_and_the_case_waits_again(
    town: Town, restrictions: Restrictions
) -> None:
    case = town.urgent_person()
    ref = town.give(case, "sanne")
    restrictions.declare_conflict(town.as_user("sanne"), ref)
    assert town.row(case)["owner"] is None
    with pytest.raises(Denied) as refused:
        Casework(town.house, town.door, town.codes).read(town.as_user("sanne"), ref)
    assert "geen_belangenconflict" in [failing.condition for failing in refused.value.failing]
    assert caseload(town, "sanne") == waiting(town, "sanne") == []
    assert len(waiting(town, "tariq")) == 1
    assert [entry["rsn"] for entry in town.log(Act.CASE_ASSIGNED)] == ["belangenconflict"]
    assert len(town.log(Act.CONFLICT_DECLARED, town.subject(case))) == 1


def test_who_knows_a_resident_from_the_basket_says_so_before_it_is_given(
    town: Town, restrictions: Restrictions
) -> None:
    case = town.urgent_person()
    restrictions.declare_conflict(town.as_user("sanne"), town.ref(town.as_user("sanne"), case))
    leader = town.as_user("ineke")
    with pytest.raises(Invalid):
        Assignments(town.house, town.door, town.codes).assign(
            leader, town.ref(leader, case), "sanne", Handing.VERDELING
        )


def test_no_absence_makes_somebody_see_whom_he_knows(town: Town, restrictions: Restrictions) -> None:
    case = town.urgent_person()
    restrictions.declare_conflict(town.as_user("tariq"), town.ref(town.as_user("tariq"), case))
    town.give(case, "sanne")
    today = town.clock().date()
    Assignments(town.house, town.door, town.codes).record_absence(
        town.as_user("ineke"), Absence("sanne", "tariq", today, today)
    )
    assert caseload(town, "tariq") == []


def test_a_conflict_about_somebody_elses_case_is_refused(town: Town, restrictions: Restrictions) -> None:
    case = town.urgent_person()
    town.give(case, "sanne")
    with town.nothing_changes(), pytest.raises(Denied):
        restrictions.declare_conflict(town.as_user("tariq"), town.ref(town.as_user("tariq"), case))


# --- The next case of the same resident -----------------------------------------------------------------------------


def test_a_new_case_of_a_colleague_is_restricted_from_its_first_moment(
    town: Town, restrictions: Restrictions
) -> None:
    person = town.someone(crisissignaal="ja")
    first = restricted(town, restrictions, "sanne", case=town.bring([person])[0])
    town.change(first, state="gesloten", close_reason="vervolghulp", closed_at=town.house.now_ms())
    town.clock.forward(days=30)
    second = town.bring([person | {"signaal_ref": "LATER", "crisissignaal": "", "peildatum": "2026-11-15"}])[
        0
    ]
    assert (second != first, town.row(second)["restricted"]) == (True, "collega")
    assert town.state(second) == "sociaal_werk"
    assert waiting(town, "tariq") == []
    assert len(waiting(town, "sanne")) == 1


def test_who_knows_the_resident_is_kept_out_of_the_next_case_too(
    town: Town, restrictions: Restrictions
) -> None:
    person = town.someone(crisissignaal="ja")
    first = town.bring([person])[0]
    restrictions.declare_conflict(town.as_user("sanne"), town.ref(town.as_user("sanne"), first))
    town.change(first, state="gesloten", close_reason="vervolghulp", closed_at=town.house.now_ms())
    town.clock.forward(days=30)
    town.bring([person | {"signaal_ref": "LATER", "peildatum": "2026-11-15"}])
    assert waiting(town, "sanne") == []
    assert len(waiting(town, "tariq")) == 1
