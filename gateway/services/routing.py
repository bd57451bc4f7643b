"""Routing: a case gets its way (social work, call center, letter) by rules in data, with a trace to read.

The amounts are opened by the machine under one batch entry; only the way and the sentences that explain it are
kept, never a sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure.machine import batch, opened
from gateway.disclosure.record import of_signal
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.decide import decide, require
from gateway.policy.facts import Facts
from gateway.policy.routing import Channel, Earlier, Route, RoutingFacts, RoutingSettings, route
from gateway.store import calls, cases, signals, work
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.call import ACUTE
from schemas.case import (
    CALLABLE_STATES,
    OPEN_STATES,
    REASONS,
    CaseEvent,
    CaseFacts,
    CaseState,
    CloseReason,
    advance,
)
from schemas.errors import Conflict
from schemas.ids import CaseId, ClientId, PartyId
from schemas.parties import PartyKind
from schemas.principal import Principal
from schemas.scripts import FIRST_OFFER

_EVENTS = {
    "sociaal_werk": CaseEvent.ROUTE_SOCIAAL_WERK,
    "callcenter": CaseEvent.ROUTE_BELLEN,
    "brief": CaseEvent.ROUTE_BRIEF,
}
_TARGETS = {
    "sociaal_werk": {CaseState.SOCIAAL_WERK},
    "callcenter": CALLABLE_STATES,
    "brief": {CaseState.BRIEF},
}
_ROUTABLE = frozenset({CaseState.OPEN, CaseState.BRIEF, *CALLABLE_STATES})
_TRIES = 4
_ENDED_BY = {
    CloseReason.REGELT_ZELF: Earlier.GEWEIGERD,
    CloseReason.ONBEREIKT: Earlier.ONBEREIKT,
    CloseReason.GEEN_REACTIE: Earlier.ONBEREIKT,
}
"""Whoever fell silent after a first contact got no further with us than who was never reached."""


_STARTED = Facts(geaccepteerd=True, ronde_gestart=True)
"""What holds of every case that is weighed: it has signals that count, and a round that a person started."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """A case with what routing wants to know of it; ``letter`` when one is under way, or calling was in vain."""

    case: Row
    signals: Sequence[Row]
    earlier: Row | None
    letter: bool


class Routing:
    """Gives cases their way, and looks again when their signals change."""

    def __init__(self, house: Installation) -> None:
        self._house = house
        chosen = house.settings
        self._settings = RoutingSettings(
            limit_cent=chosen.callable_limit_cent,
            limit_scope=chosen.callable_limit_scope,
            several_to_social_work=chosen.several_to_social_work,
            floor_cent=chosen.floor_cent,
            recurrence=chosen.recurrence,
        )

    def route(self, principal: Principal, touched: Sequence[CaseId]) -> Mapping[str, int]:
        """Route these cases and every other one that waits for a way; gives the number per channel.

        It is the municipality that weighs, also when a partner's delivery gave rise to it: the log says so.

        Raises:
            Conflict: cases kept moving meanwhile; nothing was routed, start again.
        """
        weighing = _municipality(principal)
        for _ in range(_TRIES):
            try:
                return self._route(weighing, touched)
            except Conflict:
                continue  # Somebody worked on one of these cases; look again at all of them.
        raise Conflict

    def _route(self, principal: Principal, touched: Sequence[CaseId]) -> Mapping[str, int]:
        looked = self._look(principal, touched)
        withdrawn = [item for item in looked if not item.signals]
        alive = [item for item in looked if item.signals]
        amounts = self._amounts(principal, alive)
        writes: list[Write] = []
        events: list[Event] = []
        counts: dict[str, int] = {}
        for item in alive:
            chosen = route(self._house.rules, self._facts(item, amounts), self._settings)
            writes.extend(self._move(item, chosen))
            events.append(self._told(principal, item, chosen))
            counts[chosen.channel] = counts.get(chosen.channel, 0) + 1
        for item in withdrawn:
            self._withdraw(principal, item, writes, events)
        self._house.store.commit(Change(tuple(writes), tuple(events)))
        return counts

    def _look(self, principal: Principal, touched: Sequence[CaseId]) -> list[_Looked]:
        tenant = principal.tenant
        with self._house.store.read() as connection:
            rows = {row["case_id"]: row for row in cases.cases_in(connection, tenant, [CaseState.OPEN])}
            for case in touched:
                row = cases.find_case(connection, tenant, case)
                if row is not None and row["state"] in OPEN_STATES:
                    rows[case] = row
            return [self._one(connection, row) for row in rows.values()]

    def _one(self, connection: Connection, row: Row) -> _Looked:
        tenant, case = row["tenant"], CaseId(row["case_id"])
        previous = row["previous"]
        earlier = cases.find_case(connection, tenant, CaseId(previous)) if previous else None
        letters = work.offers_of(connection, tenant, case) if row["state"] == CaseState.BRIEF else []
        letter = row["attempts"] > 0 or any(offer["channel"] == "brief" for offer in letters)
        return _Looked(row, cases.signals_of_case(connection, tenant, case), earlier, letter)

    def _amounts(self, principal: Principal, looked: Sequence[_Looked]) -> dict[str, int]:
        rows = [signal for item in looked for signal in item.signals]
        if not rows:
            return {}
        decision = require(decide(self._house.register, PartyKind.MATCHING, "matchen", _STARTED))
        values = [of_signal(row, "finance") for row in rows]
        event = batch(principal, Act.MATCH_RUN, decision, ("bedrag",), values, why="indeling")
        entry = self._house.store.commit(Change(events=(event,))).entries[0]
        groups = opened(self._house.vault, event, entry, values)
        return {row["signal_id"]: group["bedrag_cent"] for row, group in zip(rows, groups, strict=True)}

    def _facts(self, item: _Looked, amounts: Mapping[str, int]) -> RoutingFacts:
        own = [amounts[signal["signal_id"]] for signal in _claims(item.signals)]
        return RoutingFacts(
            total_cent=sum(own),
            highest_cent=max(own),
            crisis=any(signal["crisis"] for signal in item.signals),
            end_of_supply=any(signal["supply_ends"] for signal in item.signals),
            several=item.case["samenloop"].startswith("meervoudig"),
            protected=bool(item.case["protected"]) or item.case["restricted"] is not None,
            has_phone=any(signal["has_phone"] for signal in item.signals),
            phone_blocked=bool(item.case["phone_blocked"]),
            earlier=_earlier(item),
        )

    def _move(self, item: _Looked, chosen: Route) -> list[Write]:
        case = item.case
        values: dict[str, Any] = {
            "category": chosen.category,
            "urgent": chosen.urgent or case["category"] == ACUTE,
            "over_limit": chosen.over_limit,
            "trace": orjson.dumps([[s.rule, s.matched, s.sentence] for s in chosen.trace]).decode(),
            "script_code": FIRST_OFFER[0],
            "script_version": FIRST_OFFER[1],
        }
        state = CaseState(case["state"])
        if state not in _ROUTABLE or _on_its_way(item, chosen):
            return [cases.move(case, **{key: values[key] for key in ("urgent", "over_limit", "trace")})]
        if state not in _TARGETS[chosen.channel]:
            move = advance(CaseFacts(state, case["attempts"]), _EVENTS[chosen.channel])
            values["state"] = move.to.value
        recall = calls.recall_case(case["tenant"], CaseId(case["case_id"]), self._house.now_ms())
        return [cases.move(case, **values), recall]

    def _told(self, principal: Principal, item: _Looked, chosen: Route) -> Event:
        return tell(
            principal,
            Act.CASE_ROUTED,
            "matchen",
            subject=item.signals[0]["signal_id"],
            case=item.case["case_id"],
            reason=chosen.trace[-1].rule,
        )

    def _withdraw(
        self, principal: Principal, item: _Looked, writes: list[Write], events: list[Event]
    ) -> None:
        """End a case of which every signal was taken back; one whose correction is not matched yet waits for it."""
        case = item.case
        if case["category"] == ACUTE:
            return  # Whoever is in need keeps it, whatever a partner takes back.
        with self._house.store.read() as connection:
            held = cases.all_signals_of_case(connection, principal.tenant, CaseId(case["case_id"]))
            if any(signal["state"].startswith(signals.APART) for signal in held):
                return  # Not taken back: its keys are missing, and may come back.
            replaced = [signal["signal_id"] for signal in held if signal["state"] == "vervangen"]
            if signals.awaited(connection, principal.tenant, replaced):
                return
        facts = CaseFacts(CaseState(case["state"]), case["attempts"])
        move = advance(facts, CaseEvent.INTREKKING)
        now = self._house.now_ms()
        over = {"closed_at": now} if move.to is CaseState.INGETROKKEN else {}
        writes.append(cases.move(case, state=move.to.value, **over))
        writes.append(calls.recall_case(principal.tenant, CaseId(case["case_id"]), now))
        subject = held[0]["signal_id"] if held else None
        events.append(
            tell(
                principal,
                Act.CASE_TRANSITION,
                "matchen",
                subject=subject,
                case=case["case_id"],
                reason=CaseEvent.INTREKKING,
            )
        )


def _claims(signals: Sequence[Row]) -> list[Row]:
    """Give the newest signal of every claim: who reports the same one month after month reports one arrear."""
    oldest_first = sorted(signals, key=lambda signal: signal["month"])
    return list({(signal["party_id"], signal["ref_tag"]): signal for signal in oldest_first}.values())


def _earlier(item: _Looked) -> Earlier:
    """Tell how the last case ended, if it lies within the window in which a signal is consecutive."""
    if item.earlier is None or not item.case["samenloop"].endswith("opeenvolgend"):
        return Earlier.GEEN
    reason = item.earlier["close_reason"] or REASONS.get(CaseState(item.earlier["state"]), "")
    return _ENDED_BY.get(reason, Earlier.ANDERS)


def _on_its_way(item: _Looked, chosen: Route) -> bool:
    """Say whether a case stays with the letter service, though a number came in that could be called."""
    return item.case["state"] == CaseState.BRIEF and chosen.channel is Channel.CALLCENTER and item.letter


def _municipality(principal: Principal) -> Principal:
    """Give who weighs: the asker if that is the municipality, else its machine."""
    if principal.kind is PartyKind.MATCHING:
        return principal
    return Principal(
        tenant=principal.tenant,
        party=PartyId("gemeente"),
        kind=PartyKind.MATCHING,
        client=ClientId("indeling"),
        user=None,
        purposes=frozenset({"matchen"}),
    )
