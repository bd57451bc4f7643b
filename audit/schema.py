"""Bring the log's tables up to date; Alembic is loaded only when they are behind."""

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from schemas.errors import Broken

VERSION_TABLE = "audit_alembic_version"
HEAD = "0001"
"""The newest revision in ``audit/migrations``; a test compares the two."""


def current(connection: Connection) -> str | None:
    """Revision of the tables behind ``connection``, None when there are none yet."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()


def migrate(bind: Engine | Connection) -> None:
    """Run the migrations that are missing; does nothing when up to date.

    On a connection they run in the caller's transaction, on an engine in one of their own.

    Raises:
        Broken: when the tables stand at a version that this program does not know.
    """
    if isinstance(bind, Engine):
        with bind.begin() as connection:
            migrate(connection)
        return
    if current(bind) != HEAD:
        _upgrade(bind)
    if current(bind) != HEAD:
        raise Broken("De logtabellen zijn nieuwer dan dit programma", code="schema_onbekend")


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 (0.3 s of import that a running installation never needs)
    from alembic.config import Config  # noqa: PLC0415 (the same)
    from alembic.util.exc import CommandError  # noqa: PLC0415 (the same)

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError:
        raise Broken("De logtabellen zijn nieuwer dan dit programma", code="schema_onbekend") from None
