"""The tables of the key store, in a metadata of their own so that no other owner creates or migrates them.

Municipality first in every key. Nothing here is usable without the root key, and nothing here is personal beyond
the opaque subject id. Table classes describe storage only; reading and writing is done in Core.
"""

from typing import ClassVar, Final

from sqlalchemy import BigInteger, MetaData, Table
from sqlmodel import Field, SQLModel

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class KeyTable(SQLModel):
    """Parent of this owner's tables: own metadata, and rows stored in the order of their primary key."""

    metadata: ClassVar[MetaData] = METADATA
    __table_args__: ClassVar[dict[str, object]] = {"sqlite_with_rowid": False}


class KekRow(KeyTable, table=True):
    """A version of a class key, wrapped under the root; ``wrapped`` is empty once destroyed."""

    __tablename__ = "keys_kek"

    tenant: str = Field(primary_key=True)
    data_class: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    kek_id: bytes
    state: str
    wrapped: bytes = Field(repr=False)
    created_ms: int = Field(sa_type=BigInteger)
    activated_ms: int | None = Field(default=None, sa_type=BigInteger)
    retired_ms: int | None = Field(default=None, sa_type=BigInteger)


class DekRow(KeyTable, table=True):
    """The key of one subject in one class, or a named key of the municipality (subject ``@name.version``)."""

    __tablename__ = "keys_dek"

    tenant: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    data_class: str = Field(primary_key=True)
    key_id: bytes
    kek_version: int
    wrapped: bytes = Field(repr=False)
    commitment: bytes = Field(repr=False)


class ErasureRow(KeyTable, table=True):
    """A key that was destroyed on purpose: no subject, so that the journal may outlive every person in it."""

    __tablename__ = "keys_erasure_journal"

    tenant: str = Field(primary_key=True)
    key_id: bytes = Field(primary_key=True)
    data_class: str
    ground: str
    at_ms: int = Field(sa_type=BigInteger)


class SigningRow(KeyTable, table=True):
    """A signing key: public part in the open, private part wrapped under the class ``tekenen``."""

    __tablename__ = "keys_public"

    tenant: str = Field(primary_key=True)
    purpose: str = Field(primary_key=True)
    kid: str = Field(primary_key=True)
    algorithm: str
    state: str
    public: bytes
    key_id: bytes
    kek_version: int
    wrapped: bytes = Field(repr=False)
    commitment: bytes = Field(repr=False)
    created_ms: int = Field(sa_type=BigInteger)
    retired_ms: int | None = Field(default=None, sa_type=BigInteger)


KEK: Final[Table] = METADATA.tables["keys_kek"]
DEK: Final[Table] = METADATA.tables["keys_dek"]
ERASURE: Final[Table] = METADATA.tables["keys_erasure_journal"]
SIGNING: Final[Table] = METADATA.tables["keys_public"]
