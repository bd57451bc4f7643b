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
from gateway.services.results.call import (
    Call,
    insist_on_fit,
    insist_standing,
    is_running,
    moves_of,
)
from gateway.services.results.numbers import Cleared, Numbers
from gateway.store import calls, cases, work
from gateway.store.change import Change, Row, Write
from keys.envelope import Context
from schemas.audit import Act
from schemas.call import (
    ACUTE,
    CONSEQUENCES,
    MESSAGES,
    NEVER_CALL,
    Attempt,
    CallResult,
    DayPart,
    Outcome,
    next_attempt,
)
from schemas.case import CALLABLE_STATES, CaseState, Effect, Move
from schemas.dialfile import insist_on_moment
from schemas.errors import Conflict, NotFound
from schemas.ids import CaseId
from schemas.moments import instant, local, local_day, millis
from schemas.person import DataClass
from schemas.principal import Principal


@dataclass(frozen=True, slots=True)
class Recorded:
    """The attempt that a result became; ``repeated`` when it had been recorded before.

    ``message``: what the agent must know now, in Dutch; empty when there is nothing.
    """

    attempt_id: str
    number: int
    state: CaseState
    repeated: bool = False
    message: str = ""


class Results:
    """Records call results."""

    def __init__(self, house: Installation, codes: Codes) -> None:
        self._house = house
        self._codes = codes
        self._numbers = Numbers(house)

    def record(self, principal: Principal, ref: str, result: CallResult, at: int | None = None) -> Recorded:
        """Record the result of the lease that this agent holds under ``ref``; sending it again changes nothing.

        ``at`` (ms UTC) is when the talk was, for a result that comes in later; without it, it was now.

        Raises:
            NotFound: no such dial record. Conflict: recalled, or another result was recorded, or the outcome
            asks for a verified resident. Invalid: a part of it does not fit; nothing of it was recorded.
        """
        lease, dossier, attempts = self._held(principal, ref)
        earlier = _earlier(lease, attempts, result)
        if earlier is not None:
            return _again(earlier, dossier)
        call = self._call(lease, dossier, attempts, result, at)
        cleared = self._numbers.clear(principal, call) if result.uitkomst in NEVER_CALL else Cleared()
        call = replace(call, callable_left=cleared.left)
        moves = moves_of(call)
        writes, events = self._change(principal, call, moves, self._note(principal, call))
        self._house.store.commit(Change((*writes, *cleared.writes), (*events, *cleared.events)))
        return Recorded(call.attempt_id, call.number, moves[-1].to, message=_message(call, moves[-1].to))

    def _held(self, principal: Principal, ref: str) -> tuple[Row, Dossier, Sequence[Row]]:
        with self._house.store.read() as connection:
            case = self._codes.resolve(connection, principal, ref)
            code = self._house.pseudonyms.normalise(ref)
            lease = calls.latest_lease(connection, principal.tenant, principal.party, code, principal.client)
            if lease is None:
                raise NotFound
            dossier = load(connection, principal, case)
            return lease, dossier, calls.attempts_of(connection, principal.tenant, case)

    def _call(
        self, lease: Row, dossier: Dossier, attempts: Sequence[Row], result: CallResult, at: int | None
    ) -> Call:
        now = self._house.now_ms()
        now = now if at is None else insist_on_moment(lease["leased_at"], at, now)
        insist_standing(lease, result, now)
        if CONSEQUENCES[result.uitkomst].verified and lease["verified_at"] is None:
            raise Conflict("Controleer eerst met wie u spreekt", code="niet_geverifieerd")
        insist_on_fit(result, now, self._house.calendar)
        running = is_running(lease, now)
        done = any(attempt["lease_id"] == lease["lease_id"] for attempt in attempts)
        return Call(
            lease=lease,
            dossier=dossier,
            attempts=attempts,
            result=result,
            attempt_id=self._house.new_id(),
            now=now,
            asked=self._asked(dossier),
            counts=running and not done and not lease["inbound"],
            recalled=not running,
        )

    def _asked(self, dossier: Dossier) -> Row | None:
        with self._house.store.read() as connection:
            return work.find_handover(connection, dossier.case["tenant"], dossier.case_id)

    def _note(self, principal: Principal, call: Call) -> bytes | None:
        if not call.said:
            return None
        return self._seal(principal, "gateway_attempt", call.attempt_id, call.lease["signal_id"], call.said)

    def _seal(self, principal: Principal, table: str, key: str, subject: str, said: dict[str, str]) -> bytes:
        context = Context(principal.tenant, table, "note", key, subject, DataClass.NOTITIES)
        data_key = self._house.vault.key_for(principal.tenant, subject, DataClass.NOTITIES)
        return self._house.vault.seal(data_key, context, orjson.dumps(said))

    def _change(
        self, principal: Principal, call: Call, moves: list[Move], note: bytes | None
    ) -> tuple[list[Write], list[Event]]:
        effects = {effect for move in moves for effect in move.effects}
        values, case = self._values(call, moves, effects), call.dossier.case_id
        writes: list[Write] = [
            calls.add_attempt(self._attempt(principal, call, note)),
            cases.move(call.dossier.case, **values),
        ]
        if call.lease["state"] == "open":
            writes.append(calls.end_lease(call.lease, "afgerond", call.now))
        if Effect.TERUGROEPEN in effects:
            writes.append(calls.recall_case(principal.tenant, case, self._house.now_ms()))
        if Effect.OVERDRACHT_KLAARZETTEN in effects:
            writes.append(_ask_for_help(call.asked, self._handover(principal, call, values)))
        if Effect.AANBOD_GEDAAN in effects:
            writes.append(work.order_offer(self._offer(principal, call)))
        return writes, self._events(principal, call, moves, effects)

    def _values(self, call: Call, moves: list[Move], effects: set[Effect]) -> dict[str, Any]:
        case, meant = call.dossier.case, call.consequence
        values: dict[str, Any] = {
            "state": moves[-1].to.value,
            "attempts": call.number,
            "reached": bool(case["reached"] or meant.reached),
            "phone_blocked": bool(case["phone_blocked"] or meant.blocks_phone),
            "protected": bool(case["protected"] or meant.protects),
            "not_before": self._not_before(call),
            **_promise(call, moves[-1].to),
            **_why_social_work(call, moves),
        }
        if call.informed:
            values["notice_at"] = case["notice_at"] or call.now
        if Effect.AANBOD_GEDAAN in effects:
            values["offer_at"] = case["offer_at"] or call.now
            values["offer_channel"] = case["offer_channel"] or "telefoon"
        if Effect.TERMIJN_GESPREK in effects:
            values |= {"accepted_at": call.now, "first_talk_due": self._first_talk(call)}
        return values

    def _not_before(self, call: Call) -> int:
        """A promised moment is kept; otherwise the rule that spreads attempts says when the next may be."""
        if call.result.terugbellen_op is not None:
            return millis(call.result.terugbellen_op)
        promised = call.dossier.case["promised_at"]
        if call.lease["inbound"] and promised is not None:
            return int(max(promised, call.now))  # What was promised stays promised.
        calendar, now = self._house.calendar, local(instant(call.now))
        made = [
            *(_attempt(row) for row in call.attempts),
            Attempt(now, calendar.daypart(now), bool(call.lease["inbound"])),
        ]
        return millis(next_attempt(made, now, calendar.daypart))

    def _first_talk(self, call: Call) -> int:
        """Wgs art. 4: four weeks, or three working days when supply or home is about to be lost."""
        start = local_day(instant(call.now))
        settings, calendar = self._house.settings, self._house.calendar
        if self._threatening(call):
            due = calendar.add_working_days(start, settings.threatening_workdays)
        else:
            due = start + timedelta(days=settings.first_talk_days)
        return call.now + (due - start).days * 24 * 3600 * 1000

    @staticmethod
    def _threatening(call: Call) -> bool:
        return any(signal["crisis"] or signal["supply_ends"] for signal in call.dossier.signals)

    def _attempt(self, principal: Principal, call: Call, note: bytes | None) -> Row:
        case = call.dossier.case
        back = None if call.acute else call.result.terugbellen_op
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
            "tips_card": call.result.tipkaart,
            "callback_at": None if back is None else millis(back),
            "note": note,
            "note_subject": None if note is None else call.lease["signal_id"],
        }

    def _handover(self, principal: Principal, call: Call, values: dict[str, Any]) -> Row:
        case, subject = call.dossier.case["case_id"], call.lease["signal_id"]
        kept = call.said
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

    def _offer(self, principal: Principal, call: Call) -> Row:
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
        self, principal: Principal, call: Call, moves: list[Move], effects: set[Effect]
    ) -> list[Event]:
        subject, case = call.lease["signal_id"], CaseId(call.dossier.case["case_id"])

        def told(act: Act, reason: str = "") -> Event:
            return tell(principal, act, "bellen", subject=subject, case=case, reason=reason)

        events = [told(Act.CALL_RECORDED, call.result.uitkomst)]
        if call.acute:
            events.append(told(Act.ACUTE_REPORTED))
        if moves[-1].to.value != call.dossier.case["state"]:
            events.append(told(Act.CASE_TRANSITION, moves[-1].to.value))
        if Effect.OVERDRACHT_KLAARZETTEN in effects:
            events.append(told(Act.HELP_REQUESTED))
        if Effect.AANBOD_GEDAAN in effects:
            events.append(replace(told(Act.OFFER_RECORDED), reason="telefoon"))
        return events


