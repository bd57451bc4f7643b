"""The legal clocks of a case: which run, what is nearly due, what is overdue, and at whose desk that comes.

Source: Wgs art. 4(1), first talk within four weeks of the yes; art. 4(2), within three working days when home or
supply is about to be lost; art. 4a, a decision within eight weeks of that talk. The offer itself is to be made within
four weeks of the signal. Whoever is warned is warned in working days: nobody mends a clock on a Sunday.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Clock(StrEnum):
    """What has to happen in time."""

    AANBOD = "aanbod"
    EERSTE_GESPREK = "eerste_gesprek"
    BESCHIKKING = "beschikking"


class Stage(StrEnum):
    """How far a clock has run, the calmest first."""

    OP_TIJD = "op_tijd"
    BIJNA = "bijna_verlopen"
    VERLOPEN = "verlopen"


class Desk(StrEnum):
    """Who has to act on a clock: the worker of the case, the team leader, the municipality that answers for it."""

    BEHANDELAAR = "behandelaar"
    TEAMLEIDER = "teamleider"
    GEMEENTE = "gemeente"


NEARLY: Final[Mapping[Clock, int]] = {Clock.AANBOD: 5, Clock.EERSTE_GESPREK: 5, Clock.BESCHIKKING: 10}
"""With so many working days left, or fewer, a clock is nearly due: time enough for a visit, or for a decision."""

NEARLY_THREATENING: Final = 1
"""Of the three working days in a threatening situation the last one is the warning."""

LATE: Final = 5
"""So many working days over, a clock comes before the municipality too."""


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that runs: its last moment (ms UTC), and the working days until that day (negative: over)."""

    clock: Clock
    due: int
    days: int
    over: bool
    threatening: bool = False

    @property
    def stage(self) -> Stage:
        """How far it has run."""
        if self.over:
            return Stage.VERLOPEN
        hasty = self.threatening and self.clock is Clock.EERSTE_GESPREK
        near = NEARLY_THREATENING if hasty else NEARLY[self.clock]
        return Stage.BIJNA if self.days <= near else Stage.OP_TIJD


def desks(running: Running, *, owned: bool) -> tuple[Desk, ...]:
    """Say at whose desks a clock comes; without a worker it is the team leader's from the first warning on."""
    if running.stage is Stage.OP_TIJD:
        return ()
    if running.stage is Stage.BIJNA:
        return (Desk.BEHANDELAAR if owned else Desk.TEAMLEIDER,)
    worker = (Desk.BEHANDELAAR,) if owned else ()
    above = (Desk.GEMEENTE,) if -running.days >= LATE else ()
    return (*worker, Desk.TEAMLEIDER, *above)


def tightest(clocks: Iterable[Running]) -> Running | None:
    """Give the clock that asks for something first, or None when none runs."""
    return min(clocks, key=lambda one: (one.due, one.clock), default=None)
