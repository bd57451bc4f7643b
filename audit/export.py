"""Write one log to a folder in the C2SP layout, so that outsiders can check it with tools that nobody here wrote.

The folder holds ``checkpoint``, ``vkey``, ``tile/<level>/<n>`` and ``tile/entries/<n>`` (partial ones with
``.p/<width>``). Entries carry no personal data; details and indexes are never exported.
"""

import shutil
from pathlib import Path

from sqlalchemy import Connection, select

from audit import query, tiles
from audit.layout import CHECKPOINT, VKEY, pack, tile_path, tiles_of
from audit.tables import log
from audit.tree import HASH_SIZE, TILE_WIDTH
from schemas.errors import Conflict, LogBroken

_KNOWN = {CHECKPOINT, VKEY, "tile"}


def write(connection: Connection, tenant: str, year: int, directory: Path) -> int:
    """Export the log of one municipality and year; the folder appears whole or not at all.

    An earlier export in the same place is replaced. Run it in a read transaction, so that the writer may go on.

    Returns:
        The number of entries.

    Raises:
        NotFound: when there is no such log.
        Conflict: when the folder holds something else than an export.
        LogBroken: when entries or tiles are missing.
    """
    size, note = query.newest_checkpoint(connection, tenant, year)
    key = query.key_named(connection, tenant, year)
    _refuse_foreign(directory)
    fresh = directory.with_name(directory.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for level, n, width in tiles_of(size):
        hashes = tiles.stored(connection, tenant, year, level, n)[: width * HASH_SIZE]
        _put(fresh, tile_path(level, n, width), hashes, width * HASH_SIZE)
    _write_entries(connection, tenant, year, size, fresh)
    (fresh / VKEY).write_text(f"{key}\n")
    (fresh / CHECKPOINT).write_text(note)
    _swap(fresh, directory)
    return size


def _write_entries(connection: Connection, tenant: str, year: int, size: int, directory: Path) -> None:
    of_log = select(log.c.entry).where(log.c.tenant == tenant, log.c.year == year).order_by(log.c.idx)
    for first in range(0, size, TILE_WIDTH):
        end = min(first + TILE_WIDTH, size)
        entries = connection.execute(of_log.where(log.c.idx >= first, log.c.idx < end)).scalars().all()
        if len(entries) != end - first:
            raise LogBroken(f"In het logboek ontbreekt een regel tussen {first} en {end}")
        bundle = pack(entries)
        _put(directory, tile_path("entries", first // TILE_WIDTH, end - first), bundle, len(bundle))


def _put(directory: Path, name: str, data: bytes, length: int) -> None:
    if len(data) != length:
        raise LogBroken(f"In het logboek ontbreekt een deel van {name}")
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _refuse_foreign(directory: Path) -> None:
    """Never wipe a folder that is not an export."""
    if not directory.exists():
        return
    if not directory.is_dir() or {one.name for one in directory.iterdir()} - _KNOWN:
        raise Conflict("De map bevat iets anders dan een export van het logboek")


def _swap(fresh: Path, directory: Path) -> None:
    old = directory.with_name(directory.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if directory.exists():
        directory.rename(old)
    fresh.rename(directory)
    shutil.rmtree(old, ignore_errors=True)
