"""Where things stand in an exported log (c2sp.org/tlog-tiles): names of tiles and entry bundles, and their bytes."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from audit.tree import HASH_SIZE, TILE_HEIGHT, TILE_WIDTH, NodeAt, pair_up
from schemas.errors import LogBroken

TILE_BYTES = TILE_WIDTH * HASH_SIZE
CHECKPOINT = "checkpoint"
VKEY = "vkey"
_LENGTH = 2
_GROUP = 1000

FetchTile = Callable[[int, int], bytes]
"""``(level, n)`` gives the hashes of a tile, one after the other; a partial tile is shorter."""


def tile_path(level: int | str, n: int, width: int = TILE_WIDTH) -> str:
    """Relative path of a tile, or of an entry bundle when ``level`` is ``entries``.

    ``n`` is written in groups of three digits, all but the last with an ``x``; a width below 256 is a partial tile.
    """
    groups = [f"{n % _GROUP:03d}"]
    while n >= _GROUP:
        n //= _GROUP
        groups.insert(0, f"x{n % _GROUP:03d}")
    partial = "" if width == TILE_WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Every tile ``(level, n, width)`` of a log of ``size`` entries, level by level."""
    level = 0
    while size >> TILE_HEIGHT * level:
        complete, rest = divmod(size >> TILE_HEIGHT * level, TILE_WIDTH)
        for n in range(complete):
            yield level, n, TILE_WIDTH
        if rest:
            yield level, complete, rest
        level += 1


def split_hashes(tile: bytes) -> list[bytes]:
    """Cut a tile into its hashes."""
    return [tile[at : at + HASH_SIZE] for at in range(0, len(tile), HASH_SIZE)]


def node_reader(fetch: FetchTile) -> NodeAt:
    """Give complete subtree roots from tiles: every height between two tile levels is hashed again."""

    def node_at(height: int, n: int) -> bytes:
        level, above = divmod(height, TILE_HEIGHT)
        first = n << above
        tile = split_hashes(fetch(level, first // TILE_WIDTH))
        nodes: Sequence[bytes] = tile[first % TILE_WIDTH : first % TILE_WIDTH + (1 << above)]
        if len(nodes) != 1 << above:
            raise LogBroken(f"Van het logboek ontbreekt een deel: laag {level}, blok {first // TILE_WIDTH}")
        for _ in range(above):
            nodes = pair_up(nodes)
        return nodes[0]

    return node_at


def pack(entries: Iterable[bytes]) -> bytes:
    """Write entries as a bundle: each with its length in front, big-endian uint16."""
    return b"".join(len(entry).to_bytes(_LENGTH, "big") + entry for entry in entries)


def unpack(bundle: bytes) -> list[bytes]:
    """Read the entries of a bundle.

    Raises:
        LogBroken: when the lengths do not add up.
    """
    entries, at, end = [], 0, len(bundle)
    while at < end:
        start = at + _LENGTH
        at = start + int.from_bytes(bundle[at:start], "big")
        entries.append(bundle[start:at])
    if at != end:
        raise LogBroken("Een bundel logregels is afgekapt")
    return entries
