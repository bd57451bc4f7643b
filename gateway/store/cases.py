"""Cases: finding them, opening them, moving them; every move names the version it saw."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, or_, select

from gateway.store.change import Delete, Insert, Row, Update, Write, table_of
from gateway.store.prepared import Prepared, fetch, portions
from gateway.store.tables import AssignmentRow, CaseRow, CaseSignalRow, PseudonymRow, SignalRow
from schemas.case import CALLABLE_STATES, MAX_ATTEMPTS
from schemas.ids import CaseId, PartyId, Tenant

_CASE, _MEMBER, _SIGNAL, _ASSIGNED, _CODE = (
    table_of(m) for m in (CaseRow, CaseSignalRow, SignalRow, AssignmentRow, PseudonymRow)
)

_BY_ID = Prepared(
    select(_CASE).where(_CASE.c.tenant == bindparam("tenant"), _CASE.c.case_id == bindparam("case"))
)
_CALLABLE = Prepared(
    select(_CASE)
    .where(
        _CASE.c.tenant == bindparam("tenant"),
        or_(*(_CASE.c.state == str(state) for state in sorted(CALLABLE_STATES))),
        _CASE.c.not_before <= bindparam("now"),
        ~_CASE.c.phone_blocked,
        _CASE.c.attempts < MAX_ATTEMPTS,
        or_(
            _CASE.c.promised_to.is_(None),
            _CASE.c.promised_to == bindparam("party"),
            _CASE.c.promised_at <= bindparam("kept"),
        ),
    )
    .order_by(
        _CASE.c.promised_at.is_(None),
        _CASE.c.promised_at,
        _CASE.c.attempts,
        _CASE.c.opened_at,
        _CASE.c.case_id,
    )
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_SIGNALS = Prepared(
    select(_SIGNAL)
    .join(_MEMBER, (_MEMBER.c.tenant == _SIGNAL.c.tenant) & (_MEMBER.c.signal_id == _SIGNAL.c.signal_id))
    .where(_MEMBER.c.tenant == bindparam("tenant"), _MEMBER.c.case_id == bindparam("case"))
    .order_by(_SIGNAL.c.received_at.desc(), _SIGNAL.c.signal_id)
)
_BY_CODE = Prepared(
    select(_CODE).where(
        _CODE.c.tenant == bindparam("tenant"),
        _CODE.c.party_id == bindparam("party"),
        _CODE.c.code == bindparam("code"),
    )
)


def no_case(tenant: Tenant) -> Row:
    """Give the row of a case that is not there yet: every column empty."""
    return {**dict.fromkeys(CaseRow.model_fields), "tenant": tenant}


def find_case(connection: Connection, tenant: Tenant, case: CaseId) -> Row | None:
    """Give the case row, or None."""
    return _BY_ID.first(connection, {"tenant": tenant, "case": case})


def signals_of_case(connection: Connection, tenant: Tenant, case: CaseId) -> list[Row]:
    """Give the signals of a case that still count, newest first, sealed as they are."""
    rows = _SIGNALS.all(connection, {"tenant": tenant, "case": case})
    return [row for row in rows if row["state"] in {"gevalideerd", "gekoppeld"}]


def all_signals_of_case(connection: Connection, tenant: Tenant, case: CaseId) -> list[Row]:
    """Give every signal that was ever in the case, also withdrawn and replaced ones."""
    return _SIGNALS.all(connection, {"tenant": tenant, "case": case})


def find_code(connection: Connection, tenant: Tenant, party: PartyId, code: str) -> Row | None:
    """Give the pseudonym row behind a code of this party, or None."""
    return _BY_CODE.first(connection, {"tenant": tenant, "party": party, "code": code})


def cases_in(
    connection: Connection, tenant: Tenant, states: Iterable[str], *, limit: int = 100_000
) -> list[Row]:
    """Give the cases in these states, the longest waiting first."""
    query = (
        select(_CASE)
        .where(_CASE.c.tenant == tenant, _CASE.c.state.in_(list(states)))
        .order_by(_CASE.c.not_before, _CASE.c.opened_at, _CASE.c.case_id)
        .limit(limit)
    )
    return fetch(connection, query)


class Callers(NamedTuple):
    """Who asks for somebody to call, and when (ms UTC); a promise made before ``kept`` is anybody's to keep."""

    tenant: Tenant
    party: PartyId
    now: int
    kept: int


def callable_cases(connection: Connection, asked: Callers, limit: int, offset: int = 0) -> list[Row]:
    """Give the cases that may be called now: promised calls of this party first, then least called, longest waiting.

    A case that somebody holds is not among them: its ``not_before`` stands at the end of that lease.
    """
    page = {"limit": limit, "offset": offset}
    return _CALLABLE.all(connection, {**asked._asdict(), **page})


