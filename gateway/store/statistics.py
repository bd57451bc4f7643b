"""Counts of a month for the reports: grouped by the database, open columns only, never a row of one resident."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal_column, select

from gateway.store.change import Insert, Row, Write, table_of
from gateway.store.prepared import fetch, fetch_one
from gateway.store.tables import (
    AttemptRow,
    CaseRow,
    CaseSignalRow,
    DeliveryRow,
    LeaseRow,
    OfferRow,
    ReportRow,
    SignalRow,
)
from schemas.ids import Tenant

_CASE, _MEMBER, _SIGNAL, _ATTEMPT, _OFFER, _DELIVERY, _LEASE, _REPORT = (
    table_of(model)
    for model in (
        CaseRow,
        CaseSignalRow,
        SignalRow,
        AttemptRow,
        OfferRow,
        DeliveryRow,
        LeaseRow,
        ReportRow,
    )
)
_SIGNAL_STATES: Final = ("gevalideerd", "gekoppeld", "ingetrokken", "vervangen")


def count_cases(connection: Connection, tenant: Tenant, month: str) -> int:
    """Count the cases that were opened in a month (YYYY-MM)."""
    return _number(connection, select(func.count()).where(*_of_month(tenant, month)))


def cases_of_month(connection: Connection, tenant: Tenant, month: str) -> list[Row]:
    """Group the cases of a month by what the report looks at, with their ``count``.

    ``sector`` is empty for a case with signals of several; ``called_for``: it was routed to the call center.
    """
    first, last = func.min(_SIGNAL.c.partner_type), func.max(_SIGNAL.c.partner_type)
    signals = (
        select(case((first == last, first), else_=""))
        .select_from(_MEMBER.join(_SIGNAL, _same(_MEMBER, _SIGNAL, "signal_id")))
        .where(_MEMBER.c.tenant == _CASE.c.tenant, _MEMBER.c.case_id == _CASE.c.case_id)
        .scalar_subquery()
    )
    groups = (
        _CASE.c.state,
        _CASE.c.close_reason.label("reason"),
        _CASE.c.samenloop,
        signals.label("sector"),
        (_CASE.c.category == "bellen").label("called_for"),
        (_CASE.c.phone_blocked | _CASE.c.protected).label("blocked"),
        _CASE.c.attempts,
        _CASE.c.reached,
        _CASE.c.accepted_at.is_not(None).label("accepted"),
    )
    query = select(func.count().label("count"), *groups).where(*_of_month(tenant, month))
    return fetch(connection, query.group_by(*_places(groups)))


def count_signals(connection: Connection, tenant: Tenant, month: str) -> int:
    """Count the signals that were accepted in a month, taken back and replaced ones too."""
    return _number(connection, select(func.count()).where(*_signals_of(tenant, month)))


def signals_of_month(connection: Connection, tenant: Tenant, month: str) -> list[Row]:
    """Group the signals of a month by sector, state and whether a case of this month, or of another, holds them."""
    held = (
        select(func.max(case((_CASE.c.month == month, 2), else_=1)))
        .select_from(_MEMBER.join(_CASE, _same(_MEMBER, _CASE, "case_id")))
        .where(_MEMBER.c.tenant == _SIGNAL.c.tenant, _MEMBER.c.signal_id == _SIGNAL.c.signal_id)
        .scalar_subquery()
    )
    groups = (_SIGNAL.c.partner_type, _SIGNAL.c.state, func.coalesce(held, 0).label("held"))
    query = select(func.count().label("count"), *groups).where(*_signals_of(tenant, month))
    return fetch(connection, query.group_by(*_places(groups)))


def lines_between(connection: Connection, tenant: Tenant, start: int, end: int) -> tuple[int, int]:
    """Count the lines that partners delivered in a period (ms UTC), and those of them that were accepted."""
    query = select(func.sum(_DELIVERY.c.count), func.sum(_DELIVERY.c.accepted)).where(
        _DELIVERY.c.tenant == tenant, _DELIVERY.c.received_at >= start, _DELIVERY.c.received_at < end
    )
    lines, accepted = connection.execute(query).one()
    return int(lines or 0), int(accepted or 0)


def attempts_of_month(connection: Connection, tenant: Tenant, month: str) -> list[Row]:
    """Count per part of the day the ``attempts`` in cases of a month and how many were ``answered``.

    ``people`` are the residents behind those answers, ``inbound`` the answers to calls that residents made.
    """
    inbound = (
        select(_LEASE.c.inbound)
        .where(_LEASE.c.tenant == _ATTEMPT.c.tenant, _LEASE.c.lease_id == _ATTEMPT.c.lease_id)
        .scalar_subquery()
    )
    answered = _ATTEMPT.c.reached
    query = (
        select(
            _ATTEMPT.c.daypart,
            func.count().label("attempts"),
            func.count(case((answered, 1))).label("answered"),
            func.count(case((answered, _ATTEMPT.c.case_id)).distinct()).label("people"),
            func.count(case((answered, case((inbound, 1))))).label("inbound"),
        )
        .where(_ATTEMPT.c.tenant == tenant, _ATTEMPT.c.case_id.in_(_cases_in(tenant, month)))
        .group_by(_ATTEMPT.c.daypart)
    )
    return fetch(connection, query)


def offers_of_month(
    connection: Connection, tenant: Tenant, month: str, channel: str, ranks: Mapping[str, int]
) -> list[Row]:
    """Count the cases of a month by the highest ``rank`` that an offer of a channel reached by its result."""
    offers = (
        select(func.max(case(ranks, value=_OFFER.c.result, else_=0)).label("rank"))
        .where(_OFFER.c.tenant == tenant, _OFFER.c.case_id.in_(_cases_in(tenant, month)))
        .where(_OFFER.c.channel == channel)
        .group_by(_OFFER.c.case_id)
        .subquery()
    )
    query = select(offers.c.rank, func.count().label("count")).group_by(offers.c.rank)
    return fetch(connection, query)


def find_report(connection: Connection, tenant: Tenant, month: str, audience: str) -> Row | None:
    """Give the report of a month for a circle of readers, or None when there is none yet."""
    query = select(_REPORT).where(
        _REPORT.c.tenant == tenant, _REPORT.c.month == month, _REPORT.c.audience == audience
    )
    return fetch_one(connection, query)


def reports_before(connection: Connection, tenant: Tenant, month: str, audience: str, most: int) -> list[Row]:
    """Give the last reports for a circle of readers about months before this one, oldest first."""
    query = (
        select(_REPORT)
        .where(_REPORT.c.tenant == tenant, _REPORT.c.month < month, _REPORT.c.audience == audience)
        .order_by(_REPORT.c.month.desc())
        .limit(most)
    )
    return fetch(connection, query)[::-1]


def add_report(row: Row) -> Write:
    """Lay a report down (columns of ``gateway_report``); a conflict when there is one."""
    return Insert(ReportRow, [row])


def _of_month(tenant: Tenant, month: str) -> tuple[ColumnElement[bool], ...]:
    return _CASE.c.tenant == tenant, _CASE.c.month == month


def _cases_in(tenant: Tenant, month: str) -> Select[Any]:
    """Give the cases of a month as a list to look up by: joined, SQLite would begin with all attempts there are."""
    return select(_CASE.c.case_id).where(*_of_month(tenant, month))


def _signals_of(tenant: Tenant, month: str) -> tuple[ColumnElement[bool], ...]:
    return _SIGNAL.c.tenant == tenant, _SIGNAL.c.state.in_(_SIGNAL_STATES), _SIGNAL.c.month == month


def _same(one: Any, other: Any, key: str) -> ColumnElement[bool]:
    return and_(one.c.tenant == other.c.tenant, one.c[key] == other.c[key])


def _places(groups: Sequence[object]) -> list[Any]:
    """Number the columns that follow the count: the database need not work a long expression out twice."""
    return [literal_column(str(place)) for place in range(2, len(groups) + 2)]


def _number(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(query).scalar_one())
