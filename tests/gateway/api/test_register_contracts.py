"""The contract of one party for one purpose: open to everybody, and silent about everything else."""

import logging
import time
from collections.abc import Iterator

import httpx2
import pytest

from gateway.api.frame import create_api
from gateway.api.limits import Limits
from gateway.api.principals import Gate
from gateway.api.register import register_routes
from gateway.policy.contract import openapi
from schemas.errors import NotFound
from schemas.ids import PartyId
from schemas.parties import PartyKind
from tests.support.frame import ABOUT, CANARY, live
from tests.support.register import packaged_register
from tests.support.tokens import Authority

PAIRS = sorted(packaged_register().table)


ON_RECORD = {"woonstichting": PartyKind.SIGNAALPARTNER, "briefdienst": PartyKind.MATCHING}


def kind_of(party: PartyId) -> PartyKind:
    if party not in ON_RECORD:
        raise NotFound
    return ON_RECORD[party]


@pytest.fixture(scope="module")
def http() -> Iterator[httpx2.Client]:
    limits = Limits(60_000, time.monotonic)
    app = create_api(
        ABOUT,
        [register_routes(packaged_register(), ABOUT, kind_of)],
        gate=Gate(Authority().service, limits),
        log=logging.getLogger("sluis.verzoek.test"),
        ticks=time.monotonic,
    )
    with live(app) as server, httpx2.Client(base_url=server.url) as client:
        yield client


@pytest.mark.parametrize(("party", "purpose"), PAIRS, ids=str)
def test_every_party_finds_the_contract_of_its_purpose(
    http: httpx2.Client, party: PartyKind, purpose: str
) -> None:
    answer = http.get(f"/v1/openapi/{party}/{purpose}.json")
    assert answer.status_code == 200
    assert answer.json() == openapi(
        packaged_register(),
        party,
        purpose,
        server=ABOUT.server,
        token_endpoint=ABOUT.token_endpoint,
        contact={"name": ABOUT.contact_name, "url": ABOUT.contact_url, "email": ABOUT.contact_email},
        version=ABOUT.version,
    )


def test_a_contract_is_for_browsers_of_other_sites_too(http: httpx2.Client) -> None:
    answer = http.get(
        "/v1/openapi/callcenter/bellen.json", headers={"Origin": "https://developer.overheid.nl"}
    )
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["API-Version"] == ABOUT.version
    assert answer.headers["Content-Type"] == "application/json"


def test_a_party_finds_its_contract_by_its_own_id_and_it_is_that_of_its_kind(http: httpx2.Client) -> None:
    own = http.get("/v1/openapi/woonstichting/aanleveren.json")
    kind = http.get("/v1/openapi/signaalpartner/aanleveren.json")
    assert (own.status_code, own.content, own.headers["Cache-Control"]) == (
        200,
        kind.content,
        kind.headers["Cache-Control"],
    )


def test_a_party_that_is_called_like_a_kind_does_not_change_what_the_kind_gets(http: httpx2.Client) -> None:
    assert "aanschrijven" in http.get("/v1/openapi/briefdienst/aanschrijven.json").text
    assert http.get("/v1/openapi/briefdienst/matchen.json").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "callcenter/sturen.json",
        "callcenter/x.json",
        "x/bellen.json",
        "woonstichting/bellen.json",
        "%00/aanleveren.json",
        f"{CANARY}/{CANARY}.json",
        "callcenter/bellen",
    ],
)
def test_what_nobody_was_granted_has_no_contract(http: httpx2.Client, path: str) -> None:
    answer = http.get(f"/v1/openapi/{path}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert CANARY not in answer.text
    if path.endswith(".json"):
        assert answer.content == http.get("/v1/openapi/niemand/bellen.json").content


def test_contracts_describe_resources_and_are_none(http: httpx2.Client) -> None:
    assert http.get("/v1/openapi.json").json()["paths"] == {}
