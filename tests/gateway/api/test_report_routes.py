"""Over the API: the month report as JSON and as a PDF, for whom it is."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from gateway.statistics.report import Report
from schemas.audit import Act
from schemas.moments import AMSTERDAM
from tests.support.api import CANARY, Api, problem, wrong
from tests.support.installation import Town, an_installation


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A town of its own: a month can be laid down only once."""
    with an_installation(tmp_path) as opened:
        yield opened


@pytest.fixture
def api(town: Town) -> Api:
    return Api(town)


MONTH, PATH = "2026-11", "/maandrapportages/2026-11"
AFTER = datetime(2026, 12, 1, 9, 0, tzinfo=AMSTERDAM)
PDF = {"Accept": "application/pdf"}


def laid_down(town: Town, api: Api) -> Report:
    town.bring([town.someone() for _ in range(33)])
    town.clock.at = AFTER
    made = api.post(town.as_party("management"), "/maandrapportages", {"maand": MONTH})
    assert made.status_code == 201, made.text
    return Report.model_validate_json(made.content)


def test_a_report_is_laid_down_once_and_read_as_it_is(town: Town, api: Api) -> None:
    report = laid_down(town, api)
    assert (report.maand, report.lezers, report.figure("dossiers")) == (MONTH, "intern", 33)
    again = api.post(town.as_party("management"), "/maandrapportages", {"maand": MONTH})
    read = api.get(town.as_party("management"), PATH)
    assert again.json() == read.json() == report.model_dump(mode="json", by_alias=True)


def test_an_answer_points_at_its_entry_and_is_not_kept_by_a_cache(town: Town, api: Api) -> None:
    laid_down(town, api)
    answer = api.get(town.as_party("management"), PATH)
    assert answer.headers["cache-control"] == "no-store"
    receipt = answer.headers["link"].partition(">")[0].removeprefix("</v1")
    assert api.get(town.as_party("management"), receipt).status_code == 200
    assert len(town.log(Act.REPORT_READ)) == 2


def test_the_same_report_comes_as_a_pdf(town: Town, api: Api) -> None:
    laid_down(town, api)
    page = api.get(town.as_party("management"), PATH, headers=PDF)
    assert (page.status_code, page.headers["content-type"]) == (200, "application/pdf")
    assert page.content.startswith(b"%PDF")


def test_the_woo_team_reads_the_publication(town: Town, api: Api) -> None:
    laid_down(town, api)
    told = api.get(town.as_party("woo"), PATH)
    assert (told.json()["lezers"], told.json()["ondergrens"], told.json()["afronding"]) == ("openbaar", 10, 5)
    refused = api.get(town.as_party("woo"), f"{PATH}?lezers=intern")
    assert problem(refused) == (403, "geen_grondslag")
    assert refused.json()["redenen"][0]["voorwaarde"] == "groep_groot_genoeg"
    published = api.get(town.as_party("management"), f"{PATH}?lezers=openbaar")
    assert published.json() == told.json()


def test_a_month_without_a_report_is_not_found(town: Town, api: Api) -> None:
    assert problem(api.get(town.as_party("management"), PATH)) == (404, "niet_gevonden")


def test_a_month_that_is_not_over_is_a_conflict(town: Town, api: Api) -> None:
    answer = api.post(town.as_party("management"), "/maandrapportages", {"maand": MONTH})
    assert problem(answer) == (409, "maand_loopt")


@pytest.mark.parametrize("month", ["2026-13", CANARY, "2026-1", "", None, 202611])
def test_what_is_no_month_is_refused_without_an_echo(town: Town, api: Api, month: object) -> None:
    answer = api.post(town.as_party("management"), "/maandrapportages", {"maand": month})
    assert wrong(answer) == {"maand"}


@pytest.mark.parametrize("path", [f"/maandrapportages/{CANARY}", f"{PATH}?lezers={CANARY}"])
def test_a_path_that_is_no_month_is_refused_without_an_echo(town: Town, api: Api, path: str) -> None:
    assert api.get(town.as_party("management"), path).status_code == 400
