"""A case and its life: states, events and the pure transition table.

Nobody closes a case without a recorded offer: Wgs art. 3(1)(b) obliges the municipality to offer help for
every accepted signal. The table is the only place where a state may change.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import Conflict

MAX_ATTEMPTS = 7


class CaseState(StrEnum):
    """Where a case stands; the words are those of the work floor."""

    OPEN = "open"
    BELBAAR = "belbaar"
    IN_BELRONDE = "in_belronde"
    BRIEF = "brief"
    SOCIAAL_WERK = "sociaal_werk"
    HULP_GEVRAAGD = "hulp_gevraagd"
    OVERGEDRAGEN = "overgedragen"
    BETAALD = "betaald"
    GEWEIGERD = "geweigerd"
    GEEN_REACTIE = "geen_reactie"
    ONBEREIKT = "onbereikt"
    INGETROKKEN = "ingetrokken"
    GESLOTEN = "gesloten"


class CaseEvent(StrEnum):
    """What can happen to a case.

    ``VERVALT``: there is nobody left here to help, because the resident died or moved to another municipality.
    """

    ROUTE_BELLEN = "route_bellen"
    ROUTE_BRIEF = "route_brief"
    ROUTE_SOCIAAL_WERK = "route_sociaal_werk"
    POGING = "poging"
    HULPVRAAG = "hulpvraag"
    OVERDRACHT = "overdracht"
    BETALING = "betaling"
    WEIGERING = "weigering"
    STILTE = "stilte"
    UITGEBELD = "uitgebeld"
    AANBOD = "aanbod"
    INTREKKING = "intrekking"
    VERVALT = "vervalt"
    SLUITING = "sluiting"
    HEROPENING = "heropening"


class Effect(StrEnum):
    """What a transition obliges the use case to do in the same commit."""

    TERUGROEPEN = "terugroepen"
    AANBOD_GEDAAN = "aanbod_gedaan"
    TERMIJN_GESPREK = "termijn_gesprek"
    OVERDRACHT_KLAARZETTEN = "overdracht_klaarzetten"


class CloseReason(StrEnum):
    """Why a case was closed; one per case, in the words of the national result list where it has them."""

    HULP = "vervolghulp"
    ADVIES = "advies_of_quick_fix"
    REGELT_ZELF = "regelt_het_zelf"
    BETAALD = "zelf_betaald"
    GEEN_REACTIE = "geen_reactie_na_eerder_contact"
    ONBEREIKT = "definitief_geen_contact"
    INGETROKKEN = "ingetrokken"
    OVERLEDEN = "overleden"
    GEEN_INWONER = "geen_inwoner"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the guards look at: attempts made, whether anyone was reached, whether an offer is on record."""

    state: CaseState
    attempts: int = 0
    reached: bool = False
    offer_made: bool = False


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow of the table: the state it leads to, what must hold first, what must happen with it."""

    to: CaseState
    guard: str = ""
    effects: tuple[Effect, ...] = ()


_S, _E = CaseState, CaseEvent
_RECALL = (Effect.TERUGROEPEN,)
_HELP = Move(
    _S.HULP_GEVRAAGD,
    effects=(
        Effect.TERUGROEPEN,
        Effect.AANBOD_GEDAAN,
        Effect.TERMIJN_GESPREK,
        Effect.OVERDRACHT_KLAARZETTEN,
    ),
)
_REFUSE = Move(_S.GEWEIGERD, effects=(Effect.TERUGROEPEN, Effect.AANBOD_GEDAAN))
_PAID = Move(_S.BETAALD, effects=(Effect.TERUGROEPEN, Effect.AANBOD_GEDAAN))
_WITHDRAW = Move(_S.INGETROKKEN, effects=_RECALL)
_TO_SOCIAL = Move(_S.SOCIAAL_WERK, effects=_RECALL)
_TO_LETTER = Move(_S.BRIEF, effects=_RECALL)
_CLOSE = Move(_S.GESLOTEN, guard="aanbod_gedaan", effects=_RECALL)
_OFFER_SENT = Move(_S.ONBEREIKT, effects=(Effect.AANBOD_GEDAAN,))

_CALLING: Mapping[CaseEvent, Move] = {
    _E.POGING: Move(_S.IN_BELRONDE, guard="pogingen_over"),
    _E.HULPVRAAG: _HELP,
    _E.BETALING: _PAID,
    _E.WEIGERING: _REFUSE,
    _E.STILTE: Move(_S.GEEN_REACTIE, guard="eerder_bereikt", effects=_RECALL),
    _E.UITGEBELD: Move(_S.ONBEREIKT, effects=_RECALL),
    _E.ROUTE_BRIEF: _TO_LETTER,
    _E.ROUTE_SOCIAAL_WERK: _TO_SOCIAL,
    _E.INTREKKING: _WITHDRAW,
}
_ENDED: Mapping[CaseEvent, Move] = {
    _E.SLUITING: _CLOSE,
    _E.HULPVRAAG: _HELP,
    _E.BETALING: _PAID,
    _E.WEIGERING: _REFUSE,
    _E.ROUTE_SOCIAAL_WERK: _TO_SOCIAL,
    _E.INTREKKING: _WITHDRAW,
}

TABLE: Mapping[CaseState, Mapping[CaseEvent, Move]] = {
    _S.OPEN: {
        _E.ROUTE_BELLEN: Move(_S.BELBAAR),
        _E.ROUTE_BRIEF: Move(_S.BRIEF),
        _E.ROUTE_SOCIAAL_WERK: Move(_S.SOCIAAL_WERK),
        _E.INTREKKING: _WITHDRAW,
    },
    _S.BELBAAR: _CALLING,
    _S.IN_BELRONDE: _CALLING,
    _S.BRIEF: {
        _E.AANBOD: _OFFER_SENT,
        _E.ROUTE_BELLEN: Move(_S.BELBAAR, guard="pogingen_over"),
        _E.HULPVRAAG: _HELP,
        _E.BETALING: _PAID,
        _E.WEIGERING: _REFUSE,
        _E.ROUTE_SOCIAAL_WERK: _TO_SOCIAL,
        _E.INTREKKING: _WITHDRAW,
    },
    _S.SOCIAAL_WERK: {
        _E.AANBOD: Move(_S.SOCIAAL_WERK, effects=(Effect.AANBOD_GEDAAN,)),
        _E.HULPVRAAG: _HELP,
        _E.BETALING: _PAID,
        _E.WEIGERING: _REFUSE,
        _E.STILTE: Move(_S.GEEN_REACTIE, guard="eerder_bereikt"),
        _E.UITGEBELD: Move(_S.ONBEREIKT),
        _E.ROUTE_BRIEF: _TO_LETTER,
        _E.INTREKKING: _WITHDRAW,
        _E.VERVALT: _WITHDRAW,
    },
    _S.HULP_GEVRAAGD: {
        _E.OVERDRACHT: Move(_S.OVERGEDRAGEN),
        _E.BETALING: _PAID,
        _E.WEIGERING: _REFUSE,
        _E.STILTE: Move(_S.GEEN_REACTIE),
        _E.INTREKKING: Move(_S.HULP_GEVRAAGD),
        _E.VERVALT: _WITHDRAW,
    },
    _S.OVERGEDRAGEN: {
        _E.AANBOD: Move(_S.OVERGEDRAGEN),
        _E.SLUITING: _CLOSE,
        _E.BETALING: _PAID,
        _E.WEIGERING: _REFUSE,
        _E.STILTE: Move(_S.GEEN_REACTIE),
        _E.INTREKKING: Move(_S.OVERGEDRAGEN),
        _E.VERVALT: _WITHDRAW,
    },
    _S.BETAALD: _ENDED,
    _S.GEWEIGERD: _ENDED,
    _S.GEEN_REACTIE: {**_ENDED, _E.ROUTE_BRIEF: _TO_LETTER},
    _S.ONBEREIKT: {**_ENDED, _E.ROUTE_BRIEF: _TO_LETTER, _E.AANBOD: _OFFER_SENT},
    _S.INGETROKKEN: {_E.SLUITING: Move(_S.GESLOTEN), _E.HEROPENING: Move(_S.OPEN)},
    _S.GESLOTEN: {_E.HEROPENING: Move(_S.OPEN)},
}

_GUARDS: Mapping[str, Callable[[CaseFacts], bool]] = {
    "": lambda _: True,
    "pogingen_over": lambda facts: facts.attempts < MAX_ATTEMPTS,
    "eerder_bereikt": lambda facts: facts.reached,
    "aanbod_gedaan": lambda facts: facts.offer_made,
}

_REFUSALS = {
    "pogingen_over": "Alle zeven pogingen zijn gedaan",
    "eerder_bereikt": "Er is nog niemand bereikt",
    "aanbod_gedaan": "Er is nog geen aanbod vastgelegd",
}


def advance(facts: CaseFacts, event: CaseEvent) -> Move:
    """Find the move that ``event`` makes from the state of ``facts``.

    Raises:
        Conflict: the table has no such arrow, or its guard does not hold (the code names the guard).
    """
    move = TABLE[facts.state].get(event)
    if move is None:
        raise Conflict(f"'{event}' kan niet in de toestand '{facts.state}'", code="overgang_onmogelijk")
    if not _GUARDS[move.guard](facts):
        raise Conflict(_REFUSALS[move.guard], code=move.guard)
    return move


OPEN_STATES = frozenset(CaseState) - {CaseState.GESLOTEN, CaseState.INGETROKKEN}
"""States in which a case still asks for work."""

ENDED_STATES = frozenset(
    {CaseState.BETAALD, CaseState.GEWEIGERD, CaseState.GEEN_REACTIE, CaseState.ONBEREIKT}
)
"""Open states with a result that only wait for closing: a new signal is a new case, with an offer of its own."""

CALLABLE_STATES = frozenset({CaseState.BELBAAR, CaseState.IN_BELRONDE})
"""States in which a call center may hold a dial record."""

REASONS: Mapping[CaseState, CloseReason] = {
    CaseState.OVERGEDRAGEN: CloseReason.HULP,
    CaseState.BETAALD: CloseReason.BETAALD,
    CaseState.GEWEIGERD: CloseReason.REGELT_ZELF,
    CaseState.GEEN_REACTIE: CloseReason.GEEN_REACTIE,
    CaseState.ONBEREIKT: CloseReason.ONBEREIKT,
    CaseState.INGETROKKEN: CloseReason.INGETROKKEN,
}
"""The reason that closing from a state gives, unless the use case knows a better one."""
