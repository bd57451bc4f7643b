"""Enkelvoudig, meervoudig, opeenvolgend: how signals of one person or one address come together in time.

Source of the definitions: Divosa year report on vroegsignalering 2023, section 5. They count per address; here
the person decides for a case and the address is a flag beside it, which shows nobody another's arrears.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from schemas.ids import SubjectId

_MONTHS_BACK = 6
_SEVERAL = 2


@dataclass(frozen=True, slots=True)
class Sighting:
    """One signal that counts: its subject, the day it was received, and whom and where it concerns.

    ``person`` and ``address`` are any stable marks (a group, a case, an address tag); ``address`` is None when
    the address is not complete.
    """

    subject: SubjectId
    received: date
    person: Hashable
    address: Hashable | None = None


@dataclass(frozen=True, slots=True)
class Samenloop:
    """How a signal stands among the others; several signals and an earlier one may both be true."""

    meervoudig: bool
    opeenvolgend: bool
    adres_meervoudig: bool
    adres_opeenvolgend: bool

    @property
    def enkelvoudig(self) -> bool:
        """No other signal of this person in the month or the six months before."""
        return not (self.meervoudig or self.opeenvolgend)

    @property
    def adres_enkelvoudig(self) -> bool:
        """The same for the address: what the national figures count."""
        return not (self.adres_meervoudig or self.adres_opeenvolgend)


def samenloop(sightings: Iterable[Sighting]) -> Mapping[SubjectId, Samenloop]:
    """The flags of every signal, by its subject, seen from the month in which it was received."""
    signals = list(sightings)
    persons = _Months((signal.person, signal.received) for signal in signals)
    addresses = _Months((s.address, s.received) for s in signals if s.address is not None)
    return {
        signal.subject: Samenloop(
            meervoudig=persons.several(signal.person, signal.received),
            opeenvolgend=persons.earlier(signal.person, signal.received),
            adres_meervoudig=addresses.several(signal.address, signal.received),
            adres_opeenvolgend=addresses.earlier(signal.address, signal.received),
        )
        for signal in signals
    }


class _Months:
    """How many signals each mark has in each calendar month."""

    def __init__(self, marks: Iterable[tuple[Hashable, date]]) -> None:
        self._counts: dict[tuple[Hashable, int], int] = {}
        for mark, day in marks:
            key = (mark, _month(day))
            self._counts[key] = self._counts.get(key, 0) + 1

    def several(self, mark: Hashable, day: date) -> bool:
        return self._counts.get((mark, _month(day)), 0) >= _SEVERAL

    def earlier(self, mark: Hashable, day: date) -> bool:
        return any((mark, _month(day) - back) in self._counts for back in range(1, _MONTHS_BACK + 1))


def _month(day: date) -> int:
    return day.year * 12 + day.month
