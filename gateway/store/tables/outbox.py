"""What waits to leave for another system, and which messages came from one."""

from sqlalchemy import BigInteger, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field

from gateway.store.tables.base import GatewayTable


class OutboxRow(GatewayTable, table=True):
    """One version of a dossier for one system; sealed until it arrived, then empty.

    ``state`` is wacht, onderweg, bezorgd, geweigerd or vervallen (a newer version went in its place). A message that is
    under way is anybody's again after ``not_before``: whoever claimed it died.
    """

    __tablename__ = "gateway_outbox"
    __table_args__ = (
        UniqueConstraint("tenant", "destination", "case_id", "version"),
        Index("ix_gateway_outbox_due", "tenant", "destination", "state", "not_before"),
        Index("ix_gateway_outbox_case", "tenant", "case_id"),
    )

    tenant: str = Field(primary_key=True)
    message_id: str = Field(primary_key=True)
    destination: str
    case_id: str
    version: int
    subject: str
    reference: str
    state: str
    payload: bytes | None = Field(default=None, sa_type=LargeBinary)
    queued_at: int = Field(sa_type=BigInteger)
    not_before: int = Field(sa_type=BigInteger)
    tries: int = 0
    done_at: int | None = Field(default=None, sa_type=BigInteger)


class InboxRow(GatewayTable, table=True):
    """A message that came in: a keyed fingerprint of its number, and how it ended; ``code`` is empty while it is dealt with."""

    __tablename__ = "gateway_inbox"

    tenant: str = Field(primary_key=True)
    message: bytes = Field(primary_key=True, sa_type=LargeBinary)
    code: str = ""
    at: int = Field(sa_type=BigInteger)
