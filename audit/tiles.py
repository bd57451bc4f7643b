"""Tiles in the database.

Level 0 keeps complete tiles only: the last leaves stand in ``audit_log`` anyway. Higher levels grow once in 256
entries and keep their partial tile too; a trigger lets a tile grow at its end and in no other way.
"""

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, select, update

from audit.layout import TILE_BYTES, FetchTile, node_reader
from audit.tables import insert_rows, log, tile
from audit.tree import HASH_SIZE, TILE_HEIGHT, TILE_WIDTH, NodeAt


def extend(
    connection: Connection, tenant: str, year: int, size: int, levels: Sequence[Sequence[bytes]]
) -> None:
    """Store the subtree roots that became complete when a log of ``size`` entries grew (``Growth.levels``)."""
    for level, new in enumerate(levels):
        n, width = divmod(size >> TILE_HEIGHT * level, TILE_WIDTH)
        if level or width + len(new) >= TILE_WIDTH:
            held = stored(connection, tenant, year, level, n)[: width * HASH_SIZE] if width else b""
            _write(connection, (tenant, year, level, n), held, held + b"".join(new))


def _write(connection: Connection, place: tuple[str, int, int, int], held: bytes, hashes: bytes) -> None:
    tenant, year, level, n = place
    tiles = [
        (tenant, year, level, n + at // TILE_BYTES, hashes[at : at + TILE_BYTES])
        for at in range(0, len(hashes), TILE_BYTES)
    ]
    if level == 0 and len(tiles[-1][-1]) < TILE_BYTES:
        tiles.pop()
    if level and held:
        grown = tiles.pop(0)
        connection.execute(update(tile).where(*_at(tenant, year, level, n)).values(hashes=grown[-1]))
    insert_rows(connection, tile, tiles)


def _at(tenant: str, year: int, level: int, n: int) -> tuple[ColumnElement[bool], ...]:
    return (tile.c.tenant == tenant, tile.c.year == year, tile.c.level == level, tile.c.n == n)


def kept(connection: Connection, tenant: str, year: int, level: int, n: int) -> bytes:
    """Hashes of a tile that has a row of its own; empty when it has none."""
    row = connection.execute(select(tile.c.hashes).where(*_at(tenant, year, level, n))).scalar()
    return row if isinstance(row, bytes) else b""


def stored(connection: Connection, tenant: str, year: int, level: int, n: int) -> bytes:
    """Hashes of a tile as far as it is filled; empty when there is none."""
    own = kept(connection, tenant, year, level, n)
    if own or level:
        return own
    first = n * TILE_WIDTH
    leaves = connection.execute(
        select(log.c.leaf)
        .where(log.c.tenant == tenant, log.c.year == year, log.c.idx >= first, log.c.idx < first + TILE_WIDTH)
        .order_by(log.c.idx)
    )
    return b"".join(leaf for (leaf,) in leaves)


def reader(connection: Connection, tenant: str, year: int) -> NodeAt:
    """Give complete subtree roots of a log; each tile is read once."""

    @lru_cache(maxsize=256)
    def fetch(level: int, n: int) -> bytes:
        return stored(connection, tenant, year, level, n)

    typed: FetchTile = fetch
    return node_reader(typed)
