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

PROMISE_AHEAD = timedelta(days=14)
"""A moment to call back lies at most this far ahead: what lies further is a matter for the next month."""

PATIENCE = timedelta(hours=1)
"""So long a promised call is kept for the team that promised it; then whoever is there keeps the promise."""

NO_CALL = timedelta(days=730)
"""So long a number stays on the list of numbers that nobody calls (domain: the objection hash, at most 24 months)."""

NUMBER = "nummer"
"""The label of the keyed fingerprints on that list."""

CONTROL = "controle"
"""The label of the codes with which a resident checks a call."""

CONTROL_VALID = timedelta(hours=48)
"""So long after the dial record was handed out its code can be checked."""

NOTE_LENGTH = 280
"""Most characters of a note; in acute need there may be ``URGENT_LENGTH``."""

URGENT_LENGTH = 2000


ACUTE = "acuut"
"""The category of a case in acute need; it carries the case whatever partners do (AVG art. 6(1)(d))."""


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
    NIET_BELLEN = "niet_bellen"
    ANDERE_TAAL = "andere_taal"
    OVERLEDEN_GEMELD = "overleden_gemeld"
    DREIGING = "dreiging"
    ACUUT = "acuut"


@dataclass(frozen=True, slots=True)
class Consequence:
    """What an outcome means for the case.

    ``reached``: a person was spoken to; ``verified``: only counts after a verification that succeeded;
    ``blocks_phone``: the phone channel closes for good (AVG art. 21); ``protects``: only social work makes contact
    from now on; ``own_right``: what somebody said for himself counts even when the dial record was recalled
    meanwhile; ``category``: why the case now lies with social work.
    """

    event: CaseEvent
    reached: bool
    verified: bool = False
    blocks_phone: bool = False
    protects: bool = False
    own_right: bool = False
    category: str = ""


_SOCIAL, _LETTER = CaseEvent.ROUTE_SOCIAAL_WERK, CaseEvent.ROUTE_BRIEF

CONSEQUENCES: Mapping[Outcome, Consequence] = {
    Outcome.NIET_OPGENOMEN: Consequence(CaseEvent.POGING, reached=False),
    Outcome.VOICEMAIL: Consequence(CaseEvent.POGING, reached=False),
    Outcome.FOUT_NUMMER: Consequence(_LETTER, reached=False, own_right=True),
    Outcome.TERUGBELLEN: Consequence(CaseEvent.POGING, reached=True),
    Outcome.GEVERIFIEERD_GEWEIGERD: Consequence(CaseEvent.WEIGERING, reached=True, verified=True),
    Outcome.ZELF_BETAALD: Consequence(CaseEvent.BETALING, reached=True, verified=True),
    Outcome.HULPVRAAG: Consequence(CaseEvent.HULPVRAAG, reached=True, own_right=True),
    Outcome.BEZWAAR: Consequence(_LETTER, reached=True, blocks_phone=True, own_right=True),
    Outcome.NIET_BELLEN: Consequence(_LETTER, reached=True, blocks_phone=True, own_right=True),
    Outcome.ANDERE_TAAL: Consequence(_SOCIAL, reached=True, category="andere_taal"),
    Outcome.OVERLEDEN_GEMELD: Consequence(
        _SOCIAL, reached=True, blocks_phone=True, protects=True, own_right=True, category="overlijden_gemeld"
    ),
    Outcome.DREIGING: Consequence(
        _SOCIAL, reached=True, blocks_phone=True, protects=True, own_right=True, category="veiligheid"
    ),
    Outcome.ACUUT: Consequence(_SOCIAL, reached=True, own_right=True, category=ACUTE),
}

OWN_RIGHT = frozenset(outcome for outcome, meant in CONSEQUENCES.items() if meant.own_right)
"""Outcomes that count when a dial record was recalled meanwhile."""

NEVER_CALL = frozenset({Outcome.FOUT_NUMMER, Outcome.BEZWAAR, Outcome.NIET_BELLEN})
"""Outcomes after which a number goes on the list of numbers that nobody calls."""

MESSAGES: Mapping[str, str] = {
    Outcome.ACUUT: (
        "Is er nu levensgevaar? Bel 112. Denkt iemand aan zelfdoding? Bel 113 of 0800-0113. Blijf aan de lijn tot er "
        "iemand bij is. Waarschuw uw teamleider. Sociaal werk heeft het dossier nu bovenaan staan."
    ),
    "belofte_zonder_poging": (
        "Dit was de zevende poging: er wordt niet meer gebeld. Zeg de inwoner dat hij zelf het 079-nummer kan bellen."
    ),
    "belofte_niet_hier": (
        "Het belteam belt deze inwoner niet meer. Wil hij gebeld worden, leg dan een hulpvraag vast; sociaal werk belt."
    ),
    "teruggeroepen": "Dit belrecord was al teruggeroepen; wat de inwoner zei telt, de poging telt niet mee.",
}
"""What an agent is told along with the confirmation that a result was recorded."""


class CallResult(BaseModel):
    """What an agent reports after one attempt; text is short and sealed before it is stored.

    ``nummer``: which number was wrong, when the dial record showed several; ``tipkaart``: which card was gone through
    with the resident, as ``soort-versie``.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )

    uitkomst: Outcome
    beste_moment: Annotated[str, Field(max_length=80)] | None = None
    omschrijving: Annotated[str, Field(max_length=URGENT_LENGTH)] | None = None
    terugbellen_op: AwareDatetime | None = None
    tips_gegeven: Annotated[bool, Field(strict=True)] = False
    tipkaart: Annotated[str, Field(pattern=r"^[a-z]+-[0-9]{1,3}$", max_length=24)] | None = None
    nummer: Annotated[str, Field(min_length=4, max_length=20)] | None = None


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
    if _counted(attempts) >= MAX_ATTEMPTS:
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


def reachable(
    made: Sequence[Attempt],
    now: datetime,
    until: datetime,
    opening: Callable[[datetime], datetime],
    daypart_of: Callable[[datetime], DayPart],
) -> int:
    """Count the attempts there can have been by ``until`` if every chance from ``now`` on is used; seven at most.

    ``opening`` gives the first moment at or after another at which a call may begin; all in local time.
    """
    attempts, moment = list(made), opening(now)
    while moment < until and _counted(attempts) < MAX_ATTEMPTS:
        daypart = daypart_of(moment)
        if refuse_attempt(attempts, moment, daypart) is None:
            attempts.append(Attempt(moment, daypart))
        moment = opening(moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1))
    return _counted(attempts)


def _counted(attempts: Sequence[Attempt]) -> int:
    return sum(not attempt.inbound for attempt in attempts)
