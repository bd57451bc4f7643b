"""Who may know of a case at all: the named people of a restricted one, and whoever knows the resident."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from gateway.store.change import Delete, Insert, Row, Write, table_of
from gateway.store.prepared import Prepared, fetch, portions
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


@dataclass(frozen=True, slots=True)
class Trust:
    """Who is named for some cases, and who knows their residents."""

    named: Sequence[Row]
    known: Sequence[Row]

    def inherited(self, case: Row, earlier: Iterable[str]) -> list[Write]:
        """Let a new case of the same resident keep in and out whom the earlier ones did."""
        before, now = frozenset(earlier), case["opened_at"]
        named = {row["user_id"]: row for row in self.named if row["case_id"] in before}
        known = {row["user_id"]: row for row in self.known if row["case_id"] in before}
        new = {"tenant": case["tenant"], "case_id": case["case_id"]}
        names = [{**row, **new, "named_at": now} for row in named.values()] if case["restricted"] else []
        return [Insert(ConfidantRow, names), Insert(ConflictRow, [{**row, **new} for row in known.values()])]


def trust_of(connection: Connection, tenant: Tenant, cases: Iterable[str]) -> Trust:
    """Read who is named for any of these cases, and who knows their residents."""
    named: list[Row] = []
    known: list[Row] = []
    for portion in portions(sorted(set(cases))):
        for table, found in ((_CONFIDANT, named), (_CONFLICT, known)):
            query = select(table).where(table.c.tenant == tenant, table.c.case_id.in_(portion))
            found.extend(fetch(connection, query))
    return Trust(named, known)


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
