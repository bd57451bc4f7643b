"""A day of calling by file: dial records out as CSV, results back in, every line answered, nothing half done."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.moments import AMSTERDAM
from tests.support.service import Service

HEAD = "ref;tijdstip;uitkomst;omschrijving;geboortedatum;huisnummer;terugbellen_op"
NOTE = "Wil graag overzicht"


def out(service: Service, agent: str = "bel-cem", count: int = 5) -> list[dict[str, str]]:
    answer = service.ask(
        agent, "POST", "/belrecords/_lease", json={"aantal": count}, headers={"Accept": "text/csv"}
    )
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["cache-control"] == "no-store"
    assert 'rel="log-receipt"' in answer.headers["link"]
    return list(csv.DictReader(io.StringIO(answer.text, newline=""), delimiter=";"))


def now(service: Service, **ago: float) -> str:
    return f"{service.stage.clock().astimezone(AMSTERDAM) - timedelta(**ago):%Y-%m-%d %H:%M:%S}"


def back(service: Service, *lines: str, agent: str = "bel-cem", head: str = HEAD) -> Any:
    body = "\r\n".join([head, *lines, ""]).encode()
    answer = service.ask(agent, "POST", "/belresultaten", content=body, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    assert NOTE not in answer.text
    return answer.json()


def codes(bon: Any) -> list[tuple[str, str | None]]:
    return [(line["code"], line["veld"]) for line in bon["resultaten"]]


@pytest.fixture
def called(service: Service) -> tuple[Service, list[dict[str, str]], list[dict[str, str]]]:
    """Three people who were leased as a file, with what was reported about them in the same order."""
    service.deliver([service.someone() for _ in range(3)])
    service.match()
    records = out(service)
    return service, records, [dict(service.written[record["achternaam"]]) for record in records]


Called = tuple[Service, list[dict[str, str]], list[dict[str, str]]]


def test_a_day_by_file_from_lease_to_help_request_and_sending_it_again_changes_nothing(
    called: Called,
) -> None:
    service, (first, second, third), (one, _, _) = called
    assert first["telefoon_1"].startswith("00316")
    service.stage.clock.forward(minutes=10)
    at = now(service, minutes=5)
    lines = (
        f"{first['ref']};{at};hulpvraag;{NOTE};{one['geboortedatum']};{one['huisnummer']};",
        f"{second['ref']};{at};niet_opgenomen;;;;",
        f"{third['ref']};{at};terugbellen;;;;{now(service, days=-1)}",
    )
    bon = back(service, *lines)
    assert codes(bon) == [("VASTGELEGD", None)] * 3
    waiting = service.get("sw-farid", "/hulpvragen")["hulpvragen"]
    assert [one["geverifieerd"] for one in waiting] == [True]
    rows = service.rows()
    assert codes(back(service, *lines)) == [("HERHAALD", None)] * 3
    assert service.rows() == rows


def test_every_wrong_line_is_refused_by_itself(called: Called) -> None:
    service, (first, second, third), _ = called
    service.stage.clock.forward(minutes=10)
    at = now(service, minutes=5)
    bon = back(
        service,
        f"{first['ref']};{now(service, minutes=-30)};voicemail;;;;",
        f"{second['ref']};{now(service, hours=4)};voicemail;;;;",
        f"{third['ref']};{at};geverifieerd_geweigerd;;1900-01-01;1;",
        f"{third['ref']};{at};voicemail;;;;",
        f"{third['ref']};{at};voicemail;;;;",
        "7K3P-9QX2-C;" + at + ";voicemail;;;;",
        f"verschoven;{first['ref']};{at};voicemail;;;;",
        f"{first['ref']};{at};fout_nummer;{NOTE};;;",
    )
    assert codes(bon) == [
        ("E_VELD", "tijdstip"),
        ("E_VELD", "tijdstip"),
        ("E_CONTROLE", None),
        ("E_DUBBEL", None),
        ("E_DUBBEL", None),
        ("E_REF", None),
        ("E_KOLOMMEN", None),
        ("E_DUBBEL", None),
    ]
    assert bon["vastgelegd"] == 0
    assert service.rows()["gateway_attempt"] == 0


def test_a_result_counts_at_the_moment_of_the_talk_and_not_of_the_file(called: Called) -> None:
    service, (first, *_), _ = called
    at = service.stage.clock()
    service.stage.clock.forward(hours=5)
    bon = back(service, f"{first['ref']};{at.isoformat(timespec='seconds')};voicemail;;;;")
    assert codes(bon) == [("VASTGELEGD", None)]
    with service.stage.gateway.house.store.read() as connection:
        made = connection.exec_driver_sql("SELECT at, daypart FROM gateway_attempt").one()
    assert made == (int(at.timestamp() * 1000), "ochtend")


def test_a_record_of_a_colleague_is_not_found(called: Called) -> None:
    service, (first, *_), _ = called
    line = f"{first['ref']};{now(service)};voicemail;;;;"
    assert codes(back(service, line, agent="bel-dina")) == [("E_REF", None)]


def test_a_record_that_was_recalled_says_so(called: Called, tmp_path: Path) -> None:
    service, (first, *_), (one, *_) = called
    service.stage.clock.forward(minutes=1)
    line = next(
        n for n, row in enumerate(service.written.values(), 1) if row["achternaam"] == one["achternaam"]
    )
    with service.stage.gateway.house.store.read() as connection:
        delivery = connection.exec_driver_sql("SELECT delivery_id FROM gateway_delivery").scalar_one()
    service.post("woonstichting", f"/leveringen/{delivery}/intrekkingen", {"regels": [line]})
    bon = back(service, f"{first['ref']};{now(service)};voicemail;;;;")
    assert codes(bon) == [("E_STAND", None)]
    assert "teruggeroepen" in bon["resultaten"][0]["hint"]


def test_a_file_with_other_columns_is_refused_as_a_whole(service: Service) -> None:
    body = b"kenmerk;wanneer\r\nx;y\r\n"
    answer = service.ask(
        "bel-cem", "POST", "/belresultaten", content=body, headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 400
    assert answer.json()["type"] == "/problemen/kolommen"


def test_only_csv_is_read(service: Service) -> None:
    assert service.ask("bel-cem", "POST", "/belresultaten", json=[]).status_code == 415
