"""Alembic's entry: run the log's own migrations on the connection that :mod:`audit.schema` hands over."""

from alembic import context

from audit.schema import VERSION_TABLE
from audit.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=False,
)
context.run_migrations()
