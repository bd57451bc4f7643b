"""The shape of a write: a use case reads a snapshot and returns one ``Change``, which holds or fails whole.

Source: docs/adr (shape of a write): a context manager cannot stay open across a group commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, Table, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from audit.entry import Event
from audit.erasure import erase, erase_unowned
from audit.log import Appended
from schemas.errors import Conflict

Row = Mapping[str, Any]


def table_of(model: type[SQLModel]) -> Table:
    """Give the Core table behind a table class."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


@lru_cache(maxsize=64)
def _inserting(table: Table, dialect: Dialect) -> tuple[str, tuple[tuple[str, Any], ...]]:
    """Give the statement for whole rows, and each column in order with what it holds when nothing is given."""
    names = tuple(table.columns.keys())
    statement = str(insert(table).compile(dialect=dialect, column_keys=list(names)))
    defaults = (getattr(column.default, "arg", None) for column in table.columns)
    return statement, tuple(zip(names, defaults, strict=True))


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Insert rows through the driver: Core's binding of bytes costs more than all the rest (measured)."""
    statement, columns = _inserting(table, connection.dialect)
    if connection.dialect.positional:
        filled: list[Any] = [tuple(row.get(name, default) for name, default in columns) for row in rows]
    else:
        filled = [{name: row.get(name, default) for name, default in columns} for row in rows]
    connection.exec_driver_sql(statement, filled)


def _where(table: Table, key: Row) -> ColumnElement[bool]:
    return and_(
        *(
            table.c[name].in_(value) if isinstance(value, list) else table.c[name] == value
            for name, value in key.items()
        )
    )


@dataclass(frozen=True, slots=True)
class Insert:
    """New rows; a row that exists already is a conflict."""

    model: type[SQLModel]
    rows: Sequence[Row]

    def apply(self, connection: Connection) -> None:
        """Run in the writer's transaction.

        Raises:
            Conflict: a key or a unique value is taken.
        """
        if not self.rows:
            return
        try:
            insert_rows(connection, table_of(self.model), self.rows)
        except IntegrityError as error:
            raise Conflict(code="bestaat_al") from error


@dataclass(frozen=True, slots=True)
class Update:
    """New values for exactly the rows of ``key``; with ``rows`` given, another count is a conflict.

    A list in the key stands for any of its values.
    """

    model: type[SQLModel]
    key: Row
    values: Row
    rows: int | None = 1

    def apply(self, connection: Connection) -> None:
        """Run in the writer's transaction.

        Raises:
            Conflict: the number of rows touched is not the number expected.
        """
        table = table_of(self.model)
        done = connection.execute(update(table).where(_where(table, self.key)).values(**self.values))
        if self.rows is not None and done.rowcount != self.rows:
            raise Conflict


@dataclass(frozen=True, slots=True)
class Delete:
    """Rows that go away for good."""

    model: type[SQLModel]
    key: Row

    def apply(self, connection: Connection) -> None:
        """Run in the writer's transaction; deleting nothing is fine (deletes are repeated after a crash)."""
        table = table_of(self.model)
        connection.execute(delete(table).where(_where(table, self.key)))


@dataclass(frozen=True, slots=True)
class AtMost:
    """A limit on how many rows of ``key`` there may be once the writes before this one are done."""

    model: type[SQLModel]
    key: Row
    most: int

    def apply(self, connection: Connection) -> None:
        """Run in the writer's transaction, where nobody else writes.

        Raises:
            Conflict: there would be more.
        """
        table = table_of(self.model)
        query = select(func.count()).select_from(table).where(_where(table, self.key))
        if connection.execute(query).scalar_one() > self.most:
            raise Conflict(code="grens_bereikt")


@dataclass(frozen=True, slots=True)
class LogErasure:
    """The sealed details of these subjects in the log, and of entries before ``until`` (ms UTC) those of nobody."""

    tenant: str
    subjects: Sequence[str]
    until: int

    def apply(self, connection: Connection) -> None:
        """Run in the writer's transaction; the leaves stay, so every proof keeps verifying."""
        erase(connection, self.tenant, self.subjects)
        erase_unowned(connection, self.tenant, self.until)


Write = Insert | Update | Delete | AtMost | LogErasure


@dataclass(frozen=True, slots=True)
class Change:
    """All that one use case wants to happen: rows to write and log entries that tell of it."""

    writes: tuple[Write, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof for the caller that the change is durable: one entry per event, in order."""

    entries: tuple[Appended, ...]
