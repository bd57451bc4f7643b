"""What a pair alone cannot know: whether a twin or relatives live there, and whether the number holds many homes."""

from collections.abc import Iterable, Iterator, Sequence

from gateway.matching.evidence import Bit, persons_differ
from gateway.matching.normalise import Profile

_House = tuple[str, int]
_MANY_HOMES = 2
_GENERATION = 15


class Surroundings:
    """Everybody in view who lives at a house of a new profile."""

    def __init__(self, houses: dict[_House, list[Profile]]) -> None:
        self._houses = houses
        self._flats = {
            house
            for house, there in houses.items()
            if len({p.suffix for p in there if p.suffix}) >= _MANY_HOMES
        }

    @classmethod
    def of(cls, new: Sequence[Profile], known: Iterable[Profile]) -> "Surroundings":
        """Collect the neighbours of the new profiles."""
        houses: dict[_House, list[Profile]] = {}
        for profile in new:
            if profile.postcode and profile.number:
                houses.setdefault((profile.postcode, profile.number), []).append(profile)
        for profile in known:
            there = houses.get((profile.postcode, profile.number))
            if there is not None:
                there.append(profile)
        return cls(houses)

    def neighbours(self) -> Iterator[Profile]:
        """Everybody in view at those houses."""
        return (profile for there in self._houses.values() for profile in there)

    def bits(self, one: Profile, other: Profile) -> int:
        """``FLAT``, ``TWIN``, ``FAMILY`` and ``ELDER`` for a pair that a rule would join."""
        bits = 0
        for house in {(profile.postcode, profile.number) for profile in (one, other)}:
            bits |= Bit.FLAT if house in self._flats else 0
            for third in self._houses.get(house, ()):
                bits |= _kin(third, one, other)
        return bits


def _kin(third: Profile, one: Profile, other: Profile) -> int:
    """Somebody else of the same surname: a twin has the birth date of the pair, a relative another one, a parent an old one."""
    if third.cores.isdisjoint(one.cores):
        return 0
    if third.dob == one.dob:
        someone_else = persons_differ(third, one) or persons_differ(third, other)
        return Bit.TWIN | Bit.FAMILY if someone_else else 0
    if not third.dob or not one.dob:
        return 0
    elder = int(one.dob[:4]) - int(third.dob[:4]) >= _GENERATION
    return Bit.FAMILY | (Bit.ELDER if elder else 0)
