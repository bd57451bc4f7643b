"""Deliveries, signals with their sealed groups of fields, blind tags, links and proposals."""

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field

from gateway.store.tables.base import GatewayTable


class DeliveryRow(GatewayTable, table=True):
    """One upload: who, when, its fingerprints and the receipt (codes per line as JSON, never a value)."""

    __tablename__ = "gateway_delivery"
    __table_args__ = (
        Index("ix_gateway_delivery_fingerprint", "tenant", "party_id", "fingerprint"),
        Index("ix_gateway_delivery_received", "tenant", "received_at"),
        UniqueConstraint("tenant", "party_id", "idempotency_key"),
    )

    tenant: str = Field(primary_key=True)
    delivery_id: str = Field(primary_key=True)
    party_id: str
    received_at: int = Field(sa_type=BigInteger)
    idempotency_key: str | None = None
    fingerprint: bytes = Field(sa_type=LargeBinary)
    count: int
    accepted: int
    bsn_dropped: int = 0
    results: str


STANDS = text("state IN ('gevalideerd', 'gekoppeld', 'vervangen')")
TAKEN_BACK = text("state = 'ingetrokken'")
"""Written out, because an index of some of the rows serves only a query that asks for those in the same words."""

_COUNTS = text("state IN ('gevalideerd', 'gekoppeld')")


class SignalRow(GatewayTable, table=True):
    """One accepted line; what tells who it is about is sealed apart per key class, bound to this row.

    ``month`` is the month for which it counts: that of its arrival, for a correction that of what it corrects. A line
    stands once unless it was taken back or its keys are missing, and a reference counts once a month.
    """

    __tablename__ = "gateway_signal"
    __table_args__ = (
        Index(
            "uq_gateway_signal_line",
            *("tenant", "party_id", "line_tag"),
            unique=True,
            sqlite_where=STANDS,
            postgresql_where=STANDS,
        ),
        Index(
            "ix_gateway_signal_taken_back",
            *("tenant", "party_id", "line_tag"),
            sqlite_where=TAKEN_BACK,
            postgresql_where=TAKEN_BACK,
        ),
        Index(
            "uq_gateway_signal_claim",
            *("tenant", "party_id", "ref_tag", "month"),
            unique=True,
            sqlite_where=_COUNTS,
            postgresql_where=_COUNTS,
        ),
        Index("ix_gateway_signal_ref", "tenant", "party_id", "ref_tag"),
        Index("ix_gateway_signal_state", "tenant", "state", "month"),
        Index("ix_gateway_signal_delivery", "tenant", "delivery_id"),
    )

    tenant: str = Field(primary_key=True)
    signal_id: str = Field(primary_key=True)
    delivery_id: str
    line: int
    party_id: str
    partner_type: str
    soort: str
    state: str
    month: str
    received_at: int = Field(sa_type=BigInteger)
    line_tag: bytes = Field(sa_type=LargeBinary)
    ref_tag: bytes = Field(sa_type=LargeBinary)
    replaces: str | None = None
    crisis: bool = False
    supply_ends: bool = False
    warm: bool = False
    has_phone: bool = False
    identity: bytes = Field(sa_type=LargeBinary)
    contact: bytes = Field(sa_type=LargeBinary)
    finance: bytes = Field(sa_type=LargeBinary)


class TagRow(GatewayTable, table=True):
    """A truncated blind tag with an encrypted pointer: ordered by tag, so rows of one subject cannot be joined."""

    __tablename__ = "gateway_tag"
    __table_args__ = ({"sqlite_with_rowid": False},)

    tenant: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    tag: bytes = Field(primary_key=True, sa_type=LargeBinary)
    pointer: bytes = Field(primary_key=True, sa_type=LargeBinary)


class LinkRow(GatewayTable, table=True):
    """Two subjects that are one person (or share an address); revoking restores, nothing is rewritten."""

    __tablename__ = "gateway_link"
    __table_args__ = (
        Index("ix_gateway_link_a", "tenant", "a"),
        Index("ix_gateway_link_b", "tenant", "b"),
        Index("ix_gateway_link_run", "tenant", "run_id"),
    )

    tenant: str = Field(primary_key=True)
    link_id: str = Field(primary_key=True)
    a: str
    b: str
    kind: str
    rule: str
    evidence: str
    ruleset: str
    run_id: str
    actor: str
    at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)
    revoked_by: str | None = None


class ProposalRow(GatewayTable, table=True):
    """A doubtful pair that waits for a person; ``reasons`` are codes, ``text`` names no values."""

    __tablename__ = "gateway_proposal"
    __table_args__ = (
        Index("ix_gateway_proposal_open", "tenant", "decision"),
        Index("ix_gateway_proposal_a", "tenant", "a"),
        Index("ix_gateway_proposal_b", "tenant", "b"),
    )

    tenant: str = Field(primary_key=True)
    proposal_id: str = Field(primary_key=True)
    a: str
    b: str
    reasons: str
    text: str
    run_id: str
    at: int = Field(sa_type=BigInteger)
    decision: str | None = None
    decided_by: str | None = None
    decided_at: int | None = Field(default=None, sa_type=BigInteger)


class RunRow(GatewayTable, table=True):
    """A batch that a person started (matching, letters, month end, retention) with its counts as JSON."""

    __tablename__ = "gateway_run"

    tenant: str = Field(primary_key=True)
    run_id: str = Field(primary_key=True)
    kind: str
    month: str
    started_by: str
    at: int = Field(sa_type=BigInteger)
    counts: str = "{}"
