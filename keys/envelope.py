"""Sealed values: what they look like, and the vault that seals freely and opens only with a permit.

Format: ``"GW" | format | suite | key_id(16) | nonce(12) | ciphertext | tag(16)``; the plaintext is padded to steps
of 64 bytes (ISO/IEC 7816-4). Associated data, never stored: the frame of format and suite, municipality, table,
column, class, schema version, row and subject. A value that is moved to another place does not open there.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import and_, bindparam, exists, insert, select
from sqlalchemy.exc import IntegrityError

from keys.dekcache import HEADER, DataKey, Place
from keys.entropy import secret, wipe
from keys.framing import frame
from keys.keyring import Keyring
from keys.profiles import (
    DEK_CACHE_SIZE,
    KEY_BYTES,
    KEY_ID_BYTES,
    NONCE_BYTES,
    PADDING_STEP,
    TAG_BYTES,
)
from keys.tables import DEK, ERASURE
from keys.wrapping import MARKER, commitment, unwrap
from schemas.errors import Conflict, KeyDestroyed, PermitRefused, SealBroken
from schemas.person import DataClass

__all__ = ["Context", "DataKey", "Permit", "Vault"]

_ID_END: Final = len(HEADER) + KEY_ID_BYTES
_NONCE_END: Final = _ID_END + NONCE_BYTES
_SMALLEST: Final = _NONCE_END + PADDING_STEP + TAG_BYTES
_PADS: Final = tuple(b"\x80" + bytes(-(size + 1) % PADDING_STEP) for size in range(PADDING_STEP))
_SLOT: Final = KEY_BYTES + KEY_ID_BYTES + NONCE_BYTES
_MOST_PARAMETERS: Final = 10_000


class Context(NamedTuple):
    """The place a sealed value belongs to; immutable."""

    tenant: str
    table: str
    column: str
    row: str
    subject: str
    data_class: DataClass
    schema: int = 1


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to open: the leaf hash and index of the durable log entry, and the SHA-256 of each value it names."""

    entry: bytes
    index: int
    sealed: frozenset[bytes]


@lru_cache(maxsize=4096)
def _fixed(tenant: str, table: str, column: str, data_class: DataClass, schema: int) -> bytes:
    """The part of the associated data that the rows of a column share."""
    return frame(HEADER, tenant, table, column, data_class, str(schema))


def associated(context: Context) -> bytes:
    """The associated data of a place."""
    tenant, table, column, row, subject, data_class, schema = context
    raw_row, raw_subject = row.encode(), subject.encode()
    fixed = _fixed(tenant, table, column, data_class, schema)
    return b"".join(
        (fixed, len(raw_row).to_bytes(4, "big"), raw_row, len(raw_subject).to_bytes(4, "big"), raw_subject)
    )


def key_id_of(sealed: bytes) -> bytes:
    """The id of the key that sealed this.

    Raises:
        SealBroken: this is not a sealed value of a format and suite we know.
    """
    if not sealed.startswith(HEADER) or len(sealed) < _SMALLEST:
        raise SealBroken
    return sealed[len(HEADER) : _ID_END]


def _open(key: DataKey, context: Context, sealed: bytes) -> bytes:
    try:
        padded = key.aead.decrypt(sealed[_ID_END:_NONCE_END], sealed[_NONCE_END:], associated(context))
    except InvalidTag:
        raise SealBroken from None
    plain, mark, rest = padded.rpartition(b"\x80")
    if not mark or rest.strip(b"\0"):
        raise SealBroken
    return plain


