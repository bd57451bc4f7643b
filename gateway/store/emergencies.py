"""Emergency access: what runs, and what waits for a second person's judgement."""

from sqlalchemy import Connection, bindparam, select

from gateway.store.change import Insert, Row, Update, Write, table_of
from gateway.store.prepared import Prepared, fetch, fetch_one
from gateway.store.tables import EmergencyRow
from schemas.ids import CaseId, Tenant

_EMERGENCY = table_of(EmergencyRow)
_RUNNING = Prepared(
    select(_EMERGENCY.c.emergency_id).where(
        _EMERGENCY.c.tenant == bindparam("tenant"),
        _EMERGENCY.c.case_id == bindparam("case"),
        _EMERGENCY.c.user_id == bindparam("user"),
        _EMERGENCY.c.until_at > bindparam("now"),
    )
)


def running(connection: Connection, tenant: Tenant, case: CaseId, user: str, now: int) -> bool:
    """Say whether emergency access of a worker to a case runs at ``now`` (ms UTC)."""
    given = {"tenant": tenant, "case": case, "user": user, "now": now}
    return _RUNNING.first(connection, given) is not None


def unreviewed(connection: Connection, tenant: Tenant) -> list[Row]:
    """Give what waits for a judgement, the shortest clock first."""
    query = (
        select(_EMERGENCY)
        .where(_EMERGENCY.c.tenant == tenant, _EMERGENCY.c.reviewed_at.is_(None))
        .order_by(_EMERGENCY.c.review_due, _EMERGENCY.c.emergency_id)
    )
    return fetch(connection, query)


def find(connection: Connection, tenant: Tenant, emergency: str) -> Row | None:
    """Give one emergency access, or None."""
    query = select(_EMERGENCY).where(_EMERGENCY.c.tenant == tenant, _EMERGENCY.c.emergency_id == emergency)
    return fetch_one(connection, query)


def add(row: Row) -> Write:
    """Put emergency access on record (columns of ``gateway_emergency``)."""
    return Insert(EmergencyRow, [row])


def judge(row: Row, **values: object) -> Write:
    """Record the judgement; a conflict when somebody else judged."""
    key = {"tenant": row["tenant"], "emergency_id": row["emergency_id"], "reviewed_at": None}
    return Update(EmergencyRow, key, values)
