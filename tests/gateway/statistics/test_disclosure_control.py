"""Small groups stay hidden, however the published numbers are combined."""

from collections import Counter
from collections.abc import Iterator, Mapping
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.statistics.catalogue import Catalogue, Dimension
from gateway.statistics.disclosure import Released, release
from tests.support.attacker import possible, worlds

ENDS = Dimension("einde", (("brief", "werk"), ("stil",), ("nee", "betaald"), ("ja",)), ordered=True)
SORTS = Dimension("soort", (("zorg",), ("huur",), ("water",)))
TRIES = Dimension("pogingen", (("1",), ("2",), ("3",)), ordered=True, absent="brief")
CATALOGUE = Catalogue(ENDS, (SORTS, TRIES))
SMALL = Catalogue(
    Dimension("einde", (("stil", "nee"), ("ja",)), ordered=True), (SORTS, Dimension("keer", (("1",), ("2",))))
)
ROUNDS = Catalogue(
    Dimension("einde", (("brief",), ("stil",), ("nee",), ("ja", "later")), ordered=True),
    (
        Dimension("soort", (("zorg",), ("huur",))),
        Dimension("keer", (("1",), ("2",), ("3",)), ordered=True, absent="brief", together=("stil", "nee")),
    ),
)
"""As the report has it: who was not called has no attempts, and attempts are crossed with yes and no alone."""
K = 3

populations = st.dictionaries(
    st.sampled_from(worlds(CATALOGUE)), st.integers(min_value=0, max_value=25), max_size=14
)


def counted(population: Mapping[tuple[str, ...], int], wanted: Mapping[int, tuple[str, ...]]) -> int:
    return sum(
        n for key, n in population.items() if all(key[place] in block for place, block in wanted.items())
    )


def hidden(population: Mapping[tuple[str, ...], int], catalogue: Catalogue) -> Iterator[dict[str, str]]:
    """Give what a table of the catalogue would show if it could, and counts too few residents to be shown."""
    columns, place = catalogue.columns, {d.name: at for at, d in enumerate(catalogue.dimensions)}
    for dimension in catalogue.dimensions:
        for category in dimension.categories:
            if counted(population, {place[dimension.name]: (category,)}) < K:
                yield {dimension.name: category}
    for rows in catalogue.crossed:
        without = next((group for group in columns.groups if rows.absent in group), ())
        for category in rows.categories:
            for column in set(columns.categories) - set(without):
                if counted(population, {place[rows.name]: (category,), 0: (column,)}) < K:
                    yield {rows.name: category, columns.name: column}


def town(catalogue: Catalogue, chance: Random) -> dict[tuple[str, ...], int]:
    """A handful of residents, so few that much must be hidden."""
    everybody = worlds(catalogue)
    return {
        chance.choice(everybody): chance.choice((1, 1, 2, 3, 4, 5, 8, 12))
        for _ in range(chance.randint(2, 14))
    }


@pytest.mark.parametrize(("catalogue", "towns"), [(SMALL, 40), (ROUNDS, 14)], ids=["small", "rounds"])
def test_an_attacker_cannot_bound_a_small_count(catalogue: Catalogue, towns: int) -> None:
    chance, attacked = Random(637), 0
    for _ in range(towns):
        population = town(catalogue, chance)
        released = release(population, catalogue, K)
        for wanted in hidden(population, catalogue) if released.total is not None else ():
            assert possible(released, catalogue, wanted, range(K)) == set(range(K)), (population, wanted)
            attacked += 1
    assert attacked > 5 * towns


def test_the_attacker_finds_what_suppression_leaves_to_be_found() -> None:
    """He must be able to: from totals and all cells but one, the missing cell follows at once."""
    shown: dict[tuple[str, tuple[str, ...]], int] = {
        ("soort", ("zorg",)): 9,
        ("soort", ("huur",)): 4,
        ("soort", ("water",)): 1,
    }
    leaky = Released(K, 1, 14, {}, {place: n for place, n in shown.items() if n >= K}, {})
    assert possible(leaky, SMALL, {"soort": "water"}, range(K)) == {1}


@given(populations, st.sampled_from([3, 5, 10]))
@settings(max_examples=150, deadline=None)
def test_every_number_counts_enough_residents_and_is_right(
    population: dict[tuple[str, ...], int], threshold: int
) -> None:
    released = release(population, CATALOGUE, threshold)
    place = {dimension.name: at for at, dimension in enumerate(CATALOGUE.dimensions)}
    for (name, block), number in released.volumes.items():
        assert number == counted(population, {place[name]: block}) >= threshold
    for (name, row, column), number in released.cells.items():
        assert number == counted(population, {place[name]: row, 0: column}) >= threshold
    for name, blocks in released.blocks.items():
        of = CATALOGUE.dimensions[place[name]]
        assert Counter(c for b in blocks.coarse for c in b) == Counter(of.categories)
        assert Counter(c for b in blocks.fine for c in b) == Counter(of.categories)
        assert all(any(set(fine) <= set(b) for b in blocks.coarse) for fine in blocks.fine)


