"""Over the API: letters ordered, printed, sent and returned."""

import csv
import io

import pytest

from schemas.audit import Act
from schemas.letters import PRINT_COLUMNS
from tests.support.api import CANARY, Api, problem, wrong
from tests.support.installation import START, Town

TODAY = START.date().isoformat()
NO_BATCH = "0" * 32
UNKNOWN = "7K3P-9QX2-C"


def ordered(town: Town, api: Api, people: int = 2) -> str:
    for _ in range(people):
        town.letter_person()
    answer = api.post(town.as_user("olga"), "/briefopdrachten", {})
    assert answer.status_code == 201, answer.text
    assert answer.json()["aantal"] == people
    return str(answer.json()["briefopdrachtId"])


def test_the_municipality_orders_a_letter_for_everybody_who_waits(town: Town, api: Api) -> None:
    batch = ordered(town, api)
    answer = api.get(town.as_party("briefdienst"), "/briefopdrachten")
    assert answer.status_code == 200
    assert {"briefopdrachtId": batch, "aantal": 2} in answer.json()["briefopdrachten"]


def test_an_order_for_nobody_makes_nothing(town: Town, api: Api) -> None:
    api.post(town.as_user("olga"), "/briefopdrachten", {})
    answer = api.post(town.as_user("olga"), "/briefopdrachten", {})
    assert answer.status_code == 200
    assert answer.json()["briefopdrachtId"] is None
    assert answer.json()["aantal"] == 0


def test_a_social_worker_orders_for_an_own_case(town: Town, api: Api) -> None:
    asker = town.as_user("sanne")
    ref = town.give(town.wealthy_debtor(), "sanne")
    body = {"dossiers": [ref], "sjabloon": "na_huisbezoek"}
    answer = api.post(asker, "/briefopdrachten", body)
    assert (answer.status_code, answer.json()["aantal"]) == (201, 1)
    again = api.post(asker, "/briefopdrachten", body)
    assert problem(again) == (409, "geen_brief_mogelijk")


def test_an_order_for_somebody_elses_case_is_refused(town: Town, api: Api) -> None:
    case = town.wealthy_debtor()
    town.give(case, "sanne")
    ref = town.ref(town.as_user("tariq"), case)
    answer = api.post(town.as_user("tariq"), "/briefopdrachten", {"dossiers": [ref]})
    assert problem(answer)[0] == 403
    assert town.log(Act.ACCESS_DENIED)
    unknown = api.post(town.as_user("tariq"), "/briefopdrachten", {"dossiers": [UNKNOWN]})
    assert problem(unknown)[0] == 404


def test_the_print_file_has_a_receipt_for_every_letter(town: Town, api: Api) -> None:
    batch = ordered(town, api)
    asker = town.as_party("briefdienst")
    answer = api.get(asker, f"/briefopdrachten/{batch}/adressen")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    letters = answer.json()["brieven"]
    assert answer.json()["vervallen"] == 0
    assert len(letters) == 2
    for letter in letters:
        assert {"achternaam", "postcode", "huisnummer", "script", "envelop"} <= letter.keys()
        assert {"bedrag", "signalen", "telefoonnummers", "geboortedatum"}.isdisjoint(letter.keys())
        assert f"<{letter['logontvangst']}>" in answer.headers["link"]
        receipt = api.get(asker, letter["logontvangst"].removeprefix("/v1"))
        assert receipt.status_code == 200


