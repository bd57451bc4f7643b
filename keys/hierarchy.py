"""What a municipality gets when it joins: a class key per data class, its named keys and its signing keys.

::

    root (provider)
    └── class key: municipality × data class, versioned
        ├── data key per subject
        ├── named keys (search index, pointers, check, pseudonyms, links)
        └── signing keys (class ``tekenen``)
"""

import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from keys.entropy import secret, wipe
from keys.profiles import KEY_BYTES, KEY_ID_BYTES
from keys.providers import KekContext, Provider
from keys.signingkeys import ALGORITHMS, new_row
from keys.tables import DEK, KEK, SIGNING
from keys.wrapping import Kek, KekState, commitment, open_kek, wrap
from schemas.errors import Conflict
from schemas.person import DataClass

INDEX: Final = "@index"
POINTER: Final = "@pointer"
CHECK: Final = "@check"
PSEUDONYM: Final = "@pseudonym"
LINK: Final = "@link"
NAMED: Final[Mapping[str, DataClass]] = MappingProxyType(
    {
        INDEX: DataClass.ZOEKEN,
        POINTER: DataClass.ZOEKEN,
        CHECK: DataClass.IDENTITEIT,
        PSEUDONYM: DataClass.PSEUDONIEM,
        LINK: DataClass.PSEUDONIEM,
    }
)
"""Keys of the municipality itself and the class each lives under. The check of a search pointer lives under
``identiteit``, so that a thief of ``zoeken`` alone cannot confirm anybody."""


def found_tenant(connection: Connection, provider: Provider, tenant: str, now_ms: int) -> None:
    """Make every key of a new municipality in the caller's transaction.

    Raises:
        Conflict: it has keys already.
    """
    if connection.execute(select(KEK.c.version).where(KEK.c.tenant == tenant)).first():
        raise Conflict("Deze gemeente heeft al sleutels")
    keks = {
        kind: new_kek(connection, provider, KekContext(tenant, kind, _id(), 1), now_ms) for kind in DataClass
    }
    named = [named_row(keks[kind], name, 1) for name, kind in NAMED.items()]
    connection.execute(insert(DEK), named)
    signing = [new_row(keks[DataClass.TEKENEN], purpose, now_ms) for purpose in ALGORITHMS]
    connection.execute(insert(SIGNING), signing)


def new_kek(
    connection: Connection,
    provider: Provider,
    context: KekContext,
    now_ms: int,
    state: KekState = KekState.ACTIVE,
) -> Kek:
    """Make a class key version and store it wrapped under the root."""
    key = secret(KEY_BYTES)
    row = {
        "tenant": context.tenant, "data_class": context.data_class.value, "version": context.version,
        "kek_id": context.kek_id, "state": state.value, "wrapped": provider.wrap(context, key),
        "created_ms": now_ms, "activated_ms": now_ms if state is KekState.ACTIVE else None,
    }  # fmt: skip
    connection.execute(insert(KEK), row)
    return open_kek(context, key)


def next_kek(connection: Connection, provider: Provider, old: KekContext, now_ms: int) -> Kek:
    """The following version of a class key, not active yet."""
    context = KekContext(old.tenant, old.data_class, _id(), old.version + 1)
    return new_kek(connection, provider, context, now_ms, KekState.PRE_ACTIVE)


def named_row(kek: Kek, name: str, version: int) -> dict[str, Any]:
    """A fresh named key as a row among the data keys; its subject is ``@name.version``."""
    key, key_id, subject = secret(KEY_BYTES), _id(), f"{name}.{version}"
    row = {
        "tenant": kek.context.tenant, "subject": subject, "data_class": kek.context.data_class.value,
        "key_id": key_id, "kek_version": kek.version, "wrapped": wrap(kek, key_id, subject, key),
        "commitment": commitment(key),
    }  # fmt: skip
    wipe(key)
    return row


def open_stored_kek(provider: Provider, row: Any) -> Kek:
    """Unwrap a row of ``keys_kek``; ``SealBroken`` when it was altered or the root is another."""
    context = KekContext(row.tenant, DataClass(row.data_class), row.kek_id, row.version)
    return open_kek(context, provider.unwrap(context, row.wrapped))


def _id() -> bytes:
    return os.urandom(KEY_ID_BYTES)
