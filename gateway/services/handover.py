"""Help requests: waiting, taken over warmly with an acknowledgement, talked about, and how the help ended.

From a resident's yes the law counts: the first talk within four weeks, or three working days when home or supply
is about to be lost, and a decision within eight weeks of that talk (Wgs art. 4 and 4a).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping

from audit.entry import Event
from gateway.disclosure import Codes, Disclosed, Door, Dossier, load
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.facts import Facts
from gateway.store import calls, cases, work
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.case import CaseEvent, CaseFacts, CaseState, Effect, Move, advance
from schemas.errors import Conflict, FieldProblem, Invalid
from schemas.help import DECISION_DAYS, ENDINGS, Channel, Handing, HelpOutcome, HelpResult, reason_of
from schemas.ids import CaseId
from schemas.moments import AMSTERDAM, instant, local_day, millis
from schemas.principal import Principal

_PURPOSE = "hulpverlenen"
_TRIES = 4
_DAY = FieldProblem("datum", "datum", "Kies een dag vanaf de hulpvraag en niet na vandaag")
_HELP = FieldProblem("hulp", "hulp", "Noem welke hulp is gegeven, en alleen bij de uitkomst hulp_gegeven")


@dataclass(frozen=True, slots=True)
class HelpRequest:
    """A resident who said yes and waits for social work; nothing in it tells who that is.

    ``verified``: the caller showed who it was. ``first_talk_due`` is in ms UTC.
    """

    ref: str
    requested_at: int
    first_talk_due: int
    threatening: bool
    verified: bool
    shown: Disclosed


@dataclass(frozen=True, slots=True)
class _Step:
    """One change to a case: its rows, its new values, what it tells."""

    dossier: Dossier
    values: Mapping[str, Any]
    told: tuple[tuple[Act, str], ...]
    writes: tuple[Write, ...] = ()


class Handovers:
    """From a yes on the phone to help that was given."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def waiting(self, principal: Principal) -> list[HelpRequest]:
        """List the help requests that nobody took over yet, the shortest clock first."""
        for _ in range(_TRIES):
            try:
                return self._waiting(principal)
            except Conflict:
                continue  # Another reader was quicker to remember the same reference.
        raise Conflict

    def acknowledge(self, principal: Principal, ref: str) -> Disclosed:
        """Take a help request over: the case is now in this social worker's name, and is shown in full.

        Raises:
            NotFound: no such reference. Denied: not the team's work. Conflict: nobody asked for help here, or a
            colleague was quicker.
        """
        with self._house.store.read() as connection:
            dossier, facts = self._look(connection, principal, ref)
            if not (facts.in_werkvoorraad or facts.toegewezen):
                self._refuse(principal, dossier, facts)
            handover = _requested(dossier)
            move = advance(_facts(dossier), CaseEvent.OVERDRACHT)
            taken = self._taken(principal, dossier, move)
            ask, writes = self._ask(connection, principal, taken)
        decision = self._door.decide(principal, _PURPOSE, ask)
        if not decision.allow:
            self._refuse(principal, taken, Facts())
        now = self._house.now_ms()
        mine = work.acknowledge(handover, acknowledged_at=now, acknowledged_by=principal.actor)
        told = ((Act.HANDOVER_ACKNOWLEDGED, ""), (Act.CASE_TRANSITION, move.to.value))
        return self._door.show_allowed(
            principal,
            Act.CASE_READ,
            [(ask, decision)],
            [mine, *self._assign(principal, dossier, state=move.to.value), *writes],
            _events(principal, dossier, told),
        )[0]

    def accept(self, principal: Principal, ref: str, channel: Channel, *, informed: bool) -> None:
        """Record that a resident said yes to the social worker self: asked and taken over in one step.

        Raises:
            NotFound: no such reference. Denied: not the own caseload. Conflict: help was asked for already, or
            the case moved meanwhile.
        """
        dossier = self._own(principal, ref)
        asked = advance(_facts(dossier), CaseEvent.HULPVRAAG)
        taken = advance(replace(_facts(dossier), state=asked.to), CaseEvent.OVERDRACHT)
        row = self._handover(principal, dossier)
        values = {
            **self._offered(dossier, asked, channel, informed=informed),
            "state": taken.to.value,
            "accepted_at": row["requested_at"],
            "first_talk_due": row["first_talk_due"],
            "reached": True,
        }
        told = (
            (Act.HELP_REQUESTED, ""),
            (Act.HANDOVER_ACKNOWLEDGED, ""),
            (Act.OFFER_RECORDED, channel.value),
            (Act.CASE_TRANSITION, taken.to.value),
        )
        writes = (_request(dossier, row), *self._effects(principal, dossier, asked, channel, "hulpvraag", informed))
        self._commit(principal, _Step(dossier, values, told, writes))

    def record_first_talk(self, principal: Principal, ref: str, day: date) -> None:
        """Record the first talk with a resident who asked for help; the clock of the decision starts.

        Raises:
            NotFound: no such reference. Denied: not the own caseload. Invalid: a day before the request or to
            come. Conflict: not taken over yet, or recorded before.
        """
        dossier = self._own(principal, ref)
        handover = _taken_over(dossier)
        if handover["first_talk_at"] is not None:
            raise Conflict("Het eerste gesprek is al vastgelegd", code="al_vastgelegd")
        asked, today = local_day(instant(handover["requested_at"])), local_day(self._house.now())
        if not asked <= day <= today:
            raise Invalid(fields=[_DAY])
        due = self._house.calendar.term_end(day, DECISION_DAYS)
        talked = work.update_handover(handover, first_talk_at=_noon(day), decision_due=_last_moment(due))
        told = ((Act.HELP_RECORDED, "eerste_gesprek"),)
        self._commit(principal, _Step(dossier, {"reached": True}, told, (talked,)))

    def record_help(self, principal: Principal, ref: str, result: HelpResult) -> CaseState:
        """Record how the contact ended, with or without a help request before it; gives the state it leads to.

        Raises:
            NotFound: no such reference. Denied: not the own caseload. Invalid: help named where none was given,
            or the reverse. Conflict: the outcome does not fit the state, or the case moved meanwhile.
        """
        if (result.uitkomst is HelpOutcome.HULP_GEGEVEN) != bool(result.hulp):
            raise Invalid(fields=[_HELP])
        dossier = self._own(principal, ref)
        event = ENDINGS[result.uitkomst].event
        step = self._helped(dossier, result) if event is None else self._ended(principal, dossier, result, event)
        settled = () if dossier.handover is None else (self._settled(dossier.handover, result),)
        self._commit(principal, replace(step, writes=(*step.writes, *settled)), result)
        return CaseState(step.values.get("state", dossier.case["state"]))

    def _waiting(self, principal: Principal) -> list[HelpRequest]:
        asks, writes, rows = [], [], []
        with self._house.store.read() as connection:
            for row in work.waiting_handovers(connection, principal.tenant):
                dossier = load(connection, principal, CaseId(row["case_id"]))
                facts = facts_of(connection, self._house, principal, dossier)
                ask, remember = self._ask(connection, principal, dossier)
                decision = self._door.decide(principal, _PURPOSE, ask)
                if facts.in_werkvoorraad and decision.allow:
                    asks.append((ask, decision))
                    writes.extend(remember)
                    rows.append(row)
        if not asks:
            return []
        shown = self._door.show_allowed(principal, Act.CASE_LISTED, asks, writes)
        return [
            HelpRequest(
                ask.extra["dossierkenmerk"],
                row["requested_at"],
                row["first_talk_due"],
                bool(row["threatening"]),
                bool(row["verified"]),
                view,
            )
            for (ask, _), row, view in zip(asks, rows, shown, strict=True)
        ]

    def _look(self, connection: Connection, principal: Principal, ref: str) -> tuple[Dossier, Facts]:
        dossier = load(connection, principal, self._codes.resolve(connection, principal, ref))
        return dossier, facts_of(connection, self._house, principal, dossier)

    def _own(self, principal: Principal, ref: str) -> Dossier:
        with self._house.store.read() as connection:
            dossier, facts = self._look(connection, principal, ref)
        if not facts.toegewezen:
            self._refuse(principal, dossier, facts)
        return dossier

    def _refuse(self, principal: Principal, dossier: Dossier, facts: Facts) -> None:
        """Let the door refuse what is not on the own name, so that the refusal is in the log like any other."""
        self._door.show(principal, _PURPOSE, Act.CASE_READ, Ask(dossier, Facts(geaccepteerd=facts.geaccepteerd)))

    def _ask(self, connection: Connection, principal: Principal, dossier: Dossier) -> tuple[Ask, list[Write]]:
        facts = facts_of(connection, self._house, principal, dossier)
        code = self._codes.give(connection, principal, _PURPOSE, dossier.case)
        return Ask(dossier, facts, {"dossierkenmerk": code.text}), [code.write] if code.write else []

    def _taken(self, principal: Principal, dossier: Dossier, move: Move) -> Dossier:
        """Give the dossier as this very commit will leave it, so that the door decides on what then holds."""
        held = {**dossier.case, "owner": principal.user, "state": move.to.value}
        return replace(dossier, case=held)  # type: ignore[arg-type]  # a row mapping in all but name

    def _assign(self, principal: Principal, dossier: Dossier, **values: Any) -> list[Write]:
        case = dossier.case
        if case["owner"] == principal.user:
            return [cases.move(case, **values)]
        row = {
            "tenant": principal.tenant,
            "assignment_id": self._house.new_id(),
            "case_id": case["case_id"],
            "user_id": principal.user,
            "from_at": self._house.now_ms(),
            "assigned_by": principal.actor,
            "reason": Handing.HULPVRAAG.value,
        }
        return cases.assign(case, row, **values)

    def _handover(self, principal: Principal, dossier: Dossier) -> Row:
        now = self._house.now_ms()
        threatening = any(signal["crisis"] or signal["supply_ends"] for signal in dossier.signals)
        return {
            "tenant": principal.tenant,
            "case_id": dossier.case_id,
            "requested_at": now,
            "verified": True,
            "threatening": threatening,
            "first_talk_due": self._first_talk(now, threatening=threatening),
            "acknowledged_at": now,
            "acknowledged_by": principal.actor,
        }

    def _first_talk(self, now: int, *, threatening: bool) -> int:
        """Count the term of the first talk: Wgs art. 4(1), or 4(2) in a threatening situation."""
        start, settings = local_day(instant(now)), self._house.settings
        if not threatening:
            return now + settings.first_talk_days * 24 * 3600 * 1000
        return _last_moment(self._house.calendar.add_working_days(start, settings.threatening_workdays))

    def _helped(self, dossier: Dossier, result: HelpResult) -> _Step:
        if dossier.case["state"] != CaseState.OVERGEDRAGEN:
            raise Conflict("Neem eerst de hulpvraag over", code="niet_overgenomen")
        if _taken_over(dossier)["first_talk_at"] is None:
            raise Conflict("Leg eerst het eerste gesprek vast", code="geen_gesprek")
        values = {"reached": True, "close_reason": reason_of(result.hulp).value}
        return _Step(dossier, values, ((Act.HELP_RECORDED, result.uitkomst.value),))

    def _ended(
        self, principal: Principal, dossier: Dossier, result: HelpResult, event: CaseEvent
    ) -> _Step:
        ending = ENDINGS[result.uitkomst]
        move = advance(_facts(dossier), event)
        values = {
            **self._offered(dossier, move, result.kanaal, informed=result.geinformeerd),
            "state": move.to.value,
            "close_reason": None,
            "reached": bool(dossier.case["reached"] or ending.reached),
        }
        told = [(Act.HELP_RECORDED, result.uitkomst.value), (Act.CASE_TRANSITION, move.to.value)]
        if Effect.AANBOD_GEDAAN in move.effects:
            told.append((Act.OFFER_RECORDED, result.kanaal.value))
        effects = self._effects(principal, dossier, move, result.kanaal, result.uitkomst, result.geinformeerd)
        return _Step(dossier, values, tuple(told), effects)

    def _offered(self, dossier: Dossier, move: Move, channel: Channel, *, informed: bool) -> dict[str, Any]:
        case, now = dossier.case, self._house.now_ms()
        values: dict[str, Any] = {}
        if informed:
            values["notice_at"] = case["notice_at"] or now
        if Effect.AANBOD_GEDAAN in move.effects:
            values |= {
                "offer_at": case["offer_at"] or now,
                "offer_channel": case["offer_channel"] or channel.value,
            }
        return values

    def _effects(
        self,
        principal: Principal,
        dossier: Dossier,
        move: Move,
        channel: Channel,
        result: str,
        informed: bool,
    ) -> tuple[Write, ...]:
        now, writes = self._house.now_ms(), []
        if Effect.TERUGROEPEN in move.effects:
            writes.append(calls.recall_case(principal.tenant, dossier.case_id, now))
        if Effect.AANBOD_GEDAAN in move.effects:
            offer = {
                "tenant": principal.tenant,
                "offer_id": self._house.new_id(),
                "case_id": dossier.case_id,
                "channel": channel.value,
                "ordered_at": now,
                "ordered_by": principal.actor,
                "done_at": now,
                "result": str(result),
                "notice": informed,
            }
            writes.append(work.order_offer(offer))
        return tuple(writes)

    def _settled(self, handover: RowMapping, result: HelpResult) -> Write:
        given = " ".join(sorted(result.hulp)) or None
        now = self._house.now_ms()
        return work.update_handover(handover, outcome=result.uitkomst.value, help_given=given, settled_at=now)

    def _commit(self, principal: Principal, step: _Step, result: HelpResult | None = None) -> None:
        move = cases.move(step.dossier.case, **step.values)
        events = _events(principal, step.dossier, step.told, result)
        self._house.store.commit(Change((*step.writes, move), events))


