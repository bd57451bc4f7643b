"""What a restored database brought back: rows of people whose keys were destroyed since the backup was made."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, func, select

from gateway.store.change import table_of
from gateway.store.tables import CaseSignalRow, SignalRow, TagRow
from schemas.ids import Tenant

_MEMBER, _SIGNAL, _TAG = (table_of(model) for model in (CaseSignalRow, SignalRow, TagRow))
_CHUNK = 400


def identity_heads(connection: Connection, tenant: Tenant, length: int) -> list[tuple[str, bytes]]:
    """Give every signal with the first bytes of its sealed identity, which name the key that sealed it."""
    head = func.substr(_SIGNAL.c.identity, 1, length)
    query = select(_SIGNAL.c.signal_id, head).where(_SIGNAL.c.tenant == tenant)
    return [(signal, bytes(found)) for signal, found in connection.execute(query)]


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
