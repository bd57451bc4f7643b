"""The residents of the synthetic town: who lives where with whom, made from a seed, none of them real.

Every household is a function of its front door's number, so nothing is made before it is asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from gateway.demo.names import GIVEN, MADE, MIGRANTS, PREFIXES, SHARES, WHOLE, Origin


@dataclass(frozen=True, slots=True)
class Surname:
    """A family name with its prefix apart, as Dutch registers keep it."""

    prefix: str
    core: str


@dataclass(frozen=True, slots=True)
class Address:
    """A front door; ``letter`` or ``addition`` tell the homes of one number apart."""

    postcode: str
    number: int
    letter: str
    addition: str
    street: str


@dataclass(frozen=True, slots=True)
class Person:
    """An adult inhabitant; ``key`` is the truth that scoring knows and no row carries."""

    key: str
    female: bool
    given: tuple[str, ...]
    surname: Surname
    born: date
    mobile: str
    landline: str
    address: Address
    old_address: Address | None
    partner: Surname | None = None


@dataclass(frozen=True, slots=True)
class Temper:
    """The rates that make linking hard; assumptions, not measurements of a real town."""

    twins: float = 0.03
    namesakes: float = 0.15
    first_of_january: float = 0.22
    moved: float = 0.05


HARD = Temper(twins=0.35, namesakes=0.40, first_of_january=0.60)
"""A town full of twins, children named after a parent and registration dates."""

CITY = "Voorbeeldstad"
_DOORS_A_BLOCK, _BLOCKS, _NUMBERS = 40, 4_000, 100
_FLATS = 0.16
_STREETS = (
    "Proef",
    "Voorbeeld",
    "Oefen",
    "Model",
    "Schijn",
    "Maquette",
    "Decor",
    "Fictie",
    "Papier",
    "Schets",
)
_ENDINGS = ("straat", "laan", "hof", "plein", "weg", "pad", "dreef", "singel", "kade", "gaarde")
_LETTERS = "ABCDEGHJKLMNPRSTVWXZ"
_KINDS = {"alone": 38, "lone parent": 9, "couple": 28, "family": 25}
_ADULT = 18


@dataclass(frozen=True, slots=True)
class Residents:
    """All households of a town of ``doors`` front doors; ``today`` fixes the ages."""

    seed: int
    doors: int
    today: date
    temper: Temper = Temper()

    def address(self, door: int) -> Address:
        """The address of a front door: a terrace house, or a flat with forty homes on one number.

        The postcodes 2790-2799 are, as far as we know, not in use.
        """
        block, place = divmod(door, _DOORS_A_BLOCK)
        chance = Random(f"{self.seed}/block/{block}")
        postcode = _postcode(block % _BLOCKS)
        street = f"{chance.choice(_STREETS)}{chance.choice(_ENDINGS)}"
        first = _NUMBERS * (block // _BLOCKS)
        if happens(chance, _FLATS):
            return Address(postcode, first + chance.randint(1, 90), "", str(place + 1), street)
        shares = place % 10 == 1
        number = first + 1 + 2 * (place - 1 if shares else place)
        return Address(postcode, number, "A" if shares else "", "", street)

    def adults(self, door: int) -> list[Person]:
        """The adults behind a front door; children under age send no signals."""
        return list(_Household(self, door).adults())


def happens(chance: Random, share: float) -> bool:
    """Whether something that happens in ``share`` of the cases happens now."""
    return chance.random() < share


def _postcode(block: int) -> str:
    district, letters = divmod(block, len(_LETTERS) ** 2)
    return f"{2790 + district}{_LETTERS[letters // len(_LETTERS)]}{_LETTERS[letters % len(_LETTERS)]}"


class _Household:
    """One family in the making."""

    def __init__(self, town: Residents, door: int) -> None:
        self._town = town
        self._door = door
        self._chance = Random(f"{town.seed}/door/{door}")
        self._origin = self._chance.choices(tuple(SHARES), tuple(SHARES.values()))[0]
        self._address = town.address(door)
        self._landline = f"+31790{door % 1_000_000:06d}" if happens(self._chance, 0.4) else ""
        self._members = 0

    def adults(self) -> Iterator[Person]:
        kind = self._chance.choices(tuple(_KINDS), tuple(_KINDS.values()))[0]
        with_children = kind in {"lone parent", "family"}
        age = self._chance.randint(38, 62) if with_children else self._chance.randint(20, 88)
        first = self._adult(happens(self._chance, 0.5), age, _surname(self._origin, self._chance))
        parents = [first]
        if kind in {"couple", "family"}:
            parents = self._couple(first, age)
        yield from parents
        if with_children:
            yield from self._children(parents, age)

    def _couple(self, first: Person, age: int) -> list[Person]:
        other_age = max(_ADULT, age + self._chance.randint(-4, 4))
        second = self._adult(not first.female, other_age, _surname(self._origin, self._chance))
        man, wife = (second, first) if first.female else (first, second)
        if self._origin is Origin.TURKISH:
            return [man, replace(wife, surname=man.surname)]
        if self._origin in MIGRANTS or happens(self._chance, 0.3):
            return [man, wife]
        return [man, replace(wife, partner=man.surname)]

    def _children(self, parents: list[Person], age: int) -> Iterator[Person]:
        """Children that are of age, some of them twins, some named after a parent."""
        born, sibling = self._born(age - self._chance.randint(20, 32)), None
        for _ in range(self._chance.choices((1, 2, 3), (40, 42, 18))[0]):
            twin = sibling is not None and happens(self._chance, self._town.temper.twins)
            if sibling is not None and not twin:
                born = self._born(self._town.today.year - born.year - self._chance.randint(1, 5))
            child = self._child(parents, born, sibling if twin else None)
            if (self._town.today - born).days > _ADULT * 366:
                yield child
            sibling = child

    def _child(self, parents: list[Person], born: date, twin: Person | None) -> Person:
        female = happens(self._chance, 0.5)
        child = replace(self._adult(female, 0, parents[0].surname), born=born)
        parent = next((one for one in parents if one.female == female), None)
        if parent and happens(self._chance, self._town.temper.namesakes):
            child = replace(child, given=(parent.given[0], *child.given[1:]))
        while twin and twin.given[0] == child.given[0]:
            child = replace(child, given=_given(self._origin, female, self._chance))
        return child

    def _adult(self, female: bool, age: int, surname: Surname) -> Person:  # noqa: FBT001 (drawn at random)
        member = self._members
        self._members += 1
        return Person(
            key=f"{self._door}-{member}",
            female=female,
            given=_given(self._origin, female, self._chance),
            surname=_feminine(surname) if female and self._origin is Origin.POLISH else surname,
            born=self._born(age),
            mobile=self._mobile(member) if happens(self._chance, 0.93) else "",
            landline=self._landline,
            address=self._address,
            old_address=self._elsewhere() if happens(self._chance, self._town.temper.moved) else None,
        )

    def _born(self, age: int) -> date:
        year = self._town.today.year - age
        if self._origin in MIGRANTS and happens(self._chance, self._town.temper.first_of_january):
            return date(year, 1, 1)
        return date(year, 1, 1) + timedelta(days=self._chance.randrange(365))

    def _mobile(self, member: int) -> str:
        """A number of the right form, scattered over 06-8; not one that was issued on purpose to anybody here."""
        return f"+3168{(self._door * 8 + member) * 7_654_321 % 10_000_000:07d}"

    def _elsewhere(self) -> Address:
        return self._town.address(self._chance.randrange(self._town.doors))


def _given(origin: Origin, female: bool, chance: Random) -> tuple[str, ...]:  # noqa: FBT001 (drawn at random)
    names = GIVEN[origin][0 if female else 1].split()
    weights = (88, 12, 0) if origin in MIGRANTS or origin is Origin.POLISH else (38, 40, 22)
    return tuple(chance.sample(names, chance.choices((1, 2, 3), weights)[0]))


def _surname(origin: Origin, chance: Random) -> Surname:
    """Four in ten have one of the listed names, the others an invented one."""
    if happens(chance, 0.4):
        core, _, prefix = chance.choice(WHOLE[origin].split()).partition("|")
        return Surname(prefix.replace("_", " "), core)
    first, second = (chance.choice(piece.split()) for piece in MADE[origin])
    dutch = origin is Origin.DUTCH
    return Surname(chance.choice(PREFIXES) if dutch else "", first + second)


def _feminine(surname: Surname) -> Surname:
    if not surname.core.endswith("ski"):
        return surname
    return Surname(surname.prefix, surname.core.removesuffix("i") + "a")
