"""Units of the call center's bill: taken with the first dial record of a case in a month, credited at most once."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from gateway.settings import Settings
from gateway.store.change import AtMost, Insert, Row, Update, Write, table_of
from gateway.store.prepared import Prepared, fetch
from gateway.store.tables import BilledRow, CaseRow, LeaseRow
from schemas.billing import Budget, Credit
from schemas.case import CALLABLE_STATES
from schemas.ids import CaseId, PartyId, Tenant

_UNIT, _CASE, _LEASE = (table_of(model) for model in (BilledRow, CaseRow, LeaseRow))

_BEGUN = Prepared(
    select(_UNIT.c.unit_id).where(
        _UNIT.c.tenant == bindparam("tenant"),
        _UNIT.c.month == bindparam("month"),
        _UNIT.c.case_id == bindparam("case"),
    )
)


def budget_of(settings: Settings) -> Budget:
    """Give the price and the reservation of an installation."""
    return Budget(settings.call_tariff_cent, settings.call_budget_cent, settings.call_budget_period)


def begun(connection: Connection, tenant: Tenant, month: str, case: CaseId) -> bool:
    """Say whether a dial record of this case was delivered in this month already."""
    return _BEGUN.first(connection, {"tenant": tenant, "month": month, "case": case}) is not None


def taken(connection: Connection, tenant: Tenant, months: Sequence[str]) -> int:
    """Count the units of these months that were not credited."""
    query = select(func.count()).where(
        _UNIT.c.tenant == tenant, _UNIT.c.month.in_(list(months)), _UNIT.c.credit.is_(None)
    )
    return connection.execute(query).scalar_one()


def affordable(connection: Connection, budget: Budget, tenant: Tenant, month: str, case: CaseId) -> bool:
    """Say whether a dial record of this case may be delivered: it was in this month already, or there is room."""
    if budget.most is None or begun(connection, tenant, month, case):
        return True
    return taken(connection, tenant, budget.months(month)) < budget.most


@dataclass(slots=True)
class Purse:
    """What may still be spent while dial records are being chosen; ``room`` is None without a limit."""

    budget: Budget
    tenant: Tenant
    month: str
    room: int | None

    @classmethod
    def open(cls, connection: Connection, budget: Budget, tenant: Tenant, month: str) -> "Purse":
        """Look how much room there is."""
        most = budget.most
        room = None if most is None else most - taken(connection, tenant, budget.months(month))
        return cls(budget, tenant, month, room)

    def unit(
        self, connection: Connection, case: CaseId, party: PartyId, unit_id: str, now: int
    ) -> Row | None:
        """Give the unit that the delivery of this case makes; None when the month has one already."""
        if begun(connection, self.tenant, self.month, case):
            return None
        return {
            "tenant": self.tenant,
            "unit_id": unit_id,
            "month": self.month,
            "case_id": case,
            "party_id": party,
            "at": now,
        }

    def pays(self, unit: Row | None) -> bool:
        """Spend a unit, if there is one to spend and there is room for it."""
        if unit is None or self.room is None:
            return True
        self.room -= 1
        return self.room >= 0


def take(budget: Budget, units: Sequence[Row]) -> list[Write]:
    """Put units of one month on the bill; a conflict when they would pass the budget after all."""
    if not units:
        return []
    first = units[0]
    key = {"tenant": first["tenant"], "month": budget.months(first["month"]), "credit": None}
    limit = [] if budget.most is None else [AtMost(BilledRow, key, budget.most)]
    return [Insert(BilledRow, units), *limit]


def give_back(unit: Row, credit: Credit, now: int) -> Write:
    """Credit a unit; a conflict when somebody was first."""
    key = {"tenant": unit["tenant"], "unit_id": unit["unit_id"], "credit": None}
    return Update(BilledRow, key, {"credit": credit.value, "credited_at": now})


def tally(connection: Connection, tenant: Tenant, month: str) -> dict[str | None, int]:
    """Count the units of a month by why they were credited; None are those to be paid for."""
    query = (
        select(_UNIT.c.credit, func.count())
        .where(_UNIT.c.tenant == tenant, _UNIT.c.month == month)
        .group_by(_UNIT.c.credit)
    )
    return {credit: int(n) for credit, n in connection.execute(query)}


def unsettled(connection: Connection, tenant: Tenant, month: str) -> list[Row]:
    """Give the units of a month that may still be credited, with ``state`` and ``close_reason`` of their case."""
    same = (_CASE.c.tenant == _UNIT.c.tenant) & (_CASE.c.case_id == _UNIT.c.case_id)
    query = (
        select(_UNIT, _CASE.c.state, _CASE.c.close_reason)
        .join(_CASE, same)
        .where(_UNIT.c.tenant == tenant, _UNIT.c.month == month, _UNIT.c.credit.is_(None))
        .order_by(_UNIT.c.unit_id)
    )
    return fetch(connection, query)


def deliveries_of(
    connection: Connection, tenant: Tenant, since: int, cases: Sequence[str]
) -> dict[str, list[Row]]:
    """Give the dial records of cases that were handed out from ``since`` (ms UTC) on, by case; no call-backs."""
    query = select(_LEASE).where(
        _LEASE.c.tenant == tenant,
        _LEASE.c.case_id.in_(list(cases)),
        _LEASE.c.leased_at >= since,
        ~_LEASE.c.inbound,
    )
    found: dict[str, list[Row]] = {}
    for row in fetch(connection, query):
        found.setdefault(row["case_id"], []).append(row)
    return found


def waiting(connection: Connection, tenant: Tenant, month: str) -> list[Row]:
    """Give the cases that wait for a call and of which no dial record was delivered in this month."""
    unit = select(_UNIT.c.unit_id).where(
        _UNIT.c.tenant == _CASE.c.tenant, _UNIT.c.month == month, _UNIT.c.case_id == _CASE.c.case_id
    )
    query = (
        select(_CASE)
        .where(_CASE.c.tenant == tenant, _CASE.c.state.in_(sorted(CALLABLE_STATES)), ~unit.exists())
        .order_by(_CASE.c.opened_at, _CASE.c.case_id)
    )
    return fetch(connection, query)
