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
from schemas.parties import PartyKind
from tests.support.frame import ABOUT, CANARY, live
from tests.support.register import packaged_register
from tests.support.tokens import Authority

PAIRS = sorted(packaged_register().table)


@pytest.fixture(scope="module")
def http() -> Iterator[httpx2.Client]:
    limits = Limits(60_000, time.monotonic)
    app = create_api(
        ABOUT,
        [register_routes(packaged_register(), ABOUT)],
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


@pytest.mark.parametrize(
    "path",
    [
        "callcenter/sturen.json",
        "callcenter/x.json",
        "x/bellen.json",
        f"{CANARY}/{CANARY}.json",
        "callcenter/bellen",
    ],
)
def test_what_nobody_was_granted_has_no_contract(http: httpx2.Client, path: str) -> None:
    answer = http.get(f"/v1/openapi/{path}")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert CANARY not in answer.text


def test_contracts_describe_resources_and_are_none(http: httpx2.Client) -> None:
    assert http.get("/v1/openapi.json").json()["paths"] == {}
