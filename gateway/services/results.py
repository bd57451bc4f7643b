"""What an agent reports after an attempt: one result per lease, one transition per result.

A help request is never refused for a formality: without a verification it goes on, marked as such, and social
work verifies first. What was said is sealed before it is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson

from audit.entry import Event
from gateway.disclosure import Codes, Dossier, load
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import calls, cases, work
from gateway.store.change import Change, Row, Write
from keys.envelope import Context
from schemas.audit import Act
from schemas.call import CONSEQUENCES, Attempt, CallResult, Consequence, DayPart, Outcome, next_attempt
from schemas.case import MAX_ATTEMPTS, TABLE, CaseEvent, CaseFacts, CaseState, Effect, Move, advance
from schemas.errors import Conflict, FieldProblem, Invalid, NotFound
from schemas.ids import CaseId
from schemas.moments import instant, local, local_day, millis
from schemas.person import DataClass
from schemas.principal import Principal

GRACE_MS = 30 * 60 * 1000
"""A result may come in this long after the lease ran out: the talk took longer than the lease."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The attempt that a result became; ``repeated`` when it had been recorded before."""

    attempt_id: str
    number: int
    state: CaseState
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Call:
    """Everything about one attempt while it is being recorded."""

    lease: Row
    dossier: Dossier
    attempts: Sequence[Row]
    result: CallResult
    consequence: Consequence
    attempt_id: str
    number: int
    now: int

    asked: Row | None

    @property
    def verified(self) -> bool:
        return self.lease["verified_at"] is not None

    @property
    def informed(self) -> bool:
        """Whether the notice of AVG art. 14 was given: nothing is said to whoever did not show who it is."""
        return self.verified and self.consequence.reached


