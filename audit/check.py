"""Check the log in the database against its own tiles and signatures, and name what was changed behind its back.

This is the operator's quick look. It runs on the suspect machine; the proof for outsiders is :mod:`audit.verify`
on an export, with checkpoints and receipts that others kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, exists, select

from audit import tiles
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.contracts import Verifier
from audit.entry import naming, read
from audit.layout import split_hashes, tiles_of
from audit.note import VerifierKey
from audit.query import entry_at, newest_checkpoint
from audit.tables import checkpoint, detail, log, state, subject
from audit.tree import TILE_WIDTH, grow, inclusion_proof, leaf_hash, root_of, verify_inclusion
from schemas.errors import LogBroken, NotFound

_ROWS = select(log.c.idx, log.c.leaf, log.c.entry, log.c.ms, log.c.act, log.c.pur, log.c.org)
_NEWEST = select(state).order_by(state.c.year.desc()).limit(1)
_Row = Row[int, bytes, bytes, int, str, str, str]


@dataclass(frozen=True, slots=True)
class _Place:
    connection: Connection
    tenant: str
    year: int

    def of(self, table: Any) -> tuple[Any, Any]:
        return table.c.tenant == self.tenant, table.c.year == self.year


def database(connection: Connection, tenant: str, year: int, key: VerifierKey, verifier: Verifier) -> int:
    """Compare every row of one log with its tiles, its state and its newest checkpoint.

    Returns:
        The number of entries, all as they were signed.

    Raises:
        LogBroken: naming the first wrong entry (index, act, time) and which part of it is wrong: the entry, its
            leaf, its columns, its sealed detail, a tile, or the checkpoint.
        NotFound: when there is no such log.
    """
    place = _Place(connection, tenant, year)
    head = connection.execute(select(state).where(*place.of(state))).first()
    if head is None:
        raise NotFound
    if not isinstance(head.size, int):
        raise LogBroken("De stand van het logboek is gewijzigd: de lengte is geen getal")
    size, levels = 0, _Levels()
    edge: tuple[bytes, ...] = ()
    for rows in _chunks(place, head.size):
        growth = grow(size, edge, _checked(place, size, rows))
        size, edge = growth.size, growth.edge
        levels.add(growth.levels)
    point = _newest(place, key, verifier)
    if point.size == size and point.root != root_of(edge):
        raise LogBroken(_rewritten(place, key, verifier))
    if point.size != size or (head.size, head.edge) != (size, b"".join(edge)):
        raise LogBroken(
            f"De stand van het logboek is gewijzigd: {size} regels, ondertekend zijn er {point.size}"
        )
    _check_tiles(place, size, levels)
    _check_details(place)
    return size


def ending(
    connection: Connection, origin: str, tenant: str, keys: Sequence[VerifierKey], verifier: Verifier
) -> int:
    """Check the end of the newest log of a municipality: quick, whatever its length, for every start.

    The newest checkpoint must be signed by one of ``keys`` (the present one, or one before a renewal), for the log
    ``origin`` (less the year) and for the size and the edge on record; the last entry must lead to its root through the stored tiles; and the
    entries of the last tile must be as they were hashed. Older entries wait for :func:`database`.

    Returns:
        The number of entries; 0 when there is no log yet.

    Raises:
        LogBroken: naming what is wrong.
    """
    newest = connection.execute(_NEWEST.where(state.c.tenant == tenant)).first()
    if newest is None:
        if connection.execute(
            select(checkpoint.c.size).where(checkpoint.c.tenant == tenant).limit(1)
        ).first():
            raise LogBroken("De stand van het logboek is verwijderd")
        return 0
    place, size = _Place(connection, tenant, newest.year), newest.size
    point = _signed_by(place, keys, verifier)
    if point.origin != f"{origin}/{newest.year}":
        raise LogBroken(f"Dit logboek heet {point.origin}; onder een andere naam gaat het niet verder")
    if (point.size, point.root) != (size, root_of(split_hashes(newest.edge))):
        raise LogBroken(f"De stand van het logboek is gewijzigd: ondertekend zijn {point.size} regels")
    last_tile = (size - 1) // TILE_WIDTH * TILE_WIDTH
    leaves = [leaf for rows in _chunks(place, size, last_tile) for leaf in _checked(place, last_tile, rows)]
    proof = inclusion_proof(size - 1, size, tiles.reader(connection, tenant, newest.year))
    verify_inclusion(size - 1, size, leaves[-1], proof, point.root)
    return point.size


def _signed_by(place: _Place, keys: Sequence[VerifierKey], verifier: Verifier) -> Checkpoint:
    """Give the newest checkpoint if one of these keys signed it."""
    wrong = LogBroken("Er is geen sleutel om het logboek mee te controleren")
    for key in keys:
        try:
            return _newest(place, key, verifier)
        except LogBroken as error:
            wrong = error
    raise wrong


class _Levels:
    """The hashes that belong in the tiles above level 0."""

    def __init__(self) -> None:
        self._hashes: dict[int, list[bytes]] = {}

    def add(self, levels: Sequence[Sequence[bytes]]) -> None:
        for level, hashes in enumerate(levels[1:], start=1):
            self._hashes.setdefault(level, []).extend(hashes)

    def tile(self, level: int, n: int) -> bytes:
        return b"".join(self._hashes[level][n * TILE_WIDTH : (n + 1) * TILE_WIDTH])


def _chunks(place: _Place, size: int, start: int = 0) -> Iterator[Sequence[_Row]]:
    """Read all rows from ``start`` on, 256 at a time as the tiles run; a gap or a surplus is an alteration."""
    rows = _ROWS.where(*place.of(log)).order_by(log.c.idx)
    for first in range(start, size, TILE_WIDTH):
        end = min(first + TILE_WIDTH, size)
        chunk = place.connection.execute(rows.where(log.c.idx >= first, log.c.idx < end)).all()
        for index, row in enumerate(chunk, first):
            if row.idx != index:
                raise LogBroken(f"Logregel {index} is verwijderd")
            if not (isinstance(row.entry, bytes) and isinstance(row.leaf, bytes)):
                # SQLite keeps any type in any column; an alteration by hand easily leaves text where bytes were.
                raise LogBroken(f"{naming(index, row.entry)}: de regel is gewijzigd")
        if len(chunk) != end - first:
            raise LogBroken(f"Logregel {first + len(chunk)} is verwijderd")
        yield chunk
    surplus = place.connection.execute(rows.where(log.c.idx >= size).limit(1)).first()
    if surplus is not None:
        raise LogBroken(f"{naming(surplus.idx, surplus.entry)} is er achter het logboek om bij gezet")


def _checked(place: _Place, first: int, rows: Sequence[_Row]) -> list[bytes]:
    """Check the rows of one tile and give their leaf hashes."""
    leaves = [leaf_hash(row.entry) for row in rows]
    kept = split_hashes(tiles.kept(place.connection, place.tenant, place.year, 0, first // TILE_WIDTH))
    if len(rows) == TILE_WIDTH and len(kept) != TILE_WIDTH:
        raise LogBroken(f"De tegel over de regels {first} tot {first + TILE_WIDTH} is verwijderd")
    details = dict(
        place.connection.execute(
            select(detail.c.idx, detail.c.blob).where(
                *place.of(detail), detail.c.idx >= first, detail.c.idx < first + len(rows)
            )
        ).all()
    )
    for position, row in enumerate(rows):
        in_tile = kept[position] if kept else leaves[position]
        part = _wrong_part(row, leaves[position], in_tile, details.get(row.idx))
        if part:
            raise LogBroken(f"{naming(row.idx, row.entry)}: {part}")
    return leaves


def _wrong_part(row: _Row, leaf: bytes, in_tile: bytes, blob: bytes | None) -> str:
    if leaf != in_tile:
        return "de regel is gewijzigd" if row.leaf == in_tile else "de regel of de tegel erboven is gewijzigd"
    if leaf != row.leaf:
        return "de regel past niet bij zijn hash: een van beide is gewijzigd"
    entry = read(row.entry)
    if (row.ms, row.act, row.pur, row.org) != (
        entry.get("t"), entry.get("act"), entry.get("pur", ""), entry.get("org", ""),
    ):  # fmt: skip
        return "een zoekkolom is gewijzigd"
    if blob is not None and not (isinstance(blob, bytes) and sha256(blob).hexdigest() == entry.get("detc")):
        return "het verzegelde deel is gewijzigd"
    return ""


def _newest(place: _Place, key: VerifierKey, verifier: Verifier) -> Checkpoint:
    try:
        size, note = newest_checkpoint(place.connection, place.tenant, place.year)
    except NotFound:
        raise LogBroken("Het logboek heeft geen controlepunt meer") from None
    point = open_checkpoint(str(note).encode(), key, verifier)
    if point.size != size:
        raise LogBroken(f"Het controlepunt van {size} regels is verwisseld")
    return point


def _check_details(place: _Place) -> None:
    """Erasing takes the index row with the detail; a detail that went alone was taken away."""
    own = exists().where(*place.of(detail), detail.c.idx == subject.c.idx)
    lost = select(subject.c.idx).where(*place.of(subject), subject.c.sole, ~own).order_by(subject.c.idx)
    index = place.connection.execute(lost.limit(1)).scalar()
    if index is not None:
        line = entry_at(place.connection, place.tenant, place.year, index)
        raise LogBroken(
            f"{naming(index, line)}: het verzegelde deel is verwijderd zonder dat de inwoner is gewist"
        )


def _rewritten(place: _Place, key: VerifierKey, verifier: Verifier) -> str:
    """Find the first commit whose checkpoint no longer fits: every one of them was signed over its own root."""
    entries = place.connection.execute(_ROWS.where(*place.of(log)).order_by(log.c.idx))
    notes = select(checkpoint.c.size, checkpoint.c.note).where(*place.of(checkpoint))
    size = 0
    edge: tuple[bytes, ...] = ()
    for upto, note in place.connection.execute(notes.order_by(checkpoint.c.size)):
        rows = entries.fetchmany(upto - size)
        growth = grow(size, edge, [leaf_hash(row.entry) for row in rows])
        if open_checkpoint(note.encode(), key, verifier).root != root_of(growth.edge):
            if len(rows) == 1:
                return f"{naming(size, rows[0].entry)} is gewijzigd, met zijn hash erbij"
            return f"Een van de regels {size} tot {upto} is gewijzigd, met zijn hash erbij"
        size, edge = growth.size, growth.edge
    return "De regels van het logboek komen niet uit op de ondertekende wortel"


def _check_tiles(place: _Place, size: int, levels: _Levels) -> None:
    for level, n, _ in tiles_of(size):
        kept = tiles.kept(place.connection, place.tenant, place.year, level, n) if level else b""
        if level and kept != levels.tile(level, n):
            raise LogBroken(f"Tegel {n} van laag {level} is gewijzigd")
