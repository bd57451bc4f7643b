"""What became of the letters: sent on a day, or returned by the post."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Codes, Door
from gateway.events import tell
from gateway.installation import Installation
from gateway.services.letters.batches import PURPOSE, again, insist_on_service, open_letters
from gateway.store import cases, work
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.case import TABLE, CaseEvent, CaseFacts, CaseState, advance
from schemas.errors import Conflict, FieldProblem, Invalid, NotFound
from schemas.help import NO_OFFER, Channel
from schemas.ids import CaseId
from schemas.letters import LetterResult
from schemas.moments import AMSTERDAM, instant, local_day, millis
from schemas.principal import Principal

UNDELIVERABLE = "onbestelbaar"
"""The category of a case whose letter came back."""

_WAITED = frozenset({CaseState.BRIEF, CaseState.ONBEREIKT, CaseState.GEEN_REACTIE})
_ON_ITS_WAY = frozenset({LetterResult.GEDRUKT, LetterResult.VERZONDEN})
_DAY = FieldProblem("datum", "datum", "Kies een dag vanaf de opdracht en niet na vandaag")


@dataclass(frozen=True, slots=True)
class _News:
    principal: Principal
    writes: list[Write] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def tell(self, act: Act, subject: str, case: Row, reason: str) -> None:
        case_id = CaseId(case["case_id"])
        told = tell(self.principal, act, PURPOSE, subject=subject, case=case_id, reason=reason)
        self.events.append(told)


class Post:
    """What the letter service reports back."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def confirm_sent(self, principal: Principal, batch: str, day: date) -> int:
        """Record that the printed letters of a batch went out on ``day``: offers made, notice given; gives how many.

        Raises:
            Denied: not a letter service; the refusal is in the log. NotFound: no such batch.
            Invalid: a day before the order or to come. Conflict: nothing printed is left to confirm, or cases
            kept moving.
        """
        insist_on_service(self._house, self._door, principal)
        return again(lambda: self._confirm(principal, batch, day))

    def returned(self, principal: Principal, batch: str, refs: Sequence[str]) -> int:
        """Record letters that could not be delivered: no offer after all, and social work goes on; gives how many.

        A case that was closed meanwhile stays closed; its letter is on record as undeliverable.

        Raises:
            Denied: not a letter service; the refusal is in the log. NotFound: no letter of this batch under
            such a reference. Conflict: cases kept moving.
        """
        insist_on_service(self._house, self._door, principal)
        return again(lambda: self._return(principal, batch, list(dict.fromkeys(refs))))

    def _confirm(self, principal: Principal, batch: str, day: date) -> int:
        news = _News(principal)
        with self._house.store.read() as connection:
            letters = open_letters(connection, principal, batch)
            printed = [letter for letter in letters if letter["result"] == LetterResult.GEDRUKT]
            self._insist_on_day(printed, day)
            for letter in printed:
                self._sent(connection, letter, _noon(day), news)
        self._house.store.commit(Change(tuple(news.writes), tuple(news.events)))
        return len(printed)

    def _insist_on_day(self, printed: Sequence[Row], day: date) -> None:
        if not printed:
            raise Conflict("Van deze brieven is niets meer te bevestigen", code="niets_gedrukt")
        ordered = max(local_day(instant(letter["ordered_at"])) for letter in printed)
        if not ordered <= day <= local_day(self._house.now()):
            raise Invalid(fields=[_DAY])

    def _sent(self, connection: Connection, letter: Row, at: int, news: _News) -> None:
        case, subject = self._case(connection, letter)
        values: dict[str, Any] = {
            "offer_at": case["offer_at"] or at,
            "offer_channel": case["offer_channel"] or Channel.BRIEF.value,
            "notice_at": case["notice_at"] or at,
        }
        state = _after(case, CaseEvent.AANBOD)
        sent = {"done_at": at, "result": LetterResult.VERZONDEN.value, "notice": True}
        news.writes.extend([work.update_offer(letter, **sent), cases.move(case, **values, state=state)])
        news.tell(Act.LETTER_SENT, subject, case, letter["template"].partition("@")[0])
        if state != case["state"]:
            news.tell(Act.CASE_TRANSITION, subject, case, state)

    def _return(self, principal: Principal, batch: str, refs: Sequence[str]) -> int:
        news = _News(principal)
        with self._house.store.read() as connection:
            open_letters(connection, principal, batch)
            for ref in refs:
                self._came_back(connection, principal, batch, ref, news)
        self._house.store.commit(Change(tuple(news.writes), tuple(news.events)))
        return len(refs)

    def _came_back(
        self, connection: Connection, principal: Principal, batch: str, ref: str, news: _News
    ) -> None:
        case_id = self._codes.resolve(connection, principal, ref)
        offers = work.offers_of(connection, principal.tenant, case_id)
        letter = next((o for o in offers if o["batch_id"] == batch and o["result"] in _ON_ITS_WAY), None)
        if letter is None:
            raise NotFound
        case, subject = self._case(connection, letter)
        values = _without(case, letter, offers)
        if case["state"] in _WAITED:
            state = _after(case, CaseEvent.ROUTE_SOCIAAL_WERK)
            values |= {"state": state, "category": UNDELIVERABLE, "owner": None}
            news.tell(Act.CASE_TRANSITION, subject, case, state)
        back = {
            "done_at": letter["done_at"] or self._house.now_ms(),
            "result": UNDELIVERABLE,
            "notice": False,
        }
        news.writes.extend([work.update_offer(letter, **back), cases.move(case, **values)])
        news.tell(Act.LETTER_SENT, subject, case, UNDELIVERABLE)

    def _case(self, connection: Connection, letter: Row) -> tuple[Row, str]:
        tenant, case_id = letter["tenant"], CaseId(letter["case_id"])
        case = cases.find_case(connection, tenant, case_id)
        if case is None:
            raise NotFound
        return case, cases.all_signals_of_case(connection, tenant, case_id)[0]["signal_id"]


def _after(case: Row, event: CaseEvent) -> str:
    """Give the state that the event leads to; where the table has no arrow, the case has moved on and stays."""
    state = CaseState(case["state"])
    if event not in TABLE[state]:
        return state.value
    return advance(CaseFacts(state, case["attempts"], bool(case["reached"])), event).to.value


def _without(case: Row, letter: Row, offers: Sequence[Row]) -> dict[str, Any]:
    """Let the next offer that was made take the place of a letter that never arrived; none leaves the duty open."""
    made = [
        offer
        for offer in offers
        if offer["done_at"] is not None
        and offer["offer_id"] != letter["offer_id"]
        and offer["result"] not in NO_OFFER
    ]
    values: dict[str, Any] = {}
    if letter["done_at"] is not None and case["offer_at"] == letter["done_at"]:
        first = min(made, key=lambda offer: offer["done_at"], default=None)
        values["offer_at"] = None if first is None else first["done_at"]
        values["offer_channel"] = None if first is None else first["channel"]
    if letter["done_at"] is not None and case["notice_at"] == letter["done_at"]:
        told = [offer["done_at"] for offer in made if offer["notice"]]
        values["notice_at"] = min(told, default=None)
    return values


def _noon(day: date) -> int:
    return millis(datetime.combine(day, time(12), AMSTERDAM))
