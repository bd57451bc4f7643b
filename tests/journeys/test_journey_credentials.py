"""An outside program that was given nothing but the credentials file: every contract, and every proof checked offline."""

import re
from pathlib import Path
from typing import Any

from audit.note import VerifierKey
from gateway.demo.proof import verifier_key
from schemas.parties import PartyKind
from tests.support.cli import call
from tests.support.deliveries import as_json
from tests.support.service import Service


def given(service: Service) -> Any:
    return service.cast.credentials(service.origin, verifier_key(service.stage))


def test_every_party_of_the_file_finds_its_contract_by_the_name_that_stands_there(service: Service) -> None:
    for party in given(service)["parties"]:
        for purpose in party["purposes"]:
            own = service.http.get(f"{service.api}/openapi/{party['party']}/{purpose}.json")
            kind = service.http.get(f"{service.api}/openapi/{party['kind']}/{purpose}.json")
            assert (own.status_code, own.content) == (200, kind.content)
    kinds = {party["kind"] for party in given(service)["parties"]}
    assert kinds == {kind.value for kind in PartyKind}


def test_the_key_of_the_log_in_the_file_is_the_published_one_and_checks_a_receipt(
    service: Service, tmp_path: Path
) -> None:
    vkey = given(service)["vkey"]
    published = service.http.get(f"{service.origin}/.well-known/log-vkeys")
    assert published.headers["content-type"].startswith("text/plain")
    assert published.text == f"{vkey}\n"
    assert str(VerifierKey.parse(vkey)) == vkey
    service.person()
    answer = service.ask("bel-cem", "POST", "/belrecords/_lease", json={"aantal": 1})
    link = re.match("<([^>]+)>", answer.headers["link"])
    assert link
    receipt = tmp_path / "receipt"
    receipt.write_bytes(service.ask("bel-cem", "GET", link[1]).content)
    assert call("verify", str(receipt), "--vkey", vkey).code == 0


def test_a_certificate_is_checked_with_the_published_keys(service: Service, tmp_path: Path) -> None:
    jwks = tmp_path / "jwks.json"
    jwks.write_bytes(service.http.get(f"{service.origin}/.well-known/proofs-jwks.json").content)
    service.post("po-jan", "/bewaarbesluiten", {"kenmerk": "Collegebesluit 2026/1"})
    plan = service.post("po-jan", "/bewaarplannen")["bewaarplanId"]
    done = service.ask("po-jan", "POST", f"/bewaarplannen/{plan}/uitvoeringen")
    certificate = tmp_path / "certificate.jws"
    certificate.write_bytes(service.ask("po-jan", "GET", done.headers["location"]).content)
    assert call("verify", str(certificate), "--jwks", str(jwks)).code == 0
    certificate.write_bytes(certificate.read_bytes()[:-9] + b"AAAAAAAA\n")
    assert call("verify", str(certificate), "--jwks", str(jwks)).code == 1


def test_a_refused_proof_is_refused_again_in_the_same_words(service: Service) -> None:
    """Also while earlier refusals of the same client wait to be told."""
    form = service.form("woonstichting")
    assert service.http.post(f"{service.origin}/oauth/token", data=form).status_code == 200
    answers = [service.http.post(f"{service.origin}/oauth/token", data=form) for _ in range(4)]
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}


def test_a_delivery_says_where_its_receipt_is(service: Service) -> None:
    sent = {"content": as_json([service.someone()]), "headers": {"Content-Type": "application/json"}}
    answer = service.ask("woonstichting", "POST", "/leveringen", **sent)
    assert service.get("woonstichting", answer.headers["location"]) == answer.json()
