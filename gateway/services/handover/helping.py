"""What social work records: a yes given to itself, the first talk, and how the contact ended."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from gateway.disclosure import Codes, Door
from gateway.installation import Installation
from gateway.services.handover.own import Held, Reach
from gateway.services.handover.records import record_of
from gateway.store import calls, cases, work
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.case import CaseEvent, CaseState, Effect, Move, advance
from schemas.errors import Conflict, FieldProblem, Invalid
from schemas.help import (
    DECISION_DAYS,
    ENDINGS,
    NOBODY_LEFT,
    Channel,
    HelpResult,
    misfits,
    reason_of,
)
from schemas.moments import AMSTERDAM, instant, local_day, millis
from schemas.notes import refuse_note
from schemas.principal import Principal

_DAY = FieldProblem("datum", "datum", "Kies een dag vanaf de hulpvraag en niet na vandaag")
_MISFITS = {
    "hulp": FieldProblem(
        "hulp", "hulp", "Noem welke hulp is gegeven, en alleen bij de uitkomst hulp_gegeven"
    ),
    "verwijzingen": FieldProblem("verwijzingen", "hulp", "Een verwijzing hoort bij hulp die doorverwijst"),
    "beleving": FieldProblem("beleving", "niet_bereikt", "Wie niet is bereikt, zei niets over het aanbod"),
    "melding_reden": FieldProblem(
        "meldingReden", "melding", "Een reden hoort altijd en alleen bij een melding"
    ),
}


class Helping:
    """Records talks and outcomes of the own caseload."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._reach = Reach(house, door, codes)

    def accept(self, principal: Principal, ref: str, channel: Channel, *, informed: bool) -> int:
        """Record that a resident said yes to the social worker self: asked and taken over in one step.

        Gives until when the first talk may wait (ms UTC).

        Raises:
            NotFound: no such reference. Denied: not the own caseload. Conflict: help was asked for already, or
            the case moved meanwhile.
        """
        held = self._reach.own(principal, ref)
        asked = advance(held.state, CaseEvent.HULPVRAAG)
        taken = advance(replace(held.state, state=asked.to), CaseEvent.OVERDRACHT)
        row = self._request(principal, held)
        values = {
            **self._offered(held, asked, channel, informed=informed),
            "state": taken.to.value,
            "accepted_at": row["requested_at"],
            "first_talk_due": row["first_talk_due"],
            "reached": True,
        }
        effects = self._effects(principal, held, asked, channel, CaseEvent.HULPVRAAG, informed=informed)
        writes = (_ask_for_help(held, row), *effects, cases.move(held.case, **values))
        told = (
            (Act.HELP_REQUESTED, ""),
            (Act.HANDOVER_ACKNOWLEDGED, ""),
            (Act.CASE_TRANSITION, taken.to.value),
            (Act.OFFER_RECORDED, channel.value),
        )
        self._house.store.commit(Change(writes, tuple(held.tell(principal, *one) for one in told)))
        return int(row["first_talk_due"])

    def record_first_talk(self, principal: Principal, ref: str, day: date) -> int:
        """Record the first talk with a resident who asked for help; the clock of the decision starts.

        Gives until when the decision may wait (ms UTC).

        Raises:
            NotFound: no such reference. Denied: not the own caseload. Invalid: a day before the request or to
            come. Conflict: not taken over yet, or recorded before.
        """
        held = self._reach.own(principal, ref)
        handover = held.taken_over
        if handover["first_talk_at"] is not None:
            raise Conflict("Het eerste gesprek is al vastgelegd", code="al_vastgelegd")
        asked, today = local_day(instant(handover["requested_at"])), local_day(self._house.now())
        if not asked <= day <= today:
            raise Invalid(fields=[_DAY])
        due = _last_moment(self._house.calendar.term_end(day, DECISION_DAYS))
        talked = work.update_handover(handover, first_talk_at=_noon(day), decision_due=due)
        event = held.tell(principal, Act.TALK_RECORDED)
        self._house.store.commit(Change((talked, cases.move(held.case, reached=True)), (event,)))
        return due

    def record_help(self, principal: Principal, ref: str, result: HelpResult) -> CaseState:
        """Record how the contact ended, after a help request or without one; gives the state it leads to.

        Raises:
            NotFound: no such reference. Denied: not the own caseload. Invalid: help named where none was given,
            or the reverse; parts that do not belong together; a note with a number that finds a person. Conflict: the outcome does not fit the state, or the case moved meanwhile.
        """
        wrong = [_MISFITS[name] for name in misfits(result)]
        if result.notitie:
            wrong.extend(refuse_note("notitie", result.notitie, most=None))
        if wrong:
            raise Invalid(fields=wrong)
        held = self._reach.own(principal, ref)
        event = ENDINGS[result.uitkomst].event
        move = _stay(held) if event is None else advance(held.state, event)
        values = self._values(held, move, result)
        effects = self._effects(
            principal, held, move, result.kanaal, result.uitkomst, informed=result.geinformeerd
        )
        record = record_of(self._house, principal, held, result)
        writes = (*effects, *self._settle(held, result), record, cases.move(held.case, **values))
        told = [held.tell(principal, Act.HELP_RECORDED, result.uitkomst, hulp=sorted(result.hulp))]
        if move.to != held.state.state:
            told.append(held.tell(principal, Act.CASE_TRANSITION, move.to.value))
        if Effect.AANBOD_GEDAAN in move.effects:
            told.append(held.tell(principal, Act.OFFER_RECORDED, result.kanaal.value))
        self._house.store.commit(Change(writes, tuple(told)))
        return move.to

    def _values(self, held: Held, move: Move, result: HelpResult) -> dict[str, Any]:
        over = NOBODY_LEFT.get(result.uitkomst)
        reason = reason_of(result.hulp) if result.hulp else over
        ended = {} if over is None else {"closed_at": self._house.now_ms(), "phone_blocked": True}
        return {
            **self._offered(held, move, result.kanaal, informed=result.geinformeerd),
            **ended,
            "state": move.to.value,
            "close_reason": reason,
            "reached": bool(held.case["reached"] or ENDINGS[result.uitkomst].reached),
        }

    def _request(self, principal: Principal, held: Held) -> Row:
        now = self._house.now_ms()
        threatening = any(signal["crisis"] or signal["supply_ends"] for signal in held.dossier.signals)
        return {
            "tenant": principal.tenant,
            "case_id": held.dossier.case_id,
            "requested_at": now,
            "verified": True,
            "threatening": threatening,
            "first_talk_due": self._first_talk(local_day(instant(now)), threatening=threatening),
            "acknowledged_at": now,
            "acknowledged_by": principal.actor,
        }

    def _first_talk(self, start: date, *, threatening: bool) -> int:
        """Count the term of the first talk: Wgs art. 4(1), or 4(2) in a threatening situation."""
        settings, calendar = self._house.settings, self._house.calendar
        if threatening:
            return _last_moment(calendar.add_working_days(start, settings.threatening_workdays))
        return _last_moment(start + timedelta(days=settings.first_talk_days))

    def _offered(self, held: Held, move: Move, channel: Channel, *, informed: bool) -> dict[str, Any]:
        case, now = held.case, self._house.now_ms()
        values: dict[str, Any] = {"notice_at": case["notice_at"] or now} if informed else {}
        if Effect.AANBOD_GEDAAN in move.effects:
            values["offer_at"] = case["offer_at"] or now
            values["offer_channel"] = case["offer_channel"] or channel.value
        return values

    def _effects(
        self, principal: Principal, held: Held, move: Move, channel: Channel, result: str, *, informed: bool
    ) -> list[Write]:
        now, writes = self._house.now_ms(), []
        if Effect.TERUGROEPEN in move.effects:
            writes.append(calls.recall_case(principal.tenant, held.dossier.case_id, now))
        if Effect.AANBOD_GEDAAN in move.effects:
            offer = {
                "tenant": principal.tenant,
                "offer_id": self._house.new_id(),
                "case_id": held.dossier.case_id,
                "channel": channel.value,
                "ordered_at": now,
                "ordered_by": principal.actor,
                "done_at": now,
                "result": str(result),
                "notice": informed,
            }
            writes.append(work.order_offer(offer))
        return writes

    def _settle(self, held: Held, result: HelpResult) -> list[Write]:
        """Write down with the help request how it ended; without one, the state of the case says it."""
        if held.dossier.handover is None:
            return []
        given, now = " ".join(sorted(result.hulp)) or None, self._house.now_ms()
        ended = {"outcome": result.uitkomst.value, "help_given": given, "settled_at": now}
        return [work.update_handover(held.dossier.handover, **ended)]


def _stay(held: Held) -> Move:
    """Help was given: the case stays in social work's hands until it is closed.

    Raises:
        Conflict: nobody took the request over, or there was no first talk.
    """
    if held.state.state is not CaseState.OVERGEDRAGEN or held.taken_over["first_talk_at"] is None:
        raise Conflict("Leg eerst het eerste gesprek vast", code="geen_gesprek")
    return Move(CaseState.OVERGEDRAGEN)


def _ask_for_help(held: Held, row: Row) -> Write:
    """Put the request on record; a resident who ended an earlier one starts anew."""
    if held.dossier.handover is None:
        return work.request_help(row)
    ended = ("decision_due", "first_talk_at", "outcome", "help_given", "settled_at")
    return work.update_handover(held.dossier.handover, **row, **dict.fromkeys(ended))


def _noon(day: date) -> int:
    return millis(datetime.combine(day, time(12), AMSTERDAM))


def _last_moment(day: date) -> int:
    return millis(datetime.combine(day + timedelta(days=1), time(), AMSTERDAM)) - 1
