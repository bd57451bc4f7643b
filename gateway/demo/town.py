"""An openly synthetic town and what its signal partners send about it, month after month.

Nobody here exists. Names are drawn from typed lists and invented combinations, postcodes from a range that is
not in use, landlines from 079-0 (no subscriber number begins with 0), e-mail from example.nl. There is no
reserved range of Dutch mobile numbers; those here have a valid form only, and the demo never dials.

The rates follow the national figures for vroegsignalering (Divosa 2022-2024): about 4 signals per 1,000
inhabitants a month; 43 % zorg, 20 % huur, 20 % energie, 17 % water; 11 % of persons with several signals in a
month; 40 % with an earlier one in the six months before. How amounts are distributed is not published: they
are log-normal here, which is an assumption.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import log
from random import Random

from gateway.demo.paperwork import describe
from gateway.demo.people import Person, Residents, Temper
from schemas.parties import PartnerType

SIGNALS_PER_THOUSAND = 4.0
INHABITANTS = 125_000
_HOUSEHOLD = 2.15
_SECTORS = {PartnerType.ZORG: 43, PartnerType.HUUR: 20, PartnerType.ENERGIE: 20, PartnerType.WATER: 17}
_AGAIN, _SAME_PARTNER, _SEVERAL, _HOUSEMATE = 0.44, 0.6, 0.11, 0.03
_MONTHS_BACK = 6
_END_OF_SUPPLY = 0.235
_AMOUNTS = {
    PartnerType.ZORG: (340, 0.55),
    PartnerType.HUUR: (1250, 0.60),
    PartnerType.ENERGIE: (480, 0.80),
    PartnerType.WATER: (140, 0.60),
}
"""Median in euro and spread of the logarithm."""

_LEAST_CENTS = 2_500
_WARM = 0.03
_CALM = Temper()


@dataclass(frozen=True, slots=True)
class TownSignal:
    """One line of a delivery, and beside it (never in the row) who it is really about."""

    sector: PartnerType
    row: dict[str, str]
    person: str


_Pick = tuple[Person, PartnerType]


class Town:
    """A town of ``inhabitants``, the same for the same seed; ``first_month`` is where its history begins."""

    def __init__(
        self,
        seed: int = 637,
        inhabitants: int = INHABITANTS,
        *,
        first_month: date = date(2026, 1, 1),
        temper: Temper = _CALM,
        gemeentecode: str = "GM0637",
        with_bsn: bool = False,
    ) -> None:
        self.residents = Residents(seed, max(1, int(inhabitants / _HOUSEHOLD)), first_month, temper)
        self._seed = seed
        self._a_month = round(inhabitants * SIGNALS_PER_THOUSAND / 1_000)
        self._first_month = first_month.replace(day=1)
        self._gemeentecode = gemeentecode
        self._with_bsn = with_bsn
        self._months: list[list[_Pick]] = []

    def month(self, day: date) -> list[TownSignal]:
        """All signals of the month that ``day`` is in; who recurs at a partner keeps his paperwork there.

        Raises:
            ValueError: for a month before the town's first.
        """
        number = (day.year - self._first_month.year) * 12 + day.month - self._first_month.month
        if number < 0:
            raise ValueError("the town's history begins later")
        while len(self._months) <= number:
            self._months.append(list(self._picks(len(self._months))))
        start = day.replace(day=1)
        return [self.signal(*pick, start, line) for line, pick in enumerate(self._months[number], 1)]

    def deliveries(self, day: date) -> dict[PartnerType, list[dict[str, str]]]:
        """The rows of that month by partner, ready for an upload; column order as in the contract."""
        rows: dict[PartnerType, list[dict[str, str]]] = {sector: [] for sector in _SECTORS}
        for signal in self.month(day):
            rows[signal.sector].append(signal.row)
        return rows

    def signal(
        self, person: Person, sector: PartnerType, start: date, line: int, *, copy: int = 0
    ) -> TownSignal:
        """What ``sector`` sends about a person; another ``copy`` is another administration of the same sector."""
        paper = Random(f"{self._seed}/paper/{person.key}/{sector.value}/{copy}")
        debt = Random(f"{self._seed}/debt/{person.key}/{sector.value}/{start.isoformat()}")
        row = {
            "partner_type": sector.value,
            "gemeentecode": self._gemeentecode,
            "signaal_ref": f"{sector.value[0].upper()}{start:%Y%m}-{line:05d}",
            "natuurlijk_persoon": "ja",
            **describe(person, sector, paper),
            "klantnummer": _customer_number(sector, paper),
            **_arrear(sector, start, debt),
            **_effort(start, debt),
        }
        if self._with_bsn:
            row["bsn"] = _test_number(paper) if sector is PartnerType.ZORG else ""
        return TownSignal(sector, row, person.key)

    def _picks(self, number: int) -> Iterator[_Pick]:
        """Who is reported in a month by whom: recurring people, new ones, and some by two partners at once."""
        chance = Random(f"{self._seed}/month/{number}")
        pool = [pick for month in self._months[-_MONTHS_BACK:] for pick in month]
        seen: set[tuple[str, PartnerType]] = set()
        while len(seen) < self._a_month:
            for person, sector in self._reports(pool, chance):
                if (person.key, sector) not in seen and len(seen) < self._a_month:
                    seen.add((person.key, sector))
                    yield person, sector

    def _reports(self, pool: Sequence[_Pick], chance: Random) -> Iterator[_Pick]:
        sector = _sector(chance)
        if pool and chance.random() < _AGAIN:
            person, earlier = chance.choice(pool)
            sector = earlier if chance.random() < _SAME_PARTNER else sector
            yield person, sector
        else:
            household = self.residents.adults(chance.randrange(self.residents.doors))
            person = household.pop(chance.randrange(len(household)))
            yield person, sector
            if household and chance.random() < _HOUSEMATE:
                yield chance.choice(household), _sector(chance)
        if chance.random() < _SEVERAL:
            yield person, chance.choice([other for other in _SECTORS if other is not sector])


def _sector(chance: Random) -> PartnerType:
    return chance.choices(tuple(_SECTORS), tuple(_SECTORS.values()))[0]


def _customer_number(sector: PartnerType, chance: Random) -> str:
    """Only energy and water send one (Regeling afsluitbeleid)."""
    has_one = sector in {PartnerType.ENERGIE, PartnerType.WATER}
    return f"{chance.randrange(10**8):08d}" if has_one else ""


def _arrear(sector: PartnerType, start: date, chance: Random) -> dict[str, str]:
    """The debt on a day just before the month, and for part of energy the announced end of supply."""
    median, spread = _AMOUNTS[sector]
    cents = max(_LEAST_CENTS, round(100 * chance.lognormvariate(log(median), spread)))
    reference = start - timedelta(days=chance.randint(1, 5))
    ends = sector is PartnerType.ENERGIE and chance.random() < _END_OF_SUPPLY
    end = start + timedelta(days=chance.randint(30, 42))
    return {
        "soort": "eindelevering" if ends else "vroegsignaal",
        "bedrag_cent": str(cents),
        "oudste_vordering": (reference - timedelta(days=chance.randint(32, 95))).isoformat(),
        "peildatum": reference.isoformat(),
        "einde_levering": end.isoformat() if ends else "",
        "crisissignaal": "nee",
        "warme_overdracht": "ja" if chance.random() < _WARM else "nee",
    }


def _effort(start: date, chance: Random) -> dict[str, str]:
    """What the partner did itself first; every precondition of every sector is met."""
    return {
        "att_persoonlijk_contact": "ja",
        "att_gewezen_schuldhulp": "ja",
        "att_herinneringen": str(chance.randint(3, 5)),
        "att_aanbod_datum": (start - timedelta(days=chance.randint(8, 30))).isoformat(),
        "att_geen_afwijzing": "ja",
    }


_ELEVEN, _ELEVEN_WEIGHTS = 11, (9, 8, 7, 6, 5, 4, 3, 2)


def _test_number(chance: Random) -> str:
    """Nine digits that pass the elven test, in the 9999 range that is used for tests; nobody's number."""
    while True:
        digits = f"9999{chance.randrange(10**4):04d}"
        last = sum(w * int(d) for w, d in zip(_ELEVEN_WEIGHTS, digits, strict=True)) % _ELEVEN
        if last < len("0123456789"):
            return f"{digits}{last}"
