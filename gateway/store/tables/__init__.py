"""All ``gateway_`` tables; imported by ``gateway.store`` alone."""

from gateway.store.tables.base import METADATA
from gateway.store.tables.calls import AttemptRow, BilledRow, LeaseRow
from gateway.store.tables.cases import (
    AssignmentRow,
    CaseRow,
    CaseSignalRow,
    ConfidantRow,
    ConflictRow,
    EmergencyRow,
    FeedbackRow,
    HandoverRow,
    HelpRecordRow,
    OfferRow,
    PseudonymRow,
)
from gateway.store.tables.governance import (
    CertificateRow,
    ExpiryRow,
    HoldRow,
    MonthEndItemRow,
    MonthEndRow,
    ReportRow,
    RetentionDecisionRow,
)
from gateway.store.tables.numbers import BlockedNumberRow, IncidentRow
from gateway.store.tables.outbox import InboxRow, OutboxRow
from gateway.store.tables.parties import AbsenceRow, AssertionRow, ClientRow, PartyRow, UserRow
from gateway.store.tables.signals import DeliveryRow, LinkRow, ProposalRow, RunRow, SignalRow, TagRow

__all__ = [
    "METADATA",
    "AbsenceRow",
    "AssertionRow",
    "AssignmentRow",
    "AttemptRow",
    "BilledRow",
    "BlockedNumberRow",
    "CaseRow",
    "CaseSignalRow",
    "CertificateRow",
    "ClientRow",
    "ConfidantRow",
    "ConflictRow",
    "DeliveryRow",
    "EmergencyRow",
    "ExpiryRow",
    "FeedbackRow",
    "HandoverRow",
    "HelpRecordRow",
    "HoldRow",
    "InboxRow",
    "IncidentRow",
    "LeaseRow",
    "LinkRow",
    "MonthEndItemRow",
    "MonthEndRow",
    "OfferRow",
    "OutboxRow",
    "PartyRow",
    "ProposalRow",
    "PseudonymRow",
    "ReportRow",
    "RetentionDecisionRow",
    "RunRow",
    "SignalRow",
    "TagRow",
    "UserRow",
]
