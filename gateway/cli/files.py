"""Files that the command line reads and writes: never more than it can hold, and private ones for their owner alone."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from gateway.cli.home import settings_of
from schemas.errors import Invalid, NotFound, TooLarge

if TYPE_CHECKING:
    from schemas.columnmap import ColumnMap


def contents(path: Path, most: int) -> bytes:
    """Read a file of at most ``most`` bytes.

    Raises:
        TooLarge: it is larger; no more than one byte past the limit was read.
    """
    with path.open("rb") as file:
        found = file.read(most + 1)
    if len(found) > most:
        raise TooLarge(f"Een bestand is hier ten hoogste {most} bytes")
    return found


def write_private(target: Path, content: bytes) -> None:
    """Write a file for its owner alone (mode 0600), complete or not at all; an earlier one is replaced."""
    fresh = target.with_name(target.name + ".nieuw")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(target)


def map_named(name: str | None, home: Path | None) -> "ColumnMap | None":
    """Find the column map of an option ``--map``: of the installation, or one that comes with the product.

    An unknown name is wrong usage and hears the names there are; so is a map that does not fit its contract.
    """
    from connectors.partners.maps import column_map, packaged_maps

    if name is None:
        return None
    own = None if home is None else settings_of(home).maps
    try:
        return column_map(name, own)
    except NotFound:
        found = () if own is None else (file.stem for file in own.glob("*.toml"))
        known = ", ".join(sorted({*packaged_maps(), *found}))
        raise typer.BadParameter(f"kies uit {known}", param_hint="--map") from None
    except Invalid as problem:
        raise typer.BadParameter(problem.detail, param_hint="--map") from None
