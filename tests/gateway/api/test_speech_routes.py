"""Over the API: scripts, tips, a resident's check of a call, and what an agent is told with a result."""

import asyncio
from typing import Any

import httpx2
import pytest

from gateway.app import create_app
from schemas.call import CallResult
from tests.support.api import ISSUER, Api, problem, wrong
from tests.support.installation import Town


def anybody(app: Any, *bodies: Any) -> list[httpx2.Response]:
    """Ask without a token."""

    async def ask() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=f"{ISSUER}/v1") as http:
            return [await http.post("/belcontroles", json=body) for body in bodies]

    return asyncio.run(ask())


def test_a_resident_checks_a_call_without_logging_in_and_learns_a_day(town: Town) -> None:
    case = town.person(achternaam="Kanariewijk")
    record, number = town.lease(), town.written[case]["telefoon_1"]
    app = create_app(town.gateway, ISSUER)
    yes, no = anybody(
        app,
        {"code": record.control, "nummer": number},
        {"code": record.control, "nummer": "06-98765432"},
    )
    assert (yes.status_code, no.status_code) == (200, 200)
    assert yes.json()["bevestigd"] is True
    assert yes.json()["datum"] == town.clock.at.date().isoformat()
    assert (no.json()["bevestigd"], no.json()["datum"]) == (False, None)
    for answer in (yes, no):
        assert set(answer.json()) == {"bevestigd", "datum", "tekst"}
        assert "anarie" not in answer.text
        assert number not in answer.text


def test_whoever_guesses_is_stopped(town: Town) -> None:
    app = create_app(town.gateway, ISSUER)
    guess = {"code": "0000-0000-0", "nummer": "06-98765432"}
    answers = anybody(app, *[guess] * 20)
    assert {answer.status_code for answer in answers} == {200, 429}
    assert problem(answers[-1]) == (429, "te_vaak")


def test_a_flood_of_guesses_keeps_no_resident_from_checking_a_true_call(town: Town) -> None:
    case = town.person()
    true = {"code": town.lease().control, "nummer": town.written[case]["telefoon_1"]}
    guess = {"code": "0000-0000-0", "nummer": "06-98765432"}
    *_, last, checked = anybody(create_app(town.gateway, ISSUER), *[guess] * 20, true)
    assert last.status_code == 429
    assert checked.json()["bevestigd"] is True


@pytest.mark.parametrize(
    "body",
    [
        {"code": "kanarie-x", "nummer": "06-98765432"},
        {"code": "0000-0000-0", "nummer": "kanarie"},
        {"code": "0000-0000-0"},
        {"code": "0000-0000-0", "nummer": "06-98765432", "naam": "kanarie"},
        ["kanarie"],
    ],
)
def test_a_check_that_does_not_fit_is_refused_without_an_echo(town: Town, body: Any) -> None:
    (answer,) = anybody(create_app(town.gateway, ISSUER), body)
    assert answer.status_code == 400
    assert "kanarie" not in answer.text


def test_the_script_of_a_dial_record_is_read_by_its_code_and_version(town: Town, api: Api) -> None:
    town.person()
    farid = town.as_user("farid")
    (record,) = api.post(farid, "/belrecords/_lease", {"aantal": 1}).json()["belrecords"]
    read = api.get(farid, f"/belscripts/{record['scriptCode']}-{record['scriptVersie']}").json()
    assert (read["code"], read["versie"]) == (record["scriptCode"], record["scriptVersie"])
    assert [step["moment"] for step in read["stappen"]][:2] == ["opening", "controle"]
    assert problem(api.get(farid, "/belscripts/eerste_aanbod-99")) == (404, "niet_gevonden")


def test_the_card_that_was_gone_through_is_on_record_with_its_version(town: Town, api: Api) -> None:
    case = town.person()
    farid = town.as_user("farid")
    cards = {one["soort"]: one["code"] for one in api.get(farid, "/tipkaarten").json()["tipkaarten"]}
    assert api.get(farid, f"/tipkaarten/{cards['huur']}").json()["tips"]
    path = f"/belrecords/{town.lease().ref}/belresultaten"
    for said in ({"tipsGegeven": True, "tipkaart": "huur-9"}, {"tipkaart": cards["huur"]}):
        assert wrong(api.post(farid, path, {"uitkomst": "andere_taal", **said})) == {"tipkaart"}
    told = {"uitkomst": "andere_taal", "tipsGegeven": True, "tipkaart": cards["huur"]}
    assert api.post(farid, path, told).status_code == 201
    (attempt,) = town.attempts(case)
    assert (bool(attempt["tips"]), attempt["tips_card"]) == (True, "huur-1")
    assert attempt["script_version"] == 2


def test_with_acute_need_the_answer_says_112_and_113(town: Town, api: Api) -> None:
    town.person()
    path = f"/belrecords/{town.lease().ref}/belresultaten"
    answer = api.post(town.as_user("farid"), path, {"uitkomst": "acuut", "omschrijving": "Zegt te springen"})
    assert answer.status_code == 201
    assert "112" in answer.json()["boodschap"]
    assert "113" in answer.json()["boodschap"]
    assert "springen" not in answer.text


def test_an_ordinary_result_comes_with_no_message(town: Town, api: Api) -> None:
    town.person()
    path = f"/belrecords/{town.lease().ref}/belresultaten"
    answer = api.post(town.as_user("farid"), path, {"uitkomst": "voicemail"})
    assert answer.json()["boodschap"] is None


def test_a_partner_hears_that_a_number_was_wrong_at_its_own_line_only(town: Town, api: Api) -> None:
    town.person()
    delivery = town.deliver([town.someone()], "zorgverzekeraar").delivery_id
    case = town.person(telefoon_1="06-11111111", telefoon_2="06-22222222")
    signal = town.signals(case)[0]
    noor = town.as_user("noor")
    leased = api.post(noor, "/belrecords/_lease", {"aantal": 5}).json()["belrecords"]
    (ref,) = (one["ref"] for one in leased if town.behind(noor, one["ref"]) == case)
    said = {"uitkomst": "fout_nummer", "nummer": "0622222222"}
    assert api.post(noor, f"/belrecords/{ref}/belresultaten", said).status_code == 201
    own = api.get(town.as_party("woonstichting"), f"/leveringen/{signal['delivery_id']}/signalen")
    assert [one["telefoonOnjuist"] for one in own.json()["signalen"]] == [True]
    other = api.get(town.as_party("zorgverzekeraar"), f"/leveringen/{delivery}/signalen")
    assert not any(one["telefoonOnjuist"] for one in other.json()["signalen"])
    assert problem(
        api.get(town.as_party("zorgverzekeraar"), f"/leveringen/{signal['delivery_id']}/signalen")
    ) == (404, "niet_gevonden")


def test_a_note_with_an_identifier_is_refused_with_the_reason_and_nothing_is_recorded(
    town: Town, api: Api
) -> None:
    town.person()
    path = f"/belrecords/{town.lease().ref}/belresultaten"
    said = {"uitkomst": "hulpvraag", "omschrijving": "bsn 999990019", "besteMoment": "na \u202e6"}
    with town.nothing_changes():
        answer = api.post(town.as_user("farid"), path, said)
    found = {(one["veld"], one["code"]) for one in answer.json()["errors"]}
    assert found == {("omschrijving", "bsn"), ("besteMoment", "tekens")}
    assert "999990019" not in answer.text
    assert CallResult.model_config["hide_input_in_errors"]