def caseload(connection: Connection, tenant: Tenant, owners: Iterable[str]) -> list[Row]:
    """Give the open cases of these members of staff, urgent and oldest first."""
    query = (
        select(_CASE)
        .where(_CASE.c.tenant == tenant, _CASE.c.owner.in_(list(owners)), _CASE.c.state != "gesloten")
        .order_by(_CASE.c.urgent.desc(), _CASE.c.opened_at, _CASE.c.case_id)
    )
    return fetch(connection, query)


def cases_of_signals(connection: Connection, tenant: Tenant, signals: Iterable[str]) -> list[Row]:
    """Give (signal_id, case columns) of the cases that hold these signals, newest case first."""
    query = (
        select(_MEMBER.c.signal_id, _CASE)
        .join(_CASE, (_CASE.c.tenant == _MEMBER.c.tenant) & (_CASE.c.case_id == _MEMBER.c.case_id))
        .where(_MEMBER.c.tenant == tenant)
    )
    found: list[Row] = []
    for portion in portions(signals):
        found.extend(fetch(connection, query.where(_MEMBER.c.signal_id.in_(portion))))
    return sorted(found, key=lambda row: (row["opened_at"], row["case_id"]), reverse=True)


def open_case(row: Row, signals: Sequence[str]) -> list[Write]:
    """Open a case for these signals (columns of ``gateway_case``)."""
    members = [
        {
            "tenant": row["tenant"],
            "case_id": row["case_id"],
            "signal_id": signal,
            "linked_at": row["opened_at"],
        }
        for signal in signals
    ]
    return [Insert(CaseRow, [row]), Insert(CaseSignalRow, members)]


def drop_member(tenant: Tenant, case: CaseId, signal: str) -> Write:
    """Take a signal out of a case (undone merge)."""
    return Delete(CaseSignalRow, {"tenant": tenant, "case_id": case, "signal_id": signal})


def move(case: Row, **values: object) -> Write:
    """Change a case that is still as it was read; a conflict when somebody was first."""
    key = {"tenant": case["tenant"], "case_id": case["case_id"], "version": case["version"]}
    return Update(CaseRow, key, {**values, "version": case["version"] + 1})


def stir(tenant: Tenant, case: CaseId) -> Write:
    """Change nothing but the version: what others are about to do with what they read of the case, they must redo."""
    table = table_of(CaseRow)
    return Update(CaseRow, {"tenant": tenant, "case_id": case}, {"version": table.c.version + 1})


def join(case: Row, signals: Sequence[str], now: int, **values: object) -> list[Write]:
    """Add signals to a case that is still in the state in which it was read; it may have been worked on."""
    tenant, case_id = case["tenant"], case["case_id"]
    key = {"tenant": tenant, "case_id": case_id, "state": case["state"]}
    version = table_of(CaseRow).c.version + 1
    rows = [{"tenant": tenant, "case_id": case_id, "signal_id": s, "linked_at": now} for s in signals]
    return [Update(CaseRow, key, {**values, "version": version}), Insert(CaseSignalRow, rows)]


def remember_code(row: Row) -> Write:
    """Make a pseudonym resolvable for its party (columns of ``gateway_pseudonym``)."""
    return Insert(PseudonymRow, [row])


def forget_code(tenant: Tenant, party: PartyId, code: str) -> Write:
    """Make a pseudonym unresolvable, also for us."""
    return Delete(PseudonymRow, {"tenant": tenant, "party_id": party, "code": code})


def assign(case: Row, row: Row, **values: object) -> list[Write]:
    """Give a case to a member of staff and end the running assignment (columns of ``gateway_assignment``).

    ``values`` are further changes to the case in the same move.
    """
    end = end_assignment(case, row["from_at"])
    return [end, Insert(AssignmentRow, [row]), move(case, owner=row["user_id"], **values)]


def release(case: Row, now: int) -> list[Write]:
    """Put a case back among the unassigned work."""
    return [end_assignment(case, now), move(case, owner=None)]


def end_assignment(case: Row, now: int) -> Write:
    """End the running assignment of a case, if there is one; who is responsible stands with the case itself."""
    running = {"tenant": case["tenant"], "case_id": case["case_id"], "until_at": None}
    return Update(AssignmentRow, running, {"until_at": now}, rows=None)


def assignments(connection: Connection, tenant: Tenant, case: CaseId) -> list[Row]:
    """Give who was responsible for a case, in order."""
    query = (
        select(_ASSIGNED)
        .where(_ASSIGNED.c.tenant == tenant, _ASSIGNED.c.case_id == case)
        .order_by(_ASSIGNED.c.from_at)
    )
    return fetch(connection, query)