class Results:
    """Records call results."""

    def __init__(self, house: Installation, codes: Codes) -> None:
        self._house = house
        self._codes = codes

    def record(self, principal: Principal, ref: str, result: CallResult) -> Recorded:
        """Record the result of the lease that this agent holds under ``ref``; sending it again changes nothing.

        Raises:
            NotFound: no such dial record. Conflict: recalled, or another result was recorded, or the outcome
            asks for a verified resident. Invalid: ``terugbellenOp`` is missing or in the past.
        """
        lease, dossier, attempts = self._held(principal, ref)
        earlier = next((a for a in attempts if a["lease_id"] == lease["lease_id"]), None)
        if earlier is not None:
            return _again(earlier, result, dossier)
        call = self._call(lease, dossier, attempts, result)
        moves = _moves(call)
        note = self._note(principal, call)
        writes, events = self._change(principal, call, moves, note)
        self._house.store.commit(Change(tuple(writes), tuple(events)))
        return Recorded(call.attempt_id, call.number, moves[-1].to)

    def _held(self, principal: Principal, ref: str) -> tuple[Row, Dossier, Sequence[Row]]:
        with self._house.store.read() as connection:
            case = self._codes.resolve(connection, principal, ref)
            code = self._house.pseudonyms.normalise(ref)
            lease = calls.latest_lease(connection, principal.tenant, principal.party, code, principal.client)
            if lease is None:
                raise NotFound
            dossier = load(connection, principal, case)
            return lease, dossier, calls.attempts_of(connection, principal.tenant, case)

    def _call(self, lease: Row, dossier: Dossier, attempts: Sequence[Row], result: CallResult) -> _Call:
        now = self._house.now_ms()
        _insist_running(lease, now)
        consequence = CONSEQUENCES[result.uitkomst]
        if consequence.verified and lease["verified_at"] is None:
            raise Conflict("Controleer eerst met wie u spreekt", code="niet_geverifieerd")
        _insist_on_fit(result, now)
        number = dossier.case["attempts"] + (0 if lease["inbound"] else 1)
        attempt, asked = self._house.new_id(), self._asked(dossier)
        return _Call(lease, dossier, attempts, result, consequence, attempt, number, now, asked)

    def _asked(self, dossier: Dossier) -> Row | None:
        with self._house.store.read() as connection:
            return work.find_handover(connection, dossier.case["tenant"], dossier.case_id)

    def _note(self, principal: Principal, call: _Call) -> bytes | None:
        result = call.result
        said = {"beste_moment": result.beste_moment, "omschrijving": result.omschrijving}
        kept = {name: text for name, text in said.items() if text}
        if not kept:
            return None
        return self._seal(principal, "gateway_attempt", call.attempt_id, call.lease["signal_id"], kept)

    def _seal(self, principal: Principal, table: str, key: str, subject: str, said: dict[str, str]) -> bytes:
        context = Context(principal.tenant, table, "note", key, subject, DataClass.NOTITIES)
        data_key = self._house.vault.key_for(principal.tenant, subject, DataClass.NOTITIES)
        return self._house.vault.seal(data_key, context, orjson.dumps(said))

    def _change(
        self, principal: Principal, call: _Call, moves: list[Move], note: bytes | None
    ) -> tuple[list[Write], list[Event]]:
        effects = {effect for move in moves for effect in move.effects}
        values, case = self._values(call, moves, effects), call.dossier.case_id
        writes: list[Write] = [
            calls.add_attempt(self._attempt(principal, call, note)),
            calls.end_lease(call.lease, "afgerond", call.now),
            cases.move(call.dossier.case, **values),
        ]
        if Effect.TERUGROEPEN in effects:
            writes.append(calls.recall_case(principal.tenant, case, call.now))
        if Effect.OVERDRACHT_KLAARZETTEN in effects:
            writes.append(_ask_for_help(call.asked, self._handover(principal, call, values)))
        if Effect.AANBOD_GEDAAN in effects:
            writes.append(work.order_offer(self._offer(principal, call)))
        return writes, self._events(principal, call, moves, effects)

    def _values(self, call: _Call, moves: list[Move], effects: set[Effect]) -> dict[str, Any]:
        case = call.dossier.case
        values: dict[str, Any] = {
            "state": moves[-1].to.value,
            "attempts": call.number,
            "reached": bool(case["reached"] or call.consequence.reached),
            "phone_blocked": bool(case["phone_blocked"] or call.consequence.blocks_phone),
            "protected": bool(case["protected"] or call.result.uitkomst is Outcome.DREIGING),
            "not_before": self._not_before(call),
        }
        if call.informed:
            values["notice_at"] = case["notice_at"] or call.now
        if Effect.AANBOD_GEDAAN in effects:
            values["offer_at"] = case["offer_at"] or call.now
            values["offer_channel"] = case["offer_channel"] or "telefoon"
        if Effect.TERMIJN_GESPREK in effects:
            values |= {"accepted_at": call.now, "first_talk_due": self._first_talk(call)}
        return values

    def _not_before(self, call: _Call) -> int:
        """A promised moment is kept; otherwise the rule that spreads attempts says when the next may be."""
        if call.result.terugbellen_op is not None:
            return millis(call.result.terugbellen_op)
        calendar, now = self._house.calendar, local(instant(call.now))
        made = [
            *(_attempt(row) for row in call.attempts),
            Attempt(now, calendar.daypart(now), bool(call.lease["inbound"])),
        ]
        return millis(next_attempt(made, now, calendar.daypart))

    def _first_talk(self, call: _Call) -> int:
        """Wgs art. 4: four weeks, or three working days when supply or home is about to be lost."""
        start = local_day(instant(call.now))
        settings, calendar = self._house.settings, self._house.calendar
        if self._threatening(call):
            due = calendar.add_working_days(start, settings.threatening_workdays)
        else:
            due = start + timedelta(days=settings.first_talk_days)
        return call.now + (due - start).days * 24 * 3600 * 1000

    @staticmethod
    def _threatening(call: _Call) -> bool:
        return any(signal["crisis"] or signal["supply_ends"] for signal in call.dossier.signals)

    def _attempt(self, principal: Principal, call: _Call, note: bytes | None) -> Row:
        case = call.dossier.case
        back = call.result.terugbellen_op
        return {
            "tenant": principal.tenant,
            "attempt_id": call.attempt_id,
            "case_id": case["case_id"],
            "lease_id": call.lease["lease_id"],
            "number": call.number,
            "at": call.now,
            "daypart": str(self._house.calendar.daypart(instant(call.now))),
            "outcome": str(call.result.uitkomst),
            "reached": call.consequence.reached,
            "verified": call.verified,
            "script_code": case["script_code"],
            "script_version": case["script_version"],
            "party_id": principal.party,
            "user_id": principal.user,
            "tips": call.result.tips_gegeven,
            "callback_at": None if back is None else millis(back),
            "note": note,
            "note_subject": None if note is None else call.lease["signal_id"],
        }

    def _handover(self, principal: Principal, call: _Call, values: dict[str, Any]) -> Row:
        case, subject = call.dossier.case["case_id"], call.lease["signal_id"]
        said = {"beste_moment": call.result.beste_moment, "omschrijving": call.result.omschrijving}
        kept = {name: text for name, text in said.items() if text}
        note = self._seal(principal, "gateway_handover", case, subject, kept) if kept else None
        return {
            "tenant": principal.tenant,
            "case_id": case,
            "requested_at": call.now,
            "verified": call.verified,
            "threatening": self._threatening(call),
            "first_talk_due": values["first_talk_due"],
            "note": note,
            "note_subject": subject if note is not None else None,
        }

    def _offer(self, principal: Principal, call: _Call) -> Row:
        return {
            "tenant": principal.tenant,
            "offer_id": self._house.new_id(),
            "case_id": call.dossier.case["case_id"],
            "channel": "telefoon",
            "template": call.dossier.case["script_code"],
            "ordered_at": call.now,
            "ordered_by": principal.actor,
            "done_at": call.now,
            "result": str(call.result.uitkomst),
            "notice": call.informed,
        }

    def _events(
        self, principal: Principal, call: _Call, moves: list[Move], effects: set[Effect]
    ) -> list[Event]:
        subject, case = call.lease["signal_id"], CaseId(call.dossier.case["case_id"])

        def told(act: Act, reason: str = "") -> Event:
            return tell(principal, act, "bellen", subject=subject, case=case, reason=reason)

        events = [told(Act.CALL_RECORDED, call.result.uitkomst)]
        if moves[-1].to.value != call.dossier.case["state"]:
            events.append(told(Act.CASE_TRANSITION, moves[-1].to.value))
        if Effect.OVERDRACHT_KLAARZETTEN in effects:
            events.append(told(Act.HELP_REQUESTED))
        if Effect.AANBOD_GEDAAN in effects:
            events.append(replace(told(Act.OFFER_RECORDED), reason="telefoon"))
        return events


