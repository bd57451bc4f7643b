"""Erasing a batch of cases and subjects: blind tags, then keys, then rows, then reading back.

A case that is due expires in the commit that opens its batch; after that nothing can hold it any more, and a run that
breaks off anywhere is finished by the next one. Blind tags go before the keys, because they can only be found while
those still open; data goes keys first, so that no row without protection is ever left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from audit.entry import Event
from gateway.events import tell
from gateway.installation import Installation
from gateway.services.retention.decisions import PURPOSES
from gateway.services.retention.planning import again
from gateway.services.retention.tags import Tags
from gateway.store import erasure, work
from gateway.store.change import Change, Row, Write
from keys.keyring import Keyring
from keys.shred import destroy
from schemas.audit import Act
from schemas.errors import Broken, NotFound
from schemas.person import DataClass
from schemas.principal import Principal
from schemas.retention import PARTS

ERASED: Final = (DataClass.IDENTITEIT, DataClass.CONTACT, DataClass.FINANCIEN, DataClass.NOTITIES)
"""The key classes that end with a case; the log's own details keep their keys until their own term."""


@dataclass(frozen=True, slots=True)
class Run:
    """A retention run: who started it, for which plan."""

    principal: Principal
    plan: str

    @property
    def ground(self) -> str:
        """What the erasure journal names as the ground of each key."""
        return f"bewaartermijn:{self.plan}"

    @property
    def purpose(self) -> str:
        """The purpose that the log names."""
        return PURPOSES[self.principal.kind]


@dataclass(frozen=True, slots=True)
class Batch:
    """Cases and signals that go together; ``tags`` are the writes that take their blind tags away."""

    cases: tuple[str, ...]
    signals: tuple[Row, ...]
    tags: tuple[Write, ...] = ()

    @property
    def subjects(self) -> list[str]:
        """The subjects; that of a signal bears the signal's id."""
        return [row["signal_id"] for row in self.signals]


class Batches:
    """Erases batches and keeps count of it."""

    def __init__(self, house: Installation, keyring: Keyring) -> None:
        self._house = house
        self._keyring = keyring
        self._tags = Tags(house)

    def begin(self, run: Run) -> None:
        """Put on record that a run has begun, so that the next one finishes it if it breaks off."""
        told = tell(run.principal, Act.RETENTION_RUN, run.purpose, reason="begonnen", n=0)
        again(lambda: self.count(run, (), {}, (told,)))

    def open(self, run: Run, batch: Batch, claim: Sequence[Write]) -> Batch:
        """Let cases expire (``claim``) and find the blind tags of their subjects, in that order.

        Raises:
            Conflict: a case moved, or got a hold, since it was read; nothing expired.
        """
        found = self._tags.of(run.principal, run.plan, batch.signals, claim)
        return Batch(batch.cases, batch.signals, tuple(found))

    def erase(self, run: Run, batch: Batch) -> None:
        """Erase an opened batch.

        Raises:
            Broken: a key or a row was still there when read back. Unavailable: the key store is in use.
        """
        tenant, subjects = run.principal.tenant, batch.subjects
        again(lambda: self.count(run, batch.tags, {"zoeksleutels": len(batch.tags)}))
        gone = destroy(
            self._keyring,
            tenant,
            subjects,
            ERASED,
            ground=run.ground,
            now_ms=self._house.now_ms(),
            backup_days=self._house.settings.keystore_backup_days,
        )
        again(lambda: self._delete(run, batch, len(gone.entries)))
        with self._house.store.read() as connection:
            if any(erasure.remaining(connection, tenant, batch.cases, subjects).values()):
                raise Broken("Er stonden na het wissen nog rijen", code="niet_gewist")

    def count(
        self, run: Run, writes: Sequence[Write], erased: Mapping[str, int], told: tuple[Event, ...] = ()
    ) -> None:
        """Commit writes of a run together with what they erase, and tell of it.

        Raises:
            Conflict: another writer was quicker; nothing was written.
        """
        row, before = self.counts(run)
        content: dict[str, Any] = orjson.loads(row["counts"])
        total = {name: before.get(name, 0) + erased.get(name, 0) for name in {*before, *erased}}
        content |= {"begonnen": True, "gewist": {name: n for name, n in sorted(total.items()) if n}}
        counted = erasure.count_on(row, orjson.dumps(content).decode())
        self._house.store.commit(Change((*writes, counted), told))

    def counts(self, run: Run) -> tuple[Row, dict[str, int]]:
        """Give the run and what it erased so far.

        Raises:
            NotFound: there is no such run.
        """
        with self._house.store.read() as connection:
            row = work.find_run(connection, run.principal.tenant, run.plan)
        if row is None:
            raise NotFound
        return row, orjson.loads(row["counts"]).get("gewist", {})

    def _delete(self, run: Run, batch: Batch, keys: int) -> None:
        tenant, subjects = run.principal.tenant, batch.subjects
        with self._house.store.read() as connection:
            found = erasure.remaining(connection, tenant, batch.cases, subjects)
        erased = {PARTS[table]: n for table, n in found.items() if table in PARTS}
        told = (
            tell(run.principal, Act.KEY_DESTROYED, run.purpose, n=keys),
            tell(run.principal, Act.SUBJECT_ERASED, run.purpose, n=len(subjects)),
        )
        self.count(run, erasure.delete_all(tenant, batch.cases, subjects), erased, told)
