"""The call center's bill: counts and euro cents per month, compared with the log, and the meter of the budget.

The tariff and the reservation are confidential: only the management and the municipality see cents, and no entry of
the log holds them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from audit import query
from audit.entry import Event
from gateway.events import tell
from gateway.installation import Installation
from gateway.store import billing, calls, cases
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.billing import (
    Budget,
    Credit,
    Delivery,
    Standing,
    Statement,
    credit_code,
    credit_for,
    insist_on_log,
)
from schemas.case import CaseEvent, CaseFacts, CaseState, CloseReason, advance
from schemas.errors import Conflict, Denied, Failing
from schemas.ids import CaseId, Tenant
from schemas.moments import instant, month_of
from schemas.parties import PartyKind
from schemas.principal import Principal

_PURPOSES: Mapping[PartyKind, str] = {
    PartyKind.MANAGEMENT: "sturen",
    PartyKind.MATCHING: "matchen",
    PartyKind.BEHEER: "beheren",
}
"""Who may see the bill, and what for; the operator only at the machine itself, where the settings stand."""

_NOT_YOURS = Failing(
    "rekening_inzien",
    "De rekening en het budget zijn voor de gemeente en haar management.",
    "De vrager is niet de gemeente, haar management of de beheerder.",
)
_TRIES = 4
_PORTION = 400


@dataclass(frozen=True, slots=True)
class Meter:
    """Where the budget stands in the period of a month: units taken, what is paid for them, what is reserved."""

    period: tuple[str, str]
    taken: int
    spent_cent: int
    budget_cent: int
    most: int | None
    standing: Standing


class Billing:
    """Makes bills, reads the meter and sends to the letter service whom the budget does not reach."""

    def __init__(self, house: Installation) -> None:
        self._house = house
        self._budget: Budget = billing.budget_of(house.settings)

    def month(self, principal: Principal, month: str) -> Statement:
        """Make the bill of a month (YYYY-MM), credits included; it is final once the month is over.

        Raises:
            Denied: neither the municipality, nor its management, nor the operator at the machine.
            LogBroken: the bill is not what the log tells (``rekening_wijkt_af``); the text names the line.
        """
        purpose = _insist(principal)
        self._settle(principal, month)
        tenant = principal.tenant
        with self._house.store.read() as connection:
            statement = self._statement(billing.tally(connection, tenant, month), month)
            told = (_reasons(connection, tenant, act) for act in (Act.BILLING_DUE, Act.BILLING_CREDITED))
            insist_on_log(statement, *told)
        event = tell(principal, Act.BILLING_COUNTED, purpose, reason=month, n=statement.billable)
        self._house.store.commit(Change(events=(event,)))
        return statement

    def meter(self, principal: Principal) -> Meter:
        """Say where the budget stands now.

        Raises:
            Denied: see ``month``.
        """
        purpose = _insist(principal)
        months = self._budget.months(month_of(self._house.now()))
        with self._house.store.read() as connection:
            taken = billing.taken(connection, principal.tenant, months)
        event = tell(principal, Act.BILLING_COUNTED, purpose, reason="meter", n=taken)
        self._house.store.commit(Change(events=(event,)))
        return Meter(
            period=(months[0], months[-1]),
            taken=taken,
            spent_cent=taken * self._budget.unit_cent,
            budget_cent=self._budget.budget_cent,
            most=self._budget.most,
            standing=self._budget.standing(taken),
        )

    def divert(self, principal: Principal) -> int:
        """Let the way of every case that the budget does not reach be a letter, if the setting says so.

        Cases of which a dial record was delivered this month are called on. Gives the number of cases.

        Raises:
            Conflict: cases kept moving; nothing was changed, try again.
        """
        if self._house.settings.call_budget_spent != "brief" or principal.kind is not PartyKind.MATCHING:
            return 0
        self._settle(principal, month_of(self._house.now()))
        for _ in range(_TRIES):
            try:
                return self._divert(principal)
            except Conflict:
                continue  # Somebody worked on one of these cases; look again at all of them.
        raise Conflict

    def _divert(self, principal: Principal) -> int:
        month, tenant = month_of(self._house.now()), principal.tenant
        with self._house.store.read() as connection:
            taken = billing.taken(connection, tenant, self._budget.months(month))
            if self._budget.standing(taken) is not Standing.OP:
                return 0
            rows = billing.waiting(connection, tenant, month)
            subjects = {row["case_id"]: _newest(connection, tenant, CaseId(row["case_id"])) for row in rows}
        writes: list[Write] = []
        events: list[Event] = []
        for row in rows:
            case = CaseId(row["case_id"])
            move = advance(CaseFacts(CaseState(row["state"]), row["attempts"]), CaseEvent.ROUTE_BRIEF)
            recall = calls.recall_case(tenant, case, self._house.now_ms())
            writes.extend([cases.move(row, state=move.to.value), recall])
            subject, why = subjects[case], "belbudget_op"
            events.append(tell(principal, Act.CASE_ROUTED, "matchen", subject=subject, case=case, reason=why))
        if writes:
            self._house.store.commit(Change(tuple(writes), tuple(events)))
        return len(rows)

    def _statement(self, counts: Mapping[str | None, int], month: str) -> Statement:
        credited = {credit: counts[credit] for credit in Credit if credit in counts}
        final = month < month_of(self._house.now())
        return Statement(month, sum(counts.values()), credited, self._budget.unit_cent, final)

    def _settle(self, principal: Principal, month: str) -> None:
        """Credit what brought nothing, each unit once."""
        for _ in range(_TRIES):
            with self._house.store.read() as connection:
                due = self._credits(connection, principal.tenant, month)
                events = tuple(_credited(connection, principal, unit, credit) for unit, credit in due)
            if not due:
                return
            now = self._house.now_ms()
            writes = tuple(billing.give_back(unit, credit, now) for unit, credit in due)
            try:
                self._house.store.commit(Change(writes, events))
            except Conflict:
                continue  # A colleague makes the same bill; look again at what is left.
            return
        raise Conflict

    def _credits(self, connection: Connection, tenant: Tenant, month: str) -> list[tuple[Row, Credit]]:
        units = billing.unsettled(connection, tenant, month)
        found: list[tuple[Row, Credit]] = []
        for start in range(0, len(units), _PORTION):
            part = units[start : start + _PORTION]
            named = [unit["case_id"] for unit in part]
            made = calls.attempts_of_cases(connection, tenant, named)
            since = min(unit["at"] for unit in part)
            leased = billing.deliveries_of(connection, tenant, since, named)
            for unit in part:
                case = unit["case_id"]
                credit = credit_for(self._delivery(unit, made.get(case, ()), leased.get(case, ()), month))
                found.extend([(unit, credit)] if credit else [])
        return found

    def _delivery(self, unit: Row, attempts: Sequence[Row], leases: Sequence[Row], month: str) -> Delivery:
        now = self._house.now_ms()
        silent = [_silent(lease, now) for lease in leases if _in_month(lease["leased_at"], unit)]
        return Delivery(
            state=CaseState(unit["state"]),
            reason=CloseReason(unit["close_reason"]) if unit["close_reason"] else None,
            called=any(_in_month(attempt["at"], unit) for attempt in attempts),
            lapsed=bool(silent) and all(silent),
            over=month < month_of(self._house.now()),
        )


def _insist(principal: Principal) -> str:
    """Give the purpose for which this asker may see money.

    Raises:
        Denied: none.
    """
    purpose = _PURPOSES.get(principal.kind)
    if purpose is None:
        raise Denied(_NOT_YOURS.for_user, failing=[_NOT_YOURS])
    return purpose


def _reasons(connection: Connection, tenant: Tenant, act: Act) -> list[str]:
    """Read the log itself, and not the columns beside it: the reason of every entry of an act."""
    wanted = query.Slice(tenant=tenant, act=act)
    found = query.lines(connection, wanted, query.count(connection, wanted))
    return [line.entry.get("rsn", "") for line in found]


def _in_month(at: int, unit: Row) -> bool:
    """Say whether a moment (ms UTC) lies in the month of a unit, from its delivery on."""
    return bool(at >= unit["at"] and month_of(instant(at)) == unit["month"])


def _silent(lease: Row, now: int) -> bool:
    """Say whether a dial record ended without any sign that it arrived."""
    answered = lease["state"] in {"afgerond", "teruggegeven"} or lease["tries"] > 0
    running = lease["state"] == "open" and lease["expires_at"] > now
    return not (answered or running)


def _newest(connection: Connection, tenant: Tenant, case: CaseId) -> str | None:
    """Give the subject under whose key the log keeps which case it was."""
    found = cases.all_signals_of_case(connection, tenant, case)
    return found[0]["signal_id"] if found else None


def _credited(connection: Connection, principal: Principal, unit: Row, credit: Credit) -> Event:
    subject = _newest(connection, principal.tenant, CaseId(unit["case_id"]))
    return tell(
        principal,
        Act.BILLING_CREDITED,
        _PURPOSES[principal.kind],
        case=unit["case_id"] if subject else None,
        subject=subject,
        reason=credit_code(unit["month"], credit),
    )
