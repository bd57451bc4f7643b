"""Over the API: help requests that wait, taking one over, talks and outcomes."""

from datetime import timedelta

import pytest

from schemas.audit import Act
from schemas.ids import CaseId
from tests.support.api import CANARY, Api, problem, wrong
from tests.support.installation import START, Town

TODAY = START.date()
UNKNOWN = "7K3P-9QX2-C"


def taken_over(town: Town, api: Api) -> tuple[CaseId, str]:
    case = town.help_request()
    ref = town.ref(town.as_user("sanne"), case)
    assert api.post(town.as_user("sanne"), f"/hulpvragen/{ref}/overnames").status_code == 201
    return case, ref


def test_the_team_sees_who_waits_and_not_who_it_is(town: Town, api: Api) -> None:
    case = town.help_request()
    asker = town.as_user("sanne")
    answer = api.get(asker, "/hulpvragen")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    found = {request["ref"]: request for request in answer.json()["hulpvragen"]}
    request = found[town.ref(asker, case)]
    assert (request["dreigend"], request["geverifieerd"]) == (False, True)
    assert request["gesprekUiterlijk"] > request["gevraagdOp"]
    assert {"categorie", "termijnen"} <= request["dossier"].keys()
    assert town.written[case]["achternaam"] not in answer.text
    assert f'<{request["logontvangst"]}>; rel="log-receipt"' in answer.headers["link"]
    assert api.get(asker, request["logontvangst"].removeprefix("/v1")).status_code == 200


def test_a_request_is_taken_over_and_shown_in_full_with_a_receipt(town: Town, api: Api) -> None:
    case = town.help_request()
    asker = town.as_user("sanne")
    path = f"/hulpvragen/{town.ref(asker, case)}/overnames"
    answer = api.post(asker, path)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert answer.json()["achternaam"] == town.written[case]["achternaam"]
    assert answer.json()["omschrijving"] == "Wil graag hulp met de post"
    assert answer.headers["link"].endswith('rel="log-receipt"')
    assert town.row(case)["owner"] == "sanne"
    assert town.state(case) == "overgedragen"
    assert problem(api.post(town.as_user("tariq"), path))[0] == 403
    assert problem(api.post(asker, path))[0] == 409


def test_taking_over_what_is_not_there_finds_nothing(town: Town, api: Api) -> None:
    assert problem(api.post(town.as_user("sanne"), f"/hulpvragen/{UNKNOWN}/overnames"))[0] == 404
    assert wrong(api.post(town.as_user("sanne"), "/hulpvragen/a_b_c_d_e_f/overnames")) == {"ref"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/hulpvragen"),
        ("POST", f"/hulpvragen/{UNKNOWN}/overnames"),
        ("POST", f"/dossiers/{UNKNOWN}/hulpvragen"),
        ("POST", f"/dossiers/{UNKNOWN}/eerste-gesprekken"),
        ("POST", f"/dossiers/{UNKNOWN}/uitkomsten"),
    ],
)
@pytest.mark.parametrize("party", ["callcenter", "briefdienst", "woonstichting", "privacy_officer"])
def test_only_a_token_for_giving_help_opens_these(
    town: Town, api: Api, method: str, path: str, party: str
) -> None:
    body = {} if method == "GET" else {"json": {"onzin": CANARY}}
    assert problem(api.send(town.as_party(party), method, path, **body)) == (403, "doel_ontbreekt")


def test_a_yes_to_the_social_worker_starts_the_clock_of_the_talk(town: Town, api: Api) -> None:
    case = town.wealthy_debtor()
    ref = town.give(case, "sanne")
    body = {"kanaal": "telefoon", "geinformeerd": True}
    answer = api.post(town.as_user("sanne"), f"/dossiers/{ref}/hulpvragen", body)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"gesprekUiterlijk": "2026-12-01T22:59:59Z"}
    assert town.state(case) == "overgedragen"
    again = api.post(town.as_user("sanne"), f"/dossiers/{ref}/hulpvragen", body)
    assert problem(again)[0] == 409


