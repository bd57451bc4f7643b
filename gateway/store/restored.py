"""What restored files do not agree on: rows of people whose keys were destroyed, and rows whose keys are missing."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, func, select

from gateway.store.change import Update, Write, table_of
from gateway.store.signals import APART, IS_APART
from gateway.store.tables import CaseSignalRow, SignalRow, TagRow
from schemas.ids import Tenant

_MEMBER, _SIGNAL, _TAG = (table_of(model) for model in (CaseSignalRow, SignalRow, TagRow))
_CHUNK = 400


def identity_heads(connection: Connection, tenant: Tenant, length: int) -> list[tuple[str, bytes]]:
    """Give every signal with the first bytes of its sealed identity, which name the key that sealed it."""
    head = func.substr(_SIGNAL.c.identity, 1, length)
    query = select(_SIGNAL.c.signal_id, head).where(_SIGNAL.c.tenant == tenant)
    return [(signal, bytes(found)) for signal, found in connection.execute(query)]


def newest_heads(connection: Connection, tenant: Tenant, length: int, count: int) -> list[tuple[str, bytes]]:
    """Give the same of the newest signals: an older key store lacks just their keys."""
    head = func.substr(_SIGNAL.c.identity, 1, length)
    # The bound that holds for every id lets the database walk from the end of the index.
    query = select(_SIGNAL.c.signal_id, head).where(_SIGNAL.c.tenant == tenant, _SIGNAL.c.signal_id > "")
    newest = query.order_by(_SIGNAL.c.signal_id.desc()).limit(count)
    return [(signal, bytes(found)) for signal, found in connection.execute(newest)]


def apart(connection: Connection, tenant: Tenant) -> frozenset[str]:
    """Give the signals that are set apart."""
    query = select(_SIGNAL.c.signal_id).where(_SIGNAL.c.tenant == tenant, IS_APART)
    return frozenset(connection.execute(query).scalars())


def restate(connection: Connection, tenant: Tenant, signals: Iterable[str]) -> list[Write]:
    """Give the writes that set these signals apart, or put them back where they were if they are apart."""
    by_state: dict[str, list[str]] = {}
    for chunk in _chunks(signals):
        query = select(_SIGNAL.c.state, _SIGNAL.c.signal_id).where(
            _SIGNAL.c.tenant == tenant, _SIGNAL.c.signal_id.in_(chunk)
        )
        for state, signal in connection.execute(query):
            by_state.setdefault(state, []).append(signal)
    return [
        Update(
            SignalRow, {"tenant": tenant, "signal_id": chunk, "state": state}, {"state": _other(state)}, None
        )
        for state, found in by_state.items()
        for chunk in _chunks(found)
    ]


def _other(state: str) -> str:
    return state.removeprefix(APART) if state.startswith(APART) else APART + state


def members(connection: Connection, tenant: Tenant, cases: Iterable[str]) -> frozenset[str]:
    """Give the signals of these cases."""
    found: set[str] = set()
    for chunk in _chunks(cases):
        query = select(_MEMBER.c.signal_id).where(_MEMBER.c.tenant == tenant, _MEMBER.c.case_id.in_(chunk))
        found.update(connection.execute(query).scalars())
    return frozenset(found)


def cases_of_only(connection: Connection, tenant: Tenant, subjects: frozenset[str]) -> list[str]:
    """Give the cases that hold some of these signals and no others, by id."""
    touched: set[str] = set()
    for chunk in _chunks(subjects):
        query = select(_MEMBER.c.case_id).where(_MEMBER.c.tenant == tenant, _MEMBER.c.signal_id.in_(chunk))
        touched.update(connection.execute(query).scalars())
    return sorted(case for case in touched if members(connection, tenant, [case]) <= subjects)


def all_tags(connection: Connection, tenant: Tenant) -> list[tuple[str, bytes, bytes]]:
    """Give every blind tag of a municipality: index, tag, encrypted pointer."""
    query = select(_TAG.c.name, _TAG.c.tag, _TAG.c.pointer).where(_TAG.c.tenant == tenant)
    return [(name, tag, pointer) for name, tag, pointer in connection.execute(query)]


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    every = sorted(ids)
    return (every[start : start + _CHUNK] for start in range(0, len(every), _CHUNK))
