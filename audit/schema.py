"""Bring the log's tables up to date; Alembic is loaded only when they are behind."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

VERSION_TABLE = "audit_alembic_version"
HEAD = "0001"
"""The newest revision in ``audit/migrations``; a test compares the two."""


def current(connection: Connection) -> str | None:
    """Revision of the tables behind ``connection``, None when there are none yet."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, in the caller's transaction; does nothing when up to date."""
    if current(connection) == HEAD:
        return
    from alembic import command  # noqa: PLC0415 (0.3 s of import that a running installation never needs)
    from alembic.config import Config  # noqa: PLC0415 (the same)

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    command.upgrade(config, "head")
