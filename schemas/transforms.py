"""The minimisation lattice: how far a value may be made coarser before a party sees it.

Every transform is a pure function from a value to a value that says less. They are ordered: ``coarser(a, b)``
holds when the result of ``a`` can be computed from the result of ``b``, so a grant may only ever move a field
down. All are idempotent and keep "there is no value" as it is. Source: AVG art. 5(1)(c) and 25.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

Value = Any
"""A value of an open record: text, number, yes/no, a sequence of values or a mapping of counts."""


class Transform(StrEnum):
    """What a grant may do to a field, from everything (``volledig``) to nothing (``verborgen``)."""

    VOLLEDIG = "volledig"
    INITIALEN = "initialen"
    MAAND = "maand"
    GEBOORTEJAAR = "geboortejaar"
    LEEFTIJDSKLASSE = "leeftijdsklasse"
    POSTCODE4 = "postcode4"
    BEDRAGKLASSE = "bedragklasse"
    TELEFOON_GEMASKEERD = "telefoon_gemaskeerd"
    PSEUDONIEM = "pseudoniem"
    TERUGKOPPELCODE = "terugkoppelcode"
    AANTALKLASSE = "aantalklasse"
    EFFECT = "effect"
    AANWEZIG = "aanwezig"
    CONTROLE = "controle"
    VERBORGEN = "verborgen"


_T = Transform
_ENDS = frozenset({_T.VOLLEDIG, _T.AANWEZIG, _T.CONTROLE, _T.VERBORGEN})
_MIDDLE = frozenset(_T) - _ENDS - {_T.GEBOORTEJAAR, _T.LEEFTIJDSKLASSE}

DIRECTLY_COARSER: Mapping[Transform, frozenset[Transform]] = {
    _T.VOLLEDIG: _MIDDLE | {_T.CONTROLE},
    **{middle: frozenset({_T.AANWEZIG}) for middle in _MIDDLE},
    _T.MAAND: frozenset({_T.GEBOORTEJAAR}),
    _T.GEBOORTEJAAR: frozenset({_T.LEEFTIJDSKLASSE}),
    _T.LEEFTIJDSKLASSE: frozenset({_T.AANWEZIG}),
    _T.AANWEZIG: frozenset({_T.VERBORGEN}),
    _T.CONTROLE: frozenset({_T.VERBORGEN}),
    _T.VERBORGEN: frozenset(),
}
"""The steps down from each transform; the order is their transitive closure."""


def _closure(top: Transform) -> frozenset[Transform]:
    found = {top}
    for step in DIRECTLY_COARSER[top]:
        found |= _closure(step)
    return frozenset(found)


_AT_MOST: Mapping[Transform, frozenset[Transform]] = {top: _closure(top) for top in Transform}


def coarser(lower: Transform, upper: Transform) -> bool:
    """Say whether ``lower`` shows at most what ``upper`` shows (reflexive, transitive, antisymmetric)."""
    return lower in _AT_MOST[upper]


def meet(one: Transform, other: Transform) -> Transform:
    """Find the most informative transform that both still allow: the greatest lower bound."""
    shared = _AT_MOST[one] & _AT_MOST[other]
    return max(shared, key=lambda t: len(_AT_MOST[t]))


UNSEEN = frozenset({Transform.CONTROLE, Transform.VERBORGEN})
"""Transforms whose value never leaves: ``controle`` is only compared with an answer, yes or no."""


@dataclass(frozen=True, slots=True)
class Bands:
    """A scale of classes: each step is (first number above it, name); the last name has no upper bound."""

    steps: tuple[tuple[int, str], ...]
    above: str

    @property
    def names(self) -> tuple[str, ...]:
        """All classes from low to high."""
        return (*(name for _, name in self.steps), self.above)

    def of(self, number: int) -> str:
        """Name the class of ``number``."""
        return next((name for bound, name in self.steps if number < bound), self.above)


AGE_BANDS = Bands(((18, "tot_18"), (27, "18_26"), (40, "27_39"), (67, "40_66")), "vanaf_67")
AMOUNT_BANDS = Bands(
    (
        (25_000, "tot_250"),
        (50_000, "250_tot_500"),
        (100_000, "500_tot_1000"),
        (200_001, "1000_tot_en_met_2000"),  # exactly 2000.00 euro may still be called
    ),
    "boven_2000",
)
COUNT_BANDS = Bands(
    (
        (1, "0"),
        (2, "1"),
        (4, "2_3"),
        (7, "4_6"),
        (10, "7_9"),
        (25, "10_24"),
        (50, "25_49"),
        (100, "50_99"),
    ),
    "vanaf_100",
)
EFFECTS = ("geen", "alleen_intern", "niet_benaderen")
_EFFECT_OF: Mapping[str, str] = {
    "geen": "geen",
    "ingezetene": "geen",
    "geheim": "alleen_intern",
    "alleen_intern": "alleen_intern",
}
FEEDBACK_CODES = (
    "in_behandeling",
    "hulp_gestart",
    "geen_hulp_gestart",
    "niet_opgepakt_herhaald",
    "niet_opgepakt_onterecht",
    "niet_opgepakt_overleden",
    "niet_opgepakt_geen_inwoner",
    "niet_opgepakt_overig",
    "afgesloten",
)
_FEEDBACK_OF: Mapping[str, str] = {
    **{code: code for code in FEEDBACK_CODES},
    **dict.fromkeys(("hulp_gevraagd", "overgedragen", "vervolghulp", "advies_of_quick_fix"), "hulp_gestart"),
    **dict.fromkeys(
        (
            "betaald",
            "geweigerd",
            "geen_reactie",
            "onbereikt",
            "regelt_het_zelf",
            "zelf_betaald",
            "geen_reactie_na_eerder_contact",
            "definitief_geen_contact",
        ),
        "geen_hulp_gestart",
    ),
    "overleden": "niet_opgepakt_overleden",
    "geen_inwoner": "niet_opgepakt_geen_inwoner",
    "ingetrokken": "afgesloten",
    "gesloten": "afgesloten",
}
_SHOWN_DIGITS = 2
_PHONE_MASK = "********"


def _initials(value: Value) -> Value:
    return "".join(f"{word[0].upper()}." for word in str(value).replace(".", " ").split())


def _month(value: Value) -> Value:
    return str(value)[:7]


def _year(value: Value) -> Value:
    return str(value)[:4]


def _age_band(value: Value, on: date) -> Value:
    """Band the age reached in the year of ``on``, so that the band follows from the birth year alone."""
    return value if value in AGE_BANDS.names else AGE_BANDS.of(on.year - int(str(value)[:4]))


def _postcode4(value: Value) -> Value:
    return str(value)[:4]


def _amount_band(value: Value) -> Value:
    return value if value in AMOUNT_BANDS.names else AMOUNT_BANDS.of(value)


def _count_band(value: Value) -> Value:
    """Band a number, the length of a list, or every count of a mapping."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return {key: _count_band(count) for key, count in value.items()}
    return COUNT_BANDS.of(value if isinstance(value, int) else len(value))