def _ask_for_help(earlier: Row | None, row: Row) -> Write:
    """Put the request on record; a resident whose earlier one ended starts anew."""
    if earlier is None:
        return work.request_help(row)
    anew = ("decision_due", "acknowledged_at", "acknowledged_by", "first_talk_at")
    ended = ("outcome", "help_given", "settled_at")
    return work.update_handover(earlier, **row, **dict.fromkeys((*anew, *ended)))


def _promise(call: Call, to: CaseState) -> dict[str, Any]:
    """Say which moment the resident was promised, and which team promised it."""
    back = call.result.terugbellen_op
    if to not in CALLABLE_STATES:
        return {"promised_at": None, "promised_to": None}
    if back is not None and not call.acute:
        return {"promised_at": millis(back), "promised_to": call.lease["party_id"]}
    return {"promised_at": None, "promised_to": None} if call.counts else {}


def _why_social_work(call: Call, moves: list[Move]) -> dict[str, Any]:
    """Say why a case lies with social work now; a case that was over is open again."""
    values: dict[str, Any] = {}
    to = moves[-1].to
    if call.acute:
        values |= {"category": ACUTE, "urgent": True}
    elif to is CaseState.SOCIAAL_WERK and call.consequence.category:
        values["category"] = call.consequence.category
    if call.dossier.case["closed_at"] is not None and to is not CaseState(call.dossier.case["state"]):
        values |= {"closed_at": None, "close_reason": None}
    return values