@pytest.mark.parametrize("wish", ["text/csv", "application/json;q=0.5, text/csv", "text/*"])
def test_the_print_file_comes_as_csv_to_whoever_asks_for_it(town: Town, api: Api, wish: str) -> None:
    batch = ordered(town, api, 1)
    path = f"/briefopdrachten/{batch}/adressen"
    answer = api.get(town.as_party("briefdienst"), path, headers={"Accept": wish})
    assert answer.headers["content-type"].startswith("text/csv; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["link"].count("rel=") == 1
    header, letter = csv.reader(io.StringIO(answer.text), delimiter=";")
    assert header == [*PRINT_COLUMNS, "envelop"]
    assert len(letter) == len(header)


@pytest.mark.parametrize("wish", ["*/*", "application/json, text/csv;q=0.9", "text/csv;q=0, */*"])
def test_the_print_file_is_json_otherwise(town: Town, api: Api, wish: str) -> None:
    batch = ordered(town, api, 1)
    path = f"/briefopdrachten/{batch}/adressen"
    answer = api.get(town.as_party("briefdienst"), path, headers={"Accept": wish})
    assert answer.headers["content-type"] == "application/json"


def test_a_large_batch_keeps_its_header_small(town: Town, api: Api) -> None:
    town.bring([town.someone(telefoon_1="") for _ in range(60)])
    batch = api.post(town.as_user("olga"), "/briefopdrachten", {}).json()["briefopdrachtId"]
    answer = api.get(town.as_party("briefdienst"), f"/briefopdrachten/{batch}/adressen")
    assert len(answer.headers["link"]) < 4096
    assert len({letter["logontvangst"] for letter in answer.json()["brieven"]}) == 60


def test_letters_are_sent_and_come_back(town: Town, api: Api) -> None:
    asker, batch = town.as_party("briefdienst"), ordered(town, api)
    path = f"/briefopdrachten/{batch}"
    early = api.post(asker, f"{path}/verzendingen", {"datum": TODAY})
    assert problem(early) == (409, "niets_gedrukt")
    letters = api.get(asker, f"{path}/adressen").json()["brieven"]
    sent = api.post(asker, f"{path}/verzendingen", {"datum": TODAY})
    assert (sent.status_code, sent.json()) == (201, {"aantal": 2})
    case = town.behind(asker, letters[0]["dossierkenmerk"])
    assert town.row(case)["offer_channel"] == "brief"
    back = api.post(asker, f"{path}/retouren", {"dossiers": [letters[0]["dossierkenmerk"]]})
    assert (back.status_code, back.json()) == (201, {"aantal": 1})
    assert town.state(case) == "sociaal_werk"
    assert problem(api.post(asker, f"{path}/retouren", {"dossiers": [UNKNOWN]}))[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("", {"dossiers": [CANARY + "!"]}, {"dossiers.0"}),
        ("", {"dossiers": []}, {"dossiers"}),
        ("", {"sjabloon": CANARY}, {"sjabloon"}),
        (f"/{NO_BATCH}/verzendingen", {"datum": CANARY}, {"datum"}),
        (f"/{NO_BATCH}/verzendingen", {"datum": 20_000}, {"datum"}),
        (f"/{NO_BATCH}/retouren", {"dossiers": []}, {"dossiers"}),
        ("/niet-hexadecimaal/retouren", {"dossiers": [UNKNOWN]}, {"ref"}),
    ],
)
def test_wrong_input_is_named_by_its_field(
    town: Town, api: Api, path: str, body: dict[str, object], named: set[str]
) -> None:
    asker = town.as_party("briefdienst") if path else town.as_user("olga")
    assert wrong(api.post(asker, f"/briefopdrachten{path}", body)) == named


def test_a_social_worker_names_the_cases(town: Town, api: Api) -> None:
    assert wrong(api.post(town.as_user("sanne"), "/briefopdrachten", {})) == {"dossiers"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", f"/{NO_BATCH}/adressen"),
        ("POST", f"/{NO_BATCH}/verzendingen"),
        ("POST", f"/{NO_BATCH}/retouren"),
    ],
)
def test_only_the_letter_service_prints_and_posts(town: Town, api: Api, method: str, path: str) -> None:
    for party in ("matching", "sociaal_werk", "callcenter"):
        body: dict[str, object] = {} if method == "GET" else {"json": {}}
        answer = api.send(town.as_party(party), method, f"/briefopdrachten{path}", **body)
        assert problem(answer) == (403, "doel_ontbreekt")
    good = {"datum": TODAY} if "verz" in path else {"dossiers": [UNKNOWN]}
    if path:
        known: dict[str, object] = {} if method == "GET" else {"json": good}
        answer = api.send(town.as_party("briefdienst"), method, f"/briefopdrachten{path}", **known)
        assert problem(answer)[0] == 404


def test_a_letter_service_orders_no_letters(town: Town, api: Api) -> None:
    answer = api.post(town.as_party("briefdienst"), "/briefopdrachten", {})
    assert problem(answer) == (403, "doel_ontbreekt")
