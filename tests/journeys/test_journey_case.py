"""Journey 4: a help request is taken over warmly, and its owner alone sees the whole case."""

from pathlib import Path

from tests.support.service import BEFORE, Service

YES = {"uitkomst": "hulpvraag", "besteMoment": "na zessen", "omschrijving": "Wil graag overzicht van de post"}


def test_a_yes_on_the_phone_reaches_the_social_worker_with_everything_said(
    service: Service, tmp_path: Path
) -> None:
    row = service.person()
    service.called(row, **YES)
    (waiting,) = service.get("sw-farid", "/hulpvragen")["hulpvragen"]
    assert waiting["geverifieerd"]
    assert row["achternaam"] not in str(waiting)

    taken = service.ask("sw-farid", "POST", f"/hulpvragen/{waiting['ref']}/overnames")
    assert (taken.status_code, taken.headers["cache-control"]) == (201, "no-store")
    seen = taken.json()
    assert seen["achternaam"] == row["achternaam"]
    assert (seen["besteMoment"], seen["omschrijving"]) == (YES["besteMoment"], YES["omschrijving"])
    assert service.get("sw-greet", "/hulpvragen")["hulpvragen"] == []

    told = service.export(tmp_path / "log").acts(*BEFORE)
    assert told[-5:] == [
        "offer.recorded callcenter",
        "case.listed sociaal_werk",
        "case.read sociaal_werk",
        "handover.acknowledged sociaal_werk",
        "case.transition sociaal_werk",
    ]


def test_the_owner_sees_the_whole_case_and_a_colleague_hears_why_not(
    service: Service, tmp_path: Path
) -> None:
    row = service.urgent()
    (line,) = service.get("sw-eva", "/werkvoorraden")["dossiers"]
    ref = line["ref"]
    given = {"medewerker": "sw-farid", "reden": "verdeling"}
    assert service.post("sw-eva", f"/dossiers/{ref}/toewijzingen", given) == {}
    (own,) = service.get("sw-farid", "/dossiers")["dossiers"]

    seen = service.ask("sw-farid", "GET", f"/dossiers/{own['ref']}")
    assert seen.headers["cache-control"] == "no-store"
    case = seen.json()
    assert (case["achternaam"], case["geboortedatum"]) == (row["achternaam"], row["geboortedatum"])
    assert case["signalen"][0]["bedrag"] == 123450
    assert case["signalen"][0]["crisissignaal"]

    before = service.size()
    refused = service.ask("sw-greet", "GET", f"/dossiers/{own['ref']}")
    assert refused.status_code == 403
    assert "toegewezen" in [reason["voorwaarde"] for reason in refused.json()["redenen"]]
    assert row["achternaam"] not in refused.text
    (entry,) = service.log(before)
    assert (entry["act"], entry["dec"], entry["gr"]) == ("access.denied", "deny", "SW01")

    told = service.export(tmp_path / "log").acts(*BEFORE)
    assert told[-5:] == [
        "case.listed sociaal_werk",
        "case.assigned sociaal_werk",
        "case.listed sociaal_werk",
        "case.read sociaal_werk",
        "access.denied sociaal_werk",
    ]


def test_a_stand_in_sees_the_caseload_of_an_absent_colleague_and_nobody_else_does(service: Service) -> None:
    service.urgent()
    (line,) = service.get("sw-eva", "/werkvoorraden")["dossiers"]
    service.post(
        "sw-eva", f"/dossiers/{line['ref']}/toewijzingen", {"medewerker": "sw-farid", "reden": "verdeling"}
    )
    away = {
        "medewerker": "sw-farid",
        "vervanger": "sw-greet",
        "eersteDag": "2026-10-05",
        "laatsteDag": "2026-10-09",
    }
    service.post("sw-eva", "/afwezigheden", away)
    assert service.get("sw-greet", "/dossiers")["dossiers"] == []
    service.stage.clock.forward(days=4)
    (stood_in,) = service.get("sw-greet", "/dossiers")["dossiers"]
    assert stood_in["waarneming"]
    assert service.ask("sw-greet", "GET", f"/dossiers/{stood_in['ref']}").status_code == 200
    service.stage.clock.forward(days=7)
    assert service.ask("sw-greet", "GET", f"/dossiers/{stood_in['ref']}").status_code == 403
