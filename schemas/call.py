"""A call and its result: outcomes, what each does to the case, and when the next attempt may be made.

Source: docs/reference/api.md (belresultaten); the calling rules are those of the pilot: at most seven
attempts, spread over parts of the day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from schemas.case import MAX_ATTEMPTS, CaseEvent

MIN_GAP = timedelta(hours=2)
"""Between two attempts at least this long passes, so that a resident is not called in a row."""


class DayPart(StrEnum):
    """Parts of a day as the national exchange model names them (morning < 12:00 ≤ afternoon < 18:00 ≤ evening)."""

    OCHTEND = "ochtend"
    MIDDAG = "middag"
    AVOND = "avond"


class Outcome(StrEnum):
    """How a call attempt ended."""

    NIET_OPGENOMEN = "niet_opgenomen"
    VOICEMAIL = "voicemail"
    FOUT_NUMMER = "fout_nummer"
    TERUGBELLEN = "terugbellen"
    GEVERIFIEERD_GEWEIGERD = "geverifieerd_geweigerd"
    ZELF_BETAALD = "zelf_betaald"
    HULPVRAAG = "hulpvraag"
    BEZWAAR = "bezwaar"
    ANDERE_TAAL = "andere_taal"
    OVERLEDEN_GEMELD = "overleden_gemeld"
    DREIGING = "dreiging"


@dataclass(frozen=True, slots=True)
class Consequence:
    """What an outcome means for the case.

    ``reached``: a person was spoken to; ``verified``: only counts after a verification that succeeded;
    ``blocks_phone``: the phone channel closes for good (AVG art. 21).
    """

    event: CaseEvent
    reached: bool
    verified: bool = False
    blocks_phone: bool = False


CONSEQUENCES: Mapping[Outcome, Consequence] = {
    Outcome.NIET_OPGENOMEN: Consequence(CaseEvent.POGING, reached=False),
    Outcome.VOICEMAIL: Consequence(CaseEvent.POGING, reached=False),
    Outcome.FOUT_NUMMER: Consequence(CaseEvent.ROUTE_BRIEF, reached=False, blocks_phone=True),
    Outcome.TERUGBELLEN: Consequence(CaseEvent.POGING, reached=True),
    Outcome.GEVERIFIEERD_GEWEIGERD: Consequence(CaseEvent.WEIGERING, reached=True, verified=True),
    Outcome.ZELF_BETAALD: Consequence(CaseEvent.BETALING, reached=True, verified=True),
    Outcome.HULPVRAAG: Consequence(CaseEvent.HULPVRAAG, reached=True),
    Outcome.BEZWAAR: Consequence(CaseEvent.ROUTE_BRIEF, reached=True, blocks_phone=True),
    Outcome.ANDERE_TAAL: Consequence(CaseEvent.ROUTE_SOCIAAL_WERK, reached=True),
    Outcome.OVERLEDEN_GEMELD: Consequence(CaseEvent.ROUTE_SOCIAAL_WERK, reached=True, blocks_phone=True),
    Outcome.DREIGING: Consequence(CaseEvent.ROUTE_SOCIAAL_WERK, reached=True, blocks_phone=True),
}

Text280 = Annotated[str, Field(max_length=280)]


class CallResult(BaseModel):
    """What an agent reports after one attempt; text is short and sealed before it is stored."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )

    uitkomst: Outcome
    beste_moment: Annotated[str, Field(max_length=80)] | None = None
    omschrijving: Text280 | None = None
    terugbellen_op: AwareDatetime | None = None
    tips_gegeven: Annotated[bool, Field(strict=True)] = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as the spreading rule sees it; a resident who calls back uses up none of the seven."""

    at: datetime
    daypart: DayPart
    inbound: bool = False


PER_DAY = 2
"""At most this many attempts reach one resident on a day."""

_LOOK_AHEAD = timedelta(days=14)


def refuse_attempt(attempts: Sequence[Attempt], now: datetime, daypart: DayPart) -> str | None:
    """Say why no attempt may be made now, or None when it may; all moments in local time.

    Attempts are spread: at most one in a part of a day and two on a day, and never a third one in a row in the
    same part of the day.
    """
    if sum(not attempt.inbound for attempt in attempts) >= MAX_ATTEMPTS:
        return "pogingen_op"
    last = attempts[-2:]
    if last and now - last[-1].at < MIN_GAP:
        return "te_kort_na_vorige"
    today = [attempt for attempt in attempts if attempt.at.date() == now.date()]
    if len(today) >= PER_DAY or any(attempt.daypart == daypart for attempt in today):
        return "vandaag_al_geprobeerd"
    if len(last) == 2 and all(attempt.daypart == daypart for attempt in last):  # noqa: PLR2004 (a pair)
        return "ander_dagdeel_eerst"
    return None


def next_attempt(
    attempts: Sequence[Attempt], now: datetime, daypart_of: Callable[[datetime], DayPart]
) -> datetime:
    """Find the first hour from ``now`` on (local time) in which the next attempt may be made."""
    moment = now
    while moment < now + _LOOK_AHEAD:
        if refuse_attempt(attempts, moment, daypart_of(moment)) is None:
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment
