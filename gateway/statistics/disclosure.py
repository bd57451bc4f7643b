"""Small groups stay hidden: categories are merged until every number that is shown counts enough residents.

Nothing is left out and no total is blurred, so there is nothing to compute back: a category that is too small is part
of a larger group, in every table alike. Within such a group everybody could be of any of its categories without one
published number changing, hence each hidden count may be anything from nothing to the whole group. Suppressing cells
instead fails at the size of a municipality: all of them are recovered from the totals (docs/explanation/figures.md).

A dimension has two levels. Its fine blocks are counted alone; its coarse blocks, unions of fine ones, are what the
cross tables count. A publication begins with the blocks of the internal report, so that who holds both learns nothing.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from schemas.errors import Broken

Block = tuple[str, ...]
"""Categories that are counted together, in the order of their dimension."""

Population = Mapping[tuple[str, ...], int]
"""How many residents have each combination of categories, one place per dimension; empty where it has none."""

INTERNAL: Final = 5
"""Inside the chain, a number counts at least so many residents."""

PUBLIC: Final = 10
"""Outside, a number counts at least so many, and is rounded."""

ROUNDING: Final = 5
"""Published counts are rounded to a multiple of this."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to divide residents: its closed list of categories, in the groups that the coarse level begins with.

    ``ordered`` groups merge with a neighbour only. ``absent`` names a category of the column dimension: who is in its
    group, and nobody else, has no category here (no attempts for who was not called).
    """

    name: str
    groups: tuple[Block, ...]
    ordered: bool = False
    absent: str = ""

    @property
    def categories(self) -> Block:
        """Every category in order."""
        return tuple(category for group in self.groups for category in group)

    @property
    def scale(self) -> bool:
        """Whether the categories themselves are in order, so that fine blocks too merge with a neighbour only."""
        return self.ordered and all(len(group) == 1 for group in self.groups)


@dataclass(frozen=True, slots=True)
class Blocks:
    """How a dimension is divided in a report: coarse blocks for cross tables, fine ones for its own table."""

    coarse: tuple[Block, ...]
    fine: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Released:
    """The numbers that may be shown: ``volumes`` by dimension and fine block, ``cells`` by dimension and two blocks.

    A dimension without blocks could not be shown. Numbers are already rounded when ``base`` is more than one.
    """

    threshold: int
    base: int
    total: int | None
    blocks: Mapping[str, Blocks]
    volumes: Mapping[tuple[str, Block], int]
    cells: Mapping[tuple[str, Block, Block], int]

    def count(self, name: str, categories: Iterable[str]) -> int | None:
        """Give how many residents have one of these categories, or None when that would show a part of a group."""
        wanted, blocks = set(categories), self.blocks.get(name)
        fitting = [] if blocks is None else [block for block in blocks.fine if wanted.issuperset(block)]
        if wanted != {category for block in fitting for category in block}:
            return None
        return sum(self.volumes[name, block] for block in fitting)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The fixed tables: every dimension alone, and the ``crossed`` ones against the ``columns``."""

    columns: Dimension
    crossed: tuple[Dimension, ...]
    alone: tuple[Dimension, ...] = ()

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The places of a population's key, in order."""
        return (self.columns, *self.crossed, *self.alone)


@dataclass(slots=True)
class _Table:
    """The exact counts of one dimension, alone and against the column dimension."""

    of: Dimension
    alone: Counter[str] = field(default_factory=Counter)
    joint: Counter[tuple[str, str]] = field(default_factory=Counter)

    def volume(self, block: Block) -> int:
        return sum(self.alone[category] for category in block)

    def cell(self, row: Block, column: Block) -> int:
        return sum(self.joint[r, c] for r in row for c in column)

    def merge(self, blocks: list[Block], at: int, *, ordered: bool) -> None:
        """Merge a block with the smallest partner that it may have."""
        others = [o for o in range(len(blocks)) if o != at and (not ordered or abs(o - at) == 1)]
        partner = min(others, key=lambda other: self.volume(blocks[other]))
        first, second = sorted((at, partner))
        together = {*blocks[first], *blocks[second]}
        blocks[first] = tuple(category for category in self.of.categories if category in together)
        del blocks[second]


def release(
    population: Population,
    catalogue: Catalogue,
    threshold: int,
    *,
    base: int = 1,
    within: Released | None = None,
) -> Released:
    """Divide every dimension so that no number counts fewer than ``threshold`` residents, and count.

    ``within`` is the report for a narrower circle about the same population: its blocks are only merged further.

    Raises:
        Broken: a number that would be shown counts too few after all; nothing is released.
    """
    total = sum(population.values())
    if total < threshold:
        return Released(threshold, base, None, {}, {}, {})
    division = _Division(population, catalogue, threshold, within)
    blocks = division.blocks()
    volumes = division.volumes(blocks)
    cells = division.cells(blocks)
    if min((*volumes.values(), *cells.values())) < threshold:
        raise Broken("Een groep in het rapport is te klein", code="groep_te_klein")
    rounded = {place: _round(number, base) for place, number in volumes.items()}
    return Released(
        threshold, base, _round(total, base), blocks, rounded, {k: _round(n, base) for k, n in cells.items()}
    )


