"""The plan: which cases are due and which are held back, in numbers and by reference; planning erases nothing."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Final, TypeVar

import orjson
from sqlalchemy import Connection

from audit.entry import Event
from audit.erasure import expired
from gateway.disclosure import Codes
from gateway.events import tell
from gateway.installation import Installation
from gateway.services.retention.decisions import PURPOSES, RetentionDecisions, insist
from gateway.store import erasure, governance, work
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.case import CaseState, CloseReason
from schemas.errors import Conflict
from schemas.ids import RunId, Tenant
from schemas.moments import AMSTERDAM, instant, local_day, millis, month_of
from schemas.parties import PartyKind
from schemas.principal import Principal
from schemas.retention import HoldReason, Outcome, Terms, due_on, outcome_of

KIND: Final = "bewaarplan"
"""The kind of run that a retention plan is."""

LISTED: Final = 500
"""Most cases that a plan shows by reference; the numbers are of all."""

_TRIES: Final = 4
_RACES: Final = frozenset({Conflict.code, "bestaat_al"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Due:
    """An ended case with the first day on which it may be erased, and the holds on it."""

    row: Row
    outcome: Outcome
    due: date
    holds: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class DueLine:
    """A case that is due, as a person sees it."""

    ref: str
    outcome: Outcome
    due: date


@dataclass(frozen=True, slots=True)
class HeldLine:
    """A case that is due and may not be erased; ``since`` is in ms UTC."""

    ref: str
    reason: HoldReason
    since: int


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """What a run would erase.

    ``due``: cases by outcome. ``strays``: withdrawn signals that never got into a case. ``logged``: people whom the log
    may forget.
    ``decided`` is False as long as the controller recorded no decision: then the plan follows the proposal of the
    product and cannot be run.
    """

    plan_id: RunId
    terms: Terms
    decided: bool
    due: Mapping[str, int]
    held: int
    strays: int
    logged: int
    lines: tuple[DueLine, ...] = ()
    held_lines: tuple[HeldLine, ...] = ()


@dataclass(frozen=True, slots=True)
class _List:
    due: list[DueLine] = field(default_factory=list)
    held: list[HeldLine] = field(default_factory=list)
    writes: list[Write] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


class RetentionPlans:
    """Makes plans; always allowed."""

    def __init__(self, house: Installation, codes: Codes) -> None:
        self._house = house
        self._codes = codes
        self._decisions = RetentionDecisions(house)

    def plan(self, principal: Principal) -> RetentionPlan:
        """Say what is due now, by the terms that the controller decided on or else by the proposed ones.

        Raises:
            Denied: neither privacy officer nor operator; the refusal is in the log.
        """
        insist(self._house, principal, set(PURPOSES))
        return again(lambda: self._plan(principal))

    def _plan(self, principal: Principal) -> RetentionPlan:
        decision = self._decisions.current(principal.tenant)
        terms = decision.terms if decision else Terms()
        now = self._house.now_ms()
        with self._house.store.read() as connection:
            found = due_cases(connection, principal.tenant, terms, now, self._undo())
            strays = len(stray_signals(connection, principal.tenant, terms, now))
            logged = len(forgotten(connection, principal.tenant, kept_since(terms, now)))
            listed = self._list(connection, principal, found)
        free = [one for one in found if not one.holds]
        plan = RetentionPlan(
            RunId(self._house.new_id()),
            terms,
            decision is not None,
            Counter(one.outcome.value for one in free),
            len(found) - len(free),
            strays,
            logged,
            tuple(listed.due),
            tuple(listed.held),
        )
        event = tell(principal, Act.RETENTION_PLANNED, PURPOSES[principal.kind], n=len(free))
        writes = (work.add_run(self._row(principal, plan)), *listed.writes)
        self._house.store.commit(Change(writes, (*listed.events, event)))
        return plan

    def _undo(self) -> timedelta:
        return timedelta(hours=self._house.settings.month_end_undo_hours)

    def _list(self, connection: Connection, principal: Principal, found: Sequence[Due]) -> _List:
        """Name the cases by the privacy officer's own references, each in the log; the operator gets numbers only."""
        listed = _List()
        if principal.kind is not PartyKind.PRIVACY_OFFICER:
            return listed
        purpose = PURPOSES[principal.kind]
        shown = sorted(found, key=lambda one: not one.holds)[:LISTED]
        members = governance.members_of(connection, principal.tenant, [one.row["case_id"] for one in shown])
        for one in shown:
            code = self._codes.give(connection, principal, purpose, one.row)
            listed.writes.extend([code.write] if code.write else [])
            listed.events.append(_told(principal, one, members.get(one.row["case_id"], ())))
            if one.holds:
                first = one.holds[0]
                listed.held.append(HeldLine(code.text, HoldReason(first["reason"]), first["placed_at"]))
            else:
                listed.due.append(DueLine(code.text, one.outcome, one.due))
        return listed

    def _row(self, principal: Principal, plan: RetentionPlan) -> Row:
        counts = {
            "termijnen": plan.terms.digest,
            "gepland": dict(plan.due),
            "vastgehouden": plan.held,
            "logboek_tot": kept_since(plan.terms, self._house.now_ms()),
        }
        return {
            "tenant": principal.tenant,
            "run_id": plan.plan_id,
            "kind": KIND,
            "month": month_of(self._house.now()),
            "started_by": principal.actor,
            "at": self._house.now_ms(),
            "counts": orjson.dumps(counts).decode(),
        }


