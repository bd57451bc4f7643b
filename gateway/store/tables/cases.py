"""Cases and what happens to them: signals, assignments, handovers, offers, holds and pseudonyms."""

from sqlalchemy import BigInteger, Index, LargeBinary
from sqlmodel import Field

from gateway.store.tables.base import GatewayTable


class CaseRow(GatewayTable, table=True):
    """One person's dossier; instants are ms UTC by the business clock, ``version`` guards every change.

    ``over_limit``: the arrears are too high to be called about; nobody may say they are not before they were weighed.
    ``team``: the party of social work whose case it is; None while every team may still take it.
    ``restricted``: why only named people may know that this case is there (``schemas.help.Restriction``).
    """

    __tablename__ = "gateway_case"
    __table_args__ = (
        Index("ix_gateway_case_state", "tenant", "state", "not_before"),
        Index("ix_gateway_case_owner", "tenant", "owner"),
        Index("ix_gateway_case_accepted", "tenant", "accepted_at"),
        Index("ix_gateway_case_month", "tenant", "month"),
    )

    tenant: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    version: int = 1
    state: str
    month: str
    run_id: str
    opened_at: int = Field(sa_type=BigInteger)
    category: str
    urgent: bool = False
    over_limit: bool = True
    samenloop: str = "enkelvoudig"
    trace: str = "[]"
    script_code: str = ""
    script_version: int = 1
    not_before: int = Field(default=0, sa_type=BigInteger)
    promised_at: int | None = Field(default=None, sa_type=BigInteger)
    promised_to: str | None = None
    attempts: int = 0
    reached: bool = False
    phone_blocked: bool = False
    protected: bool = False
    restricted: str | None = None
    offer_at: int | None = Field(default=None, sa_type=BigInteger)
    offer_channel: str | None = None
    offer_due: int = Field(sa_type=BigInteger)
    notice_at: int | None = Field(default=None, sa_type=BigInteger)
    accepted_at: int | None = Field(default=None, sa_type=BigInteger)
    first_talk_due: int | None = Field(default=None, sa_type=BigInteger)
    owner: str | None = None
    team: str | None = None
    previous: str | None = None
    closed_at: int | None = Field(default=None, sa_type=BigInteger)
    close_reason: str | None = None


class CaseSignalRow(GatewayTable, table=True):
    """A signal that belongs to a case."""

    __tablename__ = "gateway_case_signal"
    __table_args__ = (Index("ix_gateway_case_signal_signal", "tenant", "signal_id"),)

    tenant: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    signal_id: str = Field(primary_key=True)
    linked_at: int = Field(sa_type=BigInteger)


class AssignmentRow(GatewayTable, table=True):
    """Who was responsible for a case and from when; the running one has no end."""

    __tablename__ = "gateway_assignment"
    __table_args__ = (Index("ix_gateway_assignment_case", "tenant", "case_id"),)

    tenant: str = Field(primary_key=True)
    assignment_id: str = Field(primary_key=True)
    case_id: str
    user_id: str
    from_at: int = Field(sa_type=BigInteger)
    until_at: int | None = Field(default=None, sa_type=BigInteger)
    assigned_by: str
    reason: str


class ConfidantRow(GatewayTable, table=True):
    """A member of staff who may know of a restricted case; nobody else of social work or the municipality may."""

    __tablename__ = "gateway_confidant"

    tenant: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    named_at: int = Field(sa_type=BigInteger)
    named_by: str


class ConflictRow(GatewayTable, table=True):
    """A member of staff who knows the resident, and may therefore not work on the case."""

    __tablename__ = "gateway_conflict"

    tenant: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    at: int = Field(sa_type=BigInteger)