def test_a_talk_starts_the_clock_of_the_decision(town: Town, api: Api) -> None:
    case, ref = taken_over(town, api)
    path = f"/dossiers/{ref}/eerste-gesprekken"
    answer = api.post(town.as_user("sanne"), path, {"datum": TODAY.isoformat()})
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"beschikkingUiterlijk": "2026-12-29T22:59:59Z"}
    assert town.handover(case)["decision_due"] is not None
    assert problem(api.post(town.as_user("sanne"), path, {"datum": TODAY.isoformat()}))[0] == 409


def test_an_outcome_gives_the_state_that_it_leads_to(town: Town, api: Api) -> None:
    case, ref = taken_over(town, api)
    asker, path = town.as_user("sanne"), f"/dossiers/{ref}/uitkomsten"
    early = api.post(asker, path, {"uitkomst": "hulp_gegeven", "hulp": ["advies"]})
    assert problem(early) == (409, "geen_gesprek")
    answer = api.post(asker, path, {"uitkomst": "geweigerd", "kanaal": "afspraak", "geinformeerd": True})
    assert (answer.status_code, answer.json()) == (201, {"toestand": "geweigerd"})
    assert town.state(case) == "geweigerd"


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("hulpvragen", {"kanaal": CANARY, "geinformeerd": True}, {"kanaal"}),
        ("hulpvragen", {"kanaal": "brief"}, {"geinformeerd"}),
        ("eerste-gesprekken", {"datum": CANARY}, {"datum"}),
        ("eerste-gesprekken", {"datum": 20_000}, {"datum"}),
        ("eerste-gesprekken", {"datum": "20000"}, {"datum"}),
        ("eerste-gesprekken", {"datum": f"{TODAY}T00:00:00"}, {"datum"}),
        ("eerste-gesprekken", {"datum": (TODAY + timedelta(days=1)).isoformat()}, {"datum"}),
        ("uitkomsten", {"uitkomst": CANARY}, {"uitkomst"}),
        ("uitkomsten", {"uitkomst": "geweigerd", "hulp": [CANARY]}, {"hulp.0"}),
        ("uitkomsten", {"uitkomst": "geweigerd", "hulp": ["advies"]}, {"hulp"}),
        ("uitkomsten", {"uitkomst": "geweigerd", CANARY: 1}, {"*"}),
    ],
)
def test_wrong_input_is_named_by_its_field(
    town: Town, api: Api, path: str, body: dict[str, object], named: set[str]
) -> None:
    _, ref = taken_over(town, api)
    assert wrong(api.post(town.as_user("sanne"), f"/dossiers/{ref}/{path}", body)) == named


@pytest.mark.parametrize("path", ["hulpvragen", "eerste-gesprekken", "uitkomsten"])
def test_work_on_somebody_elses_case_is_refused_and_logged(town: Town, api: Api, path: str) -> None:
    case, _ = taken_over(town, api)
    ref = town.ref(town.as_user("tariq"), case)
    bodies: dict[str, dict[str, object]] = {
        "hulpvragen": {"kanaal": "telefoon", "geinformeerd": False},
        "eerste-gesprekken": {"datum": TODAY.isoformat()},
        "uitkomsten": {"uitkomst": "geweigerd"},
    }
    answer = api.post(town.as_user("tariq"), f"/dossiers/{ref}/{path}", bodies[path])
    assert problem(answer)[0] == 403
    assert [reason["voorwaarde"] for reason in answer.json()["redenen"]] == ["toegewezen"]
    assert town.told(case)[-1] == Act.ACCESS_DENIED
    unknown = api.post(town.as_user("tariq"), f"/dossiers/{UNKNOWN}/{path}", bodies[path])
    assert problem(unknown)[0] == 404
