"""The month report of a real town: counted once, protected, the same for ever, and only for whom it is."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.services.reporting import Reports, files_of
from gateway.services.reporting.counting import count
from gateway.services.reporting.making import bounds
from gateway.statistics.funnel import CALLED, END, NOT_CALLED, SPOKEN, YES
from gateway.statistics.report import Readers, Report
from schemas.audit import Act
from schemas.call import Outcome
from schemas.errors import Broken, Conflict, Denied, Invalid, NotFound
from schemas.moments import AMSTERDAM, millis
from tests.support.installation import TENANT, Jostled, Town, an_installation

MONTH = "2026-11"
AFTER = datetime(2026, 12, 1, 9, 0, tzinfo=AMSTERDAM)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


class Desk:
    """The manager's desk of a town."""

    def __init__(self, town: Town, cents: int | None = None) -> None:
        self.town = town
        self.manager = town.as_party("management", user="lex")
        self.woo = town.as_party("woo")
        self.reports = Reports(town.house, town.door, lambda _asker, _month: cents)

    def after(self) -> Report:
        self.town.clock.at = AFTER
        return self.reports.lay_down(self.manager, MONTH).report


def some_calls(town: Town) -> None:
    """Forty people with a number and twelve without; everybody is called once, and some say yes."""
    town.bring([town.someone() for _ in range(40)])
    town.bring([town.someone(telefoon_1="", telefoon_2="") for _ in range(12)])
    for number in range(40):
        if number < 10:
            town.call(Outcome.HULPVRAAG)
        elif number < 28:
            town.call(Outcome.GEVERIFIEERD_GEWEIGERD)
        else:
            town.call(Outcome.NIET_OPGENOMEN)


def table(report: Report, key: str) -> dict[str, tuple[int | None, ...]]:
    found = next(table for table in report.tabellen if table.sleutel == key)
    return {line.naam: line.waarden for line in found.regels}


def test_the_report_tells_what_happened(town: Town) -> None:
    some_calls(town)
    report = Desk(town, cents=40_000).after()
    figures = {figure.sleutel: figure.waarde for figure in report.kerncijfers}
    assert figures == {
        "signalen": 52,
        "dossiers": 52,
        "gebeld": 40,
        "gesproken": 28,
        "ja": 10,
        "gesproken_deel": 70,
        "ja_deel": None,
        "geholpen": None,
    }
    assert table(report, "trechter")["Gesproken"] == (28, 70, 54)
    assert table(report, "kosten")["Per gesproken inwoner"] == (1429,)


def test_every_case_and_every_signal_is_in_one_place(town: Town) -> None:
    some_calls(town)
    town.withdraw(town.person())
    with town.house.store.read() as connection:
        month = count(connection, TENANT, MONTH, *map(millis, bounds(MONTH)))
    assert sum(month.cases.values()) == 53
    assert sum(month.signals.values()) == 53
    parts = [sum(n for key, n in month.cases.items() if key[0] in part) for part in (NOT_CALLED, CALLED)]
    assert parts == [13, 40]
    assert sum(n for key, n in month.cases.items() if key[0] in SPOKEN) == 28
    assert sum(n for key, n in month.cases.items() if key[0] in YES) == 10
    assert END.name == "einde"


def test_a_case_that_the_report_does_not_know_stops_it(town: Town) -> None:
    case = town.person()
    town.change(case, samenloop="driedubbel")
    desk = Desk(town)
    with pytest.raises(Broken, match="tellen niet op"):
        desk.after()
    with pytest.raises(NotFound):
        desk.reports.read(desk.manager, MONTH)


def test_a_month_is_reported_when_it_is_over_and_not_too_late(town: Town) -> None:
    desk = Desk(town)
    with pytest.raises(Conflict) as early:
        desk.reports.lay_down(desk.manager, MONTH)
    town.clock.at = datetime(2027, 1, 1, 0, 0, tzinfo=AMSTERDAM)
    with pytest.raises(Conflict) as late:
        desk.reports.lay_down(desk.manager, MONTH)
    assert (early.value.code, late.value.code) == ("maand_loopt", "maand_te_oud")
    town.clock.at = datetime(2026, 12, 31, 23, 0, tzinfo=AMSTERDAM)
    assert desk.reports.lay_down(desk.manager, MONTH).report.maand == MONTH


def test_a_report_says_the_day_on_which_residents_were_counted(town: Town) -> None:
    desk = Desk(town)
    town.clock.at = datetime(2026, 12, 1, 0, 30, tzinfo=AMSTERDAM).astimezone(UTC)
    assert desk.reports.lay_down(desk.manager, MONTH).report.stand_op == "2026-12-01T00:30:00+01:00"


def test_a_report_never_changes_again(town: Town) -> None:
    some_calls(town)
    desk = Desk(town)
    first = desk.after()
    town.bring([town.someone() for _ in range(9)])
    town.clock.forward(days=200)
    assert desk.reports.lay_down(desk.manager, MONTH).report == first
    assert desk.reports.read(desk.manager, MONTH).report == first


