"""Alembic's entry for the key store: runs inside the connection that ``keys.schema`` hands over."""  # noqa: INP001 (Alembic runs this file by its path)

from alembic import context

from keys.tables import METADATA

with_connection = context.config.attributes["connection"]
context.configure(connection=with_connection, target_metadata=METADATA, version_table="keys_alembic_version")
with context.begin_transaction():
    context.run_migrations()
