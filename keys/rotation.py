"""Renewal of keys: a class key with everything under it, a named key, a signing key; and the end of old versions.

A renewed class key takes over every data key, named key and signing key in one transaction, counted before it
commits. The old version stays able to open until ``destroy_version``, so that a write that was under way when the
renewal began loses nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, func, insert, select, update

from keys.entropy import wipe
from keys.hierarchy import NAMED, named_row, next_kek, open_stored_kek
from keys.keyring import Keyring
from keys.providers import Provider
from keys.signingkeys import ALGORITHMS, new_row, rewrapped
from keys.tables import DEK, KEK, SIGNING
from keys.wrapping import Kek, KekState, unwrap, wrap
from schemas.errors import Broken, Conflict, NotFound
from schemas.person import DataClass


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a renewal did: the version that is active now, and how many keys it took over."""

    tenant: str
    data_class: DataClass
    version: int
    rewrapped: int


def rotate(
    keyring: Keyring,
    passphrase: bytes | bytearray,
    tenant: str,
    data_class: DataClass,
    now_ms: int,
    *,
    compromised: bool = False,
) -> Rotation:
    """Make a new version of a class key and rewrap all keys under it, in one transaction.

    With ``compromised`` the old versions are marked so and never loaded again. Other processes must unseal again.

    Raises:
        NotFound: this municipality has no such key.
        SealBroken: a stored key was altered; nothing changed.
        Broken: the count does not fit; nothing changed.
    """
    with keyring.root(passphrase) as provider, keyring.database.write() as connection:
        old = _versions(connection, provider, tenant, data_class)
        fresh = next_kek(connection, provider, old[max(old)].context, now_ms)
        count = _take_over(connection, old, fresh)
        _retire(connection, fresh, now_ms, compromised=compromised)
    if not keyring.sealed and data_class in keyring.material.classes:
        keyring.material.adopt(fresh, active=True)
    return Rotation(tenant, data_class, fresh.version, count)


def destroy_version(keyring: Keyring, tenant: str, data_class: DataClass, version: int, now_ms: int) -> None:
    """Erase the wrapped bytes of a class key version that nothing stands under any more.

    Raises:
        Conflict: it is active, or keys still stand under it.
        NotFound: there is no such version.
    """
    here = and_(KEK.c.tenant == tenant, KEK.c.data_class == data_class.value, KEK.c.version == version)
    with keyring.database.write() as connection:
        row = connection.execute(select(KEK).where(here)).first()
        if row is None:
            raise NotFound
        if row.state == KekState.ACTIVE or _count(connection, tenant, data_class, version):
            raise Conflict("Deze sleutelversie is nog in gebruik")
        gone = {"state": KekState.DESTROYED.value, "wrapped": b"", "retired_ms": now_ms}
        connection.execute(update(KEK).where(here).values(gone))
    keyring.database.checkpoint()
    if not keyring.sealed:
        keyring.material.keks.pop((tenant, data_class, version), None)


def renew_named(keyring: Keyring, passphrase: bytes | bytearray, tenant: str, name: str) -> int:
    """Add a version of a named key (search index, pseudonyms …) and load it; older versions stay to read with."""
    data_class = NAMED[name]
    with keyring.root(passphrase) as provider, keyring.database.write() as connection:
        keks = _versions(connection, provider, tenant, data_class)
        labels = connection.execute(
            select(DEK.c.subject).where(DEK.c.tenant == tenant, DEK.c.subject.startswith(f"{name}."))
        ).scalars()
        version = 1 + max(int(label.partition(".")[2]) for label in labels)
        connection.execute(insert(DEK), named_row(keks[max(keks)], name, version))
    _reload(keyring, passphrase)
    return version


def renew_signing(
    keyring: Keyring, passphrase: bytes | bytearray, tenant: str, purpose: str, now_ms: int
) -> str:
    """Make a new signing key and give its kid; the old one stays published for verification."""
    ALGORITHMS[purpose]  # an unknown purpose is a mistake of the program
    active = and_(
        SIGNING.c.tenant == tenant, SIGNING.c.purpose == purpose, SIGNING.c.state == KekState.ACTIVE.value
    )
    with keyring.root(passphrase) as provider, keyring.database.write() as connection:
        keks = _versions(connection, provider, tenant, DataClass.TEKENEN)
        retired = {"state": KekState.DECRYPT_ONLY.value, "retired_ms": now_ms}
        connection.execute(update(SIGNING).where(active).values(retired))
        row = new_row(keks[max(keks)], purpose, now_ms)
        connection.execute(insert(SIGNING), row)
    _reload(keyring, passphrase)
    return str(row["kid"])