def test_who_comes_second_gets_the_report_of_the_first(town: Town) -> None:
    some_calls(town)
    desk = Desk(town)
    town.clock.at = AFTER
    house, door, _ = town.jostled(lambda: desk.reports.lay_down(desk.manager, MONTH))
    assert isinstance(house.store, Jostled)
    second = Reports(house, door, lambda _asker, _month: None).lay_down(desk.manager, MONTH)
    assert second.report == desk.reports.read(desk.manager, MONTH).report
    assert len(town.log(Act.REPORT_MADE)) == 1


def test_the_outside_hears_rounded_numbers_of_larger_groups_and_no_money(town: Town) -> None:
    some_calls(town)
    desk = Desk(town, cents=40_000)
    desk.after()
    told = desk.reports.read(desk.woo, MONTH).report
    assert (told.lezers, told.ondergrens, told.afronding) == (Readers.OPENBAAR, 10, 5)
    numbers = [
        number
        for table in told.tabellen
        for line in table.regels
        for number, column in zip(line.waarden, table.kolommen, strict=True)
        if number is not None and column.eenheid == "aantal"
    ]
    assert numbers
    assert all(number >= 10 and number % 5 == 0 for number in numbers)
    assert "kosten" not in {table.sleutel for table in told.tabellen}


def test_the_internal_report_is_not_for_outside(town: Town) -> None:
    some_calls(town)
    desk = Desk(town)
    desk.after()
    with pytest.raises(Denied) as refused:
        desk.reports.read(desk.woo, MONTH, Readers.INTERN)
    assert [one.condition for one in refused.value.failing] == ["groep_groot_genoeg"]
    assert desk.reports.read(desk.manager, MONTH, Readers.OPENBAAR).report.lezers is Readers.OPENBAAR


@pytest.mark.parametrize(
    "kind", ["matching", "callcenter", "sociaal_werk", "signaalpartner", "cbs", "beheer"]
)
def test_nobody_else_gets_a_report_and_the_log_knows(town: Town, kind: str) -> None:
    desk = Desk(town)
    town.clock.at = AFTER
    asker = town.as_party("woonstichting" if kind == "signaalpartner" else kind)
    for attempt in (desk.reports.lay_down, desk.reports.read):
        with pytest.raises(Denied):
            attempt(asker, MONTH)
    assert [entry["dec"] for entry in town.log(Act.ACCESS_DENIED)] == ["deny", "deny"]


def test_only_the_management_lays_a_report_down(town: Town) -> None:
    desk = Desk(town)
    town.clock.at = AFTER
    with pytest.raises(Denied):
        desk.reports.lay_down(desk.woo, MONTH)


def test_the_log_tells_who_made_and_who_read_a_report_and_on_what_ground(town: Town) -> None:
    desk = Desk(town)
    desk.after()
    desk.reports.read(desk.woo, MONTH)
    made, (own, outside) = town.log(Act.REPORT_MADE), town.log(Act.REPORT_READ)
    assert [(entry["n"], entry["gr"]) for entry in made] == [(2, "MG01")]
    assert (own["gr"], outside["gr"]) == ("MG01", "WO01")
    assert outside["org"] == desk.woo.party
    assert all(entry["cat"] == ["aantallen"] for entry in (*made, own, outside))


@pytest.mark.parametrize("month", ["2026-13", "2026", "november", "2026-1", "", "2026-11-01"])
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(Invalid):
        bounds(month)


@given(st.integers(2020, 2090), st.integers(1, 12))
@settings(max_examples=60, suppress_health_check=list(HealthCheck))
def test_months_follow_on_each_other(year: int, month: int) -> None:
    after = (year + month // 12, month % 12 + 1)
    assert bounds(f"{year}-{month:02d}")[1] == bounds(f"{after[0]}-{after[1]:02d}")[0]


def test_the_trend_repeats_what_earlier_reports_said(town: Town) -> None:
    some_calls(town)
    desk = Desk(town)
    first = desk.after()
    town.bring([town.someone() for _ in range(8)])
    town.clock.at = datetime(2027, 1, 2, 9, 0, tzinfo=AMSTERDAM)
    second = desk.reports.lay_down(desk.manager, "2026-12").report
    lines = table(second, "trend")
    assert list(lines) == ["november 2026", "december 2026"]
    assert lines["november 2026"][:5] == tuple(
        first.figure(key) for key in ("signalen", "dossiers", "gebeld", "gesproken", "ja")
    )
    assert lines["december 2026"][1] == 8


def test_the_files_of_a_report_are_the_same_every_time(town: Town) -> None:
    some_calls(town)
    report = Desk(town).after()
    found = dict(files_of(report))
    assert found["maandrapport.pdf"].startswith(b"%PDF-1.7")
    assert Report.model_validate_json(found["maandrapport.json"]) == report
    assert found["trechter.csv"].decode().splitlines()[0].startswith("Stap;Dossiers (aantal)")
    digests = {name: hashlib.sha256(content).digest() for name, content in found.items()}
    assert digests == {name: hashlib.sha256(content).digest() for name, content in files_of(report)}