_CALL_BACK = FieldProblem(
    "terugbellenOp", "moment", "Alleen en altijd bij de uitkomst terugbellen, en in de toekomst"
)


_NOTHING_ABOUT_OTHERS = "Bij een verkeerd nummer schrijft u niets op over wie u sprak"


def _insist_on_fit(result: CallResult, now: int) -> None:
    """Let only a result pass whose parts belong together.

    Raises:
        Invalid: a moment to call back that is missing, over or not asked for; a note about a stranger.
    """
    back = result.terugbellen_op
    if (result.uitkomst is Outcome.TERUGBELLEN) != (back is not None):
        raise Invalid(fields=[_CALL_BACK])
    if back is not None and millis(back) <= now:
        raise Invalid(fields=[_CALL_BACK])
    if result.uitkomst is Outcome.FOUT_NUMMER:
        said = {"omschrijving": result.omschrijving, "besteMoment": result.beste_moment}
        wrong = [
            FieldProblem(name, "niet_hier", _NOTHING_ABOUT_OTHERS) for name, text in said.items() if text
        ]
        if wrong:
            raise Invalid(fields=wrong)


def _ask_for_help(earlier: Row | None, row: Row) -> Write:
    """Put the request on record; a resident whose earlier one ended starts anew."""
    if earlier is None:
        return work.request_help(row)
    anew = ("decision_due", "acknowledged_at", "acknowledged_by", "first_talk_at")
    ended = ("outcome", "help_given", "settled_at")
    return work.update_handover(earlier, **row, **dict.fromkeys((*anew, *ended)))


def _insist_running(lease: Row, now: int) -> None:
    if lease["state"] == "open" and now <= lease["expires_at"] + GRACE_MS:
        return
    state = "verlopen" if lease["state"] == "open" else lease["state"]
    raise Conflict(f"Dit belrecord is {state}", code=state)


def _moves(call: _Call) -> list[Move]:
    """Follow the outcome through the table; the seventh attempt that ends in nothing ends the calling."""
    case = call.dossier.case
    facts = CaseFacts(CaseState(case["state"]), case["attempts"], bool(case["reached"]))
    nothing = call.consequence.event is CaseEvent.POGING
    if call.lease["inbound"] and (nothing or _out_of_reach(facts.state, call.consequence.event)):
        return [Move(facts.state)]  # The talk is on record all the same; it uses up no attempt.
    moves = [advance(facts, call.consequence.event)]
    if nothing and call.number == MAX_ATTEMPTS:
        reached = bool(case["reached"] or call.consequence.reached)
        after = CaseFacts(moves[0].to, call.number, reached)
        moves.append(advance(after, CaseEvent.STILTE if reached else CaseEvent.UITGEBELD))
    return moves


def _out_of_reach(state: CaseState, event: CaseEvent) -> bool:
    """Say whether a call-back leaves a case where it is: what social work has in hand, only social work moves."""
    if state in {CaseState.HULP_GEVRAAGD, CaseState.OVERGEDRAGEN}:
        return True
    away = state is CaseState.SOCIAAL_WERK and event is CaseEvent.ROUTE_BRIEF
    return away or event not in TABLE[state]


def _attempt(row: Row) -> Attempt:
    return Attempt(local(instant(row["at"])), DayPart(row["daypart"]), bool(row["inbound"]))


def _again(earlier: Row, result: CallResult, dossier: Dossier) -> Recorded:
    if earlier["outcome"] != result.uitkomst:
        raise Conflict("Voor dit belrecord is al een andere uitkomst vastgelegd", code="al_afgerond")
    state = CaseState(dossier.case["state"])
    return Recorded(earlier["attempt_id"], earlier["number"], state, repeated=True)
