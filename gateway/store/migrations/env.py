"""Alembic's entry for the gateway's tables: runs inside the connection that ``gateway.store.schema`` hands over."""  # noqa: INP001 (Alembic runs this file by its path)

from alembic import context

from gateway.store.tables import METADATA

with_connection = context.config.attributes["connection"]
context.configure(
    connection=with_connection, target_metadata=METADATA, version_table="gateway_alembic_version"
)
with context.begin_transaction():
    context.run_migrations()
