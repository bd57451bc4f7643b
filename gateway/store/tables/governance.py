"""Month end, retention, legal holds and what is recorded about them."""

from sqlalchemy import BigInteger, Index
from sqlmodel import Field

from gateway.store.tables.base import GatewayTable


class MonthEndRow(GatewayTable, table=True):
    """A month-end plan: made by one, confirmed by another, run, and undone within 48 hours.

    ``waiting`` counts the signals that no case held yet when the plan was made; ``letter_batch`` is the batch of
    letters that the run orders.
    """

    __tablename__ = "gateway_month_end"

    tenant: str = Field(primary_key=True)
    plan_id: str = Field(primary_key=True)
    month: str
    state: str
    planned_by: str
    planned_at: int = Field(sa_type=BigInteger)
    waiting: int = 0
    letter_batch: str
    confirmed_by: str | None = None
    run_at: int | None = Field(default=None, sa_type=BigInteger)
    undo_until: int | None = Field(default=None, sa_type=BigInteger)
    undone_by: str | None = None


class MonthEndItemRow(GatewayTable, table=True):
    """What the plan does with one case: sluiten, eerst_brief or blijft_open, and why.

    ``version`` is that of the case when the plan was made; the three columns behind it are what an undo restores.
    """

    __tablename__ = "gateway_month_end_item"
    __table_args__ = (
        Index("ix_gateway_month_end_item_outcome", "tenant", "plan_id", "outcome", "case_id"),
        Index("ix_gateway_month_end_item_case", "tenant", "case_id"),
    )

    tenant: str = Field(primary_key=True)
    plan_id: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    action: str
    reason: str
    attempts: int
    few: str | None = None
    version: int
    state_before: str
    closed_before: int | None = Field(default=None, sa_type=BigInteger)
    reason_before: str | None = None
    outcome: str | None = None


class HoldRow(GatewayTable, table=True):
    """A legal hold on a case: it beats erasure until it is lifted (Archiefwet, running requests)."""

    __tablename__ = "gateway_hold"
    __table_args__ = (Index("ix_gateway_hold_case", "tenant", "case_id"),)

    tenant: str = Field(primary_key=True)
    hold_id: str = Field(primary_key=True)
    case_id: str
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


class ExpiryRow(GatewayTable, table=True):
    """A case that is being erased: from here on nothing stops it, and a run that broke off is finished by the next."""

    __tablename__ = "gateway_expiry"

    tenant: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    plan_id: str


class CertificateRow(GatewayTable, table=True):
    """A signed erasure certificate (JWS), made from what was read back after the deletion."""

    __tablename__ = "gateway_certificate"

    tenant: str = Field(primary_key=True)
    run_id: str = Field(primary_key=True)
    jws: str
    at: int = Field(sa_type=BigInteger)


class ReportRow(GatewayTable, table=True):
    """The report of a month as it was laid down for one circle of readers; it is never made again with other numbers.

    ``document`` is JSON and holds only what may be shown: numbers of large enough groups.
    """

    __tablename__ = "gateway_report"

    tenant: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    audience: str = Field(primary_key=True)
    made_at: int = Field(sa_type=BigInteger)
    made_by: str
    document: str
