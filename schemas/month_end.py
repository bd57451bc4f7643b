"""Month end: what happens to every open case when a calling month is over, and why.

Nobody disappears: each case is closed, gets a letter first, or stays open, with one reason. A case closes only on a
recorded offer (Wgs art. 3(1)(b)); whoever was called in vain and got no offer is written to.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from schemas.case import (
    CALLABLE_STATES,
    MAX_ATTEMPTS,
    REASONS,
    TABLE,
    CaseEvent,
    CaseFacts,
    CaseState,
    CloseReason,
    advance,
)
from schemas.errors import Conflict

TALKING_MS: Final = 60 * 60 * 1000
"""So long after a lease ran out, its agent may still be talking with the resident; no result comes later."""


class PlanState(StrEnum):
    """The life of a plan; a plan that runs can be resumed, one that ran can be undone for a while."""

    GEPLAND = "gepland"
    BEVESTIGD = "bevestigd"
    LOOPT = "loopt"
    UITGEVOERD = "uitgevoerd"
    TERUGGEDRAAID = "teruggedraaid"


class Action(StrEnum):
    """What the plan does with a case."""

    SLUITEN = "sluiten"
    EERST_BRIEF = "eerst_brief"
    BLIJFT_OPEN = "blijft_open"


class LetterReason(StrEnum):
    """Why a case is written to before it may close."""

    NIET_GEBELD = "niet_gebeld"
    GEBELD_ZONDER_AANBOD = "gebeld_zonder_aanbod"
    GEEN_REACTIE = "geen_reactie"
    ONBEREIKT = "onbereikt"
    NOG_TE_BESTELLEN = "brief_nog_te_bestellen"


class OpenReason(StrEnum):
    """Why a case stays open."""

    KOPPELVOORSTEL = "koppelvoorstel"
    JURIDISCH = "juridische_reden"
    NIET_INGEDEELD = "niet_ingedeeld"
    SOCIAAL_WERK = "bij_sociaal_werk"
    HULP_GEVRAAGD = "hulp_gevraagd"
    HULP_LOOPT = "hulp_loopt"
    POGING_ONDERWEG = "poging_onderweg"
    TERUGBELAFSPRAAK = "terugbelafspraak"
    CORRECTIE = "wacht_op_correctie"
    BRIEF_ONDERWEG = "brief_onderweg"
    BESCHERMD = "beschermd"
    AANBOD_ONTBREEKT = "aanbod_ontbreekt"


class FewReason(StrEnum):
    """Why a case ends with fewer than seven attempts (the pilot: sometimes fewer are made)."""

    INGETROKKEN = "ingetrokken"
    HULP = "hulp"
    GESPROKEN = "gesproken"
    NIET_BELLEN = "mag_niet_gebeld_worden"
    GEEN_NUMMER = "geen_nummer"
    ANDER_KANAAL = "ander_kanaal"
    MAAND_VOORBIJ = "maand_voorbij"


class ItemOutcome(StrEnum):
    """What became of a case of the plan; none yet means that the run has not come to it."""

    GEDAAN = "gedaan"
    OVERGESLAGEN = "overgeslagen"
    HERSTELD = "hersteld"
    NIET_HERSTELD = "niet_hersteld"


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds about a case at month end.

    ``live``: a signal still counts. ``in_flight``: an agent holds a dial record. ``promised``: a resident waits
    for a call at a moment to come. ``letter``: a letter is ordered and
    not sent. ``settled``: social work recorded how its help ended, with result ``given``. ``proposal``: a doubtful
    match waits for a person. ``held``: a legal hold rests on it.
    """

    state: CaseState
    attempts: int = 0
    reached: bool = False
    offer_made: bool = False
    live: bool = True
    has_phone: bool = True
    phone_blocked: bool = False
    protected: bool = False
    in_flight: bool = False
    promised: bool = False
    letter: bool = False
    settled: bool = False
    given: CloseReason | None = None
    proposal: bool = False
    held: bool = False

    @property
    def facts(self) -> CaseFacts:
        """What the guards of the transition table look at."""
        return CaseFacts(self.state, self.attempts, self.reached, self.offer_made)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a case and why; ``path`` are the moves through the transition table, in order.

    ``few`` says why there were fewer than seven attempts, for a case that ends or is written to.
    """

    action: Action
    reason: CloseReason | LetterReason | OpenReason
    path: tuple[CaseEvent, ...] = ()
    few: FewReason | None = None


# A withdrawn case ends without signals; help that was given does not stop because a partner takes a signal back.
_WITHOUT_SIGNALS: Final = frozenset({CaseState.INGETROKKEN, CaseState.OVERGEDRAGEN})


def judge(case: Standing) -> Verdict:
    """Put a case in exactly one of the three groups."""
    stays = next((reason for reason, holds in _STAYS if holds(case)), None)
    if stays is not None:
        return Verdict(Action.BLIJFT_OPEN, stays)
    ending = _ending(case)
    if ending is not None:
        path, reason = ending
        return Verdict(Action.SLUITEN, reason, path, _few(case))
    if case.protected:
        return Verdict(Action.BLIJFT_OPEN, OpenReason.BESCHERMD)
    if case.state is CaseState.BRIEF:
        return Verdict(Action.EERST_BRIEF, LetterReason.NOG_TE_BESTELLEN, (), _few(case))
    if CaseEvent.ROUTE_BRIEF not in TABLE[case.state]:
        return Verdict(Action.BLIJFT_OPEN, OpenReason.AANBOD_ONTBREEKT)
    return Verdict(Action.EERST_BRIEF, _letter_reason(case), (CaseEvent.ROUTE_BRIEF,), _few(case))


_STAYS: Final[tuple[tuple[OpenReason, Callable[[Standing], bool]], ...]] = (
    (OpenReason.KOPPELVOORSTEL, lambda case: case.proposal),
    (OpenReason.JURIDISCH, lambda case: case.held),
    (OpenReason.NIET_INGEDEELD, lambda case: case.state is CaseState.OPEN),
    (OpenReason.SOCIAAL_WERK, lambda case: case.state is CaseState.SOCIAAL_WERK),
    (OpenReason.HULP_GEVRAAGD, lambda case: case.state is CaseState.HULP_GEVRAAGD),
    (OpenReason.HULP_LOOPT, lambda case: case.state is CaseState.OVERGEDRAGEN and not case.settled),
    (OpenReason.POGING_ONDERWEG, lambda case: case.in_flight),
    (OpenReason.TERUGBELAFSPRAAK, lambda case: case.promised and case.state in CALLABLE_STATES),
    (OpenReason.CORRECTIE, lambda case: not case.live and case.state not in _WITHOUT_SIGNALS),
    (OpenReason.BRIEF_ONDERWEG, lambda case: case.state is CaseState.BRIEF and case.letter),
)


def _ending(case: Standing) -> tuple[tuple[CaseEvent, ...], CloseReason] | None:
    """Find the moves that close a case, and with what result; None when the table does not allow it."""
    first: tuple[CaseEvent, ...] = ()
    facts = case.facts
    try:
        if case.state in CALLABLE_STATES:
            first = (CaseEvent.STILTE if case.reached else CaseEvent.UITGEBELD,)
            facts = replace(facts, state=advance(facts, first[0]).to)
        advance(facts, CaseEvent.SLUITING)
    except Conflict:
        return None
    given = case.given if case.state in _KNOWN_RESULT else None
    return (*first, CaseEvent.SLUITING), given or REASONS[facts.state]


_KNOWN_RESULT: Final = frozenset({CaseState.OVERGEDRAGEN, CaseState.INGETROKKEN})
"""States in which social work may have said better what a case closes with: which help, or that nobody is left."""


def _letter_reason(case: Standing) -> LetterReason:
    if case.state in CALLABLE_STATES:
        return LetterReason.GEBELD_ZONDER_AANBOD if case.attempts else LetterReason.NIET_GEBELD
    return LetterReason.GEEN_REACTIE if case.state is CaseState.GEEN_REACTIE else LetterReason.ONBEREIKT


def _few(case: Standing) -> FewReason | None:
    if case.attempts >= MAX_ATTEMPTS:
        return None
    return next((reason for reason, holds in _FEW if holds(case)), FewReason.MAAND_VOORBIJ)


_ANSWERED: Final = frozenset({CaseState.BETAALD, CaseState.GEWEIGERD})
_FEW: Final[tuple[tuple[FewReason, Callable[[Standing], bool]], ...]] = (
    (FewReason.INGETROKKEN, lambda case: case.state is CaseState.INGETROKKEN),
    (FewReason.HULP, lambda case: case.state is CaseState.OVERGEDRAGEN),
    (FewReason.GESPROKEN, lambda case: case.reached or case.state in _ANSWERED),
    (FewReason.NIET_BELLEN, lambda case: case.phone_blocked or case.protected),
    (FewReason.GEEN_NUMMER, lambda case: not case.has_phone),
    (FewReason.ANDER_KANAAL, lambda case: not case.attempts and case.state not in CALLABLE_STATES),
)
