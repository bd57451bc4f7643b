"""Dial records in an agent's hands, the attempts made with them, and what was delivered to be paid for."""

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from gateway.store.tables.base import GatewayTable


class LeaseRow(GatewayTable, table=True):
    """One dial record, leased for minutes; ``state`` is open, afgerond, verlopen, teruggeroepen or teruggegeven.

    ``control`` is the keyed form of the code with which a resident can check the call.
    """

    __tablename__ = "gateway_lease"
    __table_args__ = (
        Index("ix_gateway_lease_case", "tenant", "case_id", "state"),
        Index("ix_gateway_lease_client", "tenant", "client_id", "state"),
        Index("ix_gateway_lease_ref", "tenant", "party_id", "ref", "state"),
        Index("ix_gateway_lease_recall", "tenant", "party_id", "ended_at"),
        Index("ix_gateway_lease_control", "tenant", "control"),
    )

    tenant: str = Field(primary_key=True)
    lease_id: str = Field(primary_key=True)
    case_id: str
    signal_id: str
    party_id: str
    client_id: str
    user_id: str | None = None
    ref: str
    leased_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger)
    state: str
    inbound: bool = False
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    verified_at: int | None = Field(default=None, sa_type=BigInteger)
    tries: int = 0
    control: bytes | None = Field(default=None, sa_type=LargeBinary)


class AttemptRow(GatewayTable, table=True):
    """One attempt: when, which part of the day, how it ended; what was said is sealed."""

    __tablename__ = "gateway_attempt"
    __table_args__ = (
        Index("ix_gateway_attempt_case", "tenant", "case_id", "at"),
        Index("ix_gateway_attempt_party", "tenant", "party_id", "at"),
    )

    tenant: str = Field(primary_key=True)
    attempt_id: str = Field(primary_key=True)
    case_id: str
    lease_id: str
    number: int
    at: int = Field(sa_type=BigInteger)
    daypart: str
    outcome: str
    reached: bool
    verified: bool
    script_code: str
    script_version: int
    party_id: str
    user_id: str | None = None
    tips: bool = False
    tips_card: str | None = None
    callback_at: int | None = Field(default=None, sa_type=BigInteger)
    note: bytes | None = Field(default=None, sa_type=LargeBinary)
    note_subject: str | None = None


class BilledRow(GatewayTable, table=True):
    """One unit of the bill: the first dial record of a case in a month; who it was about is forgotten with the case."""

    __tablename__ = "gateway_billed"
    __table_args__ = (
        UniqueConstraint("tenant", "month", "case_id"),
        Index("ix_gateway_billed_case", "tenant", "case_id"),
        Index("ix_gateway_billed_taken", "tenant", "month", "credit"),
    )

    tenant: str = Field(primary_key=True)
    unit_id: str = Field(primary_key=True)
    month: str
    case_id: str | None = None
    party_id: str
    at: int = Field(sa_type=BigInteger)
    credit: str | None = None
    credited_at: int | None = Field(default=None, sa_type=BigInteger)
