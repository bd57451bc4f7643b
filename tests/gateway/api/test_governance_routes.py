"""Over the API: closing a month with two persons, and erasing what is due with a certificate."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from jose import jws

from gateway.api.frame import create_api
from gateway.api.governance import month_end_routes, retention_routes
from gateway.api.limits import Limits
from gateway.api.principals import Gate
from gateway.services.month_end import MonthEndPlans, MonthEndRuns, MonthEndUndo
from schemas.principal import Principal
from tests.support.api import CANARY, Api, problem, wrong
from tests.support.erasure import Archive
from tests.support.frame import ABOUT
from tests.support.installation import Town, an_installation

UNKNOWN = "0" * 32


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


class Governed(Api):
    """The routes of month end, retention and holds over one town."""

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        house, codes, archive = town.house, town.codes, Archive(town)
        routers = [
            month_end_routes(MonthEndPlans(house, codes), MonthEndRuns(house), MonthEndUndo(house)),
            *retention_routes(archive.decisions, archive.plans, archive.runs, archive.holds),
        ]
        gate = Gate(self._tokens, Limits(6000, time.monotonic))
        log = logging.getLogger("sluis.verzoek.test")
        self._app = create_api(ABOUT, routers, outside=[], gate=gate, log=log, ticks=time.monotonic)


@pytest.fixture
def api(town: Town) -> Governed:
    return Governed(town)


def planner(town: Town) -> Principal:
    return town.as_party("matching", user="olga")


def second(town: Town) -> Principal:
    return town.as_party("matching", user="piet")


def officer(town: Town) -> Principal:
    return town.as_party("privacy_officer", user="rosa")


def test_a_month_is_closed_and_reopened_by_two_persons(town: Town, api: Governed) -> None:
    archive = Archive(town)
    refused, called = archive.refused_case(), town.person()
    made = api.post(planner(town), "/maandafsluitingen", {"maand": "2026-11"})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    plan = made.json()
    assert plan["groepen"] == {"eerst_brief": {"niet_gebeld": 1}, "sluiten": {"regelt_het_zelf": 1}}
    assert (plan["stand"], plan["dossiers"], plan["wachtendeSignalen"]) == ("gepland", 2, 0)
    assert plan["minderDanZevenPogingen"] == {"gesproken": 1, "maand_voorbij": 1}
    path = f"/maandafsluitingen/{plan['maandafsluitingId']}"
    assert problem(api.post(planner(town), f"{path}/bevestigingen")) == (403, "zelfde_persoon")
    assert problem(api.post(second(town), f"{path}/uitvoeringen")) == (409, "niet_bevestigd")
    assert api.post(second(town), f"{path}/bevestigingen").json()["stand"] == "bevestigd"
    done = api.post(second(town), f"{path}/uitvoeringen")
    assert (done.status_code, done.json()["afgehandeld"]) == (201, {"gedaan": 2})
    assert api.get(planner(town), path).json()["teHerroepenTot"] == "2026-11-05T09:00:00Z"
    assert (town.state(refused), town.state(called)) == ("gesloten", "brief")
    undone = api.post(planner(town), f"{path}/herroepingen")
    assert (undone.status_code, undone.json()["stand"]) == (201, "teruggedraaid")
    assert (town.state(refused), town.state(called)) == ("geweigerd", "belbaar")


def test_the_cases_of_a_plan_are_shown_by_reference(town: Town, api: Governed) -> None:
    case = Archive(town).refused_case()
    asker = planner(town)
    plan = api.post(asker, "/maandafsluitingen", {"maand": "2026-11"}).json()
    path = f"/maandafsluitingen/{plan['maandafsluitingId']}/dossiers"
    (line,) = api.get(asker, path).json()["dossiers"]
    assert line == {
        "dossierkenmerk": town.ref(asker, case, "matchen"),
        "handeling": "sluiten",
        "reden": "regelt_het_zelf",
        "pogingen": 1,
        "minderDanZeven": "gesproken",
        "uitkomst": None,
    }
    assert api.get(asker, path, params={"pagina": 2}).json() == {"dossiers": []}
    assert wrong(api.get(asker, path, params={"pagina": 0})) == {"pagina"}


@pytest.mark.parametrize(
    "body", [{}, {"maand": CANARY}, {"maand": "2026-13"}, {"maand": "2026-11", "x": CANARY}]
)
def test_a_month_that_is_none_is_refused(town: Town, api: Governed, body: dict[str, str]) -> None:
    assert wrong(api.post(planner(town), "/maandafsluitingen", body))


def test_a_month_to_come_is_refused(town: Town, api: Governed) -> None:
    assert wrong(api.post(planner(town), "/maandafsluitingen", {"maand": "2027-01"})) == {"maand"}


def test_a_plan_of_nobody_is_not_there(town: Town, api: Governed) -> None:
    path = f"/maandafsluitingen/{UNKNOWN}"
    for step in ("bevestigingen", "uitvoeringen", "herroepingen"):
        assert problem(api.post(second(town), f"{path}/{step}"))[0] == 404
    assert problem(api.get(second(town), path))[0] == 404


def test_what_is_due_is_erased_with_a_certificate(town: Town, api: Governed) -> None:
    archive = Archive(town)
    case, asker = archive.ended_case(), officer(town)
    town.clock.forward(days=190)
    undecided = api.post(asker, "/bewaarplannen").json()
    assert undecided["besloten"] is False
    path = f"/bewaarplannen/{undecided['bewaarplanId']}/uitvoeringen"
    assert problem(api.post(asker, path)) == (409, "geen_besluit")
    decided = api.post(asker, "/bewaarbesluiten", {"kenmerk": "Collegebesluit 2026/123"})
    assert decided.status_code == 201
    assert decided.json()["termijnen"]["zonderHulpMaanden"] == 6
    plan = api.post(asker, "/bewaarplannen").json()
    (line,) = plan["teWissen"]
    assert (line["uitkomst"], line["wisbaarOp"]) == ("zonder_hulp", "2027-05-03")
    assert town.behind(asker, line["dossierkenmerk"]) == case
    done = api.post(asker, f"/bewaarplannen/{plan['bewaarplanId']}/uitvoeringen")
    assert (done.status_code, done.json()["gewist"]["dossiers"], done.json()["sleutels"]) == (201, 1, 4)
    text = api.get(asker, done.headers["location"].removeprefix("/v1"))
    assert text.headers["content-type"] == "application/jose"
    (key,) = archive.signer.jwks()["keys"]
    content = orjson.loads(jws.verify(text.text, key, algorithms=["ES256"]))
    assert content["jti"] == plan["bewaarplanId"]
    assert problem(api.get(asker, f"/vernietigingsverklaringen/{UNKNOWN}"))[0] == 404


def test_a_decision_takes_the_controllers_own_terms(town: Town, api: Governed) -> None:
    body = {"kenmerk": "Collegebesluit 2026/123", "termijnen": {"zonderHulpMaanden": 12}}
    made = api.post(officer(town), "/bewaarbesluiten", body).json()
    assert made["termijnen"]["zonderHulpMaanden"] == 12
    assert made["termijnen"]["metHulpMaanden"] == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kenmerk": "x"},
        {"kenmerk": f"<{CANARY}>"},
        {"kenmerk": "Besluit 1", "termijnen": {"zonderHulpMaanden": -1}},
        {"kenmerk": "Besluit 1", "termijnen": {CANARY: 1}},
    ],
)
def test_a_decision_that_is_none_is_refused(town: Town, api: Governed, body: dict[str, object]) -> None:
    assert wrong(api.post(officer(town), "/bewaarbesluiten", body))


def test_a_hold_is_placed_seen_and_lifted(town: Town, api: Governed) -> None:
    asker = officer(town)
    path = f"/dossiers/{town.ref(asker, town.person(), 'toezien')}/bewaarplichten"
    placed = api.post(asker, path, {"reden": "klacht"})
    assert placed.status_code == 201
    assert api.get(asker, path).json() == {"bewaarplichten": [placed.json()]}
    lifted = api.send(asker, "DELETE", f"/bewaarplichten/{placed.json()['bewaarplichtId']}")
    assert lifted.status_code == 204
    assert api.get(asker, path).json() == {"bewaarplichten": []}
    assert wrong(api.post(asker, path, {"reden": CANARY})) == {"reden"}
    assert problem(api.send(asker, "DELETE", f"/bewaarplichten/{UNKNOWN}"))[0] == 404


@pytest.mark.parametrize(
    ("method", "path", "kinds"),
    [
        ("POST", "/maandafsluitingen", "privacy_officer callcenter sociaal_werk"),
        ("GET", f"/maandafsluitingen/{UNKNOWN}", "privacy_officer callcenter"),
        ("GET", f"/maandafsluitingen/{UNKNOWN}/dossiers", "privacy_officer callcenter"),
        ("POST", f"/maandafsluitingen/{UNKNOWN}/bevestigingen", "privacy_officer woonstichting"),
        ("POST", f"/maandafsluitingen/{UNKNOWN}/uitvoeringen", "privacy_officer woonstichting"),
        ("POST", f"/maandafsluitingen/{UNKNOWN}/herroepingen", "privacy_officer woonstichting"),
        ("POST", "/bewaarbesluiten", "matching beheer"),
        ("POST", "/bewaarplannen", "matching sociaal_werk"),
        ("POST", f"/bewaarplannen/{UNKNOWN}/uitvoeringen", "matching sociaal_werk"),
        ("GET", f"/vernietigingsverklaringen/{UNKNOWN}", "matching callcenter"),
        ("POST", "/dossiers/7K3P-9QX2-C/bewaarplichten", "matching sociaal_werk"),
        ("GET", "/dossiers/7K3P-9QX2-C/bewaarplichten", "matching sociaal_werk"),
        ("DELETE", f"/bewaarplichten/{UNKNOWN}", "matching sociaal_werk"),
    ],
)
def test_no_token_for_another_purpose_opens_these(
    town: Town, api: Governed, method: str, path: str, kinds: str
) -> None:
    body = {"json": {"onzin": CANARY}} if method == "POST" else {}
    for kind in kinds.split():
        assert problem(api.send(town.as_party(kind), method, path, **body)) == (403, "doel_ontbreekt")
