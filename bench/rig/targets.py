"""What a benchmark was asked to reach and what it reached: one line each, which ``bench.all`` collects."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

MET, MISSED = "met", "MISSED"


@dataclass(frozen=True)
class Target:
    """A measured figure and its bound; ``least`` says that it may not be below it, otherwise not above."""

    what: str
    measured: float
    bound: float
    unit: str = ""
    least: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure is on the good side of its bound."""
        return self.measured >= self.bound if self.least else self.measured <= self.bound

    def __str__(self) -> str:
        sign = ">=" if self.least else "<="
        measured, bound = (f"{value:,.{_digits(value)}f}" for value in (self.measured, self.bound))
        return f"{MET if self.met else MISSED:7}{self.what:58}{measured:>9} {self.unit:8} {sign} {bound}"


def _digits(value: float) -> int:
    """Show as many decimals as a figure of this size needs."""
    if value == int(value) or value >= 100:
        return 0
    return 3 if value < 1 else 2


def at_least(what: str, measured: float, bound: float, unit: str = "") -> Target:
    """Ask for a figure of ``bound`` or more."""
    return Target(what, measured, bound, unit, least=True)


def at_most(what: str, measured: float, bound: float, unit: str = "") -> Target:
    """Ask for a figure of ``bound`` or less."""
    return Target(what, measured, bound, unit)


def conclude(targets: Sequence[Target]) -> NoReturn:
    """Print the line of each target and end the benchmark: 0 when all are met, 1 when one is missed."""
    print(*targets, sep="\n", flush=True)
    sys.exit(not all(target.met for target in targets))