def _reload(keyring: Keyring, passphrase: bytes | bytearray) -> None:
    if not keyring.sealed:
        keyring.unseal(passphrase, keyring.material.classes)


def _versions(
    connection: Connection, provider: Provider, tenant: str, data_class: DataClass
) -> dict[int, Kek]:
    """Every version that still has its bytes, open."""
    alive = KEK.c.state != KekState.DESTROYED.value
    rows = connection.execute(
        select(KEK).where(KEK.c.tenant == tenant, KEK.c.data_class == data_class.value, alive)
    ).all()
    if not rows:
        raise NotFound("Voor deze gemeente zijn er geen sleutels")
    return {row.version: open_stored_kek(provider, row) for row in rows}


def _take_over(connection: Connection, old: dict[int, Kek], fresh: Kek) -> int:
    """Rewrap everything under the fresh version and count that nothing stayed behind."""
    tenant, data_class = fresh.context.tenant, fresh.context.data_class
    before = sum(_count(connection, tenant, data_class, version) for version in old)
    under = and_(DEK.c.tenant == tenant, DEK.c.data_class == data_class.value)
    rows = connection.execute(select(DEK).where(under)).all()
    _update(connection, DEK, [_rewrapped_dek(old[row.kek_version], fresh, row) for row in rows])
    if data_class is DataClass.TEKENEN:
        signing = connection.execute(select(SIGNING).where(SIGNING.c.tenant == tenant)).all()
        _update(
            connection, SIGNING, [_rewrapped_signing(old[row.kek_version], fresh, row) for row in signing]
        )
    after = _count(connection, tenant, data_class, fresh.version)
    if before != after:
        raise Broken("Niet elke sleutel is meegegaan naar de nieuwe versie", code="rotatie_onvolledig")
    return after


def _rewrapped_dek(old: Kek, fresh: Kek, row: Any) -> dict[str, Any]:
    raw = unwrap(old, row.key_id, row.subject, row.wrapped, row.commitment)
    wrapped = wrap(fresh, row.key_id, row.subject, raw)
    wipe(raw)
    here = {"b_tenant": row.tenant, "b_subject": row.subject, "b_data_class": row.data_class}
    return {**here, "wrapped": wrapped, "kek_version": fresh.version}


def _rewrapped_signing(old: Kek, fresh: Kek, row: Any) -> dict[str, Any]:
    here = {"b_tenant": row.tenant, "b_purpose": row.purpose, "b_kid": row.kid}
    return {**here, "wrapped": rewrapped(old, fresh, row), "kek_version": fresh.version}


def _update(connection: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    changed = list(rows)
    if changed:
        here = and_(*(column == bindparam(f"b_{column.name}") for column in table.primary_key.columns))
        connection.execute(update(table).where(here), changed)


def _count(connection: Connection, tenant: str, data_class: DataClass, version: int) -> int:
    """How many keys stand under a version."""
    deks = select(func.count()).where(
        DEK.c.tenant == tenant, DEK.c.data_class == data_class.value, DEK.c.kek_version == version
    )
    count: int = connection.execute(deks).scalar_one()
    if data_class is DataClass.TEKENEN:
        signing = select(func.count()).where(SIGNING.c.tenant == tenant, SIGNING.c.kek_version == version)
        count += connection.execute(signing).scalar_one()
    return count


def _retire(connection: Connection, fresh: Kek, now_ms: int, *, compromised: bool) -> None:
    """Activate the fresh version; the others may only open from now on, or not even that."""
    context = fresh.context
    of_class = and_(KEK.c.tenant == context.tenant, KEK.c.data_class == context.data_class.value)
    state = KekState.COMPROMISED if compromised else KekState.DECRYPT_ONLY
    usable = KEK.c.state.in_((KekState.ACTIVE.value, KekState.DECRYPT_ONLY.value))
    connection.execute(update(KEK).where(of_class, usable).values(state=state.value, retired_ms=now_ms))
    activated = {"state": KekState.ACTIVE.value, "activated_ms": now_ms}
    connection.execute(update(KEK).where(of_class, KEK.c.version == context.version).values(activated))
