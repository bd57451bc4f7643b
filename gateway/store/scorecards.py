"""The lines of a partner's deliveries with the answers they got and what came of them; nothing sealed."""

from collections.abc import Iterator

import orjson
from sqlalchemy import Connection, select

from gateway.store.change import Row, table_of
from gateway.store.prepared import fetch
from gateway.store.tables import CaseRow, CaseSignalRow, DeliveryRow, SignalRow
from schemas.ids import PartyId, Tenant
from schemas.scorecard import Told
from schemas.signal import LineCode

_CASE, _MEMBER, _DELIVERY, _SIGNAL = (
    table_of(model) for model in (CaseRow, CaseSignalRow, DeliveryRow, SignalRow)
)
_OF_SIGNAL = (_MEMBER.c.tenant == _SIGNAL.c.tenant) & (_MEMBER.c.signal_id == _SIGNAL.c.signal_id)
_OF_CASE = (_CASE.c.tenant == _MEMBER.c.tenant) & (_CASE.c.case_id == _MEMBER.c.case_id)


_BECAME = (
    select(_SIGNAL.c.line, _SIGNAL.c.has_phone, _SIGNAL.c.state, _CASE.c.close_reason)
    .outerjoin(_MEMBER, _OF_SIGNAL)
    .outerjoin(_CASE, _OF_CASE)
)


def lines_of(
    connection: Connection, tenant: Tenant, party: PartyId, since: int, until: int
) -> Iterator[Told]:
    """Give every line that a partner delivered in a period (ms UTC, ``until`` excluded)."""
    query = select(_DELIVERY.c.delivery_id, _DELIVERY.c.results).where(
        _DELIVERY.c.tenant == tenant,
        _DELIVERY.c.party_id == party,
        _DELIVERY.c.received_at >= since,
        _DELIVERY.c.received_at < until,
    )
    for delivery in fetch(connection, query):
        became = _BECAME.where(_SIGNAL.c.tenant == tenant, _SIGNAL.c.delivery_id == delivery["delivery_id"])
        signals = {row["line"]: row for row in fetch(connection, became)}
        for line, code, *_ in orjson.loads(delivery["results"]):
            yield _told(LineCode(code), signals.get(line))


def _told(code: LineCode, signal: Row | None) -> Told:
    if signal is None:
        return Told(code)
    taken_back = signal["state"] == "ingetrokken"
    return Told(
        code,
        signal=True,
        has_phone=bool(signal["has_phone"]),
        taken_back=taken_back,
        closed=signal["close_reason"],
    )
