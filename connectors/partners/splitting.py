"""Columns that hold more than one field, taken apart; what cannot be placed with certainty stays away.

A split never fails: a part it does not find is simply missing, and the line is then refused by the name of that part.
"""

import re
from collections.abc import Callable, Mapping

from schemas.columnmap import Split

_PREFIX_WORDS = frozenset(
    [
        "van",
        "de",
        "den",
        "der",
        "het",
        "'t",
        "ten",
        "ter",
        "te",
        "in",
        "op",
        "'s",
        "aan",
        "bij",
        "uit",
        "voor",
        "onder",
        "over",
        "tot",
        "la",
        "le",
        "l'",
        "du",
        "des",
        "da",
        "dos",
        "di",
        "el",
        "al",
        "ben",
        "ait",
        "v.",
        "v.d.",
        "vd",
        "vander",
        "von",
        "zu",
        "zum",
        "zur",
        "af",
    ]
)
_TITLES = frozenset({"dhr", "dhr.", "mevr", "mevr.", "mw", "mw.", "de heer", "mevrouw", "heer", "hr", "hr."})
_INITIALS = re.compile(r"(?:[^\W\d_]{1,2}\.[ ]?)+|[^\W\d_](?: [^\W\d_])*|[A-Z]{1,5}")


def _words(text: str) -> list[str]:
    return [word for word in text.split() if word.lower() not in _TITLES]


def _take_prefix(words: list[str]) -> tuple[str, list[str]]:
    count = 0
    while count < len(words) - 1 and words[count].lower() in _PREFIX_WORDS:
        count += 1
    return " ".join(words[:count]), words[count:]


def _surname_first(text: str) -> Mapping[str, str]:
    surname, _, rest = text.partition(",")
    given: list[str] = []
    prefix: list[str] = []
    for word in _words(rest):
        (prefix if word.lower() in _PREFIX_WORDS else given).append(word)
    before, core = _take_prefix(_words(surname))
    return {
        "voorletters": " ".join(given),
        "voorvoegsel": " ".join(filter(None, [before, *prefix])),
        "achternaam": " ".join(core),
    }


def _initials_first(text: str) -> Mapping[str, str]:
    if "," in text:
        return _surname_first(text)
    words = _words(text)
    count = 0
    while count < len(words) - 1 and _INITIALS.fullmatch(words[count]):
        count += 1
    prefix, core = _take_prefix(words[count:])
    return {
        "voorletters": " ".join(words[:count]),
        "voorvoegsel": prefix,
        "achternaam": " ".join(core),
    }


_HOUSE = re.compile(r"([0-9]{1,5})(?:[ /-]*([A-Za-z])(?![A-Za-z]))?[ /-]*([A-Za-z0-9]{1,4})?", re.ASCII)


def _house(text: str) -> Mapping[str, str]:
    found = _HOUSE.fullmatch(text.strip())
    if found is None:
        return {"huisnummer": text}
    number, letter, rest = found.groups(default="")
    return {"huisnummer": number, "huisletter": letter, "toevoeging": rest}


_ADDITION = re.compile(r"[0-9]{1,4}|[A-Za-z]|[IVX]{1,4}|hs|bis|zw|rd|hg|huis|-|/", re.ASCII | re.IGNORECASE)
_YEAR = re.compile(r"1[5-9][0-9]{2}|20[0-9]{2}", re.ASCII)
_MOST_ADDITIONS = 3


def _address(text: str) -> Mapping[str, str]:
    """Find the first word that starts a number and is followed by additions only; a year is part of the street."""
    words = text.replace(",", " ").split()
    for at in range(1, len(words)):
        rest = words[at + 1 :]
        street_with_year = _YEAR.fullmatch(words[at]) and any(word[0].isdigit() for word in rest)
        additions = len(rest) <= _MOST_ADDITIONS and all(map(_ADDITION.fullmatch, rest))
        if words[at][0].isdigit() and additions and not street_with_year:
            return {"straat": " ".join(words[:at]), **_house(" ".join(words[at:]))}
    return {"straat": text}


_POSTCODE_PLACE = re.compile(r"([1-9][0-9]{3} ?[A-Za-z]{2})[ ,]*(.*)", re.ASCII | re.DOTALL)


def _postcode_place(text: str) -> Mapping[str, str]:
    found = _POSTCODE_PLACE.fullmatch(text.strip())
    return {"postcode": found[1], "plaats": found[2]} if found else {"postcode": text}


_BETWEEN_NUMBERS = re.compile(r"\s*(?:[/;,|]|\ben\b|\bof\b)\s*")
_ENOUGH_DIGITS = 9


def _phones(text: str) -> Mapping[str, str]:
    parts = [part for part in _BETWEEN_NUMBERS.split(text.strip()) if part]
    if len(parts) == 2 and all(sum(map(str.isdigit, part)) >= _ENOUGH_DIGITS for part in parts):  # noqa: PLR2004 (a pair)
        return {"telefoon_1": parts[0], "telefoon_2": parts[1]}
    return {"telefoon_1": text}


_SPLITTERS: Mapping[Split, Callable[[str], Mapping[str, str]]] = {
    Split.ACHTERNAAM_VOORLETTERS: _surname_first,
    Split.VOORLETTERS_ACHTERNAAM: _initials_first,
    Split.ADRES: _address,
    Split.HUISNUMMER: _house,
    Split.POSTCODE_PLAATS: _postcode_place,
    Split.TELEFOONS: _phones,
}

_MAX_TEXT = 500


def split(form: Split, text: str) -> Mapping[str, str]:
    """Take a cell apart by its form; empty parts are left out, a cell over 500 characters is not looked at."""
    if len(text) > _MAX_TEXT:
        return {}
    return {
        name: part.strip() for name, part in _SPLITTERS[form](" ".join(text.split())).items() if part.strip()
    }
