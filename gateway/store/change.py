"""The shape of a write: a use case reads a snapshot and returns one ``Change``, which holds or fails whole.

Source: docs/adr (shape of a write): a context manager cannot stay open across a group commit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

from audit.entry import Event
from audit.log import Appended
from schemas.errors import Conflict

Row = Mapping[str, Any]


def table_of(model: type[SQLModel]) -> Table:
    """Give the Core table behind a table class."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def _where(table: Table, key: Row) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in key.items()))


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
            connection.execute(insert(table_of(self.model)), list(self.rows))
        except IntegrityError as error:
            raise Conflict(code="bestaat_al") from error


@dataclass(frozen=True, slots=True)
class Update:
    """New values for exactly the rows of ``key``; with ``rows`` given, another count is a conflict."""

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


Write = Insert | Update | Delete


@dataclass(frozen=True, slots=True)
class Change:
    """All that one use case wants to happen: rows to write and log entries that tell of it."""

    writes: tuple[Write, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof for the caller that the change is durable: one entry per event, in order."""

    entries: tuple[Appended, ...]
