"""Single, several and successive signals: by person for the case, by address as a flag."""

from datetime import date

from gateway.matching.samenloop import Samenloop, Sighting, samenloop
from schemas.ids import SubjectId


def sighting(subject: str, day: date, person: str, address: str | None = "huis") -> Sighting:
    return Sighting(SubjectId(subject), day, person, address)


def flags(*sightings: Sighting) -> dict[str, Samenloop]:
    return {str(subject): flag for subject, flag in samenloop(sightings).items()}


NOVEMBER = date(2026, 11, 3)


def test_one_signal_alone_is_single() -> None:
    only = flags(sighting("1", NOVEMBER, "p"))["1"]
    assert only.enkelvoudig
    assert only.adres_enkelvoudig


def test_two_signals_of_a_person_in_a_month_are_several() -> None:
    found = flags(sighting("1", NOVEMBER, "p"), sighting("2", date(2026, 11, 28), "p"))
    assert all(flag.meervoudig and not flag.enkelvoudig for flag in found.values())


def test_two_persons_at_one_address_are_several_for_the_address_only() -> None:
    found = flags(sighting("1", NOVEMBER, "p"), sighting("2", NOVEMBER, "q"))
    assert all(flag.adres_meervoudig and flag.enkelvoudig for flag in found.values())


def test_an_earlier_signal_counts_for_six_months_and_not_for_seven() -> None:
    found = flags(sighting("1", date(2026, 5, 31), "p"), sighting("9", NOVEMBER, "p"))
    assert found["9"].opeenvolgend
    assert not found["1"].opeenvolgend
    assert not flags(sighting("1", date(2026, 4, 30), "p"), sighting("9", NOVEMBER, "p"))["9"].opeenvolgend


def test_the_six_months_reach_over_new_year() -> None:
    assert flags(sighting("1", date(2025, 9, 1), "p"), sighting("9", date(2026, 2, 1), "p"))["9"].opeenvolgend


def test_several_and_successive_may_both_be_true() -> None:
    now = [sighting("8", NOVEMBER, "p"), sighting("9", NOVEMBER, "p")]
    found = flags(sighting("1", date(2026, 10, 1), "p"), *now)["9"]
    assert found.meervoudig
    assert found.opeenvolgend


def test_without_an_address_nothing_is_said_about_the_address() -> None:
    found = flags(sighting("1", NOVEMBER, "p", None), sighting("2", NOVEMBER, "q", None))
    assert all(flag.adres_enkelvoudig for flag in found.values())
