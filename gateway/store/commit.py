"""The single writer of the embedded database: group commit, and no answer before the log entry is durable.

One thread owns the only writing connection. Everything that waits is written in one transaction: per change a
savepoint with its rows, then the log entries of all of them with one checkpoint, then COMMIT, then the answers.
"""

import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from audit.entry import Event
from audit.log import Appended
from gateway.store.change import Change, Receipt
from gateway.store.plans import teach
from schemas.errors import SluisError, Unavailable

_REFUSED = (SQLAlchemyError, sqlite3.Error)
"""What the database raises: through SQLAlchemy, or by the driver for the statements that we give it ourselves."""

GROUP = 512
"""At most this many changes share one commit."""

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "trusted_schema": 0,
    "cell_size_check": 1,
    "secure_delete": 1,
}
"""What every writing connection must report back after it was set.

``synchronous=2`` is FULL; ``secure_delete`` writes zeros over what is deleted (NIST SP 800-88r1, clear).
"""


_BUSY = "Iemand leest nog oude gegevens; probeer het opnieuw"


class AppendOnlyLog(Protocol):
    """What the writer needs of the audit log."""

    def append(self, connection: Connection, events: Sequence[Event], now_ms: int) -> Sequence[Appended]:
        """Append in the caller's transaction."""
        ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    change: Change
    answer: "Future[Receipt]"


def _tune(engine: Engine, statements: Sequence[str]) -> Engine:
    @event.listens_for(engine, "connect")
    def _on_connect(raw: object, _record: object) -> None:
        for statement in statements:
            raw.execute(statement)  # type: ignore[attr-defined]

    return engine


def writing_engine(path: Path) -> Engine:
    """Make the engine of the one writing connection of an embedded database."""
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        connect_args={"check_same_thread": False, "timeout": 30},
    )
    return _tune(engine, [f"PRAGMA {name}={value}" for name, value in PRAGMAS.items()])


@contextmanager
def alone(path: Path) -> Iterator[Connection]:
    """Give one transaction on the writing connection of a database that nobody has open: all of it or nothing.

    SQLite's tables can be made in a transaction, but its driver ends one at every such statement unless it is
    left alone.
    """
    engine = writing_engine(path)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            done = False
            try:
                yield connection
                connection.exec_driver_sql("COMMIT")
                done = True
            finally:
                if not done:
                    connection.exec_driver_sql("ROLLBACK")
    finally:
        engine.dispose()


def reading_engine(path: Path) -> Engine:
    """Make the engine of the read-only connections."""
    engine = create_engine(
        URL.create("sqlite", database=f"file:{quote(str(path))}", query={"mode": "ro", "uri": "true"}),
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        pool_size=24,
        max_overflow=24,
        connect_args={"check_same_thread": False, "timeout": 30},
    )
    return _tune(engine, ["PRAGMA query_only=1", "PRAGMA trusted_schema=0", "PRAGMA cache_size=-8000"])


def _driver(connection: Connection) -> Any:
    """Give the driver's connection: transactions are ours, and each statement less costs a read 30 µs less."""
    return connection.connection.driver_connection


