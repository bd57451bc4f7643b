"""The open keys of a process: what ``Keyring.unseal`` fills and ``Keyring.seal`` throws away."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import select

from keys.database import KeyDatabase
from keys.dekcache import DekCache
from keys.entropy import wipe
from keys.framing import frame
from keys.hierarchy import NAMED, open_stored_kek
from keys.profiles import KEY_BYTES
from keys.providers import Provider
from keys.signingkeys import Published, SigningKey, open_row
from keys.tables import DEK, KEK, SIGNING
from keys.wrapping import Kek, KekState, unwrap
from schemas.errors import NotFound, SealBroken, Sealed
from schemas.person import DataClass

_USABLE: Final = (KekState.ACTIVE.value, KekState.DECRYPT_ONLY.value)


def derive(seed: bytes | bytearray, info: bytes) -> bytearray:
    """A 32-byte key out of a seed by HKDF-SHA-256 without salt (RFC 5869), for the purpose that ``info`` names."""
    key = bytearray(KEY_BYTES)
    HKDF(SHA256(), KEY_BYTES, None, info).derive_into(seed, key)
    return key


@dataclass(slots=True)
class Material:
    """Open class keys, named keys and signing keys of the loaded classes, and the cache of data keys."""

    classes: frozenset[DataClass]
    deks: DekCache
    keks: dict[tuple[str, DataClass, int], Kek] = field(default_factory=dict, repr=False)
    active: dict[tuple[str, DataClass], Kek] = field(default_factory=dict, repr=False)
    seeds: dict[tuple[str, str, int], bytearray] = field(default_factory=dict, repr=False)
    current: dict[tuple[str, str], int] = field(default_factory=dict)
    signing: dict[tuple[str, str], SigningKey] = field(default_factory=dict, repr=False)
    published: dict[tuple[str, str], list[Published]] = field(default_factory=dict)
    macs: dict[tuple[str, str, int, str], HMAC] = field(default_factory=dict, repr=False)
    ciphers: dict[tuple[str, str, int, str], AESGCM] = field(default_factory=dict, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def adopt(self, kek: Kek, *, active: bool) -> None:
        """Take a class key version in use."""
        context = kek.context
        self.keks[context.tenant, context.data_class, context.version] = kek
        if active:
            self.active[context.tenant, context.data_class] = kek

    def missing(self, data_class: DataClass, tenant: str) -> Exception:
        """Why a class key is not here: class not loaded in this process, municipality unknown, or older keys loaded."""
        if not self.active:
            return Sealed()
        if data_class not in self.classes:
            return Sealed(f"Dit proces laadt de klasse {data_class} niet", code="klasse_niet_geladen")
        if (tenant, data_class) not in self.active:
            return NotFound("Voor deze gemeente zijn er geen sleutels")
        return Sealed("De sleutels zijn elders vernieuwd: ontzegel opnieuw", code="sleutels_verouderd")

    def derived(self, place: tuple[str, str, int, str]) -> bytearray:
        """A key derived from a named key, in a buffer that the caller wipes (under the lock, against ``forget``)."""
        tenant, name, version, purpose = place
        with self.lock:
            seed = self.seeds.get((tenant, name, version))
            if seed is None:
                raise self.missing(NAMED[name], tenant)
            return derive(seed, frame("sluis", name, tenant, str(version), purpose))

    def wipe(self) -> None:
        """Clear the raw named keys. What is in use elsewhere at this moment works on until it lets go."""
        with self.lock:
            for seed in self.seeds.values():
                wipe(seed)
            self.seeds.clear()

    def forget(self) -> None:
        """Wipe and drop everything, also for who holds on to this."""
        self.wipe()
        for held in (self.keks, self.active, self.signing, self.published, self.macs, self.ciphers):
            held.clear()
        self.deks.clear()


def load(
    database: KeyDatabase, provider: Provider, classes: frozenset[DataClass], monotonic: Callable[[], float]
) -> Material:
    """Open every usable key of these classes; the provider must be open.

    The class ``tekenen`` is opened in any case, to check what we publish, and dropped again where it was not asked.

    Raises:
        SealBroken: a row was altered, moved, or put back to an earlier state.
    """
    material = Material(classes, DekCache(monotonic))
    wanted = KEK.c.data_class.in_({*classes, DataClass.TEKENEN}) & KEK.c.state.in_(_USABLE)
    for row in database.select(select(KEK).where(wanted).order_by(KEK.c.version)):
        _adopt_kek(material, open_stored_kek(provider, row), active=row.state == KekState.ACTIVE)
    try:
        _load_named(material, database)
        _load_signing(material, database)
    except (KeyError, ValueError):
        raise SealBroken from None
    if DataClass.TEKENEN not in classes:
        _drop(material, DataClass.TEKENEN)
    return material


def _adopt_kek(material: Material, kek: Kek, *, active: bool) -> None:
    """The active version must be the newest: else somebody put an old state back."""
    if (kek.context.tenant, kek.context.data_class) in material.active:
        raise SealBroken
    material.adopt(kek, active=active)


def _load_named(material: Material, database: KeyDatabase) -> None:
    """Named keys stand in the key range ``@…``, which no subject id can enter."""
    tenants = {tenant for tenant, _ in material.active}
    wanted = select(DEK).where(DEK.c.tenant.in_(tenants), DEK.c.subject >= "@", DEK.c.subject < "A")
    for row in database.select(wanted):
        name, _, version = row.subject.partition(".")
        if name in NAMED and NAMED[name] in material.classes:
            _adopt_named(material, row, name, int(version))


def _adopt_named(material: Material, row: Any, name: str, version: int) -> None:
    kek = material.keks[row.tenant, NAMED[name], row.kek_version]
    seed = unwrap(kek, row.key_id, row.subject, row.wrapped, row.commitment)
    material.seeds[row.tenant, name, version] = seed
    material.current[row.tenant, name] = max(version, material.current.get((row.tenant, name), 0))


def _load_signing(material: Material, database: KeyDatabase) -> None:
    """Active keys first, then those that only verify, newest first."""
    wanted = select(SIGNING).where(SIGNING.c.state.in_(_USABLE))
    for row in database.select(wanted.order_by(SIGNING.c.state, SIGNING.c.created_ms.desc())):
        key = open_row(material.keks[row.tenant, DataClass.TEKENEN, row.kek_version], row)
        place = (row.tenant, row.purpose)
        material.published.setdefault(place, []).append(Published(key.kid, key.algorithm, row.public))
        if row.state == KekState.ACTIVE and DataClass.TEKENEN in material.classes:
            material.signing[place] = key


def _drop(material: Material, data_class: DataClass) -> None:
    for place in [place for place in material.keks if place[1] is data_class]:
        del material.keks[place]
    for owner in [owner for owner in material.active if owner[1] is data_class]:
        del material.active[owner]