@given(populations)
@settings(max_examples=150, deadline=None)
def test_cells_add_up_to_the_volumes(population: dict[tuple[str, ...], int]) -> None:
    released = release(population, CATALOGUE, 5)
    for name in ("soort", "pogingen"):
        blocks = released.blocks.get(name)
        for row in () if blocks is None else blocks.coarse:
            inside = sum(
                n for (of, block), n in released.volumes.items() if of == name and set(block) <= set(row)
            )
            assert inside == sum(n for (of, r, _), n in released.cells.items() if (of, r) == (name, row))


@given(populations)
@settings(max_examples=150, deadline=None)
def test_a_publication_tells_a_reader_of_the_internal_report_nothing(
    population: dict[tuple[str, ...], int],
) -> None:
    """Each of its numbers is a rounded sum of numbers that the internal report shows."""
    inside = release(population, CATALOGUE, 5)
    outside = release(population, CATALOGUE, 10, base=5, within=inside)
    for (name, block), number in outside.volumes.items():
        known = inside.count(name, block)
        assert known is not None
        assert abs(number - known) <= 2
    for (name, row, column), number in outside.cells.items():
        parts = [
            n
            for (of, r, c), n in inside.cells.items()
            if of == name and set(r) <= set(row) and set(c) <= set(column)
        ]
        assert abs(number - sum(parts)) <= 2
    assert all(number % 5 == 0 for number in (*outside.volumes.values(), *outside.cells.values()))


def test_a_count_is_given_only_for_whole_blocks() -> None:
    population = {
        ("stil", "zorg", "1"): 40,
        ("stil", "huur", "1"): 30,
        ("ja", "zorg", "2"): 20,
        ("ja", "water", "2"): 2,
    }
    released = release(population, CATALOGUE, 10)
    assert released.count("soort", ["zorg"]) == 60
    assert released.count("soort", ["water"]) is None
    assert released.count("soort", ["huur", "water"]) == 32
    assert released.count("keer", ["1"]) is None


def test_too_few_residents_give_no_report_at_all() -> None:
    assert release({("ja", "zorg", "1"): 4}, CATALOGUE, 5).total is None


def test_attempts_are_not_told_when_who_was_not_called_is_hidden() -> None:
    """Their total would tell how few were not called."""
    population = {("brief", "zorg", ""): 2, ("stil", "zorg", "1"): 50, ("ja", "huur", "2"): 40}
    released = release(population, CATALOGUE, 5)
    assert "pogingen" not in released.blocks
    assert released.count("einde", ["brief", "werk"]) is None


def test_ordered_categories_merge_with_their_neighbours() -> None:
    population = {("stil", "zorg", number): n for number, n in zip("123", (30, 2, 9), strict=True)}
    population["brief", "zorg", ""] = 20
    assert release(population, CATALOGUE, 5).blocks["pogingen"].fine == (("1",), ("2", "3"))


def test_a_part_is_not_counted_apart_when_a_cross_table_would_force_its_hand() -> None:
    """Only six of the forty-nine did not say yes, so of a part of seven at least one did: that part stays hidden."""
    population = {("stil", "zorg"): 2, ("ja", "zorg"): 40, ("stil", "huur"): 4, ("ja", "huur"): 3}
    catalogue = Catalogue(SMALL.columns, (SORTS,))
    released = release(population, catalogue, 4)
    assert released.cells["soort", SORTS.categories, ("ja",)] == 43
    assert released.blocks["soort"].fine == (SORTS.categories,)
    apart = {**released.volumes, ("soort", ("huur",)): 7, ("soort", ("zorg", "water")): 42}
    told = Released(4, 1, 49, released.blocks, apart, released.cells)
    assert possible(told, catalogue, {"soort": "huur", "einde": "ja"}, range(4)) == {1, 2, 3}


@pytest.mark.parametrize(("number", "shown"), [(10, 10), (12, 10), (13, 15), (17, 15), (18, 20)])
def test_rounding_is_to_the_nearest_five(number: int, shown: int) -> None:
    released = release({("ja", "zorg", "1"): number}, CATALOGUE, 10, base=5)
    assert released.total == shown