def due_cases(connection: Connection, tenant: Tenant, terms: Terms, as_of: int, undo: timedelta) -> list[Due]:
    """Give the cases that are due at a moment (ms UTC), longest ended first, with the holds that stand now."""
    holds: dict[str, tuple[Row, ...]] = {}
    for hold in governance.standing_holds(connection, tenant):
        holds[hold["case_id"]] = (*holds.get(hold["case_id"], ()), hold)
    today = local_day(instant(as_of))
    found = (_due(row, terms, undo, holds) for row in erasure.ended_cases(connection, tenant, as_of))
    return [one for one in found if one.due <= today]


def stray_signals(
    connection: Connection, tenant: Tenant, terms: Terms, as_of: int, limit: int | None = None
) -> list[Row]:
    """Give the withdrawn and replaced signals without a case that are due, but for persons whose case is held."""
    until = as_of - terms.ingetrokken_dagen * 24 * 3600 * 1000
    held = [hold["case_id"] for hold in governance.standing_holds(connection, tenant)]
    members = governance.members_of(connection, tenant, held)
    kept = work.same_person(connection, tenant, [m["signal_id"] for rows in members.values() for m in rows])
    most = None if limit is None else limit + len(kept)
    strays = erasure.stray_signals(connection, tenant, until, most)
    return [row for row in strays if row["signal_id"] not in kept][:limit]


def kept_since(terms: Terms, as_of: int) -> int:
    """Give the moment (ms UTC) before which the term of the log is over, seen from a moment (ms UTC)."""
    return millis(datetime.combine(terms.log_kept_since(local_day(instant(as_of))), time(), AMSTERDAM))


def forgotten(connection: Connection, tenant: Tenant, until: int) -> list[str]:
    """Give the subjects that the log may forget: nothing told since ``until`` (ms UTC), and no signal is kept."""
    found = expired(connection, tenant, until)
    kept = erasure.present(connection, tenant, found)
    return [subject for subject in found if subject not in kept]


def again(attempt: Callable[[], T]) -> T:
    """Repeat what lost a race, on what is there then.

    Raises:
        Conflict: things kept moving; nothing was done.
    """
    for _ in range(_TRIES):
        try:
            return attempt()
        except Conflict as moved:
            if moved.code not in _RACES:
                raise
    raise Conflict


def _due(row: Row, terms: Terms, undo: timedelta, holds: Mapping[str, tuple[Row, ...]]) -> Due:
    reason = CloseReason(row["close_reason"]) if row["close_reason"] else None
    outcome = outcome_of(CaseState(row["state"]), reason, accepted=row["accepted_at"] is not None)
    closed, taken = local_day(instant(row["closed_at"])), row["acknowledged_at"]
    handed_over = None if taken is None else local_day(instant(taken))
    due = due_on(terms, outcome, closed, handed_over, undo)
    return Due(row, outcome, due, holds.get(row["case_id"], ()))


def _told(principal: Principal, one: Due, members: Sequence[Row]) -> Event:
    subject, case = next((member["signal_id"] for member in members), None), one.row["case_id"]
    told = tell(principal, Act.CASE_LISTED, PURPOSES[principal.kind], subject=subject, case=case)
    return replace(told, fields=("dossierkenmerk", "uitkomst", "termijnen"))
