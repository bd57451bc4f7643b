"""From what a partner sent to a profile that can be compared: names, birth date, address, telephone.

Everything here forgets on purpose: a placeholder birth date is no birth date, a prefix is no name.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.matching.names import cores, fold, initials, sound
from schemas.ids import SubjectId
from schemas.parties import PartnerType
from schemas.signal import SignalIn


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What matching may know of one subject: identity (``schemas.person``), numbers and the partner's sector.

    Strings as the partner sent them; ``huisnummer`` is a number; nothing else of the signal comes in here.
    """

    subject: SubjectId
    achternaam: str
    voorletters: str | None = None
    geboortedatum: str | None = None
    postcode: str = ""
    huisnummer: int | None = None
    huisletter: str | None = None
    toevoeging: str | None = None
    telefoonnummers: tuple[str, ...] = ()
    sector: PartnerType | None = None


def facts_of_signal(subject: SubjectId, signal: SignalIn, sector: PartnerType | None) -> PersonFacts:
    """Take from a line of a partner what matching may know."""
    return PersonFacts(
        subject=subject,
        achternaam=signal.achternaam,
        voorletters=signal.voorletters,
        geboortedatum=signal.geboortedatum,
        postcode=signal.postcode,
        huisnummer=signal.huisnummer,
        huisletter=signal.huisletter,
        toevoeging=signal.toevoeging,
        telefoonnummers=tuple(number for number in (signal.telefoon_1, signal.telefoon_2) if number),
        sector=sector,
    )


def facts_of_groups(
    subject: SubjectId, identity: Mapping[str, Any], contact: Mapping[str, Any], sector: PartnerType
) -> PersonFacts:
    """Take it from what was opened: the groups ``Identity`` and ``Contact`` of ``schemas.person`` as JSON, empty parts absent."""
    return PersonFacts(
        subject=subject,
        achternaam=identity["achternaam"],
        voorletters=identity.get("voorletters"),
        geboortedatum=identity.get("geboortedatum"),
        postcode=identity["postcode"],
        huisnummer=identity["huisnummer"],
        huisletter=identity.get("huisletter"),
        toevoeging=identity.get("toevoeging"),
        telefoonnummers=tuple(contact.get("telefoonnummers", ())),
        sector=sector,
    )


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """One subject in comparable form; an empty part means unknown. Lives in memory during one run only.

    ``dob`` is YYYY-MM-DD, ``phones`` are E.164, ``suffix`` is what follows the house number. No repr: a
    profile in a traceback or a log line would be personal data.
    """

    subject: SubjectId
    cores: frozenset[str]
    sounds: frozenset[str]
    initials: str
    given: str
    dob: str
    postcode: str
    number: int
    suffix: str
    phones: frozenset[str]
    sector: PartnerType | None = None

    def __repr__(self) -> str:
        return f"Profile({self.subject})"


_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_DUTCH = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_PLACEHOLDERS = frozenset({"1970-01-01"})
_OLDEST_YEAR = 1905


def birth_date(text: str | None) -> str:
    """ISO date, or empty for none, a partial date, an impossible date or a placeholder.

    1 January 1970 is the zero of computer clocks: believing it could merge two people, doubting it only costs
    a review. A year before 1905 (the usual 1900-01-01) belongs to nobody alive.
    """
    text = (text or "").strip()
    if iso := _ISO.fullmatch(text):
        year, month, day = iso.groups()
    elif dutch := _DUTCH.fullmatch(text):
        day, month, year = dutch.groups()
    else:
        return ""
    try:
        known = date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
    return "" if int(year) < _OLDEST_YEAR or known in _PLACEHOLDERS else known


_POSTCODE = re.compile(r"[1-9]\d{3}[A-Z]{2}")
_PARTS = re.compile(r"\d+|[^\W\d_]+")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_FLOOR_WORDS = frozenset(
    _PARTS.findall("hoog hg etage et verdieping verd e de app appartement kamer kmr unit nr bus toev")
)
_GROUND_FLOOR = frozenset(_PARTS.findall("huis hs bg beneden parterre"))


def postcode(text: str | None) -> str:
    """Dutch postcode as 1234AB, or empty."""
    joined = "".join((text or "").split()).upper()
    return joined if _POSTCODE.fullmatch(joined) else ""


def suffix(letter: str | None, addition: str | None) -> str:
    """What tells the units of one house number apart: "II hoog" is "2", "a-012" is "a12"."""
    if not letter and not addition:
        return ""
    return "".join(_unit(part) for part in _PARTS.findall(fold(f"{letter or ''} {addition or ''}")))


def _unit(part: str) -> str:
    if part in _FLOOR_WORDS:
        return ""
    if part in _GROUND_FLOOR:
        return "hs"
    return part.lstrip("0") if part.isdigit() else _ROMAN.get(part, part)


_NOT_A_DIGIT = re.compile(r"[^\d+]")
_PHONE_DIGITS = range(8, 16)
_MADE_UP = ("12345678", "87654321")
_FEWEST_DIFFERENT_DIGITS = 3


def phone(text: str) -> str:
    """E.164, or empty for what cannot be a number or is plainly filled in ("0000000000", "0612345678").

    Deliveries arrive in E.164 already; a national number is read as Dutch all the same.
    """
    bare = _NOT_A_DIGIT.sub("", text)
    if bare.startswith("00"):
        bare = "+" + bare[2:]
    elif bare.startswith("0"):
        bare = "+31" + bare[1:]
    digits = bare.removeprefix("+")
    if not bare.startswith("+") or not digits.isdigit() or len(digits) not in _PHONE_DIGITS:
        return ""
    subscriber = digits[-8:]
    filled_in = subscriber in _MADE_UP or len(set(subscriber)) < _FEWEST_DIFFERENT_DIGITS
    return "" if filled_in else bare


def profiles(facts: Iterable[PersonFacts]) -> list[Profile]:
    """Profiles of a run, in order. Surnames repeat, so their cores are kept for the length of this call only."""
    seen: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
    return [_profile(fact, seen) for fact in facts]


def profile(fact: PersonFacts) -> Profile:
    """The profile of one subject."""
    return _profile(fact, {})


def _profile(fact: PersonFacts, seen: dict[str, tuple[frozenset[str], frozenset[str]]]) -> Profile:
    name = seen.get(fact.achternaam)
    if name is None:
        words = cores(fact.achternaam)
        name = seen[fact.achternaam] = (words, frozenset(map(sound, words)))
    letters, given = initials(fact.voorletters or "")
    return Profile(
        subject=fact.subject,
        cores=name[0],
        sounds=name[1],
        initials=letters,
        given=given,
        dob=birth_date(fact.geboortedatum),
        postcode=postcode(fact.postcode),
        number=fact.huisnummer or 0,
        suffix=suffix(fact.huisletter, fact.toevoeging),
        phones=frozenset(filter(None, map(phone, fact.telefoonnummers))),
        sector=fact.sector,
    )
