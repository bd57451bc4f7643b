"""Reading the log: slices, counts, receipts. Details stay sealed here; opening them is the overseer's service.

A desk that shows slices to people must first write that it was asked: the log never shows itself unseen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from audit import tiles
from audit.entry import read
from audit.note import VerifierKey
from audit.receipt import Receipt
from audit.tables import actor, checkpoint, detail, log, state, subject
from audit.tree import inclusion_proof
from schemas.audit import Act
from schemas.errors import NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Which entries of a municipality; every given condition must hold.

    ``actor`` is a member of staff or a client; ``since`` and ``until`` are milliseconds UTC, ``until`` excluded.
    """

    tenant: str
    subject: str | None = None
    actor: str | None = None
    act: Act | None = None
    purpose: str | None = None
    party: str | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry found: its place, its leaf hash and its content."""

    year: int
    index: int
    leaf: bytes
    entry: dict[str, Any]


def lines(connection: Connection, wanted: Slice, limit: int = 1000) -> list[Line]:
    """Find the newest ``limit`` entries of a slice, newest first."""
    columns = select(log.c.year, log.c.idx, log.c.leaf, log.c.entry)
    newest = _where(connection, columns, wanted).order_by(log.c.year.desc(), log.c.idx.desc()).limit(limit)
    return [Line(year, index, leaf, read(entry)) for year, index, leaf, entry in connection.execute(newest)]


def count(connection: Connection, wanted: Slice) -> int:
    """Count the entries of a slice."""
    number: int = connection.execute(_where(connection, select(func.count()), wanted)).scalar_one()
    return number


def tally(connection: Connection, wanted: Slice, by: Literal["act", "pur", "org"]) -> dict[str, int]:
    """Count the entries of a slice per act, purpose or organisation."""
    counted = _where(connection, select(log.c[by], func.count()), wanted).group_by(log.c[by])
    return dict(connection.execute(counted).all())


def years(connection: Connection, tenant: str) -> dict[int, int]:
    """Sizes of the logs of a municipality by year."""
    rows = connection.execute(
        select(state.c.year, state.c.size).where(state.c.tenant == tenant).order_by(state.c.year)
    )
    return dict(rows.all())


def inclusion(connection: Connection, tenant: str, year: int, index: int) -> Receipt:
    """Make the receipt of one entry against the newest checkpoint of its log.

    Raises:
        NotFound: when there is no such entry.
    """
    size, note = newest_checkpoint(connection, tenant, year)
    if not 0 <= index < size:
        raise NotFound
    proof = inclusion_proof(index, size, tiles.reader(connection, tenant, year))
    return Receipt(entry_at(connection, tenant, year, index), index, proof, note)


def entry_at(connection: Connection, tenant: str, year: int, index: int) -> bytes:
    """Give the bytes of one entry.

    Raises:
        NotFound: when there is no such entry.
    """
    entry = connection.execute(select(log.c.entry).where(*_place(log, tenant, year, index))).scalar()
    if entry is None:
        raise NotFound
    return bytes(entry)


def sealed_detail(connection: Connection, tenant: str, year: int, index: int) -> bytes | None:
    """Give the sealed detail of one entry, None when it has none or it was erased."""
    return connection.execute(select(detail.c.blob).where(*_place(detail, tenant, year, index))).scalar()


def newest_checkpoint(connection: Connection, tenant: str, year: int) -> tuple[int, str]:
    """Give size and signed note of the newest checkpoint of a log.

    Raises:
        NotFound: when there is no such log.
    """
    points = select(checkpoint.c.size, checkpoint.c.note).where(
        checkpoint.c.tenant == tenant, checkpoint.c.year == year
    )
    row = connection.execute(points.order_by(checkpoint.c.size.desc()).limit(1)).first()
    if row is None:
        raise NotFound
    return row[0], row[1]


def key_named(connection: Connection, tenant: str, year: int) -> VerifierKey:
    """Give the key that the first entry of a log names as its signer."""
    return VerifierKey.parse(read(entry_at(connection, tenant, year, 0)).get("key", ""))


def first_since(connection: Connection, tenant: str, t: int) -> tuple[int, int]:
    """Give year and index of the first entry at or after ``t`` (ms UTC), or of the place where it would stand."""
    after = (0, 0)
    for year, size in years(connection, tenant).items():
        index = _first_since(connection, tenant, year, size, t)
        if index < size:
            return year, index
        after = (year + 1, 0)
    return after


def _place(table: Any, tenant: str, year: int, index: int) -> tuple[ColumnElement[bool], ...]:
    return (table.c.tenant == tenant, table.c.year == year, table.c.idx == index)


def _where(connection: Connection, columns: Select[Any], wanted: Slice) -> Select[Any]:
    found = columns.select_from(log).where(log.c.tenant == wanted.tenant)
    for table, column, value in (
        (subject, subject.c.subject, wanted.subject),
        (actor, actor.c.actor, wanted.actor),
    ):
        if value is not None:
            same = and_(table.c.tenant == log.c.tenant, table.c.year == log.c.year, table.c.idx == log.c.idx)
            found = found.join(table, same).where(column == value)
    for column, given in ((log.c.act, wanted.act), (log.c.pur, wanted.purpose), (log.c.org, wanted.party)):
        if given is not None:
            found = found.where(column == str(given))
    if wanted.since is not None or wanted.until is not None:
        found = found.where(or_(False, *_periods(connection, wanted)))
    return found


def _periods(connection: Connection, wanted: Slice) -> Iterator[ColumnElement[bool]]:
    """Turn a period into ranges of indexes: time never runs back within a log, so no index on time is needed."""
    for year, size in years(connection, wanted.tenant).items():
        low = 0 if wanted.since is None else _first_since(connection, wanted.tenant, year, size, wanted.since)
        high = (
            size
            if wanted.until is None
            else _first_since(connection, wanted.tenant, year, size, wanted.until)
        )
        if low < high:
            yield and_(log.c.year == year, log.c.idx >= low, log.c.idx < high)


def _first_since(connection: Connection, tenant: str, year: int, size: int, t: int) -> int:
    """Index of the first entry at or after ``t``, by bisection."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        at = connection.execute(select(log.c.ms).where(*_place(log, tenant, year, middle))).scalar_one()
        low, high = (middle + 1, high) if at < t else (low, middle)
    return low
