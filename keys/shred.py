"""Erasure by destroying keys: journal first, then the keys, then proof that they left the disk.

Everything sealed under a destroyed key is gone, in the database and in every backup of it. Backups of the key store
itself live some days longer; until then a restore could bring keys back. So the journal, which names keys and never
people, is replayed after a restore, and a journalled key does not open even where its row came back.
Source: AVG art. 17; NIST SP 800-88r1 section 2.5 (cryptographic erase).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, delete, exists, insert, select

from keys.database import KeyDatabase
from keys.keyring import Keyring
from keys.tables import DEK, ERASURE
from keys.wrapping import MARKER, WRAPPED_BYTES
from schemas.errors import Broken, Invalid
from schemas.person import DataClass

_DAY_MS: Final = 86_400_000
_CHUNK: Final = 5_000
_BLOCK: Final = 2**20


@dataclass(frozen=True, slots=True)
class Erasure:
    """A line of the erasure journal: a key that may never open again."""

    tenant: str
    key_id: bytes
    data_class: str
    ground: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Destroyed:
    """The proof of an erasure: what went into the journal, and when the last backup that knows the keys is gone.

    ``scanned`` tells whether the files of the key store were searched for the wrapped keys (SQLite) or not (a
    database server, whose files are not ours to read).
    """

    tenant: str
    subjects: int
    entries: tuple[Erasure, ...]
    beyond_use_ms: int
    scanned: bool


def destroy(
    keyring: Keyring,
    tenant: str,
    subjects: Sequence[str],
    classes: Iterable[DataClass],
    *,
    ground: str,
    now_ms: int,
    backup_days: int,
) -> Destroyed:
    """Destroy the keys of these subjects in these classes; needs no open keyring. Repeating it is harmless.

    Raises:
        Invalid: a subject is not a subject id.
        Broken: a key was still there when read back (code ``sleutel_niet_gewist``).
        Unavailable: another process keeps reading the key store; what was journalled stays unopenable.
    """
    if not all(re.fullmatch("[0-9a-f]{32}", subject) for subject in subjects):
        raise Invalid("Een onderwerp is een id van 32 hexadecimale tekens")
    kinds = [data_class.value for data_class in classes]
    with keyring.database.write() as connection:
        rows = list(_of_subjects(connection, tenant, subjects, kinds))
        entries = [Erasure(tenant, row.key_id, row.data_class, ground, now_ms) for row in rows]
        _journal(connection, entries)
    scanned = _delete(keyring, rows)
    return Destroyed(tenant, len(set(subjects)), tuple(entries), now_ms + backup_days * _DAY_MS, scanned)


def journal(keyring: Keyring) -> list[Erasure]:
    """The whole journal; keep a copy outside the key store's backups, it is what a restore needs."""
    return [Erasure(*tuple(row)) for row in keyring.database.select(_ENTRIES)]


def replay(keyring: Keyring, entries: Iterable[Erasure]) -> int:
    """After a restore: take over a journal and destroy again what came back; gives the number of keys destroyed.

    Without entries it finishes an erasure that was interrupted, from the key store's own journal. Errors as
    ``destroy``.
    """
    taken = list(entries)
    if taken:
        with keyring.database.write() as connection:
            _journal(connection, taken)
    rows = keyring.database.select(select(DEK).where(_JOURNALLED))
    if rows:
        _delete(keyring, rows)
    return len(rows)


_JOURNALLED: Final = exists().where(ERASURE.c.tenant == DEK.c.tenant, ERASURE.c.key_id == DEK.c.key_id)


_ENTRIES: Final = select(
    ERASURE.c.tenant, ERASURE.c.key_id, ERASURE.c.data_class, ERASURE.c.ground, ERASURE.c.at_ms
).order_by(ERASURE.c.at_ms, ERASURE.c.tenant, ERASURE.c.key_id)


def _of_subjects(
    connection: Connection, tenant: str, subjects: Sequence[str], kinds: Sequence[str]
) -> Iterator[Any]:
    for start in range(0, len(subjects), _CHUNK):
        some = DEK.c.subject.in_(subjects[start : start + _CHUNK])
        wanted = select(DEK).where(DEK.c.tenant == tenant, some, DEK.c.data_class.in_(kinds))
        yield from connection.execute(wanted).all()


def _journal(connection: Connection, entries: Iterable[Erasure]) -> None:
    """Write what the journal does not have yet."""
    by_key = {(entry.tenant, entry.key_id): entry for entry in entries}
    known = {
        (tenant, key_id)
        for tenant in {tenant for tenant, _ in by_key}
        for key_id in _journalled(connection, tenant, [key for owner, key in by_key if owner == tenant])
    }
    rows = [
        {column.name: getattr(entry, column.name) for column in ERASURE.columns}
        for key, entry in by_key.items()
        if key not in known
    ]
    if rows:
        connection.execute(insert(ERASURE), rows)


def _journalled(connection: Connection, tenant: str, key_ids: Sequence[bytes]) -> Iterator[bytes]:
    for start in range(0, len(key_ids), _CHUNK):
        some = ERASURE.c.key_id.in_(key_ids[start : start + _CHUNK])
        yield from connection.execute(
            select(ERASURE.c.key_id).where(ERASURE.c.tenant == tenant, some)
        ).scalars()


def _delete(keyring: Keyring, rows: Sequence[Any]) -> bool:
    """Delete journalled keys, empty the write-ahead log, and read back that nothing is left."""
    database = keyring.database
    if rows:
        here = [
            {f"b_{name}": getattr(row, name) for name in ("tenant", "subject", "data_class")} for row in rows
        ]
        with database.write() as connection:
            connection.execute(delete(DEK).where(_PLACE), here)
    if not keyring.sealed:
        keyring.deks.drop((row.tenant, row.subject, DataClass(row.data_class)) for row in rows)
    database.checkpoint()
    return _read_back(database, rows)


_PLACE: Final = and_(*(DEK.c[name] == bindparam(f"b_{name}") for name in ("tenant", "subject", "data_class")))


def _read_back(database: KeyDatabase, rows: Sequence[Any]) -> bool:
    for start in range(0, len(rows), _CHUNK):
        some = DEK.c.key_id.in_([row.key_id for row in rows[start : start + _CHUNK]])
        if database.select(select(DEK.c.key_id).where(some).limit(1)):
            raise Broken("Een sleutel stond er na het wissen nog", code="sleutel_niet_gewist")
    if database.file is None:
        return False
    wrapped = {bytes(row.wrapped) for row in rows}
    if _on_disk(database.file, wrapped):
        database.compact()
        if _on_disk(database.file, wrapped):
            raise Broken("Een sleutel stond na het wissen nog op schijf", code="sleutel_niet_gewist")
    return True


def _on_disk(file: Path, wrapped: set[bytes]) -> bool:
    """Whether one of the wrapped keys stands anywhere in the file or its write-ahead log, in use or not."""
    return any(
        found in wrapped
        for part in (file, file.with_name(file.name + "-wal"))
        for found in wrapped_keys(part)
    )


def wrapped_keys(path: Path) -> Iterator[bytes]:
    """Everything in a file that has the form of a wrapped key; read in blocks, since SQLite may cut the file."""
    if not path.exists():
        return
    rest = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            content = rest + block
            for match in re.finditer(re.escape(MARKER), content):
                yield content[match.start() : match.start() + WRAPPED_BYTES]
            rest = content[1 - WRAPPED_BYTES :]
