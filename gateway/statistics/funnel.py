"""What became of a month: every case in exactly one ending, every accepted signal in exactly one place.

The pilot's report counts who was called, spoken to and said yes; the national definitions (Divosa, DDAS) count who was
reached by any means and helped. Both are sums of the same endings, so they cannot contradict each other.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.statistics.catalogue import Catalogue, Dimension, Population
from schemas.case import MAX_ATTEMPTS, CaseState, CloseReason
from schemas.errors import Broken
from schemas.parties import PartnerType


class Ending(StrEnum):
    """Where a case of the month stands or ended; each case has exactly one."""

    BRIEF = "brief"
    SOCIAAL_WERK = "sociaal_werk"
    BELBAAR = "belbaar"
    ONGEBELD_GESPROKEN = "ongebeld_gesproken"
    ONGEBELD_JA = "ongebeld_ja"
    ONGEBELD_HULP = "ongebeld_hulp"
    ONGEBELD_INGETROKKEN = "ongebeld_ingetrokken"
    LOOPT_NOG = "loopt_nog"
    ZEVEN_POGINGEN = "zeven_pogingen"
    MINDER_POGINGEN = "minder_pogingen"
    NIET_MEER_BELLEN = "niet_meer_bellen"
    GEBELD_INGETROKKEN = "gebeld_ingetrokken"
    REGELT_ZELF = "regelt_zelf"
    BETAALD = "betaald"
    GEEN_REACTIE = "geen_reactie"
    ANDERS = "anders"
    GESPREK_LOOPT = "gesprek_loopt"
    JA_HULP = "ja_hulp"
    JA_ADVIES = "ja_advies"
    JA_LOOPT = "ja_loopt"
    JA_AFGEZIEN = "ja_afgezien"


_E = Ending
NOT_CALLED: Final = (
    _E.BRIEF,
    _E.SOCIAAL_WERK,
    _E.BELBAAR,
    _E.ONGEBELD_GESPROKEN,
    _E.ONGEBELD_JA,
    _E.ONGEBELD_HULP,
    _E.ONGEBELD_INGETROKKEN,
)
NOT_SPOKEN: Final = (
    _E.ZEVEN_POGINGEN,
    _E.MINDER_POGINGEN,
    _E.NIET_MEER_BELLEN,
    _E.GEBELD_INGETROKKEN,
    _E.LOOPT_NOG,
)
NO_HELP: Final = (_E.REGELT_ZELF, _E.BETAALD, _E.GEEN_REACTIE, _E.ANDERS, _E.GESPREK_LOOPT)
YES: Final = (_E.JA_HULP, _E.JA_ADVIES, _E.JA_LOOPT, _E.JA_AFGEZIEN)

CALLED: Final = (*NOT_SPOKEN, *NO_HELP, *YES)
CALLABLE: Final = (_E.BELBAAR, *CALLED)
SPOKEN: Final = (*NO_HELP, *YES)
REACHED: Final = (*SPOKEN, _E.ONGEBELD_GESPROKEN, _E.ONGEBELD_JA, _E.ONGEBELD_HULP)
HELPED: Final = (_E.JA_HULP, _E.JA_ADVIES, _E.ONGEBELD_HULP)

SEVERAL_SECTORS: Final = "meer_soorten"
"""The sector of a case with signals of more than one."""

END: Final = Dimension(
    "einde",
    (NOT_CALLED, NOT_SPOKEN, NO_HELP, YES),
    ordered=True,
    kin=(
        (_E.JA_LOOPT, _E.JA_AFGEZIEN),
        (_E.JA_HULP, _E.JA_ADVIES),
        (_E.ONGEBELD_GESPROKEN, _E.ONGEBELD_JA),
        (_E.ONGEBELD_GESPROKEN, _E.ONGEBELD_JA, _E.ONGEBELD_HULP),
        (_E.BRIEF, _E.SOCIAAL_WERK, _E.ONGEBELD_INGETROKKEN),
        (_E.BRIEF, _E.SOCIAAL_WERK, _E.ONGEBELD_INGETROKKEN, _E.BELBAAR),
    ),
)
SECTOR: Final = Dimension("soort", tuple((kind,) for kind in (*PartnerType, SEVERAL_SECTORS)))
SAMENLOOP: Final = Dimension(
    "samenloop",
    tuple((one,) for one in ("enkelvoudig", "opeenvolgend", "meervoudig", "meervoudig_opeenvolgend")),
)
ATTEMPTS: Final = Dimension(
    "pogingen",
    tuple((str(number),) for number in range(1, MAX_ATTEMPTS + 1)),
    ordered=True,
    absent=_E.BRIEF,
    together=(*NOT_SPOKEN, *NO_HELP),
)
CASES: Final = Catalogue(END, (SECTOR, SAMENLOOP, ATTEMPTS))
"""The fixed tables about cases; no other combination is ever counted."""


class Place(StrEnum):
    """Where an accepted signal went; each has exactly one."""

    NIEUW_DOSSIER = "nieuw_dossier"
    LOPEND_DOSSIER = "lopend_dossier"
    WACHT = "wacht"
    INGETROKKEN = "ingetrokken"
    VERVANGEN = "vervangen"


SIGNALS: Final = Catalogue(Dimension("plaats", tuple((place,) for place in Place)), ())
"""The fixed table about signals."""


class Letter(StrEnum):
    """What became of the letters in a case: the best of them."""

    GEEN = "geen"
    ONBESTELBAAR = "onbestelbaar"
    VERZONDEN = "verzonden"


class Visited(StrEnum):
    """What became of the home visits in a case: the best of them."""

    GEEN = "geen"
    NIET_GESPROKEN = "niet_gesproken"
    GESPROKEN = "gesproken"


LETTERS: Final = Catalogue(Dimension("brief", tuple((one,) for one in Letter)), ())
VISITS: Final = Catalogue(Dimension("huisbezoek", tuple((one,) for one in Visited)), ())


@dataclass(frozen=True, slots=True)
class Group:
    """Cases of a month that are alike in everything that the report looks at, and how many they are.

    ``called_for``: routed to the call center. ``blocked``: not to be called any more.
    """

    count: int
    state: str
    reason: str | None
    samenloop: str
    sector: str
    called_for: bool
    blocked: bool
    attempts: int
    reached: bool
    accepted: bool

    @property
    def helped(self) -> bool:
        """Whether help or advice was given (the national result list)."""
        return self.reason in {CloseReason.HULP, CloseReason.ADVIES}

    @property
    def withdrawn(self) -> bool:
        """Whether the partner took every signal back."""
        return self.state == CaseState.INGETROKKEN or self.reason == CloseReason.INGETROKKEN


def ending_of(case: Group) -> Ending:
    """Put a case in its one ending."""
    if case.attempts == 0:
        return _not_called(case)
    if case.accepted or case.helped:
        return _said_yes(case)
    return _spoken(case) if case.reached else _not_spoken(case)


def _not_called(case: Group) -> Ending:
    if case.helped:
        return _E.ONGEBELD_HULP
    if case.accepted:
        return _E.ONGEBELD_JA
    if case.reached:
        return _E.ONGEBELD_GESPROKEN
    if case.withdrawn:
        return _E.ONGEBELD_INGETROKKEN
    if case.called_for:
        return _E.BELBAAR
    return _E.SOCIAAL_WERK if case.state == CaseState.SOCIAAL_WERK else _E.BRIEF


def _not_spoken(case: Group) -> Ending:
    if case.withdrawn:
        return _E.GEBELD_INGETROKKEN
    if case.attempts >= MAX_ATTEMPTS:
        return _E.ZEVEN_POGINGEN
    if case.blocked:
        return _E.NIET_MEER_BELLEN
    return _E.LOOPT_NOG if case.state in _CALLING else _E.MINDER_POGINGEN


_CALLING = {CaseState.BELBAAR, CaseState.IN_BELRONDE}


def _spoken(case: Group) -> Ending:
    return _SPOKEN.get(case.reason or "") or _STANDING.get(case.state, _E.GESPREK_LOOPT)


_SPOKEN: Final[Mapping[str, Ending]] = {
    CloseReason.REGELT_ZELF: _E.REGELT_ZELF,
    CloseReason.BETAALD: _E.BETAALD,
    CloseReason.GEEN_REACTIE: _E.GEEN_REACTIE,
    CloseReason.ONBEREIKT: _E.GEEN_REACTIE,
    CloseReason.INGETROKKEN: _E.ANDERS,
    CloseReason.OVERLEDEN: _E.ANDERS,
    CloseReason.GEEN_INWONER: _E.ANDERS,
}
_STANDING: Final[Mapping[str, Ending]] = {
    CaseState.GEWEIGERD: _E.REGELT_ZELF,
    CaseState.BETAALD: _E.BETAALD,
    CaseState.GEEN_REACTIE: _E.GEEN_REACTIE,
    CaseState.INGETROKKEN: _E.ANDERS,
}
_GAVE_UP = {CaseState.GEWEIGERD, CaseState.BETAALD, CaseState.GEEN_REACTIE, CaseState.ONBEREIKT}


def _said_yes(case: Group) -> Ending:
    if case.helped:
        return _E.JA_ADVIES if case.reason == CloseReason.ADVIES else _E.JA_HULP
    over = case.state in {CaseState.GESLOTEN, CaseState.INGETROKKEN} or case.state in _GAVE_UP
    return _E.JA_AFGEZIEN if over else _E.JA_LOOPT


def case_population(groups: Iterable[Group]) -> Population:
    """Count cases by what the catalogue divides them in."""
    found: Counter[tuple[str, ...]] = Counter()
    for group in groups:
        attempts = str(min(group.attempts, MAX_ATTEMPTS)) if group.attempts else ""
        found[ending_of(group), group.sector, group.samenloop, attempts] += group.count
    return found


def place_of(state: str, *, held: bool, this_month: bool) -> Place:
    """Say where an accepted signal went; ``held``: a case holds it, ``this_month``: one that was opened with it."""
    if state in _GONE:
        return _GONE[state]
    if not held:
        return Place.WACHT
    return Place.NIEUW_DOSSIER if this_month else Place.LOPEND_DOSSIER


_GONE: Final[Mapping[str, Place]] = {"ingetrokken": Place.INGETROKKEN, "vervangen": Place.VERVANGEN}


def insist_adds_up(name: str, parts: Mapping[tuple[str, ...], int], catalogue: Catalogue, whole: int) -> None:
    """Compare what was divided with what was counted apart; everything must be in a known place, once.

    Raises:
        Broken: something is counted twice, nowhere, or in a category that the report does not know.
    """
    known = [set(dimension.categories) for dimension in catalogue.dimensions]
    strange = [key for key in parts if any(c and c not in names for c, names in zip(key, known, strict=True))]
    if strange or sum(parts.values()) != whole or min(parts.values(), default=0) < 0:
        raise Broken(f"De cijfers over {name} tellen niet op", code="cijfers_tellen_niet_op")
