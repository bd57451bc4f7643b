"""The contract by the API Design Rules 2.2.1, and an app that refuses what the contract could not say."""

import asyncio
import json
import logging
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter
from starlette.requests import Request

from gateway.api.contract import document
from gateway.api.frame import Frame, create_api
from gateway.api.limits import Limits
from gateway.api.principals import Gate
from gateway.api.problems import SCHEMA, STATUS, refused
from gateway.api.routes import PUBLIC, router
from schemas import errors
from schemas.errors import Broken, SluisError
from tests.support.api import Api
from tests.support.deliveries import as_json
from tests.support.frame import ABOUT, Service, examples
from tests.support.installation import an_installation
from tests.support.tokens import Authority

ROOT = Path(__file__).parents[3]
SPECTRAL = ROOT / "node_modules/.bin/spectral"


def operations(contract: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in contract["paths"].values() for operation in methods.values()]


def test_the_contract_passes_the_official_linter(service: Service, tmp_path: Path) -> None:
    conformance = os.environ.get("SLUIS_CONFORMANCE_DIR")
    if not conformance or not SPECTRAL.exists():
        pytest.skip("needs SLUIS_CONFORMANCE_DIR and spectral in node_modules (npm)")
    contract = tmp_path / "openapi.json"
    contract.write_bytes(service.http.get("/v1/openapi.json").content)
    rules = Path(conformance) / "adr/ruleset-2.2.1.yaml"
    command = [str(SPECTRAL), "lint", "--fail-severity=warn", "-r", str(rules), str(contract)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_what_is_made_says_where_it_is(tmp_path: Path) -> None:
    """Every route that promises a ``Location`` gives one that can be asked."""
    with an_installation(tmp_path) as town:
        api, row = Api(town), town.someone()
        sent = {"content": as_json([row]), "headers": {"Content-Type": "application/json"}}
        partner, director = town.as_party("woonstichting"), town.as_user("olga")
        trial = api.send(partner, "POST", "/leveringen?proef=true", **dict(sent))
        assert (trial.status_code, "location" in trial.headers) == (200, False)
        made = [
            (partner, api.send(partner, "POST", "/leveringen", **dict(sent))),
            (director, api.post(director, "/maandafsluitingen", {"maand": "2026-10"})),
        ]
        for asker, answer in made:
            assert answer.status_code == 201
            found = api.get(asker, answer.headers["location"].removeprefix("/v1"))
            assert found.json() == answer.json()


def test_the_contract_promises_no_answer_that_is_never_given(service: Service) -> None:
    contract = service.http.get("/v1/openapi.json").json()
    found = operations(contract)
    assert found
    for operation in found:
        assert "422" not in operation["responses"]
        assert {"400", "default"} <= operation["responses"].keys()
        for response in operation["responses"].values():
            assert response["headers"]["API-Version"] == {"$ref": "#/components/headers/API-Version"}
    assert {"HTTPValidationError", "ValidationError"}.isdisjoint(contract["components"]["schemas"])
    assert contract["servers"] == [{"url": "https://sluis.example/v1"}]
    assert contract["info"]["version"] == "1.2.3"


def test_the_contract_names_the_purpose_of_every_operation(service: Service) -> None:
    paths = service.http.get("/v1/openapi.json").json()["paths"]
    assert paths["/voorbeelden"]["post"]["security"] == [{"oauth2": ["aanleveren"]}]
    assert paths["/voorbeelden/bellen"]["get"]["security"] == [{"oauth2": ["bellen"]}]
    assert paths["/voorbeelden/doelen/{doel}"]["get"]["security"] == [{"oauth2": []}]
    assert paths["/voorbeelden/openbaar"]["get"]["security"] == []


def test_every_error_answer_of_the_contract_is_a_problem_document() -> None:
    for operation in operations(document(ABOUT, examples.routes)):
        for status, response in operation["responses"].items():
            if not status.startswith("2"):
                assert response["content"].keys() == {"application/problem+json"}


def test_the_contract_of_some_routes_holds_only_those() -> None:
    some = [route for route in examples.routes if getattr(route, "path", "").endswith("/bellen")]
    contract = document(ABOUT, some)
    assert contract["paths"].keys() == {"/voorbeelden/bellen"}
    flow = contract["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert flow["scopes"].keys() == {"bellen"}


def framed(*routers: APIRouter) -> Frame:
    gate = Gate(Authority().service, Limits(60, time.monotonic))
    return create_api(ABOUT, routers, gate=gate, log=logging.getLogger("x"), ticks=time.monotonic)


async def _answer() -> int:
    return 1


def test_a_route_without_a_purpose_does_not_start() -> None:
    silent = router("/stil")
    silent.get("")(_answer)
    with pytest.raises(Broken) as refusal:
        framed(silent)
    assert refusal.value.code == "route_zonder_doel"


def test_a_route_of_another_class_does_not_start() -> None:
    plain = APIRouter(prefix="/gewoon")
    plain.get("", openapi_extra=dict(PUBLIC))(_answer)
    with pytest.raises(Broken):
        framed(plain)


def test_the_frameworks_telemetry_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    api: Any = framed(examples)._app
    config = api._api._telemetry
    switches = ("tracing", "metrics", "logs", "operation_spans", "auto_configure")
    assert [config[name] for name in switches] == [False] * len(switches)
    assert not api._api._native_telemetry.enabled()


def every_error() -> list[type[SluisError]]:
    found = [value for value in vars(errors).values() if isinstance(value, type)]
    return [value for value in found if issubclass(value, SluisError)]


@pytest.mark.parametrize("kind", every_error())
def test_every_error_of_the_product_has_its_problem_document(kind: type[SluisError]) -> None:
    request = Request({"type": "http", "headers": []})
    answer = asyncio.run(refused(request, kind()))
    body = json.loads(bytes(answer.body))
    assert body.keys() >= set(SCHEMA["required"])
    assert body["status"] == answer.status_code
    assert request.scope["sluis.code"] == kind.code
    assert answer.status_code == next(STATUS[cls] for cls in kind.__mro__ if cls in STATUS)
    if issubclass(kind, Broken):
        assert body["type"] == "/problemen/intern"
