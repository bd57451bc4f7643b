"""Deliveries and signals: what arrived, what it may replace, and which blind tags find it again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, TextClause, bindparam, select

from gateway.store.change import Delete, Insert, Row, Update, Write, table_of
from gateway.store.prepared import fetch, fetch_one, portions
from gateway.store.tables import CaseSignalRow, DeliveryRow, SignalRow, TagRow
from gateway.store.tables.signals import STANDS, TAKEN_BACK
from schemas.ids import DeliveryId, PartyId, SignalId, Tenant

_DELIVERY, _SIGNAL, _TAG, _MEMBER = (table_of(m) for m in (DeliveryRow, SignalRow, TagRow, CaseSignalRow))

LIVE = ("gevalideerd", "gekoppeld")
APART = "onleesbaar:"
"""Begins the state of a signal whose keys are missing; what it was stands behind it, for when they come back."""
"""The states in which a signal counts: before a case holds it, and after."""

IS_APART = (_SIGNAL.c.state >= APART) & (_SIGNAL.c.state < f"{APART}~")
"""Whether a signal is set apart."""

_BY_LINE = select(_SIGNAL.c.line_tag).where(
    _SIGNAL.c.tenant == bindparam("tenant"),
    _SIGNAL.c.party_id == bindparam("party"),
    _SIGNAL.c.line_tag.in_(bindparam("tags", expanding=True)),
)
_BY_REF = select(_SIGNAL.c.ref_tag, _SIGNAL.c.signal_id, _SIGNAL.c.state, _SIGNAL.c.month).where(
    _SIGNAL.c.tenant == bindparam("tenant"),
    _SIGNAL.c.party_id == bindparam("party"),
    _SIGNAL.c.ref_tag.in_(bindparam("tags", expanding=True)),
)
_BY_TAG = select(_TAG.c.tag, _TAG.c.pointer).where(
    _TAG.c.tenant == bindparam("tenant"),
    _TAG.c.name == bindparam("name"),
    _TAG.c.tag.in_(bindparam("tags", expanding=True)),
)
_BY_ID = select(_SIGNAL).where(
    _SIGNAL.c.tenant == bindparam("tenant"), _SIGNAL.c.signal_id.in_(bindparam("ids", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Named:
    """What a partner's reference stands for: the signal of the newest month (YYYY-MM) that bears it.

    ``signal`` is None when that one counts no more; ``taken_back`` says whether the partner itself did that.
    """

    month: str
    signal: SignalId | None = None
    taken_back: bool = False


def known_lines(
    connection: Connection, tenant: Tenant, party: PartyId, tags: Iterable[bytes]
) -> frozenset[bytes]:
    """Give those keyed line fingerprints that this partner delivered before and did not take back."""
    return _lines(connection, tenant, party, tags, STANDS)


def lines_taken_back(
    connection: Connection, tenant: Tenant, party: PartyId, tags: Iterable[bytes]
) -> frozenset[bytes]:
    """Give those keyed line fingerprints that this partner delivered and took back."""
    return _lines(connection, tenant, party, tags, TAKEN_BACK)


def _lines(
    connection: Connection, tenant: Tenant, party: PartyId, tags: Iterable[bytes], which: TextClause
) -> frozenset[bytes]:
    found: set[bytes] = set()
    for chunk in portions(tags):
        rows = connection.execute(_BY_LINE.where(which), {"tenant": tenant, "party": party, "tags": chunk})
        found.update(row.line_tag for row in rows)
    return frozenset(found)


def named(
    connection: Connection, tenant: Tenant, party: PartyId, tags: Iterable[bytes]
) -> dict[bytes, Named]:
    """Map keyed partner references to what they stand for; one that this partner never used is left out."""
    found: dict[bytes, tuple[tuple[str, bool, bool], Named]] = {}
    for chunk in portions(tags):
        for row in connection.execute(_BY_REF, {"tenant": tenant, "party": party, "tags": chunk}):
            counts, back = row.state in LIVE, row.state == "ingetrokken"
            weight = (row.month, counts, back)
            if row.ref_tag not in found or found[row.ref_tag][0] < weight:
                signal = SignalId(row.signal_id) if counts else None
                found[row.ref_tag] = (weight, Named(row.month, signal, back))
    return {tag: one for tag, (_, one) in found.items()}


def find_delivery(connection: Connection, tenant: Tenant, party: PartyId, delivery: DeliveryId) -> Row | None:
    """Give a delivery of this very party, or None."""
    return _delivery(connection, tenant, party, "delivery_id", delivery)


def delivery_by_key(connection: Connection, tenant: Tenant, party: PartyId, key: str) -> Row | None:
    """Give the delivery that was made under an Idempotency-Key, or None."""
    return _delivery(connection, tenant, party, "idempotency_key", key)


def delivery_by_fingerprint(
    connection: Connection, tenant: Tenant, party: PartyId, fingerprint: bytes
) -> Row | None:
    """Give the delivery with this very content, or None."""
    return _delivery(connection, tenant, party, "fingerprint", fingerprint)


def _delivery(
    connection: Connection, tenant: Tenant, party: PartyId, column: str, value: object
) -> Row | None:
    query = select(_DELIVERY).where(
        _DELIVERY.c.tenant == tenant, _DELIVERY.c.party_id == party, _DELIVERY.c[column] == value
    )
    return fetch_one(connection, query)


def signals_by_id(connection: Connection, tenant: Tenant, ids: Iterable[str]) -> list[Row]:
    """Give the signal rows with these ids, sealed as they are."""
    rows: list[Row] = []
    for chunk in portions(ids):
        rows.extend(fetch(connection, _BY_ID, {"tenant": tenant, "ids": chunk}))
    return rows


def readable(rows: Iterable[Row]) -> list[Row]:
    """Leave out the signals that are set apart because their keys are missing."""
    return [row for row in rows if not row["state"].startswith(APART)]


def unlinked_signals(connection: Connection, tenant: Tenant) -> list[Row]:
    """Give the accepted signals that no case holds yet, oldest first."""
    query = (
        select(_SIGNAL)
        .where(_SIGNAL.c.tenant == tenant, _SIGNAL.c.state == "gevalideerd")
        .order_by(_SIGNAL.c.received_at, _SIGNAL.c.signal_id)
    )
    return fetch(connection, query)


def signals_of_delivery(connection: Connection, tenant: Tenant, delivery: DeliveryId) -> list[Row]:
    """Give the signals of one delivery in line order."""
    query = (
        select(_SIGNAL)
        .where(_SIGNAL.c.tenant == tenant, _SIGNAL.c.delivery_id == delivery)
        .order_by(_SIGNAL.c.line)
    )
    return fetch(connection, query)


def awaited(connection: Connection, tenant: Tenant, replaced: Iterable[str]) -> bool:
    """Say whether one of these replaced signals has a successor that no case holds yet."""
    query = select(_SIGNAL.c.signal_id).where(
        _SIGNAL.c.tenant == tenant,
        _SIGNAL.c.replaces.in_(list(replaced)),
        _SIGNAL.c.state == "gevalideerd",
    )
    return fetch_one(connection, query) is not None


def case_of_signal(connection: Connection, tenant: Tenant, signal: str) -> str | None:
    """Give the case that holds a signal, or None."""
    query = select(_MEMBER.c.case_id).where(_MEMBER.c.tenant == tenant, _MEMBER.c.signal_id == signal)
    return connection.execute(query).scalar()


def tag_rows(
    connection: Connection, tenant: Tenant, name: str, tags: Iterable[bytes]
) -> list[tuple[bytes, bytes]]:
    """Give (tag, encrypted pointer) of every row under these truncated tags of one index."""
    found: list[tuple[bytes, bytes]] = []
    for chunk in portions(set(tags)):
        rows = connection.execute(_BY_TAG, {"tenant": tenant, "name": name, "tags": chunk})
        found.extend((tag, pointer) for tag, pointer in rows.all())
    return found


def add_delivery(row: Row) -> Write:
    """Record one upload (columns of ``gateway_delivery``)."""
    return Insert(DeliveryRow, [row])


def add_signals(rows: Sequence[Row]) -> Write:
    """Record accepted lines (columns of ``gateway_signal``)."""
    return Insert(SignalRow, rows)


def add_tags(rows: Sequence[Row]) -> Write:
    """Record blind tags (columns of ``gateway_tag``)."""
    return Insert(TagRow, rows)


def drop_tag(tenant: Tenant, name: str, tag: bytes, pointer: bytes) -> Write:
    """Take one blind tag away."""
    return Delete(TagRow, {"tenant": tenant, "name": name, "tag": tag, "pointer": pointer})


def set_state(tenant: Tenant, signal: str, state: str, *, was: str) -> Write:
    """Move a signal to another state; a conflict when it is no longer in ``was``."""
    return Update(SignalRow, {"tenant": tenant, "signal_id": signal, "state": was}, {"state": state})


def set_states(tenant: Tenant, ids: Iterable[str], state: str, *, was: str) -> list[Write]:
    """Move many signals to another state; a conflict when one of them is no longer in ``was``."""
    key = {"tenant": tenant, "state": was}
    return [
        Update(SignalRow, {**key, "signal_id": portion}, {"state": state}, rows=len(portion))
        for portion in portions(ids)
    ]
