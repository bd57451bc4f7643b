"""Counting a month: every number out of the open columns, each whole counted apart from its parts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection

from gateway.statistics.funnel import (
    CASES,
    SEVERAL_SECTORS,
    SIGNALS,
    Group,
    Letter,
    Visited,
    case_population,
    insist_adds_up,
    place_of,
)
from gateway.statistics.month import Month
from gateway.store import statistics
from gateway.store.change import Row
from schemas.help import SPOKEN, Channel, VisitResult
from schemas.ids import Tenant
from schemas.letters import LetterResult

_HELD, _HELD_THIS_MONTH = 1, 2
_LETTERS: Final = tuple(Letter)
_LETTER_RANKS: Final = {
    LetterResult.ONBESTELBAAR.value: _LETTERS.index(Letter.ONBESTELBAAR),
    LetterResult.VERZONDEN.value: _LETTERS.index(Letter.VERZONDEN),
}
_VISITS: Final = tuple(Visited)
_VISIT_RANKS: Final = {
    result.value: _VISITS.index(Visited.GESPROKEN if result in SPOKEN else Visited.NIET_GESPROKEN)
    for result in VisitResult
    if result is not VisitResult.NIET_DOORGEGAAN
}


def count(connection: Connection, tenant: Tenant, month: str, start: int, end: int) -> Month:
    """Count a month (YYYY-MM) that lies between two moments (ms UTC).

    Raises:
        Broken: a case or a signal is in no place of the report, or in two.
    """
    cases = case_population(_groups(statistics.cases_of_month(connection, tenant, month)))
    total = statistics.count_cases(connection, tenant, month)
    insist_adds_up("dossiers", cases, CASES, total)
    signals = _places(statistics.signals_of_month(connection, tenant, month))
    insist_adds_up("signalen", signals, SIGNALS, statistics.count_signals(connection, tenant, month))
    lines, accepted = statistics.lines_between(connection, tenant, start, end)
    attempts = statistics.attempts_of_month(connection, tenant, month)
    letters = statistics.offers_of_month(connection, tenant, month, Channel.BRIEF, _LETTER_RANKS)
    visits = statistics.offers_of_month(connection, tenant, month, Channel.HUISBEZOEK, _VISIT_RANKS)
    return Month(
        signals=signals,
        refused=lines - accepted,
        cases=cases,
        letters=_ranked(_LETTERS, letters, total),
        visits=_ranked(_VISITS, visits, total),
        dayparts=_dayparts(attempts),
        inbound=sum(row["inbound"] for row in attempts),
    )


def _groups(rows: Sequence[Row]) -> list[Group]:
    return [
        Group(
            count=row["count"],
            state=row["state"],
            reason=row["reason"],
            samenloop=row["samenloop"],
            sector=row["sector"] or SEVERAL_SECTORS,
            called_for=bool(row["called_for"]),
            blocked=bool(row["blocked"]),
            attempts=row["attempts"],
            reached=bool(row["reached"]),
            accepted=bool(row["accepted"]),
        )
        for row in rows
    ]


def _places(rows: Sequence[Row]) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        held, this_month = row["held"] >= _HELD, row["held"] == _HELD_THIS_MONTH
        found[(place_of(row["state"], held=held, this_month=this_month),)] += row["count"]
    return found


def _ranked(names: Sequence[str], rows: Sequence[Row], total: int) -> dict[tuple[str, ...], int]:
    """Give how many cases came to each rank; those without an offer of this kind have the first."""
    counts = {names[row["rank"]]: row["count"] for row in rows if row["rank"]}
    return {(name,): counts.get(name, 0) for name in names[1:]} | {(names[0],): total - sum(counts.values())}


def _dayparts(rows: Sequence[Row]) -> Mapping[str, tuple[int, int, int]]:
    """Leave the calls that residents made out: they are always answered."""
    return {
        row["daypart"]: (row["attempts"] - row["inbound"], row["answered"] - row["inbound"], row["people"])
        for row in rows
    }
