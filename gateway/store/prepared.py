"""Hot queries, written in Core, compiled once and run on the driver: a read may cost 15 µs a query, not 80."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, Dialect, Select

from gateway.store.change import Row

Item = TypeVar("Item")

_Compiled = tuple[str, tuple[str, ...] | None, Mapping[str, Any]]
"""Text for the driver, the order of its parameters (None: by name), and those that the statement fixes."""


class Prepared:
    """A select with named parameters and no lists; rows come back as plain mappings in column order."""

    def __init__(self, statement: Select[Any]) -> None:
        self._statement = statement
        self._names = tuple(statement.selected_columns.keys())
        self._compiled: dict[str, _Compiled] = {}

    def all(self, connection: Connection, parameters: Mapping[str, Any]) -> list[Row]:
        """Give every row."""
        sql, order, fixed = self._for(connection.dialect)
        given = {**fixed, **parameters}
        cursor = connection.connection.cursor()
        try:
            cursor.execute(sql, given if order is None else tuple(given[name] for name in order))
            names = self._names
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            cursor.close()

    def first(self, connection: Connection, parameters: Mapping[str, Any]) -> Row | None:
        """Give the first row, or None."""
        found = self.all(connection, parameters)
        return found[0] if found else None

    def _for(self, dialect: Dialect) -> _Compiled:
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled = self._statement.compile(dialect=dialect)
            order = tuple(compiled.positiontup) if compiled.positiontup is not None else None
            fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
            found = self._compiled[dialect.name] = (str(compiled), order, fixed)
        return found


def fetch(
    connection: Connection, statement: Select[Any], parameters: Mapping[str, Any] | None = None
) -> list[Row]:
    """Run a select that is built on the spot and give every row."""
    found = connection.execute(statement, dict(parameters or {}))
    names = tuple(found.keys())
    return [dict(zip(names, row, strict=True)) for row in found.all()]


def fetch_one(connection: Connection, statement: Select[Any]) -> Row | None:
    """Run a select that is built on the spot and give its first row, or None."""
    found = fetch(connection, statement.limit(1))
    return found[0] if found else None


def portions(items: Iterable[Item], size: int = 400) -> Iterator[list[Item]]:
    """Cut a long list into lists that fit one statement: a database takes only so many parameters."""
    everything = list(items)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]
