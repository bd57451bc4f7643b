"""Month-end plans, legal holds, decisions on terms and certificates; and cases in bulk, as a month end looks at them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from gateway.store.change import Delete, Insert, Row, Update, Write, table_of
from gateway.store.prepared import fetch, fetch_one
from gateway.store.tables import (
    CaseRow,
    CaseSignalRow,
    CertificateRow,
    FeedbackRow,
    HandoverRow,
    HoldRow,
    LeaseRow,
    MonthEndItemRow,
    MonthEndRow,
    OfferRow,
    ProposalRow,
    RetentionDecisionRow,
    SignalRow,
)
from schemas.ids import CaseId, Tenant

_CASE, _MEMBER, _SIGNAL, _LEASE, _OFFER, _HANDOVER, _PROPOSAL = (
    table_of(m) for m in (CaseRow, CaseSignalRow, SignalRow, LeaseRow, OfferRow, HandoverRow, ProposalRow)
)
_PLAN, _ITEM, _HOLD, _DECISION, _CERTIFICATE = (
    table_of(m) for m in (MonthEndRow, MonthEndItemRow, HoldRow, RetentionDecisionRow, CertificateRow)
)
_CHUNK = 400


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))


def _by_case(
    connection: Connection, query: Select[Any], table: Table, ids: Sequence[str]
) -> dict[str, list[Row]]:
    """Run a query for many cases and sort its rows by case, in the order of the query."""
    found: dict[str, list[Row]] = {}
    for chunk in _chunks(ids):
        for row in fetch(connection, query.where(table.c.case_id.in_(chunk))):
            found.setdefault(row["case_id"], []).append(row)
    return found


# --- Cases in bulk ----------------------------------------------------------------------------------------------


def open_until(connection: Connection, tenant: Tenant, month: str) -> list[Row]:
    """Give every case of this month (YYYY-MM) and earlier ones that is not closed, oldest first."""
    query = (
        select(_CASE)
        .where(_CASE.c.tenant == tenant, _CASE.c.month <= month, _CASE.c.state != "gesloten")
        .order_by(_CASE.c.opened_at, _CASE.c.case_id)
    )
    return fetch(connection, query)


def cases_by_id(connection: Connection, tenant: Tenant, ids: Sequence[str]) -> dict[str, Row]:
    """Give case rows by their id; those that are gone are not among them."""
    found: dict[str, Row] = {}
    for chunk in _chunks(ids):
        query = select(_CASE).where(_CASE.c.tenant == tenant, _CASE.c.case_id.in_(chunk))
        found.update((row["case_id"], row) for row in fetch(connection, query))
    return found


def members_of(connection: Connection, tenant: Tenant, ids: Sequence[str]) -> dict[str, list[Row]]:
    """Give the signals of many cases, also those that no longer count, newest first; nothing sealed."""
    query = (
        select(_MEMBER.c.case_id, _SIGNAL.c.signal_id, _SIGNAL.c.state, _SIGNAL.c.has_phone)
        .join(_SIGNAL, (_SIGNAL.c.tenant == _MEMBER.c.tenant) & (_SIGNAL.c.signal_id == _MEMBER.c.signal_id))
        .where(_MEMBER.c.tenant == tenant)
        .order_by(_SIGNAL.c.received_at.desc(), _SIGNAL.c.signal_id)
    )
    return _by_case(connection, query, _MEMBER, ids)


def open_leases(connection: Connection, tenant: Tenant, ids: Sequence[str]) -> dict[str, list[Row]]:
    """Give the dial records of many cases that were not ended."""
    query = select(_LEASE).where(_LEASE.c.tenant == tenant, _LEASE.c.state == "open")
    return _by_case(connection, query, _LEASE, ids)


def letters_of(connection: Connection, tenant: Tenant, ids: Sequence[str]) -> dict[str, list[Row]]:
    """Give the letters of many cases, ordered or sent."""
    query = select(_OFFER).where(_OFFER.c.tenant == tenant, _OFFER.c.channel == "brief")
    return _by_case(connection, query.order_by(_OFFER.c.ordered_at), _OFFER, ids)


def handovers_of(connection: Connection, tenant: Tenant, ids: Sequence[str]) -> dict[str, list[Row]]:
    """Give the help requests of many cases."""
    return _by_case(connection, select(_HANDOVER).where(_HANDOVER.c.tenant == tenant), _HANDOVER, ids)


def in_doubt(connection: Connection, tenant: Tenant) -> frozenset[str]:
    """Give the signals of which a person must still say whose they are."""
    query = select(_PROPOSAL.c.a, _PROPOSAL.c.b).where(
        _PROPOSAL.c.tenant == tenant, _PROPOSAL.c.decision.is_(None)
    )
    return frozenset(end for pair in connection.execute(query) for end in pair)


def count_waiting(connection: Connection, tenant: Tenant) -> int:
    """Count the accepted signals that no case holds yet."""
    query = (
        select(func.count())
        .select_from(_SIGNAL)
        .where(_SIGNAL.c.tenant == tenant, _SIGNAL.c.state == "gevalideerd")
    )
    return connection.execute(query).scalar_one()


def recall_exactly(tenant: Tenant, case: CaseId, now: int, leases: int) -> Write:
    """Recall the dial records of a case that were out when it was read; a conflict when another one went out."""
    key = {"tenant": tenant, "case_id": case, "state": "open"}
    return Update(LeaseRow, key, {"state": "teruggeroepen", "ended_at": now}, rows=leases)


# --- Month-end plans --------------------------------------------------------------------------------------------


def add_plan(row: Row, items: Sequence[Row]) -> list[Write]:
    """Record a plan with what it does with each case."""
    return [Insert(MonthEndRow, [row]), Insert(MonthEndItemRow, items)]


def find_plan(connection: Connection, tenant: Tenant, plan: str) -> Row | None:
    """Give a month-end plan, or None."""
    query = select(_PLAN).where(_PLAN.c.tenant == tenant, _PLAN.c.plan_id == plan)
    return fetch_one(connection, query)


def move_plan(row: Row, **values: object) -> Write:
    """Move a plan to another state; a conflict when somebody was first."""
    return Update(MonthEndRow, {name: row[name] for name in ("tenant", "plan_id", "state")}, values)


def items_of(
    connection: Connection,
    plan: Row,
    *,
    outcome: str | None,
    actions: Iterable[str],
    limit: int | None = None,
) -> list[Row]:
    """Give the cases of a plan with one outcome (None: not come to yet), by id."""
    query = (
        select(_ITEM)
        .where(
            _ITEM.c.tenant == plan["tenant"],
            _ITEM.c.plan_id == plan["plan_id"],
            _ITEM.c.outcome.is_(None) if outcome is None else _ITEM.c.outcome == outcome,
            _ITEM.c.action.in_(list(actions)),
        )
        .order_by(_ITEM.c.case_id)
        .limit(limit)
    )
    return fetch(connection, query)


def page_of(connection: Connection, plan: Row, start: int, limit: int) -> list[Row]:
    """Give some cases of a plan, those that change first."""
    query = (
        select(_ITEM)
        .where(_ITEM.c.tenant == plan["tenant"], _ITEM.c.plan_id == plan["plan_id"])
        .order_by(_ITEM.c.action.desc(), _ITEM.c.reason, _ITEM.c.case_id)
        .offset(start)
        .limit(limit)
    )
    return fetch(connection, query)


def tally(connection: Connection, plan: Row) -> list[Row]:
    """Count the cases of a plan by action, reason, the reason for few attempts, and outcome (column ``n``)."""
    columns = (_ITEM.c.action, _ITEM.c.reason, _ITEM.c.few, _ITEM.c.outcome)
    query = (
        select(*columns, func.count().label("n"))
        .where(_ITEM.c.tenant == plan["tenant"], _ITEM.c.plan_id == plan["plan_id"])
        .group_by(*columns)
        .order_by(*columns)
    )
    return fetch(connection, query)


def order_letters(rows: Sequence[Row]) -> Write:
    """Order letters (columns of ``gateway_offer``)."""
    return Insert(OfferRow, rows)


def count_letters(connection: Connection, plan: Row) -> int:
    """Count the letters that the run of a plan ordered."""
    query = (
        select(func.count())
        .select_from(_OFFER)
        .where(_OFFER.c.tenant == plan["tenant"], _OFFER.c.batch_id == plan["letter_batch"])
    )
    return connection.execute(query).scalar_one()


def settle_item(row: Row, outcome: str) -> Write:
    """Record what became of a case of the plan; a conflict when another run was quicker."""
    key = {name: row[name] for name in ("tenant", "plan_id", "case_id", "outcome")}
    return Update(MonthEndItemRow, key, {"outcome": outcome})


def drop_feedback(tenant: Tenant, signal: str) -> Write:
    """Take back what a partner could read about its signal."""
    return Delete(FeedbackRow, {"tenant": tenant, "signal_id": signal})


# --- Holds, decisions, certificates -----------------------------------------------------------------------------


def add_hold(row: Row) -> Write:
    """Put a case under a legal hold (columns of ``gateway_hold``)."""
    return Insert(HoldRow, [row])


def find_hold(connection: Connection, tenant: Tenant, hold: str) -> Row | None:
    """Give a hold, or None."""
    query = select(_HOLD).where(_HOLD.c.tenant == tenant, _HOLD.c.hold_id == hold)
    return fetch_one(connection, query)


def standing_holds(connection: Connection, tenant: Tenant) -> list[Row]:
    """Give the holds that were not lifted, oldest first."""
    query = (
        select(_HOLD)
        .where(_HOLD.c.tenant == tenant, _HOLD.c.lifted_at.is_(None))
        .order_by(_HOLD.c.placed_at, _HOLD.c.hold_id)
    )
    return fetch(connection, query)


def lift_hold(row: Row, *, by: str, now: int) -> Write:
    """Lift a hold; a conflict when it was lifted already."""
    key = {"tenant": row["tenant"], "hold_id": row["hold_id"], "lifted_at": None}
    return Update(HoldRow, key, {"lifted_at": now, "lifted_by": by})


def add_decision(row: Row) -> Write:
    """Record the controller's decision (columns of ``gateway_retention_decision``)."""
    return Insert(RetentionDecisionRow, [row])


def latest_decision(connection: Connection, tenant: Tenant) -> Row | None:
    """Give the decision that holds now, or None."""
    query = (
        select(_DECISION)
        .where(_DECISION.c.tenant == tenant)
        .order_by(_DECISION.c.decided_at.desc(), _DECISION.c.decision_id.desc())
    )
    return fetch_one(connection, query)


def add_certificate(row: Row) -> Write:
    """Keep a certificate (columns of ``gateway_certificate``)."""
    return Insert(CertificateRow, [row])


def find_certificate(connection: Connection, tenant: Tenant, run: str) -> Row | None:
    """Give the certificate of a run, or None."""
    query = select(_CERTIFICATE).where(_CERTIFICATE.c.tenant == tenant, _CERTIFICATE.c.run_id == run)
    return fetch_one(connection, query)
