"""Month end, retention, legal holds and what is recorded about them."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from gateway.store.tables.base import GatewayTable


class MonthEndRow(GatewayTable, table=True):
    """A month-end plan: made by one, confirmed by another, run, and undone within 48 hours."""

    __tablename__ = "gateway_month_end"

    tenant: str = Field(primary_key=True)
    plan_id: str = Field(primary_key=True)
    month: str
    state: str
    planned_by: str
    planned_at: int = Field(sa_type=BigInteger)
    confirmed_by: str | None = None
    run_at: int | None = Field(default=None, sa_type=BigInteger)
    undo_until: int | None = Field(default=None, sa_type=BigInteger)
    undone_by: str | None = None


class MonthEndItemRow(GatewayTable, table=True):
    """What the plan does with one case: sluiten, eerst_brief or blijft_open, and why."""

    __tablename__ = "gateway_month_end_item"

    tenant: str = Field(primary_key=True)
    plan_id: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    action: str
    reason: str
    state_before: str
    version: int


class HoldRow(GatewayTable, table=True):
    """A legal hold on a case: it beats erasure until it is lifted (Archiefwet, running requests)."""

    __tablename__ = "gateway_hold"

    tenant: str = Field(primary_key=True)
    hold_id: str = Field(primary_key=True)
    case_id: str = Field(index=True)
    reason: str
    placed_by: str
    placed_at: int = Field(sa_type=BigInteger)
    lifted_at: int | None = Field(default=None, sa_type=BigInteger)
    lifted_by: str | None = None


class RetentionDecisionRow(GatewayTable, table=True):
    """The controller's recorded decision on terms; without one, nothing is erased."""

    __tablename__ = "gateway_retention_decision"

    tenant: str = Field(primary_key=True)
    decision_id: str = Field(primary_key=True)
    terms: str
    reference: str
    decided_by: str
    decided_at: int = Field(sa_type=BigInteger)


class CertificateRow(GatewayTable, table=True):
    """A signed erasure certificate (JWS), made from what was read back after the deletion."""

    __tablename__ = "gateway_certificate"

    tenant: str = Field(primary_key=True)
    run_id: str = Field(primary_key=True)
    jws: str
    at: int = Field(sa_type=BigInteger)
