"""Parties, staff, clients and absences."""

from sqlalchemy import Connection, bindparam, or_, select

from gateway.store.change import Delete, Insert, Row, Update, Write, table_of
from gateway.store.prepared import Prepared, fetch, fetch_one
from gateway.store.tables import AbsenceRow, AssertionRow, ClientRow, PartyRow, UserRow
from schemas.ids import PartyId, Tenant
from schemas.parties import Party

_CLIENT, _PARTY, _USER, _ABSENCE, _ASSERTION = (
    table_of(model) for model in (ClientRow, PartyRow, UserRow, AbsenceRow, AssertionRow)
)
_BEHIND = (_USER.c.tenant == _CLIENT.c.tenant) & (_USER.c.user_id == _CLIENT.c.user_id)

_FIND_CLIENT = Prepared(
    select(_CLIENT, _PARTY.c.kind)
    .join(_PARTY, (_PARTY.c.tenant == _CLIENT.c.tenant) & (_PARTY.c.party_id == _CLIENT.c.party_id))
    .join(_USER, _BEHIND, isouter=True)
    .where(
        _CLIENT.c.client_id == bindparam("client_id"),
        _CLIENT.c.active,
        or_(_CLIENT.c.user_id.is_(None), _USER.c.active),
    )
)
_EXPIRED = Prepared(
    select(_ASSERTION.c.client_id, _ASSERTION.c.jti)
    .where(_ASSERTION.c.expires_at < bindparam("before"))
    .limit(10)
)
_USED = Prepared(
    select(_ASSERTION.c.jti).where(
        _ASSERTION.c.client_id == bindparam("client"), _ASSERTION.c.jti == bindparam("jti")
    )
)
_STANDS_IN = Prepared(
    select(_ABSENCE.c.user_id).where(
        _ABSENCE.c.tenant == bindparam("tenant"),
        _ABSENCE.c.replacement == bindparam("user"),
        _ABSENCE.c.from_at <= bindparam("now"),
        _ABSENCE.c.until_at > bindparam("now"),
    )
)


def find_client(connection: Connection, client_id: str) -> Row | None:
    """Give the active client, of an active member of staff if of any, with the kind of its party, or None."""
    return _FIND_CLIENT.first(connection, {"client_id": client_id})


def find_party(connection: Connection, tenant: Tenant, party: PartyId) -> Party | None:
    """Give the party as registered, or None."""
    query = select(_PARTY).where(_PARTY.c.tenant == tenant, _PARTY.c.party_id == party)
    row = fetch_one(connection, query)
    return Party(**row) if row else None


def parties(connection: Connection, tenant: Tenant) -> list[Party]:
    """Give all parties of a municipality, by id."""
    query = select(_PARTY).where(_PARTY.c.tenant == tenant).order_by(_PARTY.c.party_id)
    return [Party(**row) for row in fetch(connection, query)]


def find_user(connection: Connection, tenant: Tenant, user: str) -> Row | None:
    """Give the active member of staff, or None."""
    query = select(_USER).where(_USER.c.tenant == tenant, _USER.c.user_id == user, _USER.c.active)
    return fetch_one(connection, query)


def replaced_by(connection: Connection, tenant: Tenant, user: str, now: int) -> frozenset[str]:
    """Give the absent colleagues for whom ``user`` stands in at ``now`` (ms UTC)."""
    found = _STANDS_IN.all(connection, {"tenant": tenant, "user": user, "now": now})
    return frozenset(row["user_id"] for row in found)


def register_party(party: Party) -> Write:
    """Put a party on record."""
    return Insert(PartyRow, [party.model_dump(mode="json")])


def register_user(row: Row) -> Write:
    """Put a member of staff on record (columns of ``gateway_user``)."""
    return Insert(UserRow, [row])


def register_client(row: Row) -> Write:
    """Put an OAuth client on record (columns of ``gateway_client``)."""
    return Insert(ClientRow, [row])


def record_absence(row: Row) -> Write:
    """Put an absence on record (columns of ``gateway_absence``)."""
    return Insert(AbsenceRow, [row])


def use_assertion(client_id: str, jti: str, expires_at: int) -> Write:
    """Use up a client assertion; using it twice is a conflict."""
    return Insert(AssertionRow, [{"client_id": client_id, "jti": jti, "expires_at": expires_at}])


def is_used(connection: Connection, client_id: str, jti: str) -> bool:
    """Say whether a client assertion is on record as used."""
    return _USED.first(connection, {"client": client_id, "jti": jti}) is not None


def forget_assertions(connection: Connection, before: int) -> list[Write]:
    """Drop a few used assertions that expired before a moment (seconds UTC): more than a use adds."""
    return [Delete(AssertionRow, row) for row in _EXPIRED.all(connection, {"before": before})]


def end_client(tenant: Tenant, client_id: str) -> Write:
    """Take a client's access away; a conflict when that was done already."""
    return Update(ClientRow, {"tenant": tenant, "client_id": client_id, "active": True}, {"active": False})


def end_user(tenant: Tenant, user: str) -> Write:
    """End the work of a member of staff; a conflict when that was done already."""
    return Update(UserRow, {"tenant": tenant, "user_id": user, "active": True}, {"active": False})


def ended_clients(connection: Connection) -> frozenset[str]:
    """Give the clients without access: their own was taken away, or that of the person behind them."""
    query = (
        select(_CLIENT.c.client_id)
        .join(_USER, _BEHIND, isouter=True)
        .where(or_(_CLIENT.c.active.is_(False), _USER.c.active.is_(False)))
    )
    return frozenset(connection.execute(query).scalars())


def clients_of(connection: Connection, tenant: Tenant, party: PartyId) -> list[Row]:
    """Give the clients of a party, by id."""
    query = select(_CLIENT).where(_CLIENT.c.tenant == tenant, _CLIENT.c.party_id == party)
    return fetch(connection, query.order_by(_CLIENT.c.client_id))


def users_of(connection: Connection, tenant: Tenant, party: PartyId) -> list[Row]:
    """Give the staff of a party, by id."""
    query = select(_USER).where(_USER.c.tenant == tenant, _USER.c.party_id == party)
    return fetch(connection, query.order_by(_USER.c.user_id))


def clients_behind(connection: Connection, tenant: Tenant, user: str) -> list[str]:
    """Give the clients through which a member of staff works."""
    query = select(_CLIENT.c.client_id).where(_CLIENT.c.tenant == tenant, _CLIENT.c.user_id == user)
    return list(connection.execute(query).scalars())