class Vault:
    """Seals with data keys, and opens against a permit (decision 23: nothing opens before its log entry is durable)."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        database = keyring.database
        self._insert = database.compiled(insert(DEK))
        self._find = database.compiled(
            _rows().where(
                DEK.c.tenant == bindparam("tenant"),
                DEK.c.subject == bindparam("subject"),
                DEK.c.data_class == bindparam("data_class"),
            )
        )

    def new_keys(self, tenant: str, pairs: Sequence[tuple[str, DataClass]]) -> list[DataKey]:
        """A fresh key per (subject, class), in the given order; stored durably when this returns.

        Raises:
            Conflict: one of them has a key already; none was made.
        """
        keys, rows = self._fresh(tenant, pairs)
        try:
            with self._keyring.database.write() as connection:
                if rows:
                    connection.exec_driver_sql(self._insert, rows)
        except IntegrityError:
            raise Conflict("Er is al een sleutel voor dit onderwerp en deze klasse") from None
        return keys

    def key_for(self, tenant: str, subject: str, data_class: DataClass) -> DataKey:
        """The key of a subject in a class, made when there is none yet."""
        key = self._keyring.deks.get((tenant, subject, data_class))
        return key if key is not None else self.keys_for(tenant, [(subject, data_class)])[0]

    def keys_for(self, tenant: str, pairs: Sequence[tuple[str, DataClass]]) -> list[DataKey]:
        """The keys of many (subject, class), in the given order; one query, and one transaction for the missing."""
        places = [(tenant, subject, data_class) for subject, data_class in pairs]
        deks = self._keyring.deks
        drops = deks.drops
        known = self._existing(places)
        missing = [place for place in dict.fromkeys(places) if place not in known]
        if missing:
            known |= self._made(tenant, missing)
        for place in places[-DEK_CACHE_SIZE:]:
            deks.put(known[place], drops)
        return [known[place] for place in places]

    def seal(self, key: DataKey, context: Context, plaintext: bytes) -> bytes:
        """Seal a value for its place.

        Raises:
            SealBroken: the key belongs to another subject, class or municipality than the place.
        """
        tenant, subject, data_class = key.place
        if context.subject != subject or context.data_class != data_class or context.tenant != tenant:
            raise SealBroken("De sleutel hoort niet bij deze plaats")
        nonce = os.urandom(NONCE_BYTES)
        padded = plaintext + _PADS[len(plaintext) % PADDING_STEP]
        return b"".join((key.header, nonce, key.aead.encrypt(nonce, padded, associated(context))))

    def open(self, permit: Permit, context: Context, sealed: bytes) -> bytes:
        """Open one value that the permit names.

        Raises:
            PermitRefused: the permit does not name this value.
            SealBroken: it was altered, or belongs to another place.
            KeyDestroyed: its key is gone.
        """
        if hashlib.sha256(sealed).digest() not in permit.sealed:
            raise PermitRefused
        return self._open_one(context, sealed)

    def open_many(self, permit: Permit, items: Sequence[tuple[Context, bytes]]) -> list[bytes]:
        """Open many values in order; nothing opens unless the permit names them all. Errors as ``open``."""
        for _, sealed in items:
            if hashlib.sha256(sealed).digest() not in permit.sealed:
                raise PermitRefused
        return self._open_all(items)

    def open_detail(self, context: Context, sealed: bytes) -> bytes:
        """Open a value of the class ``logboek``: log details are about the permit, so they need none.

        Raises:
            PermitRefused: the place is of any other class. Further as ``open``.
        """
        if context.data_class is not DataClass.LOGBOEK:
            raise PermitRefused
        return self._open_one(context, sealed)

    def _open_one(self, context: Context, sealed: bytes) -> bytes:
        key_id = key_id_of(sealed)
        place = (context.tenant, context.subject, context.data_class)
        deks = self._keyring.deks
        key = deks.get(place)
        if key is None:
            drops = deks.drops
            key = self._loaded(place)
            deks.put(key, drops)
        if key.key_id != key_id:
            raise self._stranger(context.tenant, key_id)
        return _open(key, context, sealed)

    def _open_all(self, items: Sequence[tuple[Context, bytes]]) -> list[bytes]:
        keys = self._existing([(context.tenant, context.subject, context.data_class) for context, _ in items])
        opened = []
        for context, sealed in items:
            key_id = key_id_of(sealed)
            key = keys.get((context.tenant, context.subject, context.data_class))
            if key is None or key.key_id != key_id:
                raise self._stranger(context.tenant, key_id) if key else KeyDestroyed()
            opened.append(_open(key, context, sealed))
        return opened

    def _loaded(self, place: Place) -> DataKey:
        rows = self._keyring.database.lookup(self._find, (place[0], place[1], place[2].value))
        if not rows:
            self._keyring.active(place[0], place[2])
            raise KeyDestroyed
        return self._unwrapped(place, rows[0])

    def _existing(self, places: Iterable[Place]) -> dict[Place, DataKey]:
        """The keys that are there, from the cache and then by one query per municipality and class."""
        found: dict[Place, DataKey] = {}
        wanted: dict[tuple[str, DataClass], list[str]] = {}
        for place in dict.fromkeys(places):
            key = self._keyring.deks.get(place)
            if key is not None:
                found[place] = key
            else:
                wanted.setdefault((place[0], place[2]), []).append(place[1])
        for (tenant, data_class), subjects in wanted.items():
            self._keyring.active(tenant, data_class)
            for start in range(0, len(subjects), _MOST_PARAMETERS):
                found |= self._queried(tenant, data_class, subjects[start : start + _MOST_PARAMETERS])
        return found

    def _queried(self, tenant: str, data_class: DataClass, subjects: Sequence[str]) -> dict[Place, DataKey]:
        asked = _rows(DEK.c.subject).where(
            DEK.c.tenant == tenant, DEK.c.subject.in_(subjects), DEK.c.data_class == data_class.value
        )
        found: dict[Place, DataKey] = {}
        for row in self._keyring.database.select(asked):
            place = (tenant, row[-1], data_class)
            found[place] = self._unwrapped(place, row[:-1])
        return found

    def _unwrapped(self, place: Place, row: Sequence[Any]) -> DataKey:
        key_id, version, wrapped, committed, destroyed = row
        if destroyed:
            raise KeyDestroyed
        raw = unwrap(self._keyring.version(place[0], place[2], version), key_id, place[1], wrapped, committed)
        key = DataKey(place, key_id, AESGCM(raw))
        wipe(raw)
        return key

    def _made(self, tenant: str, places: Sequence[Place]) -> dict[Place, DataKey]:
        """Make keys; when another thread was first for one of them, take what is there and make the rest."""
        try:
            made = self.new_keys(tenant, [(subject, data_class) for _, subject, data_class in places])
            return dict(zip(places, made, strict=True))
        except Conflict:
            found = self._existing(places)
            rest = [place for place in places if place not in found]
            return found | self._made(tenant, rest) if rest else found

    def _fresh(self, tenant: str, pairs: Sequence[tuple[str, DataClass]]) -> tuple[list[DataKey], list[Any]]:
        """Keys and their rows; the buffer with the raw keys is wiped before this returns."""
        buffer = secret(_SLOT * len(pairs))
        view = memoryview(buffer)
        keks = {
            kind: (self._keyring.active(tenant, kind), kind.value) for kind in {kind for _, kind in pairs}
        }
        keys, rows = [], []
        for number, (subject, kind) in enumerate(pairs):
            start = number * _SLOT
            raw = view[start : start + KEY_BYTES]
            key_id = bytes(view[start + KEY_BYTES : start + KEY_BYTES + KEY_ID_BYTES])
            nonce = bytes(view[start + KEY_BYTES + KEY_ID_BYTES : start + _SLOT])
            kek, plain_kind = keks[kind]
            wrapped = b"".join(
                (MARKER, nonce, kek.aead.encrypt(nonce, raw, kek.bound + key_id + subject.encode()))
            )
            keys.append(DataKey((tenant, subject, kind), key_id, AESGCM(raw)))
            rows.append((tenant, subject, plain_kind, key_id, kek.version, wrapped, commitment(raw)))
        wipe(buffer)
        return keys, rows

    def _stranger(self, tenant: str, key_id: bytes) -> Exception:
        """The value was sealed by another key than its place has now: destroyed, or moved here."""
        journalled = select(ERASURE.c.key_id).where(ERASURE.c.tenant == tenant, ERASURE.c.key_id == key_id)
        return KeyDestroyed() if self._keyring.database.select(journalled) else SealBroken()


def _rows(*more: Any) -> Any:
    """Key id, class key version, wrapped key, commitment, and whether the journal says it was destroyed."""
    journalled = exists().where(and_(ERASURE.c.tenant == DEK.c.tenant, ERASURE.c.key_id == DEK.c.key_id))
    return select(DEK.c.key_id, DEK.c.kek_version, DEK.c.wrapped, DEK.c.commitment, journalled, *more)
