"""How well a partner delivers, in counts: which lines were refused and why, and what came of those accepted.

A scorecard is a division of one month's lines: every line is in exactly one category of each table that is about it.
Which of them may be shown is decided elsewhere (small groups stay hidden). Source: docs/explanation/feedback.md; the
figures are those that the Ombudsman and Divosa ask partners to be held to (2024).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.case import CloseReason
from schemas.signal import LineCode


class Line(StrEnum):
    """What became of a line at the door; lines sent twice are counted once."""

    AANGENOMEN = "aangenomen"
    GEWEIGERD = "geweigerd"


class Phone(StrEnum):
    """Whether an accepted line brought a telephone number."""

    MET = "met_nummer"
    ZONDER = "zonder_nummer"
    ONBEKEND = "zonder_signaal"


class Bsn(StrEnum):
    """Whether a BSN had to be dropped from an accepted line."""

    ZONDER = "zonder_bsn"
    VERWIJDERD = "bsn_verwijderd"


class Result(StrEnum):
    """What came of an accepted line, as far as it says how well a partner delivers."""

    ZELF_BETAALD = "zelf_betaald"
    GEEN_INWONER = "geen_inwoner"
    OVERLEDEN = "overleden"
    INGETROKKEN = "ingetrokken"
    ANDERS = "anders_afgesloten"
    LOOPT = "loopt"
    ONBEKEND = "zonder_signaal"


REFUSALS = tuple(code.value for code in LineCode if not code.accepted)
"""Every reason to refuse a line."""

_RESULTS: Mapping[str, Result] = {
    CloseReason.BETAALD: Result.ZELF_BETAALD,
    CloseReason.GEEN_INWONER: Result.GEEN_INWONER,
    CloseReason.OVERLEDEN: Result.OVERLEDEN,
    CloseReason.INGETROKKEN: Result.INGETROKKEN,
}


@dataclass(frozen=True, slots=True)
class Told:
    """A line of a delivery: the answer it got, and the signal that it became, if that is still there.

    ``taken_back``: the partner withdrew it. ``closed``: why the case that holds it was closed, None while it is open.
    """

    code: LineCode
    signal: bool = False
    has_phone: bool = False
    taken_back: bool = False
    closed: str | None = None


Place = tuple[str, ...]
"""A line in every table: line, refusal, phone, BSN and result; empty where a table is not about it."""


def place(told: Told) -> Place:
    """Say where a line is counted."""
    if not told.code.accepted:
        return (Line.GEWEIGERD, told.code.value, "", "", "")
    dropped = Bsn.VERWIJDERD if told.code is LineCode.W_BSN_VERWIJDERD else Bsn.ZONDER
    return (Line.AANGENOMEN, "", _phone(told), dropped, _result(told))


def population(lines: Iterable[Told]) -> Counter[Place]:
    """Count lines by where they stand; what was delivered before counts no second time."""
    return Counter(place(line) for line in lines if line.code is not LineCode.DUPLICATE)


def without_refusals(counted: Mapping[Place, int]) -> Counter[Place]:
    """Count refused lines among the others, for a month in which they are too few to be told apart.

    The table of refusals falls away; the others then are about every line, so that no two of them differ by the few.
    """
    folded: Counter[Place] = Counter()
    for (line, _, *rest), count in counted.items():
        few = [line] * len(rest) if line == Line.GEWEIGERD else rest
        folded[(line, *few)] += count
    return folded


def _phone(told: Told) -> Phone:
    if not told.signal:
        return Phone.ONBEKEND
    return Phone.MET if told.has_phone else Phone.ZONDER


def _result(told: Told) -> Result:
    if not told.signal:
        return Result.ONBEKEND
    if told.taken_back:
        return Result.INGETROKKEN
    if told.closed is None:
        return Result.LOOPT
    return _RESULTS.get(told.closed, Result.ANDERS)
