"""Parties, their staff, their OAuth clients and the used-up client assertions."""

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from gateway.store.tables.base import GatewayTable


class PartyRow(GatewayTable, table=True):
    """A party of one municipality (schemas.parties.Party)."""

    __tablename__ = "gateway_party"

    tenant: str = Field(primary_key=True)
    party_id: str = Field(primary_key=True)
    kind: str
    name: str
    number: str
    partner_type: str | None = None
    column_map: str | None = None
    bsn_policy: str = "strip"
    forbidden_columns: str = "refuse"


class UserRow(GatewayTable, table=True):
    """A member of staff; ``role`` is free for the party, the policy looks at the party's kind only."""

    __tablename__ = "gateway_user"

    tenant: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    party_id: str
    role: str
    active: bool = True


class ClientRow(GatewayTable, table=True):
    """An OAuth client with its public key (JWK as JSON text); ``purposes`` are separated by spaces."""

    __tablename__ = "gateway_client"
    __table_args__ = (UniqueConstraint("client_id"),)

    tenant: str = Field(primary_key=True)
    client_id: str = Field(primary_key=True)
    party_id: str
    user_id: str | None = None
    jwk: str
    allow_rs256: bool = False
    purposes: str
    active: bool = True


class AssertionRow(GatewayTable, table=True):
    """A client assertion that was used; kept until it would have expired (RFC 7523 section 3)."""

    __tablename__ = "gateway_assertion"

    client_id: str = Field(primary_key=True)
    jti: str = Field(primary_key=True)
    expires_at: int = Field(sa_type=BigInteger)


class AbsenceRow(GatewayTable, table=True):
    """A period (ms UTC) in which ``replacement`` stands in for ``user_id`` and sees that caseload."""

    __tablename__ = "gateway_absence"

    tenant: str = Field(primary_key=True)
    absence_id: str = Field(primary_key=True)
    user_id: str = Field(index=True)
    replacement: str = Field(index=True)
    from_at: int = Field(sa_type=BigInteger)
    until_at: int = Field(sa_type=BigInteger)
    recorded_by: str
