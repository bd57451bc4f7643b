"""Ordering letters: for every case whose way is a letter, or for cases that a social worker names."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Codes, Door, load
from gateway.disclosure.dossier import facts_of
from gateway.events import tell
from gateway.installation import Installation
from gateway.services.letters.batches import KIND, again
from gateway.store import cases, work
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.case import CaseState
from schemas.errors import Conflict, Failing, FieldProblem, Invalid
from schemas.help import Channel
from schemas.ids import CaseId, RunId
from schemas.letters import WANTS_LETTER, LetterResult, Template, fitting, versioned
from schemas.moments import month_of
from schemas.parties import PartyKind
from schemas.principal import Principal

_PURPOSES = {PartyKind.MATCHING: "matchen", PartyKind.SOCIAAL_WERK: "hulpverlenen"}
_NOT_YOURS = Failing(
    "brief_bestellen",
    "Brieven bestelt de gemeente, of de sociaal werker voor een eigen dossier.",
    "De vrager is niet de gemeente en heeft dit dossier niet in de eigen werklast.",
)
_WHICH = FieldProblem("dossiers", "leeg", "Noem de dossiers die een brief krijgen")


@dataclass(frozen=True, slots=True)
class Batch:
    """An order: how many letters, and how many cases got none (a letter is under way, or a protection rests on it).

    ``batch_id`` is None when there was nothing to order.
    """

    batch_id: RunId | None
    count: int
    skipped: int


@dataclass(frozen=True, slots=True)
class _Order:
    batch: RunId
    writes: list[Write] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


class LetterOrders:
    """Orders letters."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def order(
        self, principal: Principal, refs: Sequence[str] | None = None, template: Template | None = None
    ) -> Batch:
        """Order a letter for every case that waits for one, or for the cases named; never two at a time per case.

        Without a ``template`` the one that fits the history of the case is taken.

        Raises:
            Denied: not the municipality, nor the social worker of the case; the refusal is in the log.
            NotFound: no such reference. Invalid: a social worker named no case.
            Conflict: a case named cannot get a letter now, or cases kept moving; nothing was ordered.
        """
        if principal.kind not in _PURPOSES:
            self._door.refuse(principal, "", [_NOT_YOURS])
        if principal.kind is PartyKind.SOCIAAL_WERK and not refs:
            raise Invalid(fields=[_WHICH])
        return again(lambda: self._order(principal, refs, template))

    def _order(self, principal: Principal, refs: Sequence[str] | None, template: Template | None) -> Batch:
        order = _Order(RunId(self._house.new_id()))
        with self._house.store.read() as connection:
            wanted = self._wanted(connection, principal, refs)
            for case in wanted:
                self._add(connection, principal, case, template, order)
        count = len(order.events)
        if refs is not None and count < len(wanted):
            raise Conflict("Een van deze dossiers kan nu geen brief krijgen", code="geen_brief_mogelijk")
        if not count:
            return Batch(None, 0, len(wanted))
        run = work.add_run(self._run(principal, order.batch, count))
        self._house.store.commit(Change((run, *order.writes), tuple(order.events)))
        return Batch(order.batch, count, len(wanted) - count)

    def _wanted(self, connection: Connection, principal: Principal, refs: Sequence[str] | None) -> list[Row]:
        if refs is None:
            return cases.cases_in(connection, principal.tenant, [CaseState.BRIEF])
        return [self._named(connection, principal, ref) for ref in dict.fromkeys(refs)]

    def _named(self, connection: Connection, principal: Principal, ref: str) -> Row:
        dossier = load(connection, principal, self._codes.resolve(connection, principal, ref))
        facts = facts_of(connection, self._house, principal, dossier)
        if principal.kind is PartyKind.SOCIAAL_WERK and not facts.toegewezen:
            self._door.refuse(principal, _PURPOSES[principal.kind], [_NOT_YOURS])
        return dossier.case

    def _add(
        self,
        connection: Connection,
        principal: Principal,
        case: Row,
        template: Template | None,
        order: _Order,
    ) -> None:
        tenant, case_id = principal.tenant, CaseId(case["case_id"])
        live = cases.signals_of_case(connection, tenant, case_id)
        letters = [o for o in work.offers_of(connection, tenant, case_id) if o["channel"] == Channel.BRIEF]
        under_way = any(letter["done_at"] is None for letter in letters)
        guarded = case["protected"] or case["restricted"] is not None
        if under_way or not live or guarded or case["state"] not in WANTS_LETTER:
            return
        sent = any(letter["result"] == LetterResult.VERZONDEN for letter in letters)
        chosen = template or fitting(case["attempts"], sent_before=sent)
        # The case itself does not change, but its version does: two orders at once cannot both go through.
        order.writes.extend(
            [work.order_offer(self._offer(principal, case_id, chosen, order)), cases.move(case)]
        )
        order.events.append(self._told(principal, case_id, live[0]["signal_id"]))

    def _offer(self, principal: Principal, case: CaseId, template: Template, order: _Order) -> Row:
        return {
            "tenant": principal.tenant,
            "offer_id": self._house.new_id(),
            "case_id": case,
            "channel": Channel.BRIEF.value,
            "template": versioned(template),
            "ordered_at": self._house.now_ms(),
            "ordered_by": principal.actor,
            "batch_id": order.batch,
        }

    def _run(self, principal: Principal, batch: RunId, count: int) -> Row:
        return {
            "tenant": principal.tenant,
            "run_id": batch,
            "kind": KIND,
            "month": month_of(self._house.now()),
            "started_by": principal.actor,
            "at": self._house.now_ms(),
            "counts": orjson.dumps({"brieven": count}).decode(),
        }

    @staticmethod
    def _told(principal: Principal, case: CaseId, subject: str) -> Event:
        purpose = _PURPOSES[principal.kind]
        return tell(principal, Act.LETTER_ORDERED, purpose, subject=subject, case=case)