class EmergencyRow(GatewayTable, table=True):
    """Emergency access of one worker to one case, with its reason and what a second person thought of it."""

    __tablename__ = "gateway_emergency"
    __table_args__ = (
        Index("ix_gateway_emergency_case", "tenant", "case_id", "user_id"),
        Index("ix_gateway_emergency_open", "tenant", "reviewed_at"),
    )

    tenant: str = Field(primary_key=True)
    emergency_id: str = Field(primary_key=True)
    case_id: str
    party_id: str
    user_id: str
    reason: str
    started_at: int = Field(sa_type=BigInteger)
    until_at: int = Field(sa_type=BigInteger)
    review_due: int = Field(sa_type=BigInteger)
    reviewed_at: int | None = Field(default=None, sa_type=BigInteger)
    reviewed_by: str | None = None
    verdict: str | None = None


class HandoverRow(GatewayTable, table=True):
    """A help request on its way to social work, with its clocks and how it ended; the note is sealed.

    ``help_given`` are codes of ``schemas.help`` separated by spaces.
    """

    __tablename__ = "gateway_handover"
    __table_args__ = (Index("ix_gateway_handover_open", "tenant", "acknowledged_at"),)

    tenant: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True)
    requested_at: int = Field(sa_type=BigInteger)
    verified: bool
    threatening: bool
    first_talk_due: int = Field(sa_type=BigInteger)
    decision_due: int | None = Field(default=None, sa_type=BigInteger)
    note: bytes | None = Field(default=None, sa_type=LargeBinary)
    note_subject: str | None = None
    acknowledged_at: int | None = Field(default=None, sa_type=BigInteger)
    acknowledged_by: str | None = None
    first_talk_at: int | None = Field(default=None, sa_type=BigInteger)
    outcome: str | None = None
    help_given: str | None = None
    settled_at: int | None = Field(default=None, sa_type=BigInteger)


class HelpRecordRow(GatewayTable, table=True):
    """How one contact of social work ended, in codes of ``schemas.help`` (sets separated by spaces); the note is sealed."""

    __tablename__ = "gateway_help_record"
    __table_args__ = (Index("ix_gateway_help_record_case", "tenant", "case_id", "at"),)

    tenant: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    case_id: str
    at: int = Field(sa_type=BigInteger)
    recorded_by: str
    outcome: str
    channel: str
    help_given: str = ""
    referrals: str = ""
    opinions: str = ""
    report: str | None = None
    report_reason: str | None = None
    note: bytes | None = Field(default=None, sa_type=LargeBinary)
    note_subject: str | None = None


class OfferRow(GatewayTable, table=True):
    """An offer of help: by phone, letter or home visit; ``done_at`` empty means planned or ordered.

    ``reason``: why a home visit was planned (``schemas.help.VisitReason``).
    """

    __tablename__ = "gateway_offer"
    __table_args__ = (
        Index("ix_gateway_offer_case", "tenant", "case_id"),
        Index("ix_gateway_offer_open", "tenant", "channel", "done_at"),
    )

    tenant: str = Field(primary_key=True)
    offer_id: str = Field(primary_key=True)
    case_id: str
    channel: str
    template: str | None = None
    ordered_at: int = Field(sa_type=BigInteger)
    ordered_by: str
    planned_for: str | None = None
    reason: str | None = None
    batch_id: str | None = None
    done_at: int | None = Field(default=None, sa_type=BigInteger)
    result: str | None = None
    notice: bool = False


class PseudonymRow(GatewayTable, table=True):
    """A code that one party uses for one case in one period; the case behind it is an encrypted pointer."""

    __tablename__ = "gateway_pseudonym"

    tenant: str = Field(primary_key=True)
    party_id: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    purpose: str
    period: str
    pointer: bytes = Field(sa_type=LargeBinary)


class FeedbackRow(GatewayTable, table=True):
    """What a partner may know about its own signal: a code of the closed vocabulary and a pause date."""

    __tablename__ = "gateway_feedback"
    __table_args__ = (Index("ix_gateway_feedback_at", "tenant", "at"),)

    tenant: str = Field(primary_key=True)
    signal_id: str = Field(primary_key=True)
    code: str
    pause_until: str | None = None
    at: int = Field(sa_type=BigInteger)
