"""The work baskets of social work: closed rules that say in which baskets a case lies, and that none is lost.

A case may lie in several baskets. Nothing here looks at a person: only at states, codes and clocks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.case import CaseState
from schemas.clocks import Stage
from schemas.help import AT_SOCIAL_WORK


class Basket(StrEnum):
    """One pile of work."""

    TE_BEOORDELEN = "te_beoordelen"
    SPOED = "spoed"
    MEERVOUDIG = "meervoudig"
    HERHALING = "herhaling"
    TERUGBELLEN = "terugbellen"
    OVERDRACHT = "overdracht"
    TERMIJN = "termijn"
    ONBESTELBAAR = "onbestelbaar"


RECURRING: Final = "herhaling"
"""The category of a case whose last one ended without help (routing rule R60)."""

UNDELIVERABLE: Final = "onbestelbaar"
"""The category of a case whose letter came back."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the rules look at.

    ``owned``: a social worker has the case. ``promised``: the resident was promised a call and nobody spoke to him
    since. ``samenloop``: single, several or consecutive signals. ``stage``: of the clock that has run furthest.
    """

    state: CaseState
    category: str
    owned: bool = False
    urgent: bool = False
    promised: bool = False
    samenloop: str = "enkelvoudig"
    stage: Stage = Stage.OP_TIJD


_RULES: Mapping[Basket, Callable[[Situation], bool]] = {
    Basket.TE_BEOORDELEN: lambda case: not case.owned and case.state is not CaseState.HULP_GEVRAAGD,
    Basket.SPOED: lambda case: case.urgent,
    Basket.MEERVOUDIG: lambda case: case.samenloop.startswith("meervoudig"),
    Basket.HERHALING: lambda case: case.category == RECURRING,
    Basket.TERUGBELLEN: lambda case: case.promised,
    Basket.OVERDRACHT: lambda case: case.state is CaseState.HULP_GEVRAAGD,
    Basket.TERMIJN: lambda case: case.stage is not Stage.OP_TIJD,
    Basket.ONBESTELBAAR: lambda case: case.category == UNDELIVERABLE,
}


def baskets_of(case: Situation) -> tuple[Basket, ...]:
    """Give the baskets in which a case lies, in the order of the list; elsewhere than at social work, none."""
    if case.state not in AT_SOCIAL_WORK:
        return ()
    return tuple(basket for basket, holds in _RULES.items() if holds(case))
