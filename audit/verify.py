"""Verify an exported log offline: reads files, trusts nobody but the verifier key it was given.

Needs neither database nor gateway. A key that was found only in the folder proves no more than that the folder
agrees with itself; the report says so. An earlier checkpoint or a receipt that somebody kept convicts a log that
was rewritten in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from audit import receipt as receipts
from audit.checkpoint import Checkpoint, open_checkpoint
from audit.contracts import Verifier
from audit.entry import naming, read
from audit.layout import CHECKPOINT, VKEY, split_hashes, tile_path, tiles_of, unpack
from audit.note import VerifierKey
from audit.tree import TILE_WIDTH, grow, leaf_hash, root_of
from schemas.errors import Invalid, LogBroken


@dataclass(frozen=True, slots=True)
class Report:
    """What was proved: every entry of ``origin`` up to ``size`` hashes to ``root``, signed by ``key``.

    ``self_asserted``: the key came from the folder itself. ``old_size``: the log continues that earlier
    checkpoint. ``receipt_index``: the entry of the receipt stands there. Times are milliseconds UTC.
    """

    origin: str
    size: int
    root: bytes
    key: str
    self_asserted: bool
    first_ms: int
    last_ms: int
    old_size: int | None = None
    receipt_index: int | None = None


def verify(
    directory: Path,
    verifier: Verifier,
    vkey: str | None = None,
    old: Path | None = None,
    receipt: Path | None = None,
) -> Report:
    """Check a whole exported log.

    Args:
        directory: an export as :mod:`audit.export` writes it.
        verifier: checks one Ed25519 signature.
        vkey: the verifier key, from another source than the folder.
        old: file with an earlier checkpoint of this log, kept by anybody.
        receipt: file with a receipt of this log.

    Raises:
        LogBroken: naming the first entry or part that is not as it was signed.
        Invalid: when ``old`` or ``receipt`` is about another log.
    """
    key = _key(directory, vkey)
    point = open_checkpoint(_bytes(directory, CHECKPOINT), key, verifier)
    walk = _Walk(directory, point)
    earlier = held = None
    if old is not None:
        earlier = open_checkpoint(old.read_bytes(), key, verifier)
        walk.expect(earlier)
    if receipt is not None:
        held = receipts.parse(receipt.read_bytes())
        walk.expect(receipts.check(held, key, verifier))
        walk.expect_leaf(held.index, held.leaf)
    walk.run()
    return Report(
        origin=point.origin,
        size=point.size,
        root=point.root,
        key=str(key),
        self_asserted=vkey is None,
        first_ms=walk.first_ms,
        last_ms=walk.last_ms,
        old_size=earlier.size if earlier else None,
        receipt_index=held.index if held else None,
    )


def _key(directory: Path, given: str | None) -> VerifierKey:
    """Take the key that was given, else the one in the folder; two different keys are a finding."""
    key = VerifierKey.parse(given.strip() if given else _text(directory, VKEY).removesuffix("\n"))
    if (directory / VKEY).exists() and _text(directory, VKEY) != f"{key}\n":
        raise LogBroken("De map noemt een andere controlesleutel dan de opgegeven sleutel")
    return key


@dataclass(slots=True)
class _Walk:
    """One pass over all bundles: hashes, compares with the tiles, remembers the edge and the higher levels."""

    directory: Path
    point: Checkpoint
    first_ms: int = 0
    last_ms: int = 0
    size: int = 0
    edge: tuple[bytes, ...] = ()
    levels: dict[int, list[bytes]] = field(default_factory=dict)
    earlier: list[Checkpoint] = field(default_factory=list)
    leaves: dict[int, bytes] = field(default_factory=dict)

    def expect(self, earlier: Checkpoint) -> None:
        """Hold the log to a checkpoint that somebody kept."""
        if earlier.origin != self.point.origin:
            raise Invalid("Het bewaarde controlepunt of bewijs gaat over een ander logboek")
        if earlier.size > self.point.size:
            raise LogBroken(
                f"Het logboek is teruggedraaid: het had {earlier.size} regels en heeft er nu {self.point.size}"
            )
        self.earlier.append(earlier)

    def expect_leaf(self, index: int, leaf: bytes) -> None:
        """Hold the log to the entry of a receipt."""
        self.leaves[index] = leaf

    def run(self) -> None:
        """Walk the whole log."""
        self.earlier.sort(key=lambda one: one.size)
        self._fork([one for one in self.earlier if one.size == 0])
        for first in range(0, self.point.size, TILE_WIDTH):
            self._bundle(first, min(TILE_WIDTH, self.point.size - first))
        self._tiles()
        if root_of(self.edge) != self.point.root:
            raise LogBroken("De regels van het logboek komen niet uit op de ondertekende wortel")

    def _bundle(self, first: int, width: int) -> None:
        n = first // TILE_WIDTH
        entries = unpack(_bytes(self.directory, tile_path("entries", n, width)))
        leaves = [leaf_hash(entry) for entry in entries]
        if b"".join(leaves) != _bytes(self.directory, tile_path(0, n, width)):
            stored = split_hashes(_bytes(self.directory, tile_path(0, n, width)))
            raise LogBroken(_first_altered(first, width, entries, stored))
        self._check_entries(first, entries)
        for index, leaf in self.leaves.items():
            if first <= index < first + width and leaves[index - first] != leaf:
                raise LogBroken(f"{naming(index, entries[index - first])} is niet de regel van het bewijs")
        self._grow(leaves)

    def _check_entries(self, first: int, entries: Sequence[bytes]) -> None:
        for index, line in enumerate(entries, first):
            t = read(line)["t"]
            if t < self.last_ms:
                raise LogBroken(f"{naming(index, line)} is eerder dan de regel ervoor")
            self.first_ms, self.last_ms = self.first_ms or t, t

    def _grow(self, leaves: Sequence[bytes]) -> None:
        """Add leaves, stopping at each kept checkpoint to compare roots."""
        start = self.size
        stops = [one.size for one in self.earlier if start < one.size < start + len(leaves)]
        for stop in [*stops, start + len(leaves)]:
            growth = grow(self.size, self.edge, leaves[self.size - start : stop - start])
            self.size, self.edge = growth.size, growth.edge
            for level, hashes in enumerate(growth.levels[1:], start=1):
                self.levels.setdefault(level, []).extend(hashes)
            self._fork([one for one in self.earlier if one.size == stop])

    def _fork(self, points: Sequence[Checkpoint]) -> None:
        for one in points:
            if one.root != root_of(self.edge):
                raise LogBroken(
                    f"Het logboek is herschreven: van de eerste {one.size} regels is er minstens een anders dan "
                    "toen het bewaarde controlepunt werd ondertekend"
                )

    def _tiles(self) -> None:
        for level, n, width in tiles_of(self.point.size):
            if level:
                name = tile_path(level, n, width)
                stored = split_hashes(_bytes(self.directory, name))
                expected = self.levels[level][n * TILE_WIDTH :][:width]
                if stored != expected:
                    raise LogBroken(_first_below(name, level, n, stored, expected))


def _first_altered(first: int, width: int, entries: Sequence[bytes], stored: Sequence[bytes]) -> str:
    for place, (line, leaf) in enumerate(zip(entries, stored, strict=False)):
        if leaf_hash(line) != leaf:
            return f"{naming(first + place, line)} is gewijzigd"
    return f"Van de regels {first} tot {first + width} ontbreekt er een, of er staat er een te veel"


def _first_below(name: str, level: int, n: int, stored: Sequence[bytes], expected: Sequence[bytes]) -> str:
    """Name the entries under the first hash of a higher tile that differs."""
    for place, (was, is_now) in enumerate(zip(stored, expected, strict=False), n * TILE_WIDTH):
        if was != is_now:
            span = TILE_WIDTH**level
            return f"{name} past niet bij de regels {place * span} tot {(place + 1) * span}: een van beide is gewijzigd"
    return f"{name} heeft een verkeerde lengte"


def _bytes(directory: Path, name: str) -> bytes:
    try:
        return (directory / name).read_bytes()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise LogBroken(f"In de export ontbreekt {name}") from None


def _text(directory: Path, name: str) -> str:
    try:
        return _bytes(directory, name).decode("utf-8")
    except UnicodeDecodeError:
        raise LogBroken(f"{name} is onleesbaar") from None
