"""Builders for key stores in tests: a cheap root, a clock that stands still until told, and open permits."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from keys.envelope import Permit
from keys.keyring import ALL, Keyring
from keys.profiles import CHEAPEST
from keys.providers.file import FileProvider
from schemas.person import DataClass

PASSPHRASE = b"correct horse battery staple"
TENANT = "GM0637"
OTHER_TENANT = "GM0344"
NOW_MS = 1_764_000_000_000


class Monotonic:
    """A monotonic clock in seconds that a test moves."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def sealed_keyring(
    home: Path, tenants: Iterable[str] = (TENANT, OTHER_TENANT), clock: Monotonic | None = None
) -> Keyring:
    """A new key store in ``home``, sealed."""
    provider = FileProvider.create(home / "root.json", PASSPHRASE, CHEAPEST)
    return Keyring.create(
        home / "keys.db", provider, list(tenants), now_ms=NOW_MS, monotonic=clock or Monotonic()
    )


def open_keyring(
    home: Path,
    tenants: Iterable[str] = (TENANT, OTHER_TENANT),
    classes: Iterable[DataClass] = ALL,
    clock: Monotonic | None = None,
) -> Keyring:
    """A new key store in ``home``, open for the given classes."""
    keyring = sealed_keyring(home, tenants, clock)
    keyring.unseal(PASSPHRASE, classes)
    return keyring


def reopened(home: Path, classes: Iterable[DataClass] = ALL) -> Keyring:
    """The key store of ``home`` as another process would open it."""
    keyring = Keyring(home / "keys.db", FileProvider(home / "root.json"), Monotonic())
    keyring.unseal(PASSPHRASE, classes)
    return keyring


def permit(*sealed: bytes) -> Permit:
    """A permit that names these values."""
    return Permit(b"\0" * 32, 0, frozenset(hashlib.sha256(value).digest() for value in sealed))


def subject(number: int) -> str:
    """The id of the numbered subject: 32 hex digits."""
    return f"{number:032x}"
