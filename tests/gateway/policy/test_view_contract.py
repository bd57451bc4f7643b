"""Each party has, per purpose, a contract of its own that keeps to the NL API Design Rules."""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.policy.contract import openapi
from schemas.errors import NotFound
from schemas.parties import PartyKind
from schemas.purposes import Purpose
from tests.support.register import packaged_register

PAIRS = [(spec.partij, purpose) for purpose, spec in packaged_register().purposes.items()]
CONTACT = {"name": "Gemeente", "url": "https://example.nl", "email": "privacy@example.nl"}


def contract(party: PartyKind, purpose: str, server: str = "https://sluis.example/v1") -> dict[str, Any]:
    return openapi(
        packaged_register(),
        party,
        purpose,
        server=server,
        token_endpoint="https://sluis.example/oauth/token",
        contact=CONTACT,
        version="1.0.0",
    )


def operation(document: dict[str, Any]) -> dict[str, Any]:
    (path,) = document["paths"].values()
    found: dict[str, Any] = path["get"]
    return found


@pytest.mark.parametrize(("party", "purpose"), PAIRS, ids=str)
def test_a_contract_keeps_to_the_design_rules(party: PartyKind, purpose: Purpose) -> None:
    document = contract(party, purpose)
    assert re.fullmatch(r"3(\.\d+){1,2}", document["openapi"])
    assert set(document["info"]["contact"]) == {"name", "url", "email"}
    assert all(re.match(r"https://.*/v\d+$", server["url"]) for server in document["servers"])
    for path in document["paths"]:
        assert re.fullmatch(r"(/([a-z0-9-]+|\{[a-z]+\}))+", path)
    responses = operation(document)["responses"]
    assert {"200", "400", "401", "403", "404"} <= set(responses)
    assert "API-Version" in responses["200"]["headers"]
    problem = document["components"]["schemas"]["Probleem"]
    assert {"status", "title", "detail"} <= set(problem["properties"])
    for code, response in responses.items():
        if code >= "400":
            assert list(response["content"]) == ["application/problem+json"]


@pytest.mark.parametrize(("party", "purpose"), PAIRS, ids=str)
def test_a_contract_asks_the_scope_of_its_purpose_and_refers_only_to_itself(
    party: PartyKind, purpose: Purpose
) -> None:
    document = contract(party, purpose)
    assert operation(document)["security"] == [{"oauth2": [purpose]}]
    text = json.dumps(document)
    names = set(re.findall(r"#/components/schemas/(\w+)", text))
    assert names <= set(document["components"]["schemas"])
    assert packaged_register().digest in text


@pytest.mark.parametrize(("party", "purpose"), PAIRS, ids=str)
def test_dates_in_a_contract_say_that_they_are_dates(party: PartyKind, purpose: Purpose) -> None:
    def properties(node: Any) -> list[tuple[str, Any]]:
        if isinstance(node, dict):
            own = list(node.get("properties", {}).items()) if "properties" in node else []
            return own + [found for value in node.values() for found in properties(value)]
        return [found for value in node for found in properties(value)] if isinstance(node, list) else []

    for name, schema in properties(contract(party, purpose)):
        if name in {"datum", "geboortedatum", "peildatum"}:
            assert schema["format"] == "date"


def test_a_server_on_plain_http_is_still_written_as_https() -> None:
    assert contract(PartyKind.WOO, "openbaarmaken", "http://127.0.0.1:8080/v1")["servers"] == [
        {"url": "https://127.0.0.1:8080/v1"}
    ]


def test_the_call_center_contract_never_mentions_what_it_may_not_see() -> None:
    schemas = json.dumps(contract(PartyKind.CALLCENTER, "bellen")["components"]["schemas"]).lower()
    assert not [
        word for word in ("bedrag", "straat", "postcode", "geboortedatum", "e-mail") if word in schemas
    ]


def test_there_is_no_contract_for_another_partys_purpose() -> None:
    with pytest.raises(NotFound):
        contract(PartyKind.CALLCENTER, "hulpverlenen")


@pytest.mark.skipif(
    "SLUIS_CONFORMANCE_DIR" not in os.environ, reason="SLUIS_CONFORMANCE_DIR is not set (official rule set)"
)
def test_the_official_rule_set_asks_nothing_we_do_not_check() -> None:
    """The patterns that the official linter applies to a single document hold for every contract."""
    rules = yaml.safe_load(
        (Path(os.environ["SLUIS_CONFORMANCE_DIR"]) / "adr" / "ruleset-2.2.1.yaml").read_text("utf-8")
    )["rules"]
    kebab = rules["nlgov:paths-kebab-case"]["then"]["functionOptions"]["match"]
    semver = rules["nlgov:semver"]["then"]["functionOptions"]["match"]
    https = rules["nlgov:servers-use-https"]["then"]["functionOptions"]["match"]
    for party, purpose in PAIRS:
        document = contract(party, purpose)
        assert all(re.match(kebab, path) for path in document["paths"])
        assert re.match(semver, document["info"]["version"])
        assert all(re.match(https, server["url"]) for server in document["servers"])
