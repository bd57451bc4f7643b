"""What partners were told about their own signals, and what they are still to be told."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from gateway.store.change import Insert, Row, Write, table_of
from gateway.store.prepared import fetch
from gateway.store.signals import LIVE
from gateway.store.tables import CaseRow, CaseSignalRow, FeedbackRow, HandoverRow, SignalRow
from schemas.ids import PartyId, Tenant

_CASE, _MEMBER, _FEEDBACK, _HANDOVER, _SIGNAL = (
    table_of(model) for model in (CaseRow, CaseSignalRow, FeedbackRow, HandoverRow, SignalRow)
)
_OF_SIGNAL = (_MEMBER.c.tenant == _SIGNAL.c.tenant) & (_MEMBER.c.signal_id == _SIGNAL.c.signal_id)
_OF_CASE = (_CASE.c.tenant == _MEMBER.c.tenant) & (_CASE.c.case_id == _MEMBER.c.case_id)
_ASKED = (_HANDOVER.c.tenant == _CASE.c.tenant) & (_HANDOVER.c.case_id == _CASE.c.case_id)
_TOLD = (_FEEDBACK.c.tenant == _SIGNAL.c.tenant) & (_FEEDBACK.c.signal_id == _SIGNAL.c.signal_id)
_LINE = (_SIGNAL.c.signal_id, _SIGNAL.c.delivery_id, _SIGNAL.c.line)


def told_since(connection: Connection, tenant: Tenant, party: PartyId, since: int) -> list[Row]:
    """Give what a party was told since a moment (ms UTC), oldest first: line, ``code`` and the row of the case."""
    query = (
        select(
            *_LINE, _FEEDBACK.c.code, _FEEDBACK.c.pause_until, _FEEDBACK.c.at, _CASE.c.case_id, _CASE.c.month
        )
        .join(_SIGNAL, _TOLD)
        .join(_MEMBER, _OF_SIGNAL)
        .join(_CASE, _OF_CASE)
        .where(_FEEDBACK.c.tenant == tenant, _FEEDBACK.c.at >= since, _SIGNAL.c.party_id == party)
        .order_by(_FEEDBACK.c.at, _SIGNAL.c.signal_id)
    )
    return fetch(connection, query)


def accepted_untold(connection: Connection, tenant: Tenant, party: PartyId, since: int) -> list[Row]:
    """Give the signals of a party that count, in cases accepted since a moment (ms UTC), of which it heard nothing.

    Whoever picks up a telephone can say yes: unless the caller showed who it was, the first talk comes before the news.
    """
    query = (
        select(_SIGNAL.c.signal_id, _CASE.c.accepted_at)
        .join(_HANDOVER, _ASKED)
        .join(_MEMBER, _OF_CASE)
        .join(_SIGNAL, _OF_SIGNAL)
        .outerjoin(_FEEDBACK, _TOLD)
        .where(
            _CASE.c.tenant == tenant,
            _CASE.c.accepted_at >= since,
            _HANDOVER.c.verified | _HANDOVER.c.first_talk_at.is_not(None),
            _SIGNAL.c.party_id == party,
            _SIGNAL.c.state.in_(LIVE),
            _FEEDBACK.c.signal_id.is_(None),
        )
    )
    return fetch(connection, query)


def tell(rows: Sequence[Row]) -> Write:
    """Tell partners something of signals of which they heard nothing yet (columns of ``gateway_feedback``)."""
    return Insert(FeedbackRow, rows)
