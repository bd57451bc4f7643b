"""Over the API: home visits planned and done."""

from datetime import timedelta

import pytest

from tests.support.api import CANARY, Api, problem, wrong
from tests.support.installation import START, Town

TODAY = START.date().isoformat()
YESTERDAY = (START.date() - timedelta(days=1)).isoformat()
UNKNOWN = "7K3P-9QX2-C"
PLAN = {"datum": TODAY, "reden": "niet_bereikt"}
WENT = {"datum": TODAY, "uitkomst": "gesproken", "geinformeerd": True}


def own(town: Town) -> str:
    return f"/dossiers/{town.give(town.urgent_person(), 'sanne')}/huisbezoeken"


def test_a_visit_is_planned_and_recorded(town: Town, api: Api) -> None:
    case = town.urgent_person()
    path = f"/dossiers/{town.give(case, 'sanne')}/huisbezoeken"
    planned = api.post(town.as_user("sanne"), path, PLAN)
    assert (planned.status_code, planned.json()) == (201, {"datum": TODAY})
    assert problem(api.post(town.as_user("sanne"), path, PLAN)) == (409, "al_gepland")
    went = api.post(town.as_user("sanne"), f"{path}/uitkomsten", WENT)
    assert (went.status_code, went.json()) == (201, {"toestand": "sociaal_werk"})
    assert town.row(case)["offer_channel"] == "huisbezoek"
    assert town.row(case)["notice_at"] is not None


def test_a_visit_that_was_not_planned_is_not_recorded(town: Town, api: Api) -> None:
    answer = api.post(town.as_user("sanne"), f"{own(town)}/uitkomsten", WENT)
    assert problem(answer) == (409, "niet_gepland")


@pytest.mark.parametrize(("what", "body"), [("", PLAN), ("/uitkomsten", WENT)])
def test_a_visit_is_for_the_own_caseload_only(
    town: Town, api: Api, what: str, body: dict[str, object]
) -> None:
    case = town.urgent_person()
    town.give(case, "sanne")
    ref = town.ref(town.as_user("tariq"), case)
    answer = api.post(town.as_user("tariq"), f"/dossiers/{ref}/huisbezoeken{what}", body)
    assert problem(answer)[0] == 403
    gone = api.post(town.as_user("tariq"), f"/dossiers/{UNKNOWN}/huisbezoeken{what}", body)
    assert problem(gone)[0] == 404
    purpose = api.post(town.as_party("callcenter"), f"/dossiers/{ref}/huisbezoeken{what}", body)
    assert problem(purpose) == (403, "doel_ontbreekt")


@pytest.mark.parametrize(
    ("what", "body", "named"),
    [
        ("", {**PLAN, "datum": YESTERDAY}, {"datum"}),
        ("", {**PLAN, "datum": CANARY}, {"datum"}),
        ("", {**PLAN, "datum": 20_000}, {"datum"}),
        ("", {"datum": TODAY}, {"reden"}),
        ("", {**PLAN, "reden": CANARY}, {"reden"}),
        ("/uitkomsten", {**WENT, "uitkomst": CANARY}, {"uitkomst"}),
        ("/uitkomsten", {"datum": TODAY, "uitkomst": "niet_thuis", "geinformeerd": True}, {"geinformeerd"}),
        ("/uitkomsten", {**WENT, "datum": YESTERDAY}, {"datum"}),
    ],
)
def test_wrong_input_is_named_by_its_field(
    town: Town, api: Api, what: str, body: dict[str, object], named: set[str]
) -> None:
    path = own(town)
    if what:
        assert api.post(town.as_user("sanne"), path, PLAN).status_code == 201
    assert wrong(api.post(town.as_user("sanne"), path + what, body)) == named
