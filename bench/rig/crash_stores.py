"""Stores that die on cue, and stores with a planted fault.

A kill from outside falls where chance wants it. These deaths fall inside the group commit: what a power supply, a
kernel or an operator may do at the worst moment. The faults show that the checks see what they look for.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from audit.entry import Event
from audit.log import Appended, Log
from gateway.store.change import Change, Receipt
from gateway.store.commit import Store
from gateway.wiring import wall_ms
from schemas.audit import ActType

STAGES = ("keys", "rows", "entries", "commit")
"""Where a server may die: with the keys of a change durable and the change not yet handed over, with some rows of a
group written, with its entries written too, and with everything committed and nobody answered."""

_LINGER = 0.03
"""Seconds between an early answer and its commit: about what a group of changes takes on a slow disk."""


@dataclass(frozen=True, slots=True)
class Death:
    """At which stage a process dies, the how manieth time it gets there, and where it writes that it did.

    It does not count before that file is there.
    """

    stage: str
    after: int
    will: Path

    def __call__(self, path: Path, log: Log) -> Store:
        """Make the store that dies so."""
        return MortalStore(path, log, self)


class MortalStore(Store):
    """A store whose process dies without a word at a stage of its work."""

    def __init__(self, path: Path, log: Log, death: Death) -> None:
        self._death, self._left, self._size = death, death.after, 0
        self._dying = threading.Lock()
        super().__init__(path, log, wall_ms)

    def commit(self, change: Change) -> Receipt:
        """Commit, unless death comes first."""
        self._reach("keys")
        return super().commit(change)

    def _write(self, group: list[Any]) -> None:
        self._size = len(group)
        super()._write(group)

    def _apply(self, item: Any) -> bool:
        kept = super()._apply(item)
        self._reach("rows")
        return kept

    def _append(self, kept: list[Any]) -> list[Any]:
        receipts = super()._append(kept)
        self._reach("entries")
        return receipts

    def _transaction(self, group: list[Any]) -> list[Any]:
        receipts = super()._transaction(group)
        self._reach("commit")
        return receipts

    def _reach(self, stage: str) -> None:
        if stage != self._death.stage or not self._death.will.exists():
            return
        with self._dying:  # many hand over changes at once, and one of them dies for all
            self._left -= 1
            if not self._left:
                self._death.will.write_text(f"{stage} {self._size}", encoding="ascii")
                os.kill(os.getpid(), signal.SIGKILL)


class EarlyStore(Store):
    """A store with the fault of every tuned database: it answers, and commits a little later."""

    def _transaction(self, group: list[Any]) -> list[Any]:
        self._raw.execute("BEGIN IMMEDIATE")
        kept = [item for item in group if self._apply(item)]
        self._settle(group, self._append(kept))
        time.sleep(_LINGER)
        self._raw.execute("COMMIT")
        return []


class PiecemealStore(Store):
    """A store that writes each change by itself and the entries afterwards, as a log beside a database does."""

    def _transaction(self, group: list[Any]) -> list[Any]:
        kept = [item for item in group if self._apply(item)]
        time.sleep(_LINGER)
        return self._append(kept)


class ForgetfulLog:
    """A log that claims to have written every disclosure and keeps none."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def append(self, connection: Connection, events: Sequence[Event], now_ms: int) -> list[Appended]:
        """Append what is no disclosure, and make up the rest."""
        kept = [event for event in events if event.act.typ is not ActType.ACCESS]
        written = iter(self._log.append(connection, kept, now_ms) if kept else [])
        return [_made_up() if event.act.typ is ActType.ACCESS else next(written) for event in events]


def _made_up() -> Appended:
    return Appended(10**9, os.urandom(32), "sluis.example/audit", 2026, os.urandom(16).hex())


def early(path: Path, log: Log) -> Store:
    """Make a store that answers before it commits."""
    return EarlyStore(path, log, wall_ms)


def piecemeal(path: Path, log: Log) -> Store:
    """Make a store that writes entries after the rows."""
    return PiecemealStore(path, log, wall_ms)


def forgetful(path: Path, log: Log) -> Store:
    """Make a store whose log keeps no disclosure."""
    return Store(path, ForgetfulLog(log), wall_ms)


FAULTS: Mapping[str, Callable[[Path, Log], Store]] = {
    make.__name__: make for make in (early, piecemeal, forgetful)
}
"""Planted faults, by the name that ``--fault`` takes."""
