"""Numbers that nobody calls, what a wrong number leaves to look into, and rewriting the numbers of a signal."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, select

from gateway.store.change import Delete, Insert, Row, Update, Write, table_of
from gateway.store.prepared import Prepared, fetch, fetch_one, portions
from gateway.store.tables import BlockedNumberRow, IncidentRow, SignalRow
from schemas.ids import Tenant

_BLOCKED, _INCIDENT = table_of(BlockedNumberRow), table_of(IncidentRow)

_NEVER = Prepared(
    select(_BLOCKED.c.number).where(
        _BLOCKED.c.tenant == bindparam("tenant"),
        _BLOCKED.c.number == bindparam("number"),
        _BLOCKED.c.until > bindparam("now"),
    )
)


def blocked(connection: Connection, tenant: Tenant, numbers: Iterable[bytes], now: int) -> frozenset[bytes]:
    """Give those of these fingerprints of numbers that nobody may call at ``now`` (ms UTC)."""
    return frozenset(
        number
        for number in set(numbers)
        if _NEVER.first(connection, {"tenant": tenant, "number": number, "now": now}) is not None
    )


def lapsed(connection: Connection, tenant: Tenant, now: int) -> list[bytes]:
    """Give the fingerprints that may be forgotten at ``now`` (ms UTC)."""
    query = select(_BLOCKED.c.number).where(_BLOCKED.c.tenant == tenant, _BLOCKED.c.until <= now)
    return list(connection.execute(query).scalars())


def unblock(tenant: Tenant, number: bytes) -> Write:
    """Take a number off the list; one that is not on it is fine."""
    return Delete(BlockedNumberRow, {"tenant": tenant, "number": number})


def block(rows: Sequence[Row]) -> list[Write]:
    """Put numbers on the list (columns of ``gateway_blocked_number``); what stood there is replaced."""
    gone = [unblock(row["tenant"], row["number"]) for row in rows]
    return [*gone, Insert(BlockedNumberRow, rows)]


def rewrite(signal: Row, contact: bytes, *, has_phone: bool) -> Write:
    """Put another sealed contact group in the place of the one that was read; a conflict when it changed meanwhile."""
    key = {name: signal[name] for name in ("tenant", "signal_id", "contact")}
    return Update(SignalRow, key, {"contact": contact, "has_phone": has_phone})


def add_incidents(rows: Sequence[Row]) -> Write:
    """Put incidents before the privacy officer (columns of ``gateway_incident``)."""
    return Insert(IncidentRow, rows)


def open_incidents(connection: Connection, tenant: Tenant) -> list[Row]:
    """Give the incidents that nobody judged yet, the shortest clock first."""
    query = (
        select(_INCIDENT)
        .where(_INCIDENT.c.tenant == tenant, _INCIDENT.c.judged_at.is_(None))
        .order_by(_INCIDENT.c.due, _INCIDENT.c.incident_id)
    )
    return fetch(connection, query)


def find_incident(connection: Connection, tenant: Tenant, incident: str) -> Row | None:
    """Give an incident, or None."""
    query = select(_INCIDENT).where(_INCIDENT.c.tenant == tenant, _INCIDENT.c.incident_id == incident)
    return fetch_one(connection, query)


def judge_incident(row: Row, **values: object) -> Write:
    """Record what the privacy officer found; a conflict when it was judged already."""
    key = {"tenant": row["tenant"], "incident_id": row["incident_id"], "judged_at": None}
    return Update(IncidentRow, key, values)


def wrong_numbers(connection: Connection, tenant: Tenant, signals: Iterable[str]) -> frozenset[str]:
    """Give those of these signals of which a number turned out to be somebody else's."""
    query = select(_INCIDENT.c.signal_id).where(
        _INCIDENT.c.tenant == tenant, _INCIDENT.c.kind == WRONG_NUMBER
    )
    found: set[str] = set()
    for portion in portions(signals):
        found.update(connection.execute(query.where(_INCIDENT.c.signal_id.in_(portion))).scalars())
    return frozenset(found)


WRONG_NUMBER = "verkeerd_nummer"
"""The kind of incident in which a stranger was called in the name of the municipality."""
