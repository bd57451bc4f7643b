"""How each kind of partner writes a person down: its own habits, what it leaves out, and its mistakes.

The rates follow what is known of the sectors where anything is, and are assumptions otherwise.
"""

import unicodedata
from dataclasses import dataclass
from random import Random

from gateway.demo.people import CITY, Address, Person, Surname, happens
from schemas.parties import PartnerType


@dataclass(frozen=True, slots=True)
class Habits:
    """One sector's administration; shares between 0 and 1, weights in the order of ``_INITIAL_STYLES``."""

    birth_date: float
    initials: tuple[int, ...]
    telephone: float
    prefix_apart: float


_INITIAL_STYLES = ("all", "joined", "one", "given")

HABITS = {
    PartnerType.ZORG: Habits(0.995, (75, 15, 5, 5), 0.66, 0.95),
    PartnerType.HUUR: Habits(0.93, (55, 10, 20, 15), 0.70, 0.60),
    PartnerType.ENERGIE: Habits(0.72, (35, 10, 35, 20), 0.66, 0.50),
    PartnerType.WATER: Habits(0.55, (30, 10, 50, 10), 0.55, 0.40),
}

_TYPO, _MOJIBAKE, _WITHOUT_MARKS, _Y_FOR_IJ = 0.035, 0.12, 0.35, 0.12
_WRONG_POSTCODE, _WRONG_NUMBER, _WRONG_DATE, _SWAPPED_DATE, _NO_SUFFIX = 0.005, 0.006, 0.006, 0.005, 0.06


_MONTHS = 12


def describe(person: Person, sector: PartnerType, chance: Random) -> dict[str, str]:
    """The personal columns of the upload contract, as this partner has them; empty text for what it lacks."""
    habits = HABITS[sector]
    where = person.old_address if person.old_address and happens(chance, 0.5) else person.address
    return {
        **_name(person, habits, chance),
        "geboortedatum": _birth_date(person, habits, chance),
        **_address(where, chance),
        **_reach(person, habits, chance),
    }


def _name(person: Person, habits: Habits, chance: Random) -> dict[str, str]:
    parts = [_typed(part, chance) for part in _double(person, chance)]
    prefix, core = parts[0].prefix, parts[0].core
    if len(parts) > 1:
        sign = chance.choice(("-", "-", " - ", " e/v "))
        core += f"{sign}{' '.join(filter(None, (parts[1].prefix, parts[1].core)))}"
    initials = _initials(person.given, habits, chance)
    if prefix and not happens(chance, habits.prefix_apart):
        prefix, core = "", _with_prefix(prefix, core, chance)
    return {
        "voorletters": _on_paper(initials, chance),
        "voorvoegsel": prefix,
        "achternaam": _on_paper(core, chance),
    }


def _double(person: Person, chance: Random) -> list[Surname]:
    """Own name, partner's name, or both in either order: every administration chooses for her."""
    if person.partner is None:
        return [person.surname]
    own, partner = person.surname, person.partner
    return chance.choices(([own], [partner, own], [own, partner], [partner]), (35, 40, 10, 15))[0]


def _with_prefix(prefix: str, core: str, chance: Random) -> str:
    short = "".join(f"{word[0]}." for word in prefix.split())
    return chance.choice(
        (f"{prefix} {core}", f"{prefix.title()} {core}", f"{core}, {prefix}", f"{short} {core}")
    )


def _initials(given: tuple[str, ...], habits: Habits, chance: Random) -> str:
    style = chance.choices(_INITIAL_STYLES, habits.initials)[0]
    letters = [name[0].upper() for name in given]
    if style == "given":
        return given[0]
    if style == "one":
        return f"{letters[0]}."
    return "".join(letters) if style == "joined" else "".join(f"{letter}." for letter in letters)


def _typed(surname: Surname, chance: Random) -> Surname:
    """The core with the slips of whoever typed it."""
    core = surname.core
    if "ij" in core and happens(chance, _Y_FOR_IJ):
        core = core.replace("ij", "y")
    if happens(chance, _TYPO):
        core = _slip(core, chance)
    return Surname(surname.prefix, core)


def _slip(word: str, chance: Random) -> str:
    """One letter dropped, doubled, wrong or swapped with its neighbour; the first letter is seldom wrong."""
    at = chance.randrange(1, len(word) - 1)
    before, letter, after = word[:at], word[at], word[at + 1 :]
    wrong = chance.choice("aeionrst")
    swapped = before + after[0] + letter + after[1:]
    return chance.choice((before + after, before + letter * 2 + after, before + wrong + after, swapped))


def _on_paper(text: str, chance: Random) -> str:
    """Diacritics survive, are dropped, or come out as UTF-8 read by a Windows program."""
    if text.isascii():
        return text
    fate = chance.random()
    if fate < _MOJIBAKE:
        garbled = text.encode().decode("cp1252", errors="replace")
        if garbled.isprintable() and "\N{REPLACEMENT CHARACTER}" not in garbled:
            return garbled
    if fate < _MOJIBAKE + _WITHOUT_MARKS:
        return _plain(text)
    return text


def _plain(text: str) -> str:
    stroked = text.replace("\N{LATIN SMALL LETTER DOTLESS I}", "i").replace("ł", "l").replace("Ł", "L")
    return unicodedata.normalize("NFKD", stroked).encode("ascii", "ignore").decode()


def _birth_date(person: Person, habits: Habits, chance: Random) -> str:
    if not happens(chance, habits.birth_date):
        return chance.choice(("", "", "", "1900-01-01", "01-01-1970"))
    year, month, day = person.born.year, person.born.month, person.born.day
    fate = chance.random()
    if fate < _SWAPPED_DATE and day <= _MONTHS:
        day, month = month, day
    elif fate < _SWAPPED_DATE + _WRONG_DATE:
        year -= chance.choice((1, 10))
        day = min(day, 28)
    return chance.choice((f"{year:04d}-{month:02d}-{day:02d}", f"{day}-{month}-{year}"))


def _address(address: Address, chance: Random) -> dict[str, str]:
    postcode, number = address.postcode, address.number
    if happens(chance, _WRONG_POSTCODE):
        postcode = postcode[:5] + chance.choice("ABEGHJKLNPRSTVWXZ")
    if happens(chance, _WRONG_NUMBER):
        number += chance.choice((1, 2, 10))
    forgets = happens(chance, _NO_SUFFIX)
    return {
        "postcode": f"{postcode[:4]} {postcode[4:]}" if happens(chance, 0.3) else postcode,
        "huisnummer": str(number),
        "huisletter": "" if forgets else address.letter,
        "toevoeging": "" if forgets else address.addition,
        "straat": address.street,
        "plaats": CITY,
    }


def _reach(person: Person, habits: Habits, chance: Random) -> dict[str, str]:
    """Telephone as people write it, and sometimes an address at example.nl (reserved for examples)."""
    numbers = [number for number in (person.mobile, person.landline) if number]
    if happens(chance, 0.2):
        numbers.reverse()
    if not happens(chance, habits.telephone):
        numbers = []
    elif happens(chance, 0.85):
        numbers = numbers[:1]
    first, second = (*(_written(number, chance) for number in numbers), "", "")[:2]
    email = _plain(f"{person.given[0]}.{person.surname.core}@example.nl").lower().replace("'", "")
    return {"telefoon_1": first, "telefoon_2": second, "email": email if happens(chance, 0.4) else ""}


def _written(number: str, chance: Random) -> str:
    national = "0" + number.removeprefix("+31")
    area = 2 if national.startswith("06") else 3
    return chance.choice((number, national, f"{national[:area]}-{national[area:]}"))
