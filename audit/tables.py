"""The tables of the log, owned by this room alone; nothing here refers to a table of another room.

Columns ``ms``, ``act``, ``pur`` and ``org`` repeat the entry so that a slice needs no reading of JSON;
:mod:`audit.check` compares them with the entry. The two index tables and the details are the erasable
part; ``sole`` says that the detail of the entry is sealed under this subject's own key.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Dialect,
    Index,
    LargeBinary,
    MetaData,
    Select,
    SmallInteger,
    String,
    Table,
    Text,
    Update,
    insert,
)

metadata = MetaData()


def _tenant_year() -> tuple[Column[Any], Column[Any]]:
    return (
        Column("tenant", String(16), primary_key=True),
        Column("year", SmallInteger, primary_key=True, autoincrement=False),
    )


log = Table(
    "audit_log",
    metadata,
    *_tenant_year(),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary(32), nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("ms", BigInteger, nullable=False),
    Column("act", String(64), nullable=False),
    Column("pur", String(128), nullable=False),
    Column("org", String(128), nullable=False),
    Index("audit_log_act", "tenant", "year", "act", "idx"),
    Index("audit_log_pur", "tenant", "year", "pur", "idx"),
    Index("audit_log_org", "tenant", "year", "org", "idx"),
)

state = Table(
    "audit_state",
    metadata,
    *_tenant_year(),
    Column("size", BigInteger, nullable=False),
    Column("edge", LargeBinary, nullable=False),
    Column("last", BigInteger, nullable=False),
)

tile = Table(
    "audit_tile",
    metadata,
    *_tenant_year(),
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

checkpoint = Table(
    "audit_checkpoint",
    metadata,
    *_tenant_year(),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False),
)

detail = Table(
    "audit_detail",
    metadata,
    *_tenant_year(),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("blob", LargeBinary, nullable=False),
)

subject = Table(
    "audit_subject",
    metadata,
    Column("tenant", String(16), primary_key=True),
    Column("subject", String(64), primary_key=True),
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("sole", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

actor = Table(
    "audit_actor",
    metadata,
    Column("tenant", String(16), primary_key=True),
    Column("actor", String(64), primary_key=True),
    Column("year", SmallInteger, primary_key=True, autoincrement=False),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)


def insert_rows(connection: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert whole rows in column order through the driver's own executemany, past the ORM's parameter work."""
    if not rows:
        return
    sql, positional = _insert_sql(table, connection.dialect)
    names = table.columns.keys()
    given = rows if positional else [dict(zip(names, row, strict=True)) for row in rows]
    with closing(connection.connection.cursor()) as cursor:
        cursor.executemany(sql, given)


@lru_cache(maxsize=64)
def _insert_sql(table: Table, dialect: Dialect) -> tuple[str, bool]:
    compiled = insert(table).compile(dialect=dialect, column_keys=table.columns.keys())
    return str(compiled), dialect.positional


def run(connection: Connection, statement: Select[Any] | Update, values: Mapping[str, Any]) -> Sequence[Any]:
    """Run a statement with bound parameters, compiled once, on the driver; gives the rows of a select."""
    sql, order, fixed = _compiled(statement, connection.dialect)
    given = {**fixed, **values}
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(sql, given if order is None else [given[name] for name in order])
        found: Sequence[Any] = cursor.fetchall() if statement.is_select else ()
        return found


@lru_cache(maxsize=64)
def _compiled(
    statement: Select[Any] | Update, dialect: Dialect
) -> tuple[str, Sequence[str] | None, Mapping[str, Any]]:
    compiled = statement.compile(dialect=dialect)
    return str(compiled), compiled.positiontup, compiled.params
