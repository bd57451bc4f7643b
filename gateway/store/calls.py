"""Leases of dial records and the attempts made with them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from gateway.store.change import Insert, Row, Update, Write, table_of
from gateway.store.prepared import Prepared, fetch
from gateway.store.tables import AttemptRow, LeaseRow
from schemas.ids import CaseId, PartyId, Tenant

_LEASE, _ATTEMPT = table_of(LeaseRow), table_of(AttemptRow)

_BY_REF = Prepared(
    select(_LEASE)
    .where(
        _LEASE.c.tenant == bindparam("tenant"),
        _LEASE.c.party_id == bindparam("party"),
        _LEASE.c.client_id == bindparam("client"),
        _LEASE.c.ref == bindparam("ref"),
    )
    .order_by(_LEASE.c.leased_at.desc(), _LEASE.c.lease_id.desc())
    .limit(1)
)
_LEASED = select(_LEASE).where(
    _LEASE.c.tenant == bindparam("tenant"),
    _LEASE.c.client_id == bindparam("client"),
    _LEASE.c.state == "open",
)
_HELD = Prepared(_LEASED)
_HELD_ON = Prepared(
    _LEASED.where(_LEASE.c.case_id == bindparam("case"))
    .order_by(_LEASE.c.leased_at.desc(), _LEASE.c.lease_id.desc())
    .limit(1)
)


def _attempts() -> Select[Any]:
    """Attempts in the order in which they were made; ``inbound`` when the resident rang."""
    of = (_LEASE.c.tenant == _ATTEMPT.c.tenant) & (_LEASE.c.lease_id == _ATTEMPT.c.lease_id)
    inbound = func.coalesce(_LEASE.c.inbound, False).label(
        "inbound"
    )  # a lease may be gone before its attempt
    return (
        select(_ATTEMPT, inbound)
        .outerjoin(_LEASE, of)
        .order_by(_ATTEMPT.c.case_id, _ATTEMPT.c.at, _ATTEMPT.c.number)
    )


_ATTEMPTS = Prepared(
    _attempts().where(_ATTEMPT.c.tenant == bindparam("tenant"), _ATTEMPT.c.case_id == bindparam("case"))
)
_QUESTIONS = Prepared(
    select(func.coalesce(func.sum(_LEASE.c.tries), 0).label("asked")).where(
        _LEASE.c.tenant == bindparam("tenant"),
        _LEASE.c.case_id == bindparam("case"),
        _LEASE.c.leased_at > bindparam("since"),
    )
)
_CHECKED = Prepared(
    select(_LEASE)
    .where(_LEASE.c.tenant == bindparam("tenant"), _LEASE.c.control == bindparam("control"))
    .order_by(_LEASE.c.leased_at.desc())
    .limit(1)
)


def latest_lease(connection: Connection, tenant: Tenant, party: PartyId, ref: str, client: str) -> Row | None:
    """Give the newest lease of a client of a party under a reference, whatever its state."""
    return _BY_REF.first(connection, {"tenant": tenant, "party": party, "client": client, "ref": ref})


def held_leases(connection: Connection, tenant: Tenant, client: str) -> list[Row]:
    """Give the leases that a client holds."""
    return _HELD.all(connection, {"tenant": tenant, "client": client})


def lease_on(connection: Connection, tenant: Tenant, client: str, case: CaseId) -> Row | None:
    """Give the newest lease that a client holds on a case, or None."""
    return _HELD_ON.first(connection, {"tenant": tenant, "client": client, "case": case})


def recalled(connection: Connection, tenant: Tenant, party: PartyId, since: int) -> list[Row]:
    """Give the leases of a party that were recalled after ``since`` (ms UTC), oldest first."""
    query = (
        select(_LEASE)
        .where(
            _LEASE.c.tenant == tenant,
            _LEASE.c.party_id == party,
            _LEASE.c.ended_at > since,
            _LEASE.c.state == "teruggeroepen",
        )
        .order_by(_LEASE.c.ended_at)
    )
    return fetch(connection, query)


def attempts_of(connection: Connection, tenant: Tenant, case: CaseId) -> list[Row]:
    """Give the attempts of a case in order; notes stay sealed."""
    return _ATTEMPTS.all(connection, {"tenant": tenant, "case": case})


def attempts_of_cases(connection: Connection, tenant: Tenant, cases: Iterable[str]) -> dict[str, list[Row]]:
    """Give the attempts of several cases at once, in order per case."""
    query = _attempts().where(_ATTEMPT.c.tenant == tenant, _ATTEMPT.c.case_id.in_(list(cases)))
    found: dict[str, list[Row]] = {}
    for row in fetch(connection, query):
        found.setdefault(row["case_id"], []).append(row)
    return found


def lease(row: Row) -> Write:
    """Hand out a dial record (columns of ``gateway_lease``)."""
    return Insert(LeaseRow, [row])


def end_lease(row: Row, state: str, now: int) -> Write:
    """End a lease that is still open; a conflict when it ended already."""
    key = {"tenant": row["tenant"], "lease_id": row["lease_id"], "state": "open"}
    return Update(LeaseRow, key, {"state": state, "ended_at": now})


def recall_case(tenant: Tenant, case: CaseId, now: int) -> Write:
    """Recall whatever dial record of a case is out; none is fine."""
    key = {"tenant": tenant, "case_id": case, "state": "open"}
    return Update(LeaseRow, key, {"state": "teruggeroepen", "ended_at": now}, rows=None)


def note_verification(row: Row, *, tries: int, verified_at: int | None) -> Write:
    """Count a verification question on a lease; a conflict when another one came in between."""
    key = {"tenant": row["tenant"], "lease_id": row["lease_id"], "tries": row["tries"], "state": "open"}
    return Update(LeaseRow, key, {"tries": tries, "verified_at": verified_at})


def add_attempt(row: Row) -> Write:
    """Record an attempt (columns of ``gateway_attempt``)."""
    return Insert(AttemptRow, [row])


def expire_case(tenant: Tenant, case: CaseId, now: int) -> Write:
    """Close leases of a case that ran out unnoticed, so that one dial record at most is out; none is fine."""
    key = {"tenant": tenant, "case_id": case, "state": "open"}
    return Update(LeaseRow, key, {"state": "verlopen", "ended_at": now}, rows=None)


def questions_about(connection: Connection, tenant: Tenant, case: CaseId, since: int) -> int:
    """Count the verification questions on a case on all dial records that were handed out after ``since``."""
    found = _QUESTIONS.all(connection, {"tenant": tenant, "case": case, "since": since})
    return int(found[0]["asked"])


def was_leased(connection: Connection, tenant: Tenant, party: PartyId, case: str) -> bool:
    """Say whether this party ever held a dial record of a case."""
    query = select(_LEASE.c.lease_id).where(
        _LEASE.c.tenant == tenant, _LEASE.c.party_id == party, _LEASE.c.case_id == case
    )
    return connection.execute(query.limit(1)).first() is not None


def checked_lease(connection: Connection, tenant: Tenant, control: bytes) -> Row | None:
    """Give the dial record that a code to check a call belongs to (its keyed fingerprint), or None."""
    return _CHECKED.first(connection, {"tenant": tenant, "control": control})


def made_since(connection: Connection, tenant: Tenant, party: PartyId, since: int) -> list[Row]:
    """Give moment, part of the day and reach of the attempts that a party made from ``since`` on (ms UTC)."""
    rang = (
        select(_LEASE.c.lease_id)
        .where(
            _LEASE.c.tenant == _ATTEMPT.c.tenant, _LEASE.c.lease_id == _ATTEMPT.c.lease_id, _LEASE.c.inbound
        )
        .exists()
    )
    query = (
        select(_ATTEMPT.c.at, _ATTEMPT.c.daypart, _ATTEMPT.c.reached)
        .where(_ATTEMPT.c.tenant == tenant, _ATTEMPT.c.party_id == party, _ATTEMPT.c.at >= since, ~rang)
        .order_by(_ATTEMPT.c.at)
    )
    return fetch(connection, query)
