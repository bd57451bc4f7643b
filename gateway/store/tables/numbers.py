"""Numbers that nobody calls, and incidents that a privacy officer looks into."""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from gateway.store.tables.base import GatewayTable


class BlockedNumberRow(GatewayTable, table=True):
    """A number that nobody calls until ``until``, in a keyed form; it names no case and outlives all of them."""

    __tablename__ = "gateway_blocked_number"
    __table_args__ = (Index("ix_gateway_blocked_number_until", "tenant", "until"),)

    tenant: str = Field(primary_key=True)
    number: bytes = Field(primary_key=True, sa_type=LargeBinary)
    reason: str
    at: int = Field(sa_type=BigInteger)
    until: int = Field(sa_type=BigInteger)


class IncidentRow(GatewayTable, table=True):
    """Something that may be a data breach, with the clock of AVG art. 33; ``source`` is the partner it came from."""

    __tablename__ = "gateway_incident"
    __table_args__ = (
        Index("ix_gateway_incident_open", "tenant", "judged_at", "due"),
        Index("ix_gateway_incident_case", "tenant", "case_id"),
        Index("ix_gateway_incident_signal", "tenant", "signal_id"),
    )

    tenant: str = Field(primary_key=True)
    incident_id: str = Field(primary_key=True)
    kind: str
    case_id: str
    signal_id: str
    party_id: str
    source: str
    at: int = Field(sa_type=BigInteger)
    due: int = Field(sa_type=BigInteger)
    verdict: str | None = None
    judged_by: str | None = None
    judged_at: int | None = Field(default=None, sa_type=BigInteger)
