"""Brings the gateway's own tables to the present version; runs Alembic only when they are behind."""

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from schemas.errors import Broken

HEAD: Final = "0001"
VERSION_TABLE: Final = "gateway_alembic_version"
MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate(connection: Connection) -> None:
    """Create or upgrade the tables of this owner, in the caller's transaction.

    Raises:
        Broken: the tables stand at a version that this program does not know (it is older than its data).
    """
    if _version(connection) == HEAD:
        return
    _upgrade(connection)
    if _version(connection) != HEAD:
        raise Broken(_NEWER, code="schema_onbekend")


_NEWER = "De tabellen zijn nieuwer dan dit programma"


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return found


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 (300 ms that an up-to-date database need not pay)
    from alembic.config import Config  # noqa: PLC0415 (the same)
    from alembic.util import CommandError  # noqa: PLC0415 (the same)

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, HEAD)
    except CommandError:
        raise Broken(_NEWER, code="schema_onbekend") from None
