"""The exact counts of a month, and what of them may be shown."""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.statistics.catalogue import Catalogue, Population
from gateway.statistics.disclosure import Released, release
from gateway.statistics.funnel import CASES, LETTERS, SIGNALS, VISITS


@dataclass(frozen=True, slots=True)
class Month:
    """The exact counts of a month; they never leave the process.

    ``refused`` are lines that were not accepted. ``dayparts`` gives attempts, answers and residents who answered per
    part of the day, calls that residents made themselves left out; ``inbound`` counts those.
    """

    signals: Population
    refused: int
    cases: Population
    letters: Population
    visits: Population
    dayparts: Mapping[str, tuple[int, int, int]]
    inbound: int

    def population(self, catalogue: Catalogue) -> Population:
        """Give the population that a catalogue divides."""
        found = {SIGNALS: self.signals, CASES: self.cases, LETTERS: self.letters, VISITS: self.visits}
        return found[catalogue]


Protected = Mapping[str, Released]
"""What may be shown of each catalogue, by the name of its columns."""

CATALOGUES = (SIGNALS, CASES, LETTERS, VISITS)


def protect(
    month: Month, threshold: int, base: int = 1, within: Protected | None = None
) -> dict[str, Released]:
    """Let every catalogue show what it may."""
    return {
        catalogue.columns.name: release(
            month.population(catalogue),
            catalogue,
            threshold,
            base=base,
            within=None if within is None else within[catalogue.columns.name],
        )
        for catalogue in CATALOGUES
    }
