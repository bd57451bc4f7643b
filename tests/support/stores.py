"""Builders for tests of the committer: a database with our tables, and logs that wait, refuse or keep notes."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from audit.entry import Event
from audit.log import Appended
from gateway.store.change import Change, Insert, Receipt
from gateway.store.commit import Store, alone
from gateway.store.tables import METADATA, RunRow, UserRow
from schemas.audit import Act
from schemas.ids import Tenant

TENANT = Tenant("GM0637")
PATIENCE = 30
"""Seconds after which a test gives up waiting for another thread."""


class Notebook:
    """A log that writes down what it is told, in order; the leaf of an entry is the number of its event."""

    def __init__(self) -> None:
        self.batches: list[list[Event]] = []
        self._size = 0

    def append(self, connection: Connection, events: Sequence[Event], now_ms: int) -> Sequence[Appended]:
        """Number the events."""
        self.batches.append(list(events))
        first = self._size
        self._size += len(events)
        return [Appended(n, n.to_bytes(32, "big"), "log", 2026, str(n)) for n in range(first, self._size)]


class Refusing(Notebook):
    """A log that raises for events with a given reason; ``error`` makes what it raises."""

    def __init__(self, error: Callable[[], BaseException], reason: str = "kapot") -> None:
        super().__init__()
        self._error = error
        self._reason = reason

    def append(self, connection: Connection, events: Sequence[Event], now_ms: int) -> Sequence[Appended]:
        """Refuse the whole batch when one of them is meant."""
        if any(event.reason == self._reason for event in events):
            raise self._error()
        return super().append(connection, events, now_ms)


class Gate(Notebook):
    """A log that holds the writer at its first entry, until a test lets it go on."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.opened = threading.Event(), threading.Event()

    def append(self, connection: Connection, events: Sequence[Event], now_ms: int) -> Sequence[Appended]:
        """Wait at the first entry."""
        if not self.batches:
            self.reached.set()
            assert self.opened.wait(PATIENCE)
        return super().append(connection, events, now_ms)


@dataclass(frozen=True)
class Clumsy:
    """A write with a mistake of the program in it."""

    error: BaseException

    def apply(self, connection: Connection) -> None:
        """Fail half way."""
        raise self.error


def told(reason: str = "") -> Event:
    """An event that tells of nothing but its reason."""
    return Event(act=Act.CASE_TRANSITION, tenant=TENANT, reason=reason)


def user(name: str, **changes: Any) -> Insert:
    """The write of a member of staff."""
    row = {"tenant": TENANT, "user_id": name, "party_id": "belteam", "role": "beller", "active": True}
    return Insert(UserRow, [row | changes])


def run(name: str) -> Insert:
    """The write of a batch run."""
    row = {
        "tenant": TENANT,
        "run_id": name,
        "kind": "matchen",
        "month": "2026-11",
        "started_by": "o",
        "at": 1,
    }
    return Insert(RunRow, [row])


def hiring(name: str, reason: str = "") -> Change:
    """A change with one row and one entry."""
    return Change((user(name),), (told(reason or name),))


@contextmanager
def a_store(folder: Path, log: Notebook | None = None) -> Iterator[Store]:
    """Open a store on a new database with the gateway's tables and a log."""
    path = folder / "sluis.db"
    with alone(path) as connection:
        METADATA.create_all(connection)
    store = Store(path, log or Notebook(), lambda: 1)
    try:
        yield store
    finally:
        store.close()


def users(store: Store) -> list[str]:
    """Who is on record, by name."""
    with store.read() as connection:
        return list(connection.exec_driver_sql("SELECT user_id FROM gateway_user ORDER BY 1").scalars())


@contextmanager
def in_one_group(store: Store, gate: Gate) -> Iterator[Callable[[Change], "Future[Receipt]"]]:
    """Hand out a way to commit from threads; all that is committed in the block shares one transaction."""
    with ThreadPoolExecutor(32) as pool:
        held = pool.submit(store.commit, Change(events=(told("poort"),)))
        assert gate.reached.wait(PATIENCE)
        waiting = store._queue.qsize  # what the writer has not looked at yet

        def commit(change: Change) -> "Future[Receipt]":
            before = waiting()
            future = pool.submit(store.commit, change)
            while waiting() == before:
                threading.Event().wait(0.001)
            return future

        try:
            yield commit
        finally:
            gate.opened.set()
        held.result(PATIENCE)
