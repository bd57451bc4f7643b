"""Journey 1: a partner's file becomes signals and a receipt, in each of the three formats."""

from pathlib import Path

import httpx2
import pytest

from connectors.registry import CSV, JSON, XLSX
from gateway.demo.client import PartyClient
from tests.support.deliveries import as_csv, as_format, as_json
from tests.support.service import BEFORE, Service

TEST_BSN = "999990019"


def upload(service: Service, partner: str, body: bytes, media_type: str, **more: str) -> httpx2.Response:
    headers = {"Content-Type": media_type, **more}
    return service.ask(partner, "POST", "/leveringen", content=body, headers=headers)


@pytest.mark.parametrize("media_type", [JSON, CSV, XLSX])
def test_every_line_of_a_delivery_gets_its_answer_in_order(
    service: Service, tmp_path: Path, media_type: str
) -> None:
    rows = [
        service.someone(),
        service.someone(postcode="onbekend"),
        service.someone(bsn=TEST_BSN),
        service.someone(natuurlijk_persoon="nee"),
    ]
    answer = upload(service, "woonstichting", as_format(media_type, rows), media_type)
    assert answer.status_code == 201
    receipt = answer.json()
    results = receipt["resultaten"]
    assert [(result["regel"], result["code"], result["veld"]) for result in results] == [
        (1, "ACCEPTED", None),
        (2, "E_FIELD", "postcode"),
        (3, "W_BSN_VERWIJDERD", "bsn"),
        (4, "E_LEGAL_PERSON", "natuurlijk_persoon"),
    ]
    assert all(result["hint"] for result in results)
    assert (receipt["aantal"], receipt["aangenomen"]) == (4, 2)
    assert service.get("woonstichting", f"/leveringen/{receipt['leveringId']}") == receipt
    assert (service.rows()["gateway_signal"], service.rows()["gateway_delivery"]) == (2, 1)

    told = service.export(tmp_path / "log").acts(*BEFORE)
    assert told == [
        "delivery.received signaalpartner",
        "signal.received signaalpartner",
        "signal.received signaalpartner",
        "delivery.read signaalpartner",
    ]


def test_a_delivery_that_is_sent_again_changes_nothing(service: Service, tmp_path: Path) -> None:
    body = as_json([service.someone(), service.someone()])
    first = upload(service, "energie", body, JSON, **{"Idempotency-Key": "2026-10"})
    rows, size = service.rows(), service.size()

    again = upload(service, "energie", body, JSON, **{"Idempotency-Key": "2026-10"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert (service.rows(), service.size()) == (rows, size)

    other = upload(service, "energie", as_json([service.someone()]), JSON, **{"Idempotency-Key": "2026-10"})
    assert other.status_code == 409
    assert service.rows() == rows

    without_key = upload(service, "energie", body, JSON).json()
    assert without_key["herhalingVan"] == first.json()["leveringId"]
    assert {result["code"] for result in without_key["resultaten"]} == {"DUPLICATE"}
    assert service.rows() == {**rows, "gateway_delivery": 2}


def test_a_trial_run_answers_like_the_real_one_and_keeps_nothing(service: Service) -> None:
    body = as_csv([service.someone(), service.someone(huisnummer="nul")])
    service.bearer("energie")
    rows, size = service.rows(), service.size()
    trial = service.ask(
        "energie", "POST", "/leveringen?proef=true", content=body, headers={"Content-Type": CSV}
    )
    assert trial.status_code == 200
    assert (service.rows(), service.size()) == (rows, size)
    real = upload(service, "energie", body, CSV)
    assert trial.json()["resultaten"] == real.json()["resultaten"]


def test_nobody_sees_the_delivery_of_another_partner(service: Service) -> None:
    receipt = service.deliver([service.someone()])
    own = f"/leveringen/{receipt['leveringId']}"
    for method, path in (("GET", own), ("GET", f"{own}/signalen"), ("POST", f"{own}/intrekkingen")):
        more: dict[str, object] = {"json": {}} if method == "POST" else {}
        assert service.ask("zorgverzekeraar", method, path, **more).status_code == 404
    assert service.get("woonstichting", own) == receipt


def test_only_a_withdrawal_that_names_no_lines_takes_everything_back(service: Service) -> None:
    delivery = service.deliver([service.someone(), service.someone()])["leveringId"]
    path = f"/leveringen/{delivery}/intrekkingen"
    none_left = service.ask("woonstichting", "POST", path, json={"regels": []})
    assert none_left.status_code == 400
    everything = service.ask("woonstichting", "POST", path)
    assert everything.status_code == 201
    assert [result["regel"] for result in everything.json()["resultaten"]] == [1, 2]


def test_a_correction_replaces_and_a_withdrawal_takes_back(service: Service, tmp_path: Path) -> None:
    wrong, kept = service.someone(), service.someone()
    first = service.deliver([wrong, kept])
    right = {
        **wrong,
        "signaal_ref": "S-verbeterd",
        "soort": "correctie",
        "vervangt_ref": wrong["signaal_ref"],
    }
    right["achternaam"] = "Verbeterd"
    assert service.deliver([right])["resultaten"][0]["code"] == "ACCEPTED"
    gone = service.post("woonstichting", f"/leveringen/{first['leveringId']}/intrekkingen", {"regels": [2]})
    assert [result["regel"] for result in gone["resultaten"]] == [2]
    assert service.match()["dossiers"] == 1

    told = service.export(tmp_path / "log").acts(*BEFORE)
    assert told[3:8] == [
        "delivery.received signaalpartner",
        "signal.corrected signaalpartner",
        "signal.received signaalpartner",
        "signal.withdrawn signaalpartner",
        "delivery.withdrawn signaalpartner",
    ]


def test_a_client_asks_a_new_token_before_the_old_one_ends(service: Service) -> None:
    client = PartyClient(service.stage.origin, "client-energie", service.stage.cast.keys["client-energie"])
    first = client.authorization
    client._until = 0.0
    assert client.authorization != first
    assert client.get("/leveringen/" + "0" * 32).status_code == 404
    client.close()