class Store:
    """The embedded database of one installation."""

    def __init__(self, path: Path, log: AppendOnlyLog, wall_ms: Callable[[], int]) -> None:
        self._log = log
        self._wall_ms = wall_ms
        self._path = path
        self._writer = writing_engine(path)
        self._readers = reading_engine(path)
        self._idle: deque[Connection] = deque()
        self._connection = self._writer.connect()
        self._raw = _driver(self._connection)
        self._verify_pragmas()
        teach(self._connection)
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._guard = threading.Lock()
        self._closed = False
        self._thread = self._start()

    def _verify_pragmas(self) -> None:
        for name, wanted in PRAGMAS.items():
            found = self._connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            if str(found) != str(wanted):
                raise Unavailable(f"PRAGMA {name} staat niet goed", code="opslag_onveilig")

    def _start(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        thread.start()
        return thread

    def commit(self, change: Change) -> Receipt:
        """Make ``change`` durable with its log entries and return where those stand.

        Raises:
            Conflict: the rows moved on; nothing of this change is stored.
            Sealed, KeyDestroyed: its entry cannot be written; nothing of this change is stored.
            Unavailable: the outcome is unknown or the disk refuses; treat it as not stored, not disclosed.
        """
        answer: Future[Receipt] = Future()
        with self._guard:
            if self._closed:
                raise Unavailable(code="opslag_gesloten")
            self._queue.put(_Waiting(change, answer))
        return answer.result()

    @property
    def alive(self) -> bool:
        """Whether the writer is there to answer."""
        return self._thread.is_alive()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a read-only connection that sees one snapshot from its first statement on.

        Connections are kept from read to read: taking one from the pool costs as much as three queries (measured).
        """
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._readers.connect()
        raw = _driver(connection)
        raw.execute("BEGIN")
        try:
            yield connection
        finally:
            raw.execute("ROLLBACK")
            self._idle.append(connection)

    @property
    def files(self) -> tuple[Path, Path]:
        """The database and its write-ahead log, where deleted rows could still be found."""
        return self._path, self._path.with_name(self._path.name + "-wal")

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the database and empty it, so that deleted rows leave the disk.

        Raises:
            Unavailable: somebody kept reading the old pages; try again.
        """
        with self._writer.connect() as connection:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
        if busy:
            raise Unavailable(_BUSY, code="opslag_in_gebruik")

    def compact(self) -> None:
        """Rewrite the database, so that no page keeps a stale copy of a row that moved within it.

        Raises:
            Unavailable: somebody kept reading the old pages; try again.
        """
        try:
            with self._writer.connect() as connection:
                connection.exec_driver_sql("VACUUM")
        except OperationalError:
            raise Unavailable(_BUSY, code="opslag_in_gebruik") from None
        self.checkpoint()

    def close(self) -> None:
        """Stop the writer after what is queued; later commits are refused."""
        with self._guard:
            self._closed = True
            self._queue.put(None)
        while self.alive:
            self._thread.join()
        # The writer last: readers cannot fold the write-ahead log in, and a file that is put back must meet no old one.
        for connection in self._idle:
            connection.close()
        self._readers.dispose()
        self._connection.close()
        self._writer.dispose()

    def _run(self) -> None:
        finished = False
        try:
            self._serve()
            finished = True
        finally:
            if not finished:  # A mistake of the program ends this thread; a new one serves what waits.
                self._thread = self._start()

    def _serve(self) -> None:
        while (first := self._queue.get()) is not None:
            group, last = self._gather(first)
            self._write(group)
            if last:
                return

    def _gather(self, first: _Waiting) -> tuple[list[_Waiting], bool]:
        group = [first]
        while len(group) < GROUP:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, False
            if item is None:
                return group, True
            group.append(item)
        return group, False

    def _write(self, group: list[_Waiting]) -> None:
        receipts: list[tuple[_Waiting, Receipt]] = []
        try:
            receipts = self._transaction(group)
        except _REFUSED:
            receipts = []
        except SluisError as error:
            self._write_apart(group, error)
        finally:
            # Whatever went wrong, nobody may wait for ever, and no lock may stay behind.
            self._settle(group, receipts)

    def _write_apart(self, group: list[_Waiting], error: SluisError) -> None:
        """The log refused an entry: it must not take the others of the group with it."""
        waiting = [item for item in group if not item.answer.done()]
        if len(waiting) == 1:
            waiting[0].answer.set_exception(error)
            return
        for item in waiting:
            self._write([item])

    def _transaction(self, group: list[_Waiting]) -> list[tuple[_Waiting, Receipt]]:
        committed = False
        self._raw.execute("BEGIN IMMEDIATE")
        try:
            kept = [item for item in group if self._apply(item)]
            receipts = self._append(kept)
            self._raw.execute("COMMIT")
            committed = True
        finally:
            if not committed and self._raw.in_transaction:
                self._raw.execute("ROLLBACK")
        return receipts

    def _apply(self, item: _Waiting) -> bool:
        if not item.change.writes:
            return True
        self._raw.execute("SAVEPOINT change")
        try:
            for write in item.change.writes:
                write.apply(self._connection)
        except (SluisError, *_REFUSED) as error:
            self._raw.execute("ROLLBACK TO change")
            self._raw.execute("RELEASE change")
            item.answer.set_exception(error if isinstance(error, SluisError) else Unavailable())
            return False
        self._raw.execute("RELEASE change")
        return True

    def _append(self, kept: list[_Waiting]) -> list[tuple[_Waiting, Receipt]]:
        events = [entry for item in kept for entry in item.change.events]
        entries = list(self._log.append(self._connection, events, self._wall_ms())) if events else []
        receipts, at = [], 0
        for item in kept:
            end = at + len(item.change.events)
            receipts.append((item, Receipt(tuple(entries[at:end]))))
            at = end
        return receipts

    @staticmethod
    def _settle(group: list[_Waiting], receipts: list[tuple[_Waiting, Receipt]]) -> None:
        for item, receipt in receipts:
            item.answer.set_result(receipt)
        for item in group:
            if not item.answer.done():
                item.answer.set_exception(Unavailable())
