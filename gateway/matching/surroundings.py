"""What a pair alone cannot know: whether a twin or relatives live there, and whether the number holds many homes."""

from collections.abc import Iterable, Iterator, Sequence

from gateway.matching.evidence import Bit, persons_differ
from gateway.matching.normalise import Profile

_House = tuple[str, int]
_MANY_HOMES = 2
_GENERATION = 15


class Surroundings:
    """Everybody in view who lives at a house of a new profile; a question costs no more in a crowded house."""

    def __init__(self, houses: dict[_House, list[Profile]]) -> None:
        self._houses = houses
        self._units: dict[_House, set[str]] = {}
        self._dates: dict[tuple[_House, str], tuple[str, str]] = {}
        self._namesakes: dict[tuple[_House, str, str], dict[tuple[str, str], Profile]] = {}
        for house, there in houses.items():
            for profile in there:
                self._note(house, profile)

    def _note(self, house: _House, profile: Profile) -> None:
        if profile.suffix:
            self._units.setdefault(house, set()).add(profile.suffix)
        if not profile.dob:
            return
        for core in profile.cores:
            oldest, youngest = self._dates.get((house, core), (profile.dob, profile.dob))
            self._dates[house, core] = min(oldest, profile.dob), max(youngest, profile.dob)
            alike = self._namesakes.setdefault((house, core, profile.dob), {})
            alike.setdefault((profile.initials, profile.given), profile)

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
            bits |= Bit.FLAT if len(self._units.get(house, ())) >= _MANY_HOMES else 0
            for core in one.cores | other.cores:
                bits |= self._relatives(house, core, one) | self._twins(house, core, one, other)
        return bits

    def _twins(self, house: _House, core: str, one: Profile, other: Profile) -> int:
        """Somebody of that name and birth date whose initials do not fit both."""
        alike = self._namesakes.get((house, core, one.dob), {}).values()
        twin = any(persons_differ(third, one) or persons_differ(third, other) for third in alike)
        return Bit.TWIN | Bit.FAMILY if twin else 0

    def _relatives(self, house: _House, core: str, one: Profile) -> int:
        """Somebody of that name with another birth date; the oldest tells whether a parent may be among them."""
        oldest, youngest = self._dates.get((house, core), (one.dob, one.dob))
        if oldest == youngest == one.dob:
            return 0
        elder = int(one.dob[:4]) - int(oldest[:4]) >= _GENERATION
        return Bit.FAMILY | (Bit.ELDER if elder else 0)
