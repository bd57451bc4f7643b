"""The gateway's own metadata, apart from those of ``audit`` and ``keys``: no foreign key can cross an owner."""

from sqlalchemy import MetaData
from sqlmodel import SQLModel

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class GatewayTable(SQLModel):
    """Base of every ``gateway_`` table; tables store and never validate (boundaries use schemas)."""

    metadata = METADATA
