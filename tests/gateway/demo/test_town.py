"""The synthetic town: the same for the same seed, fit for the door, at the published rates, and nobody real."""

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from gateway.demo.people import HARD
from gateway.demo.town import Town
from schemas.parties import PartnerType
from schemas.signal import COLUMNS, SignalIn, read_line

NOVEMBER = date(2026, 11, 1)


@pytest.fixture(scope="module")
def town() -> Town:
    return Town()


def test_a_month_is_the_same_for_the_same_seed_and_another_for_another(town: Town) -> None:
    again, other = Town(), Town(seed=1)
    assert town.month(NOVEMBER) == again.month(NOVEMBER) == town.month(date(2026, 11, 30))
    assert town.month(NOVEMBER) != other.month(NOVEMBER)


def test_the_months_before_do_not_depend_on_which_is_asked_first() -> None:
    late, early = Town(inhabitants=10_000), Town(inhabitants=10_000)
    late.month(date(2026, 6, 1))
    assert late.month(date(2026, 2, 1)) == early.month(date(2026, 2, 1))


def test_a_month_before_the_history_of_the_town_is_refused(town: Town) -> None:
    with pytest.raises(ValueError, match="history"):
        town.month(date(2025, 12, 1))


def test_every_line_is_accepted_at_the_door(town: Town) -> None:
    for number, signal in enumerate(town.month(NOVEMBER), 1):
        assert set(signal.row) <= set(COLUMNS)
        answer = read_line(number, {column: cell for column, cell in signal.row.items() if cell})
        assert isinstance(answer, SignalIn), answer


def test_the_rates_are_those_of_the_national_figures(town: Town) -> None:
    months = [town.month(date(2026, number, 1)) for number in range(5, 12)]
    last = months[-1]
    people = Counter(signal.person for signal in last)
    earlier = {signal.person for month in months[:-1] for signal in month}
    assert len(last) == 500
    assert 0.07 < sum(count > 1 for count in people.values()) / len(people) < 0.16
    assert 0.33 < sum(person in earlier for person in people) / len(people) < 0.48
    sectors = Counter(signal.sector for month in months for signal in month)
    shares = {sector: count / sum(sectors.values()) for sector, count in sectors.items()}
    expected = {
        PartnerType.ZORG: 0.43,
        PartnerType.HUUR: 0.20,
        PartnerType.ENERGIE: 0.20,
        PartnerType.WATER: 0.17,
    }
    assert shares == pytest.approx(expected, abs=0.04)


def test_amounts_ends_of_supply_and_telephones_are_as_described(town: Town) -> None:
    signals = [signal for number in range(1, 7) for signal in town.month(date(2026, number, 1))]
    energy = [signal.row for signal in signals if signal.sector is PartnerType.ENERGIE]
    ends = sum(row["soort"] == "eindelevering" for row in energy) / len(energy)
    large = sum(int(signal.row["bedrag_cent"]) > 200_000 for signal in signals) / len(signals)
    reachable = sum(bool(signal.row["telefoon_1"]) for signal in signals) / len(signals)
    assert 0.18 < ends < 0.29
    assert 0.02 < large < 0.10
    assert 0.55 < reachable < 0.70
    assert all(bool(row["einde_levering"]) == (row["soort"] == "eindelevering") for row in energy)


def test_nobody_can_be_real_or_reached_by_mail(town: Town) -> None:
    for signal in town.month(NOVEMBER):
        row = signal.row
        assert row["postcode"].startswith("279")
        assert row["plaats"] == "Voorbeeldstad"
        assert row["email"].endswith("@example.nl") or not row["email"]
        assert "bsn" not in row
        assert signal.person not in row.values()


def test_a_test_number_is_made_only_when_asked_and_only_for_insurers() -> None:
    for signal in Town(inhabitants=20_000, with_bsn=True).month(NOVEMBER):
        number = signal.row["bsn"]
        assert bool(number) == (signal.sector is PartnerType.ZORG)
        if number:
            digits = [int(digit) for digit in number]
            weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
            assert sum(w * d for w, d in zip(weights, digits, strict=True)) % 11 == 0
            assert number.startswith("9999")


def test_deliveries_hold_every_row_of_the_month_once(town: Town) -> None:
    deliveries = town.deliveries(NOVEMBER)
    rows = [row for delivery in deliveries.values() for row in delivery]
    assert len(rows) == len(town.month(NOVEMBER))
    assert len({row["signaal_ref"] for row in rows}) == len(rows)
    assert all(
        row["partner_type"] == sector.value for sector, delivery in deliveries.items() for row in delivery
    )


def test_a_recurring_person_keeps_his_paperwork_at_a_partner(town: Town) -> None:
    personal = ("voorletters", "voorvoegsel", "achternaam", "geboortedatum", "postcode", "huisnummer")
    seen: dict[tuple[str, PartnerType], list[str]] = {}
    again = 0
    for number in range(1, 8):
        for signal in town.month(date(2026, number, 1)):
            facts = [signal.row[column] for column in personal]
            again += (signal.person, signal.sector) in seen
            assert seen.setdefault((signal.person, signal.sector), facts) == facts
    assert again > 100


def test_twins_share_everything_but_their_given_name() -> None:
    residents = Town(inhabitants=20_000, temper=HARD).residents
    twins = 0
    for door in range(2_000):
        adults = residents.adults(door)
        for one, other in pairwise(adults):
            if (
                one.born == other.born
                and one.surname.core[:3] == other.surname.core[:3]
                and one.partner is None
            ):
                twins += one.given[0] != other.given[0]
                assert one.address == other.address
    assert twins > 5
