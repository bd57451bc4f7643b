"""A social worker who works in the own case system: what is recorded there comes back, once, and every message is answered."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.services.inbox import Inbox
from schemas.moments import AMSTERDAM
from tests.support.service import Service, principal


def day(service: Service, **ago: float) -> str:
    return f"{service.stage.clock().astimezone(AMSTERDAM) - timedelta(**ago):%d-%m-%Y}"


def send(service: Service, *messages: Any, client: str = "sw-farid") -> Any:
    return service.post(client, "/dossierberichten", list(messages))


def codes(bon: Any) -> list[tuple[str, str | None]]:
    return [(answer["code"], answer["veld"]) for answer in bon["resultaten"]]


def asked(ref: str, number: str = "R-1") -> dict[str, Any]:
    return {
        "bericht": number,
        "ZaakNummer": ref,
        "soort": "hulpvraag",
        "Kanaal": "telefoon",
        "geinformeerd": True,
    }


def talked(service: Service, ref: str, number: str = "R-2") -> dict[str, Any]:
    return {"bericht": number, "ZaakNummer": ref, "soort": "eerste_gesprek", "Datum": day(service)}


def helped(ref: str, number: str = "R-3") -> dict[str, Any]:
    result = {"Resultaat": "hulp_gegeven", "hulp": ["advies"], "Kanaal": "telefoon"}
    return {"bericht": number, "ZaakNummer": ref, "soort": "uitkomst", "resultaat": result}


def test_a_case_is_worked_on_in_the_other_system_from_request_to_help(service: Service) -> None:
    ref = service.owned()
    messages = [asked(ref), talked(service, ref), helped(ref)]
    bon = send(service, *messages)
    assert codes(bon) == [("VERWERKT", None)] * 3
    rows, log = service.rows(), service.size()
    again = send(service, *messages)
    assert codes(again) == [("HERHAALD", None)] * 3
    assert (again["verwerkt"], service.rows()) == (0, rows)
    assert service.size() == log
    with service.stage.gateway.house.store.read() as connection:
        acts = [entry["act"] for entry in service.log()]
        marks = connection.exec_driver_sql("SELECT message FROM gateway_inbox").scalars().all()
    assert [act for act in acts if act in {"talk.recorded", "help.recorded"}] == [
        "talk.recorded",
        "help.recorded",
    ]
    assert not any(b"R-1" in bytes(mark) for mark in marks)


def test_every_wrong_message_is_refused_by_itself_and_the_good_ones_are_done(service: Service) -> None:
    own, other = service.owned(), service.owned("sw-greet")
    bon = send(
        service,
        {**asked(own), "onbekend": 1},
        {"bericht": "R-9", "ZaakNummer": own, "soort": "uitkomst"},
        {**talked(service, own), "Datum": "2026-11-03"},
        asked("7K3P-9QX2-C"),
        asked(other, "R-4"),
        talked(service, own, "R-5"),
        {**helped(own, "R-6"), "resultaat": {"Resultaat": "hulp_gegeven"}},
        asked(own, "R-7"),
    )
    assert codes(bon) == [
        ("E_VELD", None),
        ("E_VELD", None),
        ("E_VELD", None),
        ("E_REF", None),
        ("E_NIET_VAN_U", None),
        ("E_STAND", None),
        ("E_VELD", "hulp"),
        ("VERWERKT", None),
    ]
    assert all(answer["hint"] for answer in bon["resultaten"])


def test_a_message_that_was_refused_may_come_again_under_its_number(service: Service) -> None:
    ref = service.owned()
    assert codes(send(service, talked(service, ref))) == [("E_STAND", None)]
    assert codes(send(service, asked(ref), talked(service, ref))) == [("VERWERKT", None)] * 2


def test_a_day_to_come_or_before_the_request_is_refused(service: Service) -> None:
    ref = service.owned()
    send(service, asked(ref))
    ahead = {**talked(service, ref), "Datum": day(service, days=-1)}
    before = {**talked(service, ref), "Datum": day(service, days=3)}
    assert codes(send(service, ahead, before)) == [("E_VELD", "datum")] * 2


def test_a_message_that_broke_off_is_never_done_twice_and_says_so(service: Service) -> None:
    ref = service.owned()
    house = service.stage.gateway.house
    assert Inbox(house).begin(principal("sw-farid"), "R-1") is None
    rows = service.rows()
    assert codes(send(service, asked(ref))) == [("E_ONZEKER", None)]
    assert service.rows() == rows


@pytest.mark.parametrize("body", [b"{}", b"[", b'"x"', b"[1, null, []]", b"\xff"])
def test_what_is_no_array_of_messages_is_refused(service: Service, body: bytes) -> None:
    answer = service.ask(
        "sw-farid", "POST", "/dossierberichten", content=body, headers={"Content-Type": "application/json"}
    )
    if answer.status_code == 200:
        assert {code for code, _ in codes(answer.json())} == {"E_VELD"}
    else:
        assert answer.status_code == 400
