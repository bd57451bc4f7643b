"""The key store's database: many readers at once, one short writing transaction at a time.

SQLite (a file of its own, WAL, ``synchronous=FULL``, ``secure_delete=ON``) or any other SQLAlchemy URL. Statements
are built in Core; the two hot ones are compiled once and run on the driver, because a lookup may cost 10 µs, not 60.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Dialect, Engine, Row, create_engine, event, make_url
from sqlalchemy.sql import Executable
from sqlalchemy.sql.expression import ClauseElement

from keys.schema import migrate
from schemas.errors import Unavailable

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cache_size=-8192",
)


class KeyDatabase:
    """Opens (and brings up to date) the key store at a file path or an SQLAlchemy URL.

    ``patience`` is how many seconds a statement waits for another process that holds SQLite's file.
    """

    def __init__(self, location: Path | str, patience: float = 10.0) -> None:
        url = _url(location)
        self.engine = _engine(url, patience)
        self.file = Path(url.database) if url.database and self.engine.dialect.name == "sqlite" else None
        if self.file is not None:
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))
        migrate(self.engine)
        dialect: Any = type(self.engine.dialect)
        self._positional: Dialect = dialect(paramstyle="qmark" if self.file else "format")
        self._reading = self.engine.execution_options(reading=True)
        self._writing = threading.Lock()
        self._idle: list[Any] = []

    def compiled(self, statement: ClauseElement) -> str:
        """The statement as driver text; parameters go by position, in the order in which they appear."""
        return str(statement.compile(dialect=self._positional))

    def lookup(self, statement: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        """Run a compiled select on a reading connection of the driver; safe from any number of threads."""
        try:
            reader = self._idle.pop()
        except IndexError:
            reader = self._reader()
        rows: list[tuple[Any, ...]] | None = None
        try:
            rows = reader.execute(statement, parameters).fetchall()
            return rows
        finally:
            if rows is None:
                reader.close()
            else:
                self._idle.append(reader)

    def select(self, statement: Executable) -> Sequence[Row[Any]]:
        """Run a Core select; for everything that is not hot."""
        with self._reading.connect() as connection:
            return connection.execute(statement).all()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One writing transaction; commits at the end of the block, durable when it returns."""
        with self._writing, self.engine.begin() as connection:
            yield connection

    def checkpoint(self) -> None:
        """Fold SQLite's write-ahead log into the file and empty it, so that deleted keys leave the disk.

        Raises:
            Unavailable: another process kept reading the old pages.
        """
        if self.file is None:
            return
        with self._writing, self._reading.connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        if busy:
            raise Unavailable("De sleuteltabel is in gebruik door een ander proces")

    def compact(self) -> None:
        """Rewrite SQLite's file, so that no page keeps a stale copy of a row that moved."""
        with self._writing, self._reading.connect() as connection:
            connection.exec_driver_sql("VACUUM")
        self.checkpoint()

    def close(self) -> None:
        """Close the idle reading connections."""
        while self._idle:
            self._idle.pop().close()
        self.engine.dispose()

    def _reader(self) -> Any:
        fairy = self.engine.raw_connection()
        driver: Any = fairy.driver_connection
        fairy.detach()
        if self.file is None:
            driver.autocommit = True
        return driver


def _url(location: Path | str) -> URL:
    return URL.create("sqlite", database=str(location)) if isinstance(location, Path) else make_url(location)


def _engine(url: URL, patience: float) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True)
    arguments = {"check_same_thread": False, "timeout": patience}
    engine = create_engine(url, hide_parameters=True, connect_args=arguments)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: object) -> None:
    """SQLite's settings; transactions are begun by ``_begin``, not by the driver's guess."""
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma).close()


def _begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("reading"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
