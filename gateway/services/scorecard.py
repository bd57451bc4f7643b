"""The scorecard of a partner: how well it delivers, for itself in classes and for the municipality in numbers.

Nothing of a person is looked at, and small groups stay hidden: what counts too few lines is counted together with
something else, so that nothing can be computed back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.decide import decide, require
from gateway.policy.facts import Facts
from gateway.statistics.disclosure import INTERNAL, Block, Catalogue, Dimension, Released, release
from gateway.store import parties, scorecards
from gateway.store.change import Change
from schemas.audit import Act
from schemas.errors import FieldProblem, Invalid, NotFound
from schemas.ids import PartyId
from schemas.moments import local_day, month_of, span_of
from schemas.parties import PartyKind
from schemas.principal import Principal
from schemas.scorecard import (
    REFUSALS,
    Bsn,
    Line,
    Phone,
    Result,
    Told,
    population,
    without_refusals,
)
from schemas.transforms import apply

_PURPOSES: Mapping[PartyKind, str] = {
    PartyKind.SIGNAALPARTNER: "terugkoppelen",
    PartyKind.MANAGEMENT: "sturen",
}
_COUNTS: Final = "aantallen"
"""The field of the register that every number here is."""

_WHOSE: Final = FieldProblem("partner", "verplicht", "Noem de partner van wie u de kaart wilt zien")


def _dimension(name: str, categories: tuple[str, ...], absent: str = "") -> Dimension:
    return Dimension(name, tuple((category,) for category in categories), absent=absent)


def _with_few(name: str, categories: tuple[str, ...]) -> Dimension:
    """Count the few refused lines with the first category, and with no other."""
    first, *others = categories
    return Dimension(name, ((first, Line.GEWEIGERD.value), *((other,) for other in others)))


TABLES: Final = Catalogue(
    columns=_dimension("regels", tuple(Line)),
    crossed=(),
    alone=(
        _dimension("weigering", REFUSALS, absent=Line.AANGENOMEN),
        _dimension("telefoon", tuple(Phone), absent=Line.GEWEIGERD),
        _dimension("bsn", tuple(Bsn), absent=Line.GEWEIGERD),
        _dimension("afloop", tuple(Result), absent=Line.GEWEIGERD),
    ),
)
"""What is counted: all lines, why some were refused, and of the accepted ones the number, the BSN and the result."""

FEW_REFUSED: Final = Catalogue(
    columns=_dimension("regels", tuple(Line)),
    crossed=(),
    alone=(
        _with_few("telefoon", tuple(Phone)),
        _with_few("bsn", tuple(Bsn)),
        _with_few("afloop", tuple(Result)),
    ),
)
"""The same for a month with too few refused lines to show; a partner that delivers well must see its card too."""


def released(lines: Iterable[Told]) -> tuple[Catalogue, Released]:
    """Count lines so that no number is about fewer than five of them, nor can be computed back to fewer."""
    counted = population(lines)
    refused = sum(count for (line, *_), count in counted.items() if line == Line.GEWEIGERD)
    if refused >= INTERNAL:
        return TABLES, release(counted, TABLES, INTERNAL)
    return FEW_REFUSED, release(without_refusals(counted), FEW_REFUSED, INTERNAL)


@dataclass(frozen=True, slots=True)
class Group:
    """Some categories of a table that are counted together: a number, or a class for who may see no more."""

    table: str
    categories: tuple[str, ...]
    count: int | str


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The scorecard of a partner over a month (YYYY-MM)."""

    partner: PartyId
    month: str
    groups: tuple[Group, ...]


class Scorecards:
    """Makes scorecards."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def card(self, principal: Principal, month: str | None = None, partner: str | None = None) -> Scorecard:
        """Make the scorecard of a month (this one): a partner's own, or for the management that of a ``partner``.

        Raises:
            Denied: not a partner nor the management, or there are too few lines to show anything.
            NotFound: another partner's, or no such partner. Invalid: the management names no partner.
        """
        purpose = _PURPOSES.get(principal.kind, "")
        month = month or month_of(self._house.now())
        with self._house.store.read() as connection:
            party = self._whose(connection, principal, partner)
            lines = scorecards.lines_of(connection, principal.tenant, party, *span_of(month))
            tables, counted = released(lines)
        facts = Facts(zonder_persoon=True, groep_groot_genoeg=counted.total is not None)
        decision = require(decide(self._house.register, principal.kind, purpose, facts))
        day, coarse = local_day(self._house.now()), decision.fields[_COUNTS]
        groups = tuple(
            Group(table, block, _number(apply(coarse, count, day)))
            for (table, block), count in _volumes(tables, counted)
        )
        event = tell(principal, Act.SCORECARD_READ, purpose, reason=month, n=len(groups))
        self._house.store.commit(Change(events=(event,)))
        return Scorecard(party, month, groups)

    def _whose(self, connection: Connection, principal: Principal, partner: str | None) -> PartyId:
        if principal.kind is PartyKind.SIGNAALPARTNER:
            if partner not in {None, principal.party}:
                raise NotFound
            return principal.party
        if partner is None:
            raise Invalid(fields=[_WHOSE])
        found = parties.find_party(connection, principal.tenant, PartyId(partner))
        if found is None or found.kind is not PartyKind.SIGNAALPARTNER:
            raise NotFound
        return found.party_id


def _volumes(tables: Catalogue, counted: Released) -> list[tuple[tuple[str, Block], int]]:
    order = [dimension.name for dimension in tables.dimensions]
    return sorted(counted.volumes.items(), key=lambda one: order.index(one[0][0]))


def _number(value: object) -> int | str:
    return value if isinstance(value, int) else str(value)
