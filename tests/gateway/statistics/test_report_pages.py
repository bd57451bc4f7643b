"""What a report shows: tables, charts and a page that everybody can read."""

import re
from collections import Counter
from random import Random
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.services.reporting.typesetting import pdf, table_csv
from gateway.statistics import wording
from gateway.statistics.assembly import Frame, reports
from gateway.statistics.charts import chart, described
from gateway.statistics.funnel import ATTEMPTS, END, NOT_CALLED, SAMENLOOP, SECTOR, Ending, Place
from gateway.statistics.month import Month
from gateway.statistics.report import Column, Line, Readers, Report, Table, Unit, dutch, percent

SVG = "{http://www.w3.org/2000/svg}"


def a_month(seed: int, cases: int = 420) -> Month:
    """A month as large as a town's, with a bit of everything."""
    chance, found = Random(seed), Counter[tuple[str, ...]]()
    for _ in range(cases):
        ending = chance.choice(END.categories)
        tries = "" if ending in NOT_CALLED else chance.choice(ATTEMPTS.categories)
        found[ending, chance.choice(SECTOR.categories), chance.choice(SAMENLOOP.categories), tries] += 1
    return Month(
        signals={(Place.NIEUW_DOSSIER,): cases + 40, (Place.WACHT,): 3, (Place.INGETROKKEN,): 9},
        refused=4,
        cases=found,
        letters={("geen",): cases - 120, ("verzonden",): 110, ("onbestelbaar",): 10},
        visits={("geen",): cases - 9, ("gesproken",): 6, ("niet_gesproken",): 3},
        dayparts={"ochtend": (500, 80, 70), "middag": (400, 60, 55), "avond": (40, 9, 9)},
        inbound=17,
    )


def year(months: int = 3) -> dict[Readers, list[Report]]:
    """The reports of some months in a row."""
    made: dict[Readers, list[Report]] = {readers: [] for readers in Readers}
    for number in range(1, months + 1):
        frames = {
            readers: Frame(
                f"2026-{number:02d}",
                "Gemeente Sluisstad",
                f"2026-{number + 1:02d}-01T09:00:00+01:00",
                made[readers][:],
                (30, 40),
                250_000,
            )
            for readers in Readers
        }
        for readers, report in reports(a_month(number), frames).items():
            made[readers].append(report)
    return made


@pytest.fixture(scope="module")
def made() -> dict[Readers, list[Report]]:
    return year()


def table(report: Report, key: str) -> Table:
    return next(table for table in report.tabellen if table.sleutel == key)


def test_a_report_has_every_table_of_the_pilot(made: dict[Readers, list[Report]]) -> None:
    inside = [found.sleutel for found in made[Readers.INTERN][-1].tabellen]
    assert inside == [
        "signalen",
        "trechter",
        "einde",
        "pogingen",
        "dagdelen",
        "kanalen",
        "soort",
        "volume",
        "samenloop",
        "definities",
        "trend",
        "vergelijking",
        "kosten",
    ]
    outside = {found.sleutel for found in made[Readers.OPENBAAR][-1].tabellen}
    assert set(inside) - outside == {"kosten"}


@pytest.mark.parametrize("readers", Readers)
def test_no_number_of_residents_is_too_small(made: dict[Readers, list[Report]], readers: Readers) -> None:
    for report in made[readers]:
        for found in report.tabellen:
            for line in found.regels:
                for number, column in zip(line.waarden, found.kolommen, strict=True):
                    counted = column.eenheid is Unit.AANTAL and found.sleutel != "vergelijking"
                    if counted and number is not None:
                        assert number >= report.ondergrens, (found.sleutel, line)
                        assert number % report.afronding == 0


def test_endings_add_up_to_the_cases(made: dict[Readers, list[Report]]) -> None:
    report = made[Readers.INTERN][0]
    assert sum(line.waarden[0] or 0 for line in table(report, "einde").regels) == report.figure("dossiers")


def test_a_part_of_the_day_with_few_answers_is_told_with_its_neighbour(
    made: dict[Readers, list[Report]],
) -> None:
    names = [line.naam for line in table(made[Readers.INTERN][0], "dagdelen").regels]
    assert names == ["Ochtend (voor 12 uur)", "Middag (12 tot 18 uur) en avond (vanaf 18 uur)"]


def test_small_counts_of_refusals_are_a_dash(made: dict[Readers, list[Report]]) -> None:
    first = table(made[Readers.INTERN][0], "signalen").regels[0]
    assert first == Line(naam="Niet aangenomen (controle bij de deur)", waarden=(None, None))
    assert table_csv(table(made[Readers.INTERN][0], "signalen")).splitlines()[1].endswith(";;")


def test_a_trend_repeats_earlier_reports_word_for_word(made: dict[Readers, list[Report]]) -> None:
    first, *_, last = made[Readers.OPENBAAR]
    trend = table(last, "trend").regels
    assert [line.naam for line in trend] == ["januari 2026", "februari 2026", "maart 2026"]
    assert trend[0].waarden[1] == first.figure("dossiers")


