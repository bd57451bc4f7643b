"""The outbox: what waits to leave, whose turn it is, and that nothing is settled twice; and which messages came in."""

from sqlalchemy import Connection, func, select

from gateway.store.change import Delete, Insert, Row, Update, Write, table_of
from gateway.store.prepared import fetch, fetch_one
from gateway.store.tables import CaseRow, InboxRow, OutboxRow
from schemas.ids import CaseId, Tenant

_CASE, _OUT, _IN = table_of(CaseRow), table_of(OutboxRow), table_of(InboxRow)

WAITS, UNDER_WAY = "wacht", "onderweg"
LEAVING = (WAITS, UNDER_WAY)
"""The states of what did not arrive yet."""


def unsent_cases(connection: Connection, tenant: Tenant, destination: str) -> list[Row]:
    """Give every open case with an owner of which this version was never put in the outbox for a destination.

    All of them: those that may not leave must not stand in the way of the others.
    """
    known = select(_OUT.c.message_id).where(
        _OUT.c.tenant == _CASE.c.tenant,
        _OUT.c.destination == destination,
        _OUT.c.case_id == _CASE.c.case_id,
        _OUT.c.version == _CASE.c.version,
    )
    query = (
        select(_CASE)
        .where(
            _CASE.c.tenant == tenant,
            _CASE.c.owner.is_not(None),
            _CASE.c.state != "gesloten",
            ~known.exists(),
        )
        .order_by(_CASE.c.opened_at, _CASE.c.case_id)
    )
    return fetch(connection, query)


def put(row: Row) -> list[Write]:
    """Let a version leave (columns of ``gateway_outbox``); what waited of the same case is not sent any more."""
    older = {name: row[name] for name in ("tenant", "destination", "case_id")} | {"state": WAITS}
    return [
        Update(OutboxRow, older, {"state": "vervallen", "payload": None}, rows=None),
        Insert(OutboxRow, [row]),
    ]


def next_due(connection: Connection, tenant: Tenant, destination: str, now: int) -> Row | None:
    """Give the message whose turn it is, the longest waiting first."""
    query = (
        select(_OUT)
        .where(
            _OUT.c.tenant == tenant,
            _OUT.c.destination == destination,
            _OUT.c.state.in_(LEAVING),
            _OUT.c.not_before <= now,
        )
        .order_by(_OUT.c.not_before, _OUT.c.queued_at, _OUT.c.message_id)
    )
    return fetch_one(connection, query)


def claim(row: Row, until: int) -> Write:
    """Take a message for as long as one attempt may last; a conflict when somebody was quicker."""
    return Update(
        OutboxRow, _as_read(row), {"state": UNDER_WAY, "tries": row["tries"] + 1, "not_before": until}
    )


def settle(row: Row, state: str, now: int) -> Write:
    """End a message for good; what it held goes. A conflict when the claim ran out and somebody else took it."""
    return Update(OutboxRow, _claimed(row), {"state": state, "payload": None, "done_at": now})


def postpone(row: Row, until: int) -> Write:
    """Let a message wait; a conflict when the claim ran out and somebody else took it."""
    return Update(OutboxRow, _claimed(row), {"state": WAITS, "not_before": until})


def _as_read(row: Row) -> Row:
    return {name: row[name] for name in ("tenant", "message_id", "state", "tries")}


def _claimed(row: Row) -> Row:
    return {**_as_read(row), "state": UNDER_WAY, "tries": row["tries"] + 1}


def count_leaving(connection: Connection, tenant: Tenant, destination: str) -> int:
    """Count what did not arrive yet."""
    query = select(func.count()).where(
        _OUT.c.tenant == tenant, _OUT.c.destination == destination, _OUT.c.state.in_(LEAVING)
    )
    return connection.execute(query).scalar_one()


def messages_of(connection: Connection, tenant: Tenant, case: CaseId) -> list[Row]:
    """Give what was put in the outbox of a case, in order of version."""
    query = select(_OUT).where(_OUT.c.tenant == tenant, _OUT.c.case_id == case).order_by(_OUT.c.version)
    return fetch(connection, query)


# --- What came in -------------------------------------------------------------------------------------------------


def message_known(connection: Connection, tenant: Tenant, message: bytes) -> str | None:
    """Give how a message ended that came in before (empty: it broke off), or None for a new one."""
    query = select(_IN.c.code).where(_IN.c.tenant == tenant, _IN.c.message == message)
    return connection.execute(query).scalar()


def begin_message(tenant: Tenant, message: bytes, now: int) -> Write:
    """Take a message in hand; a conflict when somebody has it."""
    return Insert(InboxRow, [{"tenant": tenant, "message": message, "code": "", "at": now}])


def end_message(tenant: Tenant, message: bytes, code: str) -> Write:
    """Keep how a message ended."""
    return Update(InboxRow, {"tenant": tenant, "message": message, "code": ""}, {"code": code})


def forget_message(tenant: Tenant, message: bytes) -> Write:
    """Forget a message that was refused: mended, it may come again under its number."""
    return Delete(InboxRow, {"tenant": tenant, "message": message, "code": ""})
