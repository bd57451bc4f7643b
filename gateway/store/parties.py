"""Parties, staff, clients and absences."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, select

from gateway.store.change import Delete, Insert, Row, Update, Write, table_of
from gateway.store.prepared import Prepared, fetch, fetch_one
from gateway.store.tables import AbsenceRow, AssertionRow, ClientRow, PartyRow, UserRow
from schemas.ids import PartyId, Tenant
from schemas.parties import Party

_CLIENT, _PARTY, _USER, _ABSENCE = (table_of(m) for m in (ClientRow, PartyRow, UserRow, AbsenceRow))

_FIND_CLIENT = Prepared(
    select(_CLIENT, _PARTY.c.kind)
    .join(_PARTY, (_PARTY.c.tenant == _CLIENT.c.tenant) & (_PARTY.c.party_id == _CLIENT.c.party_id))
    .where(_CLIENT.c.client_id == bindparam("client_id"), _CLIENT.c.active)
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
    """Give the active client with the kind of its party, or None."""
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


def use_assertion(client_id: str, jti: str, expires_at: int) -> Sequence[Write]:
    """Use up a client assertion; using it twice is a conflict."""
    return (Insert(AssertionRow, [{"client_id": client_id, "jti": jti, "expires_at": expires_at}]),)


def forget_assertion(client_id: str, jti: str) -> Write:
    """Drop a used assertion that has expired anyway."""
    return Delete(AssertionRow, {"client_id": client_id, "jti": jti})


def deactivate_client(tenant: Tenant, client_id: str) -> Write:
    """Take away a client's access."""
    return Update(ClientRow, {"tenant": tenant, "client_id": client_id}, {"active": False})
