"""What a pair alone cannot know: whether a twin lives there, and whether the house number holds many homes."""

from collections.abc import Iterable, Iterator, Sequence

from gateway.matching.evidence import Bit, persons_differ
from gateway.matching.normalise import Profile

_House = tuple[str, int]
_MANY_HOMES = 2


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
        """``FLAT`` and ``TWIN`` for a pair that a rule would join."""
        houses = {(profile.postcode, profile.number) for profile in (one, other)}
        flat = Bit.FLAT if not houses.isdisjoint(self._flats) else 0
        twin = any(_is_twin(third, one, other) for house in houses for third in self._houses.get(house, ()))
        return flat | (Bit.TWIN if twin else 0)


def _is_twin(third: Profile, one: Profile, other: Profile) -> bool:
    """The same birth date and surname at this address, but initials that fit one of the pair not."""
    return (
        third.dob == one.dob
        and not third.cores.isdisjoint(one.cores)
        and (persons_differ(third, one) or persons_differ(third, other))
    )