def _masked_phone(value: Value) -> Value:
    if isinstance(value, str):
        return _PHONE_MASK + value[-_SHOWN_DIGITS:]
    return tuple(_masked_phone(number) for number in value)


def _effect(value: Value) -> Value:
    """Keep only what to do; a status nobody listed means the strictest thing: do not approach."""
    return _EFFECT_OF.get(str(value), "niet_benaderen")


def _feedback(value: Value) -> Value:
    """Fold an outcome into the closed feedback list; refused and unreached are not told apart (by default)."""
    return _FEEDBACK_OF.get(str(value), "in_behandeling")


def present(value: Value) -> bool:
    """Say whether there is anything: an empty text, an empty list, no, nought and None are not."""
    if isinstance(value, str):
        return value.strip() not in {"", "0"}
    return bool(value)


_PLAIN: Mapping[Transform, Callable[[Value], Value]] = {
    _T.VOLLEDIG: lambda value: value,
    _T.INITIALEN: _initials,
    _T.MAAND: _month,
    _T.GEBOORTEJAAR: _year,
    _T.POSTCODE4: _postcode4,
    _T.BEDRAGKLASSE: _amount_band,
    _T.TELEFOON_GEMASKEERD: _masked_phone,
    _T.PSEUDONIEM: lambda value: value,
    _T.TERUGKOPPELCODE: _feedback,
    _T.AANTALKLASSE: _count_band,
    _T.EFFECT: _effect,
}


def apply(transform: Transform, value: Value, on: date) -> Value:
    """Make ``value`` as coarse as ``transform`` says; ``on`` is the business date (for the age band).

    ``None`` stays ``None`` (``aanwezig`` answers no); ``controle`` and ``verborgen`` always give ``None``.
    """
    if transform in UNSEEN:
        return None
    if transform is Transform.AANWEZIG:
        return present(value)
    if value is None:
        return None
    if transform is Transform.LEEFTIJDSKLASSE:
        return _age_band(value, on)
    return _PLAIN[transform](value)


OWN_NAMES: Mapping[tuple[str, Transform], str] = {
    ("geboortedatum", Transform.GEBOORTEJAAR): "geboortejaar",
    ("geboortedatum", Transform.LEEFTIJDSKLASSE): "leeftijdsklasse",
    ("postcode", Transform.POSTCODE4): "postcode4",
    ("bedrag", Transform.BEDRAGKLASSE): "bedragklasse",
    ("uitkomst", Transform.TERUGKOPPELCODE): "terugkoppelcode",
}
AS_IS = frozenset({Transform.VOLLEDIG, Transform.PSEUDONIEM})
"""Transforms that leave a value as it is (a pseudonym is already the party's own)."""


def output_name(field: str, transform: Transform) -> str:
    """Name a field in a view: a generalised value never carries the name of the full one."""
    if transform in AS_IS:
        return field
    return OWN_NAMES.get((field, transform), f"{field}_{transform}")
