"""What of a case and its subjects stands where, so that erasing leaves nothing and reading back can prove it."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select
from sqlmodel import SQLModel

from gateway.store.change import Delete, Insert, Row, Update, Write, table_of
from gateway.store.prepared import fetch, portions
from gateway.store.signals import IS_APART
from gateway.store.tables import (
    AssignmentRow,
    AttemptRow,
    BilledRow,
    CaseRow,
    CaseSignalRow,
    CertificateRow,
    ConfidantRow,
    ConflictRow,
    EmergencyRow,
    ExpiryRow,
    FeedbackRow,
    HandoverRow,
    HelpRecordRow,
    HoldRow,
    IncidentRow,
    LeaseRow,
    LinkRow,
    MonthEndItemRow,
    OfferRow,
    OutboxRow,
    ProposalRow,
    PseudonymRow,
    RunRow,
    SignalRow,
)
from schemas.ids import Tenant

_CASE, _MEMBER, _SIGNAL, _HANDOVER, _EXPIRY, _FEEDBACK, _LEASE, _CODE, _RUN, _CERTIFICATE = (
    table_of(model)
    for model in (
        CaseRow,
        CaseSignalRow,
        SignalRow,
        HandoverRow,
        ExpiryRow,
        FeedbackRow,
        LeaseRow,
        PseudonymRow,
        RunRow,
        CertificateRow,
    )
)
_RETIRED = ("ingetrokken", "vervangen")
_CHUNK = 400

PLACES: Sequence[tuple[type[SQLModel], str]] = (
    (CaseSignalRow, "case_id"),
    (AttemptRow, "case_id"),
    (LeaseRow, "case_id"),
    (HandoverRow, "case_id"),
    (HelpRecordRow, "case_id"),
    (ConfidantRow, "case_id"),
    (ConflictRow, "case_id"),
    (EmergencyRow, "case_id"),
    (OfferRow, "case_id"),
    (OutboxRow, "case_id"),
    (AssignmentRow, "case_id"),
    (IncidentRow, "case_id"),
    (MonthEndItemRow, "case_id"),
    (HoldRow, "case_id"),
    (ExpiryRow, "case_id"),
    (CaseRow, "case_id"),
    (CaseSignalRow, "signal_id"),
    (FeedbackRow, "signal_id"),
    (IncidentRow, "signal_id"),
    (LinkRow, "a"),
    (LinkRow, "b"),
    (ProposalRow, "a"),
    (ProposalRow, "b"),
    (SignalRow, "signal_id"),
)
"""Every table and column that names a case or a subject; blind tags and pseudonyms, which name nobody, come apart."""

LOOSENED: Sequence[tuple[type[SQLModel], str, tuple[str, ...]]] = (
    (BilledRow, "case_id", ()),
    (CaseRow, "previous", ()),
    (SignalRow, "replaces", ()),
    (AttemptRow, "note_subject", ("note",)),
    (HandoverRow, "note_subject", ("note",)),
    (HelpRecordRow, "note_subject", ("note",)),
)
"""References in rows that stay, and what goes with them: a note about an erased person in a case that he was in."""

_OF_CASES = frozenset({"case_id", "previous"})


# --- What is due ------------------------------------------------------------------------------------------------


def ended_cases(connection: Connection, tenant: Tenant, until: int) -> list[Row]:
    """Give the cases that ended before ``until`` (ms UTC), with ``acknowledged_at`` of their help request."""
    query = (
        select(_CASE, _HANDOVER.c.acknowledged_at)
        .join(
            _HANDOVER,
            (_HANDOVER.c.tenant == _CASE.c.tenant) & (_HANDOVER.c.case_id == _CASE.c.case_id),
            isouter=True,
        )
        .where(
            _CASE.c.tenant == tenant,
            _CASE.c.state.in_(["gesloten", "ingetrokken"]),
            _CASE.c.closed_at <= until,
        )
        .order_by(_CASE.c.closed_at, _CASE.c.case_id)
    )
    return fetch(connection, query)


def present(connection: Connection, tenant: Tenant, subjects: Iterable[str]) -> frozenset[str]:
    """Give those of these subjects whose signal is still kept."""
    found: set[str] = set()
    for some in portions(subjects):
        query = select(_SIGNAL.c.signal_id).where(_SIGNAL.c.tenant == tenant, _SIGNAL.c.signal_id.in_(some))
        found.update(connection.execute(query).scalars())
    return frozenset(found)


def subjects_of(connection: Connection, tenant: Tenant, cases: Sequence[str]) -> list[Row]:
    """Give the signals, sealed as they are, that are in these cases and in no other one."""
    held = select(_MEMBER.c.signal_id).where(_MEMBER.c.tenant == tenant, _MEMBER.c.case_id.in_(list(cases)))
    others = select(_MEMBER.c.signal_id).where(
        _MEMBER.c.tenant == tenant,
        _MEMBER.c.case_id.not_in(list(cases)),
        _MEMBER.c.signal_id == _SIGNAL.c.signal_id,
    )
    query = (
        select(_SIGNAL)
        .where(_SIGNAL.c.tenant == tenant, _SIGNAL.c.signal_id.in_(held), ~others.exists())
        .order_by(_SIGNAL.c.signal_id)
    )
    return fetch(connection, query)


def stray_signals(connection: Connection, tenant: Tenant, until: int, limit: int | None) -> list[Row]:
    """Give signals received before ``until`` (ms UTC) that do not count (any more) and never got into a case.

    They were withdrawn or replaced, or nobody can read them.
    """
    member = select(_MEMBER.c.signal_id).where(
        _MEMBER.c.tenant == tenant, _MEMBER.c.signal_id == _SIGNAL.c.signal_id
    )
    query = (
        select(_SIGNAL)
        .where(
            _SIGNAL.c.tenant == tenant,
            or_(_SIGNAL.c.state.in_(_RETIRED), IS_APART),
            _SIGNAL.c.received_at <= until,
            ~member.exists(),
        )
        .order_by(_SIGNAL.c.signal_id)
        .limit(limit)
    )
    return fetch(connection, query)


def expiring(connection: Connection, tenant: Tenant, plan: str | None = None) -> list[str]:
    """Give the cases that are being erased, of one plan or of all."""
    query = select(_EXPIRY.c.case_id).where(_EXPIRY.c.tenant == tenant).order_by(_EXPIRY.c.case_id)
    if plan is not None:
        query = query.where(_EXPIRY.c.plan_id == plan)
    return list(connection.execute(query).scalars())


def expire(cases: Sequence[Row], plan: str) -> list[Write]:
    """Let cases expire for good; a conflict when one of them moved, or got a hold, since it was read."""
    rows = [{"tenant": case["tenant"], "case_id": case["case_id"], "plan_id": plan} for case in cases]
    return [Insert(ExpiryRow, rows), *(_as_read(case) for case in cases)]


def _as_read(case: Row) -> Write:
    key = {name: case[name] for name in ("tenant", "case_id", "version")}
    return Update(CaseRow, key, {"version": case["version"] + 1})


# --- Erasing and reading back -----------------------------------------------------------------------------------


def delete_all(tenant: Tenant, cases: Sequence[str], subjects: Sequence[str]) -> list[Write]:
    """Delete every row that names these cases and subjects; their keys went before."""
    deleted = [
        Delete(model, {"tenant": tenant, column: one})
        for model, column in PLACES
        for one in _named(column, cases, subjects)
    ]
    loosened = [
        Update(model, {"tenant": tenant, column: some}, dict.fromkeys((column, *more)), rows=None)
        for model, column, more in LOOSENED
        for some in portions(_named(column, cases, subjects))
    ]
    return [*deleted, *loosened]


def _named(column: str, cases: Sequence[str], subjects: Sequence[str]) -> list[str]:
    """Say what a column may not name any more."""
    return list(cases if column in _OF_CASES else subjects)


def remaining(
    connection: Connection, tenant: Tenant, cases: Sequence[str], subjects: Sequence[str]
) -> dict[str, int]:
    """Count the rows that name one of these cases or subjects: per table those that go, per column those that stay."""
    places = [(table_of(model).name, table_of(model), column) for model, column in PLACES]
    stay = ((table_of(model), column) for model, column, _ in LOOSENED)
    places.extend((f"{table.name}.{column}", table, column) for table, column in stay)
    counts: dict[str, int] = {}
    for name, table in dict.fromkeys((name, table) for name, table, _ in places):
        named: list[ColumnElement[bool]] = [
            table.c[column].in_(_named(column, cases, subjects)) for of, _, column in places if of == name
        ]
        query = select(func.count()).select_from(table).where(table.c.tenant == tenant, or_(*named))
        counts[name] = connection.execute(query).scalar_one()
    return counts


# --- What goes before its case ----------------------------------------------------------------------------------


def old_feedback(connection: Connection, tenant: Tenant, until: int) -> list[str]:
    """Give the signals with feedback from before ``until`` (ms UTC)."""
    query = select(_FEEDBACK.c.signal_id).where(_FEEDBACK.c.tenant == tenant, _FEEDBACK.c.at <= until)
    return list(connection.execute(query).scalars())


def old_leases(connection: Connection, tenant: Tenant, ended: Iterable[str]) -> list[str]:
    """Give the dial records of these cases."""
    ids = list(ended)
    found: list[str] = []
    for start in range(0, len(ids), _CHUNK):
        query = select(_LEASE.c.lease_id).where(
            _LEASE.c.tenant == tenant, _LEASE.c.case_id.in_(ids[start : start + _CHUNK])
        )
        found.extend(connection.execute(query).scalars())
    return found


def codes(connection: Connection, tenant: Tenant) -> list[Row]:
    """Give every pseudonym that can be resolved."""
    return fetch(connection, select(_CODE).where(_CODE.c.tenant == tenant))


def case_ids(connection: Connection, tenant: Tenant) -> frozenset[str]:
    """Give the ids of all cases."""
    return frozenset(connection.execute(select(_CASE.c.case_id).where(_CASE.c.tenant == tenant)).scalars())


def drop_lease(tenant: Tenant, lease: str) -> Write:
    """Delete a dial record."""
    return Delete(LeaseRow, {"tenant": tenant, "lease_id": lease})


# --- Runs -------------------------------------------------------------------------------------------------------


def uncertified(connection: Connection, tenant: Tenant, kind: str) -> list[Row]:
    """Give the runs of a kind without a certificate, oldest first."""
    certified: Any = select(_CERTIFICATE.c.run_id).where(_CERTIFICATE.c.tenant == tenant)
    query = (
        select(_RUN)
        .where(_RUN.c.tenant == tenant, _RUN.c.kind == kind, _RUN.c.run_id.not_in(certified))
        .order_by(_RUN.c.at, _RUN.c.run_id)
    )
    return fetch(connection, query)


def count_on(row: Row, counts: str) -> Write:
    """Keep the counts of a run (JSON); a conflict when another writer was quicker."""
    key = {name: row[name] for name in ("tenant", "run_id", "counts")}
    return Update(RunRow, key, {"counts": counts})
