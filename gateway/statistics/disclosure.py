"""Small groups stay hidden: categories are merged until every number that is shown counts enough residents.

Nothing is left out and no total is blurred, so there is nothing to compute back: a category that is too small is part
of a larger group, in every table alike. Within such a group everybody could be of any of its categories without one
published number changing, hence each hidden count may be anything from nothing to the whole group. Suppressing cells
instead fails at the size of a municipality: all of them are recovered from the totals (docs/explanation/figures.md).

A dimension has two levels. Its fine blocks are counted alone; its coarse blocks, unions of fine ones, are what the
cross tables count. A publication begins with the blocks of the internal report, so that who holds both learns nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.statistics.catalogue import Block, Blocks, Catalogue, Dimension, Population
from gateway.statistics.division import Division
from schemas.errors import Broken

__all__ = [
    "INTERNAL",
    "PUBLIC",
    "ROUNDING",
    "Block",
    "Blocks",
    "Catalogue",
    "Dimension",
    "Population",
    "Released",
    "release",
]

INTERNAL: Final = 5
"""Inside the chain, a number counts at least so many residents."""

PUBLIC: Final = 10
"""Outside, a number counts at least so many, and is rounded."""

ROUNDING: Final = 5
"""Published counts are rounded to a multiple of this."""


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
    division = Division(population, catalogue, threshold, None if within is None else within.blocks)
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