def _events(
    principal: Principal,
    dossier: Dossier,
    told: tuple[tuple[Act, str], ...],
    result: HelpResult | None = None,
) -> tuple[Event, ...]:
    detail = {"hulp": sorted(result.hulp)} if result is not None and result.hulp else None
    subject = dossier.signals[0]["signal_id"]
    return tuple(
        tell(principal, act, _PURPOSE, subject=subject, case=dossier.case_id, reason=reason, detail=detail)
        for act, reason in told
    )


def _facts(dossier: Dossier) -> CaseFacts:
    case = dossier.case
    return CaseFacts(CaseState(case["state"]), case["attempts"], bool(case["reached"]), bool(case["offer_at"]))


def _requested(dossier: Dossier) -> RowMapping:
    if dossier.handover is None:
        raise Conflict("Voor dit dossier is geen hulp gevraagd", code="geen_hulpvraag")
    return dossier.handover


def _taken_over(dossier: Dossier) -> RowMapping:
    handover = _requested(dossier)
    if handover["acknowledged_at"] is None:
        raise Conflict("Neem eerst de hulpvraag over", code="niet_overgenomen")
    return handover


def _request(dossier: Dossier, row: Row) -> Write:
    """Put the request on record; a resident who had said no after an earlier one starts anew."""
    if dossier.handover is None:
        return work.request_help(row)
    anew = {"decision_due": None, "first_talk_at": None, "outcome": None, "help_given": None, "settled_at": None}
    return work.update_handover(dossier.handover, **row, **anew)


def _noon(day: date) -> int:
    return millis(datetime.combine(day, time(12), AMSTERDAM))


def _last_moment(day: date) -> int:
    return millis(datetime.combine(day + timedelta(days=1), time(), AMSTERDAM)) - 1
