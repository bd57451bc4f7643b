"""Dividing residents in blocks that are large enough, alone and in every table, whatever is subtracted from what."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.statistics.catalogue import Block, Blocks, Catalogue, Dimension, Population


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

    def _distance(self, one: Block, other: Block) -> int:
        """Say how far apart two blocks are: the place of the first kin that holds both."""
        return next(
            (at for at, kin in enumerate(self.of.kin) if {*one, *other} <= set(kin)), len(self.of.kin)
        )

    def merge(
        self, blocks: list[Block], at: int, *, ordered: bool, size: Callable[[Block], int] | None = None
    ) -> None:
        """Merge a block with the smallest partner that it may have, by volume if not by another ``size``."""
        weigh = size or self.volume
        others = [o for o in range(len(blocks)) if o != at and (not ordered or abs(o - at) == 1)]
        partner = min(others, key=lambda o: (self._distance(blocks[at], blocks[o]), weigh(blocks[o])))
        first, second = sorted((at, partner))
        together = {*blocks[first], *blocks[second]}
        blocks[first] = tuple(category for category in self.of.categories if category in together)
        del blocks[second]


_Inside = tuple[Block, Block]
"""A part of a row or of a column, and the whole of it that the cross table shows."""


class Division:
    """The search for blocks; ``within`` are blocks that may only be merged further."""

    def __init__(
        self,
        population: Population,
        catalogue: Catalogue,
        threshold: int,
        within: Mapping[str, Blocks] | None,
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
                found = self._dense(rows, found, coarse)
            coarse[rows.name] = found
        fine: dict[str, tuple[Block, ...]] = {}
        for name in (*(name for name in coarse if name != columns.name), columns.name):
            fine[name] = tuple(self._fine(name, coarse, fine))
        return {name: Blocks(found, fine[name]) for name, found in coarse.items()}

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
        """Give the columns in which a row can have somebody, those that count as one put together."""
        apart = [block for block in coarse[self._catalogue.columns.name] if rows.absent not in block]
        one = [block for block in apart if set(block) <= set(rows.together)]
        joined = tuple(category for block in one for category in block)
        return [joined, *(block for block in apart if block not in one)] if one else apart

    def _enough(self, dimension: Dimension) -> tuple[Block, ...]:
        """Merge groups until each counts enough."""
        start = dimension.groups
        if self._within is not None:
            known = self._within.get(dimension.name)
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

    def _dense(
        self, rows: Dimension, start: Sequence[Block], coarse: Mapping[str, tuple[Block, ...]]
    ) -> tuple[Block, ...]:
        """Merge rows until every cell of the cross table counts enough; a row alone is the margin, which does."""
        table, blocks, columns = self._tables[rows.name], list(start), self._columns(rows, coarse)

        def least(block: Block) -> int:
            return min(table.cell(block, column) for column in columns)

        while len(blocks) > 1:
            at: int | None = min(range(len(blocks)), key=lambda place: least(blocks[place]))
            enough = min(map(least, blocks)) >= self._threshold
            if enough and (at := self._told_apart(rows, blocks, coarse)) is None:
                break
            table.merge(blocks, at or 0, ordered=rows.ordered, size=least)
        return tuple(blocks)

    def _told_apart(
        self, rows: Dimension, blocks: Sequence[Block], coarse: Mapping[str, Sequence[Block]]
    ) -> int | None:
        """Find a row that tells too much of one of the columns that count as one."""
        for at, row in enumerate(blocks):
            for shown in self._columns(rows, coarse):
                if any(self._forced(rows, (row, row), (c, shown)) for c in self._inside(shown, coarse)):
                    return at
        return None

    def _inside(self, shown: Block, coarse: Mapping[str, Sequence[Block]]) -> list[Block]:
        return [block for block in coarse[self._catalogue.columns.name] if set(block) <= set(shown)]

    def _forced(self, rows: Dimension, row: _Inside, column: _Inside) -> bool:
        """Say whether a small cell that is not shown must at least be something.

        Of the n residents in the cell of both wholes, a part of the row has at least what the rest of that row cannot
        hold, and so with the column; what these two sum to beyond n is in both (Fréchet's bound).
        """
        table, ends = self._tables[rows.name], self._tables[self._catalogue.columns.name]
        if table.cell(row[0], column[0]) >= self._threshold:
            return False
        shown = table.cell(row[1], column[1])
        of_row = max(0, shown - (table.volume(row[1]) - table.volume(row[0])))
        of_column = max(0, shown - (ends.volume(column[1]) - ends.volume(column[0])))
        return of_row + of_column > shown

    def _fine(
        self,
        name: str,
        coarse: Mapping[str, tuple[Block, ...]],
        fine: Mapping[str, tuple[Block, ...]],
    ) -> Iterator[Block]:
        """Divide coarse blocks as finely as their volumes allow, and no finer than the cross tables can bear."""
        table = self._tables[name]
        for whole in coarse[name]:
            blocks = list(self._merged(table.of, self._finest(name, whole), ordered=table.of.scale))
            while (at := self._betrayed(table, blocks, whole, coarse, fine)) is not None:
                table.merge(blocks, at, ordered=table.of.scale)
            yield from blocks

    def _finest(self, name: str, block: Block) -> list[Block]:
        if self._within is None:
            return [(category,) for category in block]
        known = self._within.get(name)
        return [block] if known is None else [part for part in known.fine if set(part) <= set(block)]

    def _betrayed(
        self,
        table: _Table,
        blocks: Sequence[Block],
        whole: Block,
        coarse: Mapping[str, tuple[Block, ...]],
        fine: Mapping[str, tuple[Block, ...]],
    ) -> int | None:
        """Find a part of which the cross tables tell too much."""
        if len(blocks) == 1:
            return None
        meet = self._of_columns if table.of is self._catalogue.columns else self._of_rows
        for at, part in enumerate(blocks):
            if any(self._forced(*met) for met in meet(table.of, (part, whole), coarse, fine)):
                return at
        return None

    def _of_rows(
        self, rows: Dimension, row: _Inside, coarse: Mapping[str, Sequence[Block]], _fine: object
    ) -> Iterator[tuple[Dimension, _Inside, _Inside]]:
        """Give what a part of a row meets in its cross table: each column, and each that counts as one with others."""
        if rows in self._catalogue.crossed:
            for shown in self._columns(rows, coarse):
                for column in {shown, *self._inside(shown, coarse)}:
                    yield rows, row, (column, shown)

    def _of_columns(
        self,
        _columns: Dimension,
        column: _Inside,
        coarse: Mapping[str, Sequence[Block]],
        fine: Mapping[str, Sequence[Block]],
    ) -> Iterator[tuple[Dimension, _Inside, _Inside]]:
        """Give what a part of a column meets in every cross table: each row, and each part of a row."""
        part, whole = column
        for rows in self._catalogue.crossed:
            for shown in self._columns(rows, coarse) if rows.name in coarse else ():
                for row in coarse[rows.name] if set(whole) <= set(shown) else ():
                    for piece in {row, *(block for block in fine[rows.name] if set(block) <= set(row))}:
                        yield rows, (piece, row), (part, shown)
