"""Home visits as recorded offers: planned and done by the social worker whose case it is.

What counts as an offer is a legal choice that stands in one place (``schemas.help.VISIT_OFFERS``).
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from audit.entry import Event
from gateway.disclosure import Codes, Door, Dossier, load
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.facts import Facts
from gateway.store import cases, work
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.case import TABLE, CaseEvent, CaseFacts, CaseState, advance
from schemas.errors import Conflict, FieldProblem, Invalid
from schemas.help import AT_SOCIAL_WORK, SPOKEN, VISIT_OFFERS, Channel, VisitReason, VisitResult
from schemas.moments import AMSTERDAM, instant, local_day, millis
from schemas.principal import Principal

_PURPOSE = "hulpverlenen"
_COMING = FieldProblem("datum", "datum", "Kies vandaag of een latere dag")
_PAST = FieldProblem("datum", "datum", "Kies een dag vanaf de planning en niet na vandaag")
_NOT_TOLD = FieldProblem("geinformeerd", "niet_bereikt", "Bij dit bezoek kan niemand zijn geïnformeerd")


@dataclass(frozen=True, slots=True)
class Visit:
    """How a visit went; ``informed``: the resident heard, or read, what AVG art. 14 asks."""

    day: date
    result: VisitResult
    informed: bool = False


@dataclass(frozen=True, slots=True)
class _Held:
    """A case of the own caseload; ``subject`` is whom the log tells of."""

    dossier: Dossier
    subject: str

    @property
    def case(self) -> Row:
        return self.dossier.case

    @property
    def planned(self) -> Row | None:
        visits = (o for o in self.dossier.offers if o["channel"] == Channel.HUISBEZOEK)
        return next((visit for visit in visits if visit["done_at"] is None), None)

    def tell(self, principal: Principal, act: Act, reason: str = "") -> Event:
        case = self.dossier.case_id
        return tell(principal, act, _PURPOSE, subject=self.subject, case=case, reason=reason)


class Visits:
    """Plans and records home visits."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def plan(self, principal: Principal, ref: str, day: date, reason: VisitReason) -> None:
        """Plan a home visit, one at a time per case, and say why somebody goes to the door.

        Raises:
            NotFound: no such reference. Denied: not the own caseload; the refusal is in the log.
            Invalid: a day in the past. Conflict: one is planned already, or the case is not with social work.
        """
        held = self._own(principal, ref)
        if day < local_day(self._house.now()):
            raise Invalid(fields=[_COMING])
        if held.case["state"] not in AT_SOCIAL_WORK:
            raise Conflict("Dit dossier is niet bij sociaal werk", code="niet_bij_sociaal_werk")
        if held.planned is not None:
            raise Conflict("Er is al een huisbezoek gepland", code="al_gepland")
        offer = {
            "tenant": principal.tenant,
            "offer_id": self._house.new_id(),
            "case_id": held.dossier.case_id,
            "channel": Channel.HUISBEZOEK.value,
            "ordered_at": self._house.now_ms(),
            "ordered_by": principal.actor,
            "planned_for": day.isoformat(),
            "reason": reason.value,
        }
        # The version of the case moves too, so that two visits cannot be planned at the same moment.
        writes = (work.order_offer(offer), cases.move(held.case))
        self._house.store.commit(Change(writes, (held.tell(principal, Act.VISIT_PLANNED, reason.value),)))

    def record(self, principal: Principal, ref: str, visit: Visit) -> CaseState:
        """Record how the planned visit went; gives the state it leads to.

        Raises:
            NotFound: no such reference. Denied: not the own caseload; the refusal is in the log.
            Invalid: a day before the planning or to come, or informed while nobody was met and nothing left.
            Conflict: no visit is planned, or the case moved meanwhile.
        """
        held = self._own(principal, ref)
        planned = held.planned
        if planned is None:
            raise Conflict("Er is geen huisbezoek gepland", code="niet_gepland")
        self._insist_on_sense(local_day(instant(planned["ordered_at"])), visit)
        state = _after(held.case, visit.result)
        done = {"done_at": _noon(visit.day), "result": visit.result.value, "notice": visit.informed}
        moved = cases.move(held.case, **_values(held.case, visit), state=state.value)
        writes = (work.update_offer(planned, **done), moved)
        self._house.store.commit(Change(writes, _events(principal, held, visit, state)))
        return state

    def _own(self, principal: Principal, ref: str) -> "_Held":
        with self._house.store.read() as connection:
            dossier = load(connection, principal, self._codes.resolve(connection, principal, ref))
            facts = facts_of(connection, self._house, principal, dossier)
            ever = cases.all_signals_of_case(connection, principal.tenant, dossier.case_id)
        if not facts.toegewezen:
            speaks = Facts(geaccepteerd=facts.geaccepteerd, geen_belangenconflict=facts.geen_belangenconflict)
            bare = Ask(dossier, speaks)  # Nothing else speaks for the asker.
            decision = self._door.decide(principal, _PURPOSE, bare)
            self._door.refuse(principal, _PURPOSE, decision.failing, ask=bare, nearest=decision.nearest)
        return _Held(dossier, ever[0]["signal_id"])

    def _insist_on_sense(self, planned: date, visit: Visit) -> None:
        if not planned <= visit.day <= local_day(self._house.now()):
            raise Invalid(fields=[_PAST])
        if visit.informed and visit.result not in VISIT_OFFERS:
            raise Invalid(fields=[_NOT_TOLD])


def _after(case: Row, result: VisitResult) -> CaseState:
    """Follow the visit through the table; where it has no arrow the case stays as it is."""
    state = CaseState(case["state"])
    event = CaseEvent.WEIGERING if result is VisitResult.GEWEIGERD else CaseEvent.AANBOD
    if result not in VISIT_OFFERS or event not in TABLE[state]:
        return state
    return advance(CaseFacts(state, case["attempts"], bool(case["reached"])), event).to


def _values(case: Row, visit: Visit) -> dict[str, Any]:
    at = _noon(visit.day)
    values: dict[str, Any] = {"reached": bool(case["reached"] or visit.result in SPOKEN)}
    if visit.result in VISIT_OFFERS:
        values["offer_at"] = case["offer_at"] or at
        values["offer_channel"] = case["offer_channel"] or Channel.HUISBEZOEK.value
    if visit.informed:
        values["notice_at"] = case["notice_at"] or at
    return values


def _events(principal: Principal, held: _Held, visit: Visit, state: CaseState) -> tuple[Event, ...]:
    told = [(Act.VISIT_DONE, visit.result.value)]
    if visit.result in VISIT_OFFERS:
        told.append((Act.OFFER_RECORDED, Channel.HUISBEZOEK.value))
    if state != held.case["state"]:
        told.append((Act.CASE_TRANSITION, state.value))
    return tuple(held.tell(principal, act, reason) for act, reason in told)


def _noon(day: date) -> int:
    return millis(datetime.combine(day, time(12), AMSTERDAM))
