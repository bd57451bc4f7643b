"""How long what is kept: terms per outcome, from which day a case is due, and why erasure may have to wait.

No statute sets a term for early signals, so the controller must set and justify them; these are proposals, of which
the first is the national window in which a new signal counts as consecutive. Sources: AVG art. 5(1)(e) and 17;
Archiefwet 1995 art. 3; docs/how-to/erase-what-is-due.md.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from schemas.case import CaseState, CloseReason

GROUNDS: Final = ("AVG art. 5 lid 1 onder e", "AVG art. 17 lid 1 onder a")
"""On what an erasure after its term rests: kept no longer than needed."""


class Outcome(StrEnum):
    """What the term of a case depends on."""

    ZONDER_HULP = "zonder_hulp"
    MET_HULP = "met_hulp"
    INGETROKKEN = "ingetrokken"


class HoldReason(StrEnum):
    """Why a case may not be erased yet (a closed list: free text would be about a person)."""

    ARCHIEFWET = "archiefwet"
    BEZWAAR = "bezwaar_of_beroep"
    KLACHT = "klacht"
    VERZOEK = "verzoek_van_betrokkene"
    DATALEK = "onderzoek_datalek"
    TOEZICHT = "onderzoek_toezichthouder"


class Terms(BaseModel):
    """The terms of one municipality.

    ``terugkoppeling_dagen``: so long a partner reads its feedback. ``belgegevens_dagen``: so long after the end of a
    case the dial records and the references of that round stay. ``logboek_jaren``: so long the log can still say who
    saw what of whom; its entries stay after that, and say no more. Rejected lines are never kept.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )

    zonder_hulp_maanden: Annotated[int, Field(strict=True, ge=0, le=60)] = 6
    met_hulp_maanden: Annotated[int, Field(strict=True, ge=0, le=60)] = 3
    ingetrokken_dagen: Annotated[int, Field(strict=True, ge=0, le=365)] = 30
    terugkoppeling_dagen: Annotated[int, Field(strict=True, ge=0, le=365)] = 90
    belgegevens_dagen: Annotated[int, Field(strict=True, ge=0, le=365)] = 7
    logboek_jaren: Annotated[int, Field(strict=True, ge=1, le=20)] = 5

    def log_kept_since(self, today: date) -> date:
        """Give the day from which on the log can still be read in full."""
        return months_after(today, -12 * self.logboek_jaren)

    @property
    def digest(self) -> str:
        """SHA-256 of the terms, to tell one decision from another."""
        return sha256(self.model_dump_json().encode()).hexdigest()


def outcome_of(state: CaseState, reason: CloseReason | None, *, accepted: bool) -> Outcome:
    """Say which term an ended case falls under."""
    if state is CaseState.INGETROKKEN or reason is CloseReason.INGETROKKEN:
        return Outcome.INGETROKKEN
    helped = accepted and reason in {CloseReason.HULP, CloseReason.ADVIES}
    return Outcome.MET_HULP if helped else Outcome.ZONDER_HULP


def due_on(terms: Terms, outcome: Outcome, closed: date, handed_over: date | None, undo: timedelta) -> date:
    """Give the first day on which a case may be erased, never while its closing can still be undone.

    Help counts from the day on which social work took over, since its own file starts there; everything else from
    the day of closing.
    """
    if outcome is Outcome.INGETROKKEN:
        due = closed + timedelta(days=terms.ingetrokken_dagen)
    elif outcome is Outcome.MET_HULP:
        due = months_after(handed_over or closed, terms.met_hulp_maanden)
    else:
        due = months_after(closed, terms.zonder_hulp_maanden)
    return max(due, closed + undo + timedelta(days=1))


def months_after(day: date, months: int) -> date:
    """Add calendar months; 31 August plus six is the last day of February."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


PARTS: Final[Mapping[str, str]] = {
    "gateway_case": "dossiers",
    "gateway_signal": "signalen",
    "gateway_tag": "zoeksleutels",
    "gateway_pseudonym": "kenmerken",
    "gateway_case_signal": "lidmaatschappen",
    "gateway_attempt": "pogingen",
    "gateway_lease": "belrecords",
    "gateway_handover": "hulpvragen",
    "gateway_offer": "aanbiedingen",
    "gateway_assignment": "toewijzingen",
    "gateway_feedback": "terugkoppelingen",
    "gateway_link": "koppelingen",
    "gateway_proposal": "koppelvoorstellen",
    "gateway_month_end_item": "maandafsluitingsregels",
    "gateway_hold": "bewaarplichten",
}
"""What an erasure counts, and what each count is called in a certificate."""
