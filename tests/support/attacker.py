"""Somebody who has a report and wants to know more: searches for a population that fits every published number.

The attacker knows the catalogue and the blocks. For a hidden count he asks, value by value, whether some population of
whole residents has it and would give the very same report; values that are impossible bound the count.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from gateway.statistics.catalogue import Block, Catalogue
from gateway.statistics.disclosure import Released

Key = tuple[str, ...]
Equation = tuple[frozenset[int], int]


def worlds(catalogue: Catalogue) -> list[Key]:
    """Give every combination of categories that a resident can have."""
    absent = [
        {c for group in catalogue.columns.groups if rows.absent in group for c in group}
        for rows in catalogue.dimensions[1:]
    ]
    return [
        (column, *rest)
        for column in catalogue.columns.categories
        for rest in product(
            *(
                ("",) if column in without else rows.categories
                for rows, without in zip(catalogue.dimensions[1:], absent, strict=True)
            )
        )
    ]


def published(released: Released, catalogue: Catalogue, keys: Sequence[Key]) -> Iterator[Equation]:
    """Give every published number as a sum of the counts of these combinations."""
    place = {dimension.name: at for at, dimension in enumerate(catalogue.dimensions)}
    if released.total is not None:
        yield frozenset(range(len(keys))), released.total
    for (name, block), number in released.volumes.items():
        yield _where(keys, {place[name]: block}), number
    for (name, row, column), number in released.cells.items():
        yield _where(keys, {place[name]: row, 0: column}), number


def _where(keys: Sequence[Key], wanted: Mapping[int, Block]) -> frozenset[int]:
    return frozenset(
        at for at, key in enumerate(keys) if all(key[place] in block for place, block in wanted.items())
    )


def fits(equations: Sequence[Equation], size: int) -> bool:
    """Search exhaustively for whole numbers, none below zero, that satisfy every equation."""
    left = [number for _, number in equations]
    inside: dict[int, list[int]] = defaultdict(list)
    for at, (members, _) in enumerate(equations):
        for member in members:
            inside[member].append(at)
    # Combinations that stand in the same equations are one unknown: together they can be anything that each can be.
    alike: dict[tuple[int, ...], int] = {}
    for member in range(size):
        alike.setdefault(tuple(inside[member]), member)
    order = sorted((list(places) for places in alike), key=len, reverse=True)
    last = {at: step for step, places in enumerate(order) for at in places}
    if any(number for at, number in enumerate(left) if at not in last):
        return False
    return _search(order, 0, left, last)


def _search(order: Sequence[Sequence[int]], step: int, left: list[int], last: Mapping[int, int]) -> bool:
    if step == len(order):
        return not any(left)
    places = order[step]
    most = min((left[at] for at in places), default=0)
    closing = {left[at] for at in places if last[at] == step}
    if len(closing) > 1:
        return False
    for take in closing or range(most, -1, -1):
        if take > most:
            return False
        for at in places:
            left[at] -= take
        if _search(order, step + 1, left, last):
            return True
        for at in places:
            left[at] += take
    return False


def possible(released: Released, catalogue: Catalogue, wanted: Mapping[str, str], values: range) -> set[int]:
    """Give which of these values the count of residents with the ``wanted`` categories can have."""
    keys = worlds(catalogue)
    place = {dimension.name: at for at, dimension in enumerate(catalogue.dimensions)}
    hidden = _where(keys, {place[name]: (category,) for name, category in wanted.items()})
    known = list(published(released, catalogue, keys))
    return {value for value in values if fits([*known, (hidden, value)], len(keys))}
