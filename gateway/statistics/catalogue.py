"""What is counted: dimensions with closed lists of categories, and the fixed tables that are made of them."""

from collections.abc import Mapping
from dataclasses import dataclass

Block = tuple[str, ...]
"""Categories that are counted together, in the order of their dimension."""

Population = Mapping[tuple[str, ...], int]
"""How many residents have each combination of categories, one place per dimension; empty where it has none."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One way to divide residents: its closed list of categories, in the groups that the coarse level begins with.

    ``ordered`` groups merge with a neighbour only. ``kin`` are categories that merge with each other first,
    the closest kin before the others. ``absent``
    names a category of the column dimension: who is in its group, and nobody else, has no category here (no attempts
    for who was not called). ``together`` are the columns that the cross table with this dimension counts as one.
    """

    name: str
    groups: tuple[Block, ...]
    ordered: bool = False
    kin: tuple[Block, ...] = ()
    absent: str = ""
    together: Block = ()

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
class Catalogue:
    """The fixed tables: every dimension alone, and the ``crossed`` ones against the ``columns``."""

    columns: Dimension
    crossed: tuple[Dimension, ...]
    alone: tuple[Dimension, ...] = ()

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """The places of a population's key, in order."""
        return (self.columns, *self.crossed, *self.alone)
