"""Who may know of a case at all: the named people of a restricted one, and whoever knows the resident."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from gateway.store.change import Delete, Insert, Row, Write, table_of
from gateway.store.prepared import Prepared, fetch
from gateway.store.tables import ConfidantRow, ConflictRow
from schemas.ids import CaseId, Tenant

_CONFIDANT, _CONFLICT = table_of(ConfidantRow), table_of(ConflictRow)

_NAMED = Prepared(
    select(_CONFIDANT).where(
        _CONFIDANT.c.tenant == bindparam("tenant"), _CONFIDANT.c.case_id == bindparam("case")
    )
)
_KNOWS = Prepared(
    select(_CONFLICT).where(
        _CONFLICT.c.tenant == bindparam("tenant"),
        _CONFLICT.c.case_id == bindparam("case"),
        _CONFLICT.c.user_id == bindparam("user"),
    )
)


def confidants(connection: Connection, tenant: Tenant, case: CaseId) -> frozenset[str]:
    """Give the members of staff who may know of a restricted case."""
    return frozenset(row["user_id"] for row in _NAMED.all(connection, {"tenant": tenant, "case": case}))


def confidants_of(connection: Connection, tenant: Tenant, cases: Iterable[str]) -> list[Row]:
    """Give the rows of everybody who is named for one of these cases."""
    query = select(_CONFIDANT).where(_CONFIDANT.c.tenant == tenant, _CONFIDANT.c.case_id.in_(list(cases)))
    return fetch(connection, query)


def name(tenant: Tenant, case: CaseId, users: Iterable[str], *, by: str, now: int) -> Write:
    """Name the people who may know of a case."""
    rows = [
        {"tenant": tenant, "case_id": case, "user_id": user, "named_at": now, "named_by": by}
        for user in users
    ]
    return Insert(ConfidantRow, rows)


def forget_names(tenant: Tenant, case: CaseId) -> Write:
    """Name nobody any more."""
    return Delete(ConfidantRow, {"tenant": tenant, "case_id": case})


def knows_resident(connection: Connection, tenant: Tenant, case: CaseId, user: str) -> bool:
    """Say whether a member of staff has said to know the resident of a case."""
    return _KNOWS.first(connection, {"tenant": tenant, "case": case, "user": user}) is not None


def declare_conflict(tenant: Tenant, case: CaseId, user: str, now: int) -> Write:
    """Put on record that somebody knows the resident; twice is a conflict."""
    return Insert(ConflictRow, [{"tenant": tenant, "case_id": case, "user_id": user, "at": now}])
