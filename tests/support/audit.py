"""Builders for tests of the log: a real Ed25519 signer, a sealer with keys that can be destroyed, a database."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Engine, create_engine, event

from audit.entry import Event
from audit.export import write
from audit.log import Log
from audit.note import VerifierKey, key_of
from audit.schema import migrate
from schemas.audit import Act
from schemas.errors import KeyDestroyed, SealBroken
from schemas.ids import Tenant

HOST = "sluis.example"
TENANT = Tenant("GM0637")
NOON = 1_790_000_000_000
"""2026-09-21, milliseconds UTC."""


class Ed25519:
    """A signer with a throw-away key."""

    def __init__(self, name: str = f"{HOST}/audit", seed: bytes = b"k" * 32) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> bytes:
        """Raw public key."""
        return self._key.public_key().public_bytes_raw()

    @property
    def vkey(self) -> VerifierKey:
        """Verifier key."""
        return key_of(self)

    def sign(self, message: bytes, /) -> bytes:
        """Sign."""
        return self._key.sign(message)


def verify_ed25519(public_key: bytes, message: bytes, signature: bytes, /) -> None:
    """Check a signature with the real algorithm."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature:
        raise SealBroken from None


class Sealer:
    """Seals details under one key a subject; ``destroy`` throws a key away."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str | None], bytes | None] = {}

    def destroy(self, tenant: str, subject: str) -> None:
        """Erase a subject."""
        self._keys[tenant, subject] = None

    def _key(self, tenant: str, subject: str | None) -> AESGCM:
        key = self._keys.setdefault((tenant, subject), os.urandom(32))
        if key is None:
            raise KeyDestroyed
        return AESGCM(key)

    def seal_many(self, tenant: str, details: Sequence[tuple[str | None, bytes]], /) -> list[bytes]:
        """Seal in order."""
        sealed = []
        for subject, plain in details:
            nonce = os.urandom(12)
            sealed.append(nonce + self._key(tenant, subject).encrypt(nonce, plain, tenant.encode()))
        return sealed

    def open(self, tenant: str, subject: str | None, blob: bytes, /) -> bytes:
        """Open one."""
        try:
            return self._key(tenant, subject).decrypt(blob[:12], blob[12:], tenant.encode())
        except InvalidTag:
            raise SealBroken from None


def make_engine(path: Path | None = None) -> Engine:
    """Give a SQLite database with correct transactions, migrated; in memory unless a path is given."""
    engine = create_engine(f"sqlite:///{path}" if path else "sqlite://")

    @event.listens_for(engine, "connect")
    def _plain(dbapi: Any, _record: object) -> None:
        dbapi.isolation_level = None

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:
        migrate(connection)
    return engine


@contextmanager
def fresh() -> Iterator[Connection]:
    """Open a transaction on an empty log in memory."""
    engine = make_engine()
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def make_log(sealer: Sealer | None = None, signer: Ed25519 | None = None) -> Log:
    """Give a log with a fresh sealer."""
    return Log(signer or Ed25519(), sealer or Sealer(), HOST, os.urandom)


def read_case(number: int = 1, **changes: Any) -> Event:
    """Make an event as a social worker's case read makes it; ``number`` picks subject, user and case."""
    values: dict[str, Any] = {
        "act": Act.CASE_READ,
        "tenant": TENANT,
        "party": f"{7:032x}",
        "role": "sociaal_werk",
        "user": f"{number + 1000:032x}",
        "client": f"{number + 2000:032x}",
        "purpose": "hulpverlenen",
        "grant": "V07",
        "ground": "Wgs:3.1.b",
        "register": "ab" * 32,
        "decision": "permit",
        "subject": f"{number:032x}",
        "case": f"{number + 3000:032x}",
        "fields": ("achternaam", "telefoonnummers", "bedrag_cent"),
        "sealed": (b"sealed-%d" % number, b"other-%d" % number),
        "why": ("caseload",),
        "n": 1,
        "detail": {"ip": "192.0.2.7"},
    }
    return Event(**(values | changes))


def export_log(directory: Path, batches: Sequence[int]) -> Path:
    """Write a log of these batches (each one commit, after the opening entry) and export it."""
    with fresh() as connection:
        log = make_log()
        for batch in batches:
            log.append(connection, [read_case(number) for number in range(batch)], NOON)
        write(connection, TENANT, 2026, directory)
    return directory