def _round(number: int, base: int) -> int:
    return (number + base // 2) // base * base


class _Division:
    """The search for blocks."""

    def __init__(
        self, population: Population, catalogue: Catalogue, threshold: int, within: Released | None
    ) -> None:
        self._catalogue = catalogue
        self._threshold = threshold
        self._within = within
        self._tables = {dimension.name: _Table(dimension) for dimension in catalogue.dimensions}
        for key, count in population.items():
            for table, category in zip(self._tables.values(), key, strict=True):
                if category:
                    table.alone[category] += count
                    table.joint[category, key[0]] += count

    def blocks(self) -> dict[str, Blocks]:
        """Find the coarse blocks of every dimension that can be shown, then the fine ones inside them."""
        columns = self._catalogue.columns
        coarse = {columns.name: self._enough(columns)}
        for rows in (*self._catalogue.crossed, *self._catalogue.alone):
            if rows.absent and self._group(rows.absent) not in coarse[columns.name]:
                continue  # The total of this table would tell how large a hidden group is.
            found = self._enough(rows)
            if rows in self._catalogue.crossed:
                found = self._dense(rows, found, self._columns(rows, coarse))
            coarse[rows.name] = found
        return {name: Blocks(found, tuple(self._fine(name, coarse))) for name, found in coarse.items()}

    def volumes(self, blocks: Mapping[str, Blocks]) -> dict[tuple[str, Block], int]:
        """Count every fine block, exactly."""
        return {
            (name, block): self._tables[name].volume(block)
            for name, found in blocks.items()
            for block in found.fine
        }

    def cells(self, blocks: Mapping[str, Blocks]) -> dict[tuple[str, Block, Block], int]:
        """Count every cell of the cross tables, exactly."""
        coarse = {name: found.coarse for name, found in blocks.items()}
        return {
            (rows.name, row, column): self._tables[rows.name].cell(row, column)
            for rows in self._catalogue.crossed
            if rows.name in blocks
            for row in coarse[rows.name]
            for column in self._columns(rows, coarse)
        }

    def _group(self, category: str) -> Block:
        return next(group for group in self._catalogue.columns.groups if category in group)

    def _columns(self, rows: Dimension, coarse: Mapping[str, Sequence[Block]]) -> list[Block]:
        """Give the columns in which a row can have somebody."""
        return [block for block in coarse[self._catalogue.columns.name] if rows.absent not in block]

    def _enough(self, dimension: Dimension) -> tuple[Block, ...]:
        """Merge groups until each counts enough."""
        start = dimension.groups
        if self._within is not None:
            known = self._within.blocks.get(dimension.name)
            start = (dimension.categories,) if known is None else known.coarse
        return self._merged(dimension, list(start), ordered=dimension.ordered)

    def _merged(self, dimension: Dimension, blocks: list[Block], *, ordered: bool) -> tuple[Block, ...]:
        table = self._tables[dimension.name]
        while len(blocks) > 1:
            smallest = min(range(len(blocks)), key=lambda at: table.volume(blocks[at]))
            if table.volume(blocks[smallest]) >= self._threshold:
                break
            table.merge(blocks, smallest, ordered=ordered)
        return tuple(blocks)

    def _dense(self, rows: Dimension, start: Sequence[Block], columns: Sequence[Block]) -> tuple[Block, ...]:
        """Merge rows until every cell of the cross table counts enough; a row alone is the margin, which does."""
        table, blocks = self._tables[rows.name], list(start)
        while len(blocks) > 1:
            least = [min(table.cell(block, column) for column in columns) for block in blocks]
            thinnest = min(range(len(blocks)), key=least.__getitem__)
            if least[thinnest] >= self._threshold:
                break
            table.merge(blocks, thinnest, ordered=rows.ordered)
        return tuple(blocks)

    def _fine(self, name: str, coarse: Mapping[str, tuple[Block, ...]]) -> Iterator[Block]:
        """Divide coarse blocks as finely as their volumes allow, and no finer than the cross tables can bear."""
        table = self._tables[name]
        for block in coarse[name]:
            inside = self._merged(table.of, self._finest(name, block), ordered=table.of.scale)
            blocks = list(inside)
            while (at := self._betrayed(table, blocks, block, coarse)) is not None:
                table.merge(blocks, at, ordered=table.of.scale)
            yield from blocks

    def _finest(self, name: str, block: Block) -> list[Block]:
        if self._within is None:
            return [(category,) for category in block]
        known = self._within.blocks.get(name)
        return [block] if known is None else [part for part in known.fine if set(part) <= set(block)]

    def _betrayed(
        self, table: _Table, blocks: Sequence[Block], whole: Block, coarse: Mapping[str, tuple[Block, ...]]
    ) -> int | None:
        """Find a part whose hidden, small cell in a cross table must at least be something (Fréchet's lower bound).

        A part of N residents of a whole of W, of which the cross table shows that M are in a column, has at least
        N + M - W of them in it.
        """
        if len(blocks) == 1:
            return None
        for at, part in enumerate(blocks):
            rest = table.volume(whole) - table.volume(part)
            for small, shown in self._crossings(table, part, whole, coarse):
                if small < self._threshold and shown > rest:
                    return at
        return None

    def _crossings(
        self, table: _Table, part: Block, whole: Block, coarse: Mapping[str, tuple[Block, ...]]
    ) -> Iterator[tuple[int, int]]:
        """Give the counts of a part and of its whole in every cross table that shows the whole."""
        if table.of is self._catalogue.columns:
            for rows in self._catalogue.crossed:
                if rows.absent not in whole:
                    other = self._tables[rows.name]
                    for row in coarse.get(rows.name, ()):
                        yield other.cell(row, part), other.cell(row, whole)
        elif table.of in self._catalogue.crossed:
            for column in self._columns(table.of, coarse):
                yield table.cell(part, column), table.cell(whole, column)
