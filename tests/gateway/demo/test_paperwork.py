"""How partners write people down: every habit and mistake really happens, and never more than it should."""

from dataclasses import replace
from datetime import date
from random import Random

import pytest

from gateway.demo.paperwork import HABITS, describe
from gateway.demo.people import HARD, Address, Person, Residents, Surname, Temper
from gateway.matching.names import cores, repair
from gateway.matching.normalise import birth_date
from schemas.parties import PartnerType

HOME = Address("2790AB", 12, "", "3", "Proefstraat")
SOMEBODY = Person(
    key="0-0",
    female=True,
    given=("Özlem", "Maria"),
    surname=Surname("van der", "Dijkhuis"),
    born=date(1985, 3, 24),
    mobile="+31680012347",
    landline="+31790001234",
    address=HOME,
    old_address=None,
)


def papers(person: Person, sector: PartnerType, count: int = 400) -> list[dict[str, str]]:
    return [describe(person, sector, Random(number)) for number in range(count)]


@pytest.mark.parametrize("sector", HABITS)
def test_a_birth_date_is_known_as_often_as_the_sector_knows_it(sector: PartnerType) -> None:
    known = sum(bool(birth_date(paper["geboortedatum"])) for paper in papers(SOMEBODY, sector))
    assert known / 400 == pytest.approx(HABITS[sector].birth_date, abs=0.08)


def test_most_papers_agree_on_the_core_and_some_have_a_slip() -> None:
    right = sum("dykhuis" in cores(paper["achternaam"]) for paper in papers(SOMEBODY, PartnerType.WATER))
    assert 0.93 < right / 400 < 1.0


def test_a_prefix_stands_apart_glued_in_front_or_behind_a_comma() -> None:
    written = {
        paper["achternaam"] for paper in papers(SOMEBODY, PartnerType.ENERGIE) if not paper["voorvoegsel"]
    }
    assert {"van der Dijkhuis", "Dijkhuis, van der", "v.d. Dijkhuis"} <= written


def test_a_wife_is_known_by_either_name_or_both() -> None:
    wife = replace(SOMEBODY, partner=Surname("", "Bakker"))
    found = {
        frozenset(cores(paper["achternaam"])) & {"dykhuis", "bakker"}
        for paper in papers(wife, PartnerType.ZORG)
    }
    assert found >= {frozenset({"dykhuis"}), frozenset({"bakker"}), frozenset({"dykhuis", "bakker"})}


def test_diacritics_survive_vanish_or_come_out_garbled_and_printable() -> None:
    turkish = replace(SOMEBODY, surname=Surname("", "Şahin"))
    written = {paper["achternaam"] for paper in papers(turkish, PartnerType.ZORG)}
    assert {"Şahin", "Sahin"} <= written
    assert any(text not in {"Şahin", "Sahin"} and repair(text) == "Şahin" for text in written)
    assert all(text.isprintable() for text in written)


def test_who_moved_is_at_some_partners_still_at_the_old_address() -> None:
    mover = replace(SOMEBODY, old_address=Address("2795XY", 7, "", "", "Oudeweg"))
    old = sum(paper["straat"] == "Oudeweg" for paper in papers(mover, PartnerType.HUUR))
    assert 150 < old < 250


def test_who_has_no_telephone_is_never_given_one() -> None:
    silent = replace(SOMEBODY, mobile="", landline="")
    assert not any(paper["telefoon_1"] for paper in papers(silent, PartnerType.HUUR, 50))


def test_the_hard_town_has_more_twins_namesakes_and_registration_dates() -> None:
    def share(temper: Temper) -> tuple[float, float]:
        residents = Residents(1, 3_000, date(2026, 1, 1), temper)
        homes = [residents.adults(door) for door in range(1_500)]
        people = [person for home in homes for person in home]
        twins = sum(len(home) - len({person.born for person in home}) for home in homes)
        return twins / len(people), sum((p.born.month, p.born.day) == (1, 1) for p in people) / len(people)

    calm, hard = share(Temper()), share(HARD)
    assert hard[0] > calm[0]
    assert hard[1] > calm[1]


def test_every_adult_is_of_age_and_has_a_number_of_his_own() -> None:
    residents = Residents(637, 2_000, date(2026, 1, 1))
    people = [person for door in range(1_000) for person in residents.adults(door)]
    assert all((date(2026, 1, 1) - person.born).days >= 17 * 365 for person in people)
    mobiles = [person.mobile for person in people if person.mobile]
    assert len(set(mobiles)) == len(mobiles)
    assert len({person.key for person in people}) == len(people)
