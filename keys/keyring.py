"""The keyring: sealed until an operator opens it, and then holding only the classes its process was given.

The root key is in memory only while ``unseal``, ``add_tenant`` or a rotation runs. Purpose limitation becomes a
missing key: a process opened without ``financien`` cannot read an arrear, whatever its code asks.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from keys.database import KeyDatabase
from keys.dekcache import DekCache
from keys.entropy import wipe
from keys.hierarchy import NAMED, found_tenant
from keys.material import Material, load
from keys.providers import Provider
from keys.signingkeys import ALGORITHMS, Published, SigningKey
from keys.wrapping import Kek
from schemas.errors import NotFound, Sealed
from schemas.person import DataClass

ALL: frozenset[DataClass] = frozenset(DataClass)


class Keyring:
    """Key store at ``location`` (a file, or an SQLAlchemy URL) under a provider; starts sealed.

    ``monotonic`` is the clock of the key cache, in seconds. Every use while sealed raises ``Sealed``; a class that
    this process did not load raises ``Sealed`` with code ``klasse_niet_geladen``.
    """

    def __init__(self, location: Path | str, provider: Provider, monotonic: Callable[[], float]) -> None:
        self.database = KeyDatabase(location)
        self._provider, self._monotonic = provider, monotonic
        self._material: Material | None = None
        self._lock = threading.Lock()

    @classmethod
    def create(
        cls,
        location: Path | str,
        provider: Provider,
        tenants: Sequence[str],
        *,
        now_ms: int,
        monotonic: Callable[[], float],
    ) -> Self:
        """Found a key store for these municipalities under an open provider; keyring and provider end sealed.

        Raises:
            Conflict: the store has keys of one of them already.
        """
        keyring = cls(location, provider, monotonic)
        try:
            with keyring.database.write() as connection:
                for tenant in tenants:
                    found_tenant(connection, provider, tenant, now_ms)
        finally:
            provider.seal()
        return keyring

    @property
    def sealed(self) -> bool:
        """Whether nothing can be opened."""
        return self._material is None

    def unseal(self, passphrase: bytes | bytearray, classes: Iterable[DataClass] = ALL) -> None:
        """Load the keys of these classes for every municipality.

        Raises:
            Sealed: the passphrase is wrong (code ``wachtwoord_onjuist``).
            SealBroken: a stored key was altered.
        """
        with self.root(passphrase) as provider:
            material = load(self.database, provider, frozenset(classes), self._monotonic)
        self._replace(material)

    def seal(self) -> None:
        """Forget every open key; buffers are wiped."""
        self._replace(None)

    def close(self) -> None:
        """Seal, and close the database."""
        self.seal()
        self.database.close()

    def add_tenant(self, passphrase: bytes | bytearray, tenant: str, now_ms: int) -> None:
        """Make the keys of one more municipality and, when this keyring is open, load them."""
        with self.root(passphrase) as provider:
            with self.database.write() as connection:
                found_tenant(connection, provider, tenant, now_ms)
            if self._material is not None:
                self._replace(load(self.database, provider, self._material.classes, self._monotonic))

    @contextmanager
    def root(self, passphrase: bytes | bytearray) -> Iterator[Provider]:
        """The provider, open for the length of the block; one at a time."""
        with self._lock:
            self._provider.unseal(passphrase)
            try:
                yield self._provider
            finally:
                self._provider.seal()

    @property
    def material(self) -> Material:
        """The open keys; ``Sealed`` when there are none."""
        if self._material is None:
            raise Sealed
        return self._material

    @property
    def deks(self) -> DekCache:
        """The cache of open data keys."""
        return self.material.deks

    def active(self, tenant: str, data_class: DataClass) -> Kek:
        """The class key version that wraps new keys."""
        material = self.material
        try:
            return material.active[tenant, data_class]
        except KeyError:
            raise material.missing(data_class, tenant) from None

    def version(self, tenant: str, data_class: DataClass, version: int) -> Kek:
        """The class key version that a row names."""
        material = self.material
        try:
            return material.keks[tenant, data_class, version]
        except KeyError:
            raise material.missing(data_class, tenant) from None

    def named(self, tenant: str, name: str) -> int:
        """The present version of a named key."""
        material = self.material
        try:
            return material.current[tenant, name]
        except KeyError:
            raise material.missing(NAMED[name], tenant) from None

    def versions(self, tenant: str, name: str) -> list[int]:
        """All loaded versions of a named key, newest first."""
        self.named(tenant, name)
        return sorted((seed[2] for seed in self.material.seeds if seed[:2] == (tenant, name)), reverse=True)

    def mac(self, tenant: str, name: str, version: int, purpose: str) -> HMAC:
        """HMAC-SHA-256 under a key derived from a named key; copy it before use."""
        material, place = self.material, (tenant, name, version, purpose)
        found = material.macs.get(place)
        if found is None:
            key = material.derived(place)
            found = material.macs[place] = HMAC(key, SHA256())
            wipe(key)
        return found

    def cipher(self, tenant: str, name: str, version: int, purpose: str) -> AESGCM:
        """AES-256-GCM under a key derived from a named key."""
        material, place = self.material, (tenant, name, version, purpose)
        found = material.ciphers.get(place)
        if found is None:
            key = material.derived(place)
            found = material.ciphers[place] = AESGCM(key)
            wipe(key)
        return found

    def signing(self, tenant: str, purpose: str) -> SigningKey:
        """The active signing key for ``checkpoint``, ``token`` or ``receipt``."""
        material = self.material
        try:
            return material.signing[tenant, purpose]
        except KeyError:
            ALGORITHMS[purpose]  # an unknown purpose is a mistake of the program
            raise material.missing(DataClass.TEKENEN, tenant) from None

    def published(self, tenant: str, purpose: str) -> list[Published]:
        """The public keys of a purpose, the active one first; also for processes without the class ``tekenen``.

        Only keys that stood wrapped in the store when it was opened: a row that somebody adds is never published.

        Raises:
            Sealed: the keyring is not open.
            NotFound: this municipality has no keys.
        """
        material = self.material
        try:
            return material.published[tenant, purpose]
        except KeyError:
            raise NotFound("Voor deze gemeente zijn er geen sleutels") from None

    def _replace(self, material: Material | None) -> None:
        """Readers under way finish with the keys they have, unless the ring is sealed."""
        before, self._material = self._material, material
        if before is not None and material is not None:
            before.wipe()
        elif before is not None:
            before.forget()
