"""Brings the tables of the key store to the present version; runs Alembic only when they are behind."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, inspect, text

from schemas.errors import Broken

HEAD: Final = "0001"
VERSION_TABLE: Final = "keys_alembic_version"
MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(engine: Engine) -> None:
    """Create or upgrade the tables of this owner.

    Raises:
        Broken: the tables stand at a version that this program does not know (it is older than its data).
    """
    with engine.begin() as connection:
        if version(connection) == HEAD:
            return
        _upgrade(connection)
        if version(connection) != HEAD:
            raise Broken("De sleuteltabellen zijn nieuwer dan dit programma", code="schema_onbekend")


def version(connection: Connection) -> str | None:
    """The revision the tables stand at, or None for a new database."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 (300 ms that an up-to-date database need not pay)
    from alembic.config import Config  # noqa: PLC0415 (the same)
    from alembic.util.exc import CommandError  # noqa: PLC0415 (the same)

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except CommandError:
        raise Broken("De sleuteltabellen zijn van een onbekende versie", code="schema_onbekend") from None