def test_both_definitions_stand_side_by_side_and_say_what_is_divided(
    made: dict[Readers, list[Report]],
) -> None:
    lines = table(made[Readers.INTERN][0], "definities").regels
    assert [line.naam.split(":")[0] for line in lines] == [
        "Pilot",
        "Landelijk",
        "Pilot",
        "Landelijk",
        "Landelijk",
    ]
    for line in lines:
        part, whole, share = line.waarden
        assert share == percent(part, whole)


@pytest.mark.parametrize("readers", Readers)
def test_every_chart_is_drawn_told_in_words_and_stays_on_its_canvas(
    made: dict[Readers, list[Report]], readers: Readers
) -> None:
    drawn = [(found, chart(found)) for found in made[readers][-1].tabellen if found.grafiek]
    assert len(drawn) >= 6
    for found, svg in drawn:
        root = ET.fromstring(svg)  # noqa: S314 (our own drawing)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        assert root.attrib["role"] == "img"
        assert root.findtext(f"{SVG}title") == found.titel
        assert root.findtext(f"{SVG}desc") == described(found)
        for box in root.iter(f"{SVG}rect"):
            left, top, wide, tall = (float(box.attrib[name]) for name in ("x", "y", "width", "height"))
            assert 0 <= left <= left + wide <= width + 0.1
            assert 0 <= top <= top + tall <= height + 0.1


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_bars_and_words_stand_out_from_the_page(made: dict[Readers, list[Report]]) -> None:
    """WCAG 2.2: 3 to 1 for graphics (1.4.11), 4.5 to 1 for text (1.4.3); white text stands on the bars."""
    for found in made[Readers.INTERN][-1].tabellen:
        root = ET.fromstring(chart(found) or f'<svg xmlns="{SVG[1:-1]}"/>')  # noqa: S314 (our own drawing)
        bars = {box.attrib["fill"] for box in root.iter(f"{SVG}rect")}
        words = {word.attrib["fill"] for word in root.iter(f"{SVG}text")}
        for colour in bars:
            assert 1.05 / (luminance(colour) + 0.05) >= (4.5 if "#ffffff" in words else 3)
        for colour in words - {"#ffffff"}:
            assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_a_name_cannot_become_markup_of_a_chart_or_a_page(made: dict[Readers, list[Report]]) -> None:
    hostile = '<script>alert("1")</script> #read("/etc/passwd") $x$ *vet*'
    nasty = Table(
        sleutel="proef",
        titel=hostile,
        eerste=hostile,
        kolommen=(Column(naam=hostile), Column(naam="Deel", eenheid=Unit.PROCENT)),
        regels=(Line(naam=f"={hostile}", waarden=(10, 50)),),
        toelichting=hostile,
        grafiek="staven",
    )
    assert "<script>" not in chart(nasty)
    assert table_csv(nasty).splitlines()[1].startswith("\"'=")
    report = made[Readers.INTERN][0]
    page = pdf(report.model_copy(update={"gemeente": hostile, "tabellen": (nasty, *report.tabellen)}))
    assert page.startswith(b"%PDF")


@pytest.mark.parametrize("readers", Readers)
def test_the_page_says_that_it_is_accessible_and_archivable(
    made: dict[Readers, list[Report]], readers: Readers
) -> None:
    page = pdf(made[readers][-1])
    for mark in (b"pdfuaid:part", b"pdfaid:part", b"/MarkInfo", b"/Lang(nl)", b"/StructTreeRoot", b"/Alt"):
        assert mark in page, mark
    assert not re.search(rb"/(JavaScript|JS|Launch|EmbeddedFile)\b", page)
    assert pdf(made[readers][-1]) == page


@given(st.integers(0, 5_000), st.integers(0, 5_000))
def test_a_percentage_is_whole_and_of_thirty_or_more(part: int, whole: int) -> None:
    found = percent(part, whole)
    assert (found is None) == (whole < 30)
    if found is not None and part <= whole:
        assert abs(found - 100 * part / whole) <= 0.5
    assert percent(None, whole) is percent(part, None) is None


@pytest.mark.parametrize("readers", Readers)
def test_no_two_rows_of_a_table_have_one_name(made: dict[Readers, list[Report]], readers: Readers) -> None:
    for report in made[readers]:
        for found in report.tabellen:
            names = [line.naam for line in found.regels]
            assert len(set(names)) == len(names), found.sleutel


def test_only_one_group_goes_by_what_is_left_over() -> None:
    blocks = [("huur", "zorg", "energie"), ("water",), ("hypotheek", "cak", "toeslagen", "belastingdienst")]
    assert wording.groups(wording.SECTORS, blocks, "de rest") == {
        blocks[0]: "Huur, zorgverzekering en energie",
        blocks[1]: "Water",
        blocks[2]: "De rest",
    }
    assert wording.groups(wording.SECTORS, [], "de rest") == {}


def test_every_category_has_a_name() -> None:
    assert set(wording.ENDINGS) == set(Ending)
    assert set(wording.PLACES) == set(Place)
    assert set(wording.SECTORS) == set(SECTOR.categories)
    assert set(wording.SAMENLOPEN) == set(SAMENLOOP.categories)
    assert dutch(["huur", "water", "CAK"]) == "Huur, water en CAK"
    assert wording.attempts(("1",)) == "1 poging"
    assert wording.attempts(("2", "3")) == "2 tot en met 3 pogingen"
    assert wording.month("2026-03") == "maart 2026"
