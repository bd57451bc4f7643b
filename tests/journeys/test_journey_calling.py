"""Journeys 2 and 3: dial records go out in small numbers, the caller verifies and reports, a yes becomes help asked."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from schemas.moments import AMSTERDAM
from tests.support.service import BEFORE, Service

SHOWN = {
    "ref", "aanhef", "voorvoegsel", "achternaam", "telefoonnummers", "scriptCode", "scriptVersie", "controlecode",
    "verlooptOp",
}  # fmt: skip


def one_record(service: Service, agent: str = "bel-cem") -> Any:
    (record,) = service.lease(agent)
    return record


def test_a_call_from_dial_record_to_a_yes(service: Service, tmp_path: Path) -> None:
    row = service.person()
    answer = service.ask("bel-cem", "POST", "/belrecords/_lease", json={"aantal": 3})
    (record,) = answer.json()["belrecords"]
    assert set(record) == SHOWN
    assert (record["aanhef"], record["achternaam"]) == ("heer of mevrouw", row["achternaam"])
    assert record["telefoonnummers"] == ["+31610000000"]
    assert answer.headers["cache-control"] == "no-store"
    assert re.fullmatch(r'</v1/logontvangsten/\d{4}/\d+>; rel="log-receipt"', answer.headers["link"])
    assert service.lease("bel-dina") == []

    ref = record["ref"]
    early = {"uitkomst": "geverifieerd_geweigerd"}
    assert service.ask("bel-cem", "POST", f"/belrecords/{ref}/belresultaten", json=early).status_code == 409
    wrong = {"geboortedatum": "1980-01-01", "huisnummer": 1}
    said = service.post("bel-cem", f"/belrecords/{ref}/verificaties", wrong)
    assert said == {"bevestigd": False, "vragenOver": 2}
    assert service.verify(ref, row)
    yes = {"uitkomst": "hulpvraag", "besteMoment": "na zessen", "omschrijving": "Wil graag overzicht"}
    recorded = service.post("bel-cem", f"/belrecords/{ref}/belresultaten", yes)
    assert recorded["poging"] == 1
    again = service.post("bel-cem", f"/belrecords/{ref}/belresultaten", yes)
    assert again == {**recorded, "herhaald": True}
    assert service.lease() == []
    assert service.export(tmp_path / "log").acts(*BEFORE) == TOLD


TOLD = [
    "delivery.received signaalpartner",
    "signal.received signaalpartner",
    "match.run matching",
    "case.opened matching",
    "match.run matching",
    "case.routed matching",
    "dial.leased callcenter",
    "billing.due callcenter",
    "dial.verified callcenter",
    "dial.verified callcenter",
    "dial.verified callcenter",
    "call.recorded callcenter",
    "case.transition callcenter",
    "help.requested callcenter",
    "offer.recorded callcenter",
]


def test_an_entry_names_what_a_dial_record_showed_and_nothing_of_whom(service: Service) -> None:
    row = service.person()
    before = service.size()
    one_record(service)
    entry, due = service.log(before)
    assert (due["act"], "cat" in due, "seal" in due) == ("billing.due", False, False)
    assert (entry["act"], entry["dec"], entry["pur"], entry["gr"]) == (
        "dial.leased",
        "permit",
        "bellen",
        "CC01",
    )
    shown = {"aanhef", "voorvoegsel", "achternaam", "telefoonnummers", "dossierkenmerk", "script"}
    assert set(entry["cat"]) == shown
    assert entry["sealn"] == 1
    assert row["achternaam"] not in str((entry, due))


def test_seven_attempts_and_then_a_letter(service: Service, tmp_path: Path) -> None:
    service.person()
    clock, made = service.stage.clock, []
    for day in (5, 6, 8, 9, 12, 13, 15, 16, 19, 20):
        for hour in (10, 14, 19):
            clock.set(datetime(2026, 10, day, hour, tzinfo=AMSTERDAM))
            for record in service.lease():
                missed = {"uitkomst": "niet_opgenomen"}
                path = f"/belrecords/{record['ref']}/belresultaten"
                made.append((day, hour, service.post("bel-cem", path, missed)["poging"]))
    assert [attempt for _, _, attempt in made] == [1, 2, 3, 4, 5, 6, 7]
    days = [day for day, _, _ in made]
    assert all(days.count(day) <= 2 for day in days)
    told = service.export(tmp_path / "log").acts(*BEFORE)
    assert told.count("dial.leased callcenter") == told.count("call.recorded callcenter") == 7
    assert told[-1] == "case.transition callcenter"


def test_outside_calling_hours_nothing_is_handed_out(service: Service) -> None:
    service.person()
    service.stage.clock.set(datetime(2026, 10, 4, 11, tzinfo=AMSTERDAM))
    before = service.size()
    refused = service.ask("bel-cem", "POST", "/belrecords/_lease", json={})
    assert refused.status_code == 403
    assert [reason["voorwaarde"] for reason in refused.json()["redenen"]] == ["binnen_belvenster"]
    assert [(e["act"], e["dec"], e["rsn"]) for e in service.log(before)] == [
        ("access.denied", "deny", "binnen_belvenster")
    ]


def test_dial_records_are_asked_for_without_a_word(service: Service) -> None:
    row = service.person()
    answer = service.ask("bel-cem", "POST", "/belrecords/_lease")
    assert answer.status_code == 200
    assert [record["achternaam"] for record in answer.json()["belrecords"]] == [row["achternaam"]]
    other = service.ask("bel-cem", "POST", "/belrecords/_lease", content=b"aantal=3")
    assert other.status_code == 415
    for more in ({"headers": {"Content-Type": "application/json"}}, {"json": None}):
        assert service.ask("bel-cem", "POST", "/belrecords/_lease", **more).status_code == 200


def test_a_withdrawn_signal_takes_the_dial_record_out_of_the_agents_hands(
    service: Service, tmp_path: Path
) -> None:
    row = service.someone()
    delivery = service.deliver([row])["leveringId"]
    service.match()
    ref = one_record(service)["ref"]
    service.stage.clock.forward(seconds=30)
    service.post("woonstichting", f"/leveringen/{delivery}/intrekkingen", {})
    recalled = service.get("bel-cem", "/terugroepingen")["terugroepingen"]
    assert [item["ref"] for item in recalled] == [ref]
    result = {"uitkomst": "niet_opgenomen"}
    late = service.ask("bel-cem", "POST", f"/belrecords/{ref}/belresultaten", json=result)
    assert (late.status_code, late.json()["type"]) == (409, "/problemen/teruggeroepen")
    assert service.lease() == []
    told = service.export(tmp_path / "log").acts(*BEFORE)
    assert told[-5:] == [
        "dial.leased callcenter",
        "billing.due callcenter",
        "signal.withdrawn signaalpartner",
        "delivery.withdrawn signaalpartner",
        "case.transition matching",
    ]


def test_a_resident_who_rings_back_is_found_by_number_and_verified_first(
    service: Service, tmp_path: Path
) -> None:
    row = service.person()
    missed = {"uitkomst": "voicemail"}
    service.post("bel-cem", f"/belrecords/{one_record(service)['ref']}/belresultaten", missed)
    found = service.post("bel-dina", "/terugbellers/_zoek", {"nummer": row["telefoon_1"]})
    assert set(found) == {"ref", "verlooptOp"}
    stranger = service.ask("bel-dina", "POST", "/terugbellers/_zoek", json={"nummer": "06-12345699"})
    assert stranger.status_code == 404
    assert service.verify(found["ref"], row, "bel-dina")
    path = f"/belrecords/{found['ref']}/belresultaten"
    service.post("bel-dina", path, {"uitkomst": "zelf_betaald"})
    told = service.export(tmp_path / "log").acts(*BEFORE)
    assert told[-7:] == [
        "callback.searched callcenter",
        "callback.searched callcenter",
        "dial.verified callcenter",
        "dial.verified callcenter",
        "call.recorded callcenter",
        "case.transition callcenter",
        "offer.recorded callcenter",
    ]