def _message(call: Call, to: CaseState) -> str:
    """Find what the agent must be told."""
    if call.acute:
        return MESSAGES[Outcome.ACUUT]
    if call.recalled:
        return MESSAGES["teruggeroepen"]
    if call.result.terugbellen_op is None or to in CALLABLE_STATES:
        return ""
    return MESSAGES["belofte_zonder_poging" if call.counts else "belofte_niet_hier"]


def _attempt(row: Row) -> Attempt:
    return Attempt(local(instant(row["at"])), DayPart(row["daypart"]), bool(row["inbound"]))


def _earlier(lease: Row, attempts: Sequence[Row], result: CallResult) -> Row | None:
    """Find the same result of this dial record, recorded before.

    Raises:
        Conflict: another result was; only acute need may still be told after it.
    """
    mine = [attempt for attempt in attempts if attempt["lease_id"] == lease["lease_id"]]
    same = next((attempt for attempt in mine if attempt["outcome"] == result.uitkomst), None)
    if mine and same is None and result.uitkomst is not Outcome.ACUUT:
        raise Conflict("Voor dit belrecord is al een andere uitkomst vastgelegd", code="al_afgerond")
    return same


def _again(earlier: Row, dossier: Dossier) -> Recorded:
    state = CaseState(dossier.case["state"])
    message = MESSAGES.get(earlier["outcome"], "")
    return Recorded(earlier["attempt_id"], earlier["number"], state, repeated=True, message=message)
