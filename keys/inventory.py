"""The inventory of keys: what there is, in which version and state, never any key. Readable while sealed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from keys.keyring import Keyring
from keys.tables import DEK, ERASURE, KEK, SIGNING
from schemas.person import DataClass

_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Line:
    """Keys of one kind: ``kind`` is klassesleutel, datasleutel, naamsleutel or tekensleutel.

    ``version`` is that of the class key they are, or stand under; ``count`` is how many there are.
    ``created_ms`` is None for data keys, which carry no time.
    """

    tenant: str
    kind: str
    name: str
    data_class: DataClass
    algorithm: str
    version: int
    state: str
    created_ms: int | None
    count: int


def inventory(keyring: Keyring) -> list[Line]:
    """Every key of the store, by municipality and kind."""
    lines = [*_keks(keyring), *_deks(keyring), *_signing(keyring)]
    return sorted(lines, key=lambda line: (line.tenant, line.kind, line.data_class, line.name, line.version))


def missing(keyring: Keyring, tenant: str, key_ids: Sequence[bytes]) -> frozenset[bytes]:
    """Give those of these data keys that the store does not have and never destroyed: it is older than what they sealed."""
    gone = set(key_ids)
    for table in (DEK, ERASURE):
        for start in range(0, len(key_ids), _CHUNK):
            some = table.c.key_id.in_(key_ids[start : start + _CHUNK])
            rows = keyring.database.select(select(table.c.key_id).where(table.c.tenant == tenant, some))
            gone.difference_update(bytes(row.key_id) for row in rows)
    return frozenset(gone)


def _keks(keyring: Keyring) -> Iterator[Line]:
    for row in keyring.database.select(select(KEK)):
        yield Line(
            row.tenant, "klassesleutel", row.data_class, DataClass(row.data_class), "A256GCM",
            row.version, row.state, row.created_ms, 1,
        )  # fmt: skip


def _deks(keyring: Keyring) -> Iterator[Line]:
    named = DEK.c.subject.startswith("@")
    group = (DEK.c.tenant, DEK.c.data_class, DEK.c.kek_version)
    counted = select(*group, func.count()).where(~named).group_by(*group)
    for row in keyring.database.select(counted):
        tenant, data_class, version, count = tuple(row)
        yield Line(
            tenant,
            "datasleutel",
            data_class,
            DataClass(data_class),
            "A256GCM",
            version,
            "active",
            None,
            count,
        )
    for row in keyring.database.select(select(DEK).where(named)):
        kind = DataClass(row.data_class)
        algorithm = "A256GCM" if row.subject == "@actor" else "HKDF-SHA256"
        yield Line(
            row.tenant, "naamsleutel", row.subject, kind, algorithm, row.kek_version, "active", None, 1
        )


def _signing(keyring: Keyring) -> Iterator[Line]:
    for row in keyring.database.select(select(SIGNING)):
        yield Line(
            row.tenant, "tekensleutel", f"{row.purpose} {row.kid}", DataClass.TEKENEN, row.algorithm,
            row.kek_version, row.state, row.created_ms, 1,
        )  # fmt: skip
