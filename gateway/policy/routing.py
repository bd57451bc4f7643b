"""Routing: an ordered list of rules in data, the first that fits decides, and a trace a person can read.

A computer proposes a way, a person starts the run; nothing scores or profiles (AVG art. 22). Sentences name no
amounts. The rules stand in ``schemas/register/routing.yaml``; they are the weighing frame of the pilot.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Annotated, Final, Literal

from pydantic import Field

from gateway.policy.source import Problems, digest, packaged, parse, read
from schemas.purposes import Entry, Key, Text


class Channel(StrEnum):
    """The three ways to offer help."""

    SOCIAAL_WERK = "sociaal_werk"
    CALLCENTER = "callcenter"
    BRIEF = "brief"


class Earlier(StrEnum):
    """How the resident's last case within the window of recurrence ended, if there was one."""

    GEEN = "geen"
    GEWEIGERD = "geweigerd"
    ONBEREIKT = "onbereikt"
    ANDERS = "anders"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingFacts:
    """What routing looks at; amounts in cents over the open signals of the person.

    ``protected``: secrecy, guardianship, death or safety on record; ``phone_blocked``: an objection to calls.
    """

    total_cent: int
    highest_cent: int
    crisis: bool = False
    end_of_supply: bool = False
    several: bool = False
    protected: bool = False
    has_phone: bool = False
    phone_blocked: bool = False
    earlier: Earlier = Earlier.GEEN


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingSettings:
    """The municipality's choices; the defaults are the pilot's, contested points on the strict side."""

    limit_cent: int = 200_000
    limit_scope: Literal["persoon", "signaal"] = "persoon"
    several_to_social_work: bool = False
    floor_cent: int = 0
    recurrence: Literal["geen", "geweigerd_of_onbereikt", "alle"] = "geweigerd_of_onbereikt"


@dataclass(frozen=True, slots=True)
class Step:
    """One rule that was looked at: its id, whether it matched, and the sentence that says so."""

    rule: str
    matched: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class Route:
    """The way a case takes and why; ``rules`` is the digest of the rule set that decided.

    ``over_limit`` holds whatever the rule that fitted: too much to be called about.
    """

    channel: Channel
    category: str
    urgent: bool
    over_limit: bool
    trace: tuple[Step, ...]
    rules: str


def _over_limit(facts: RoutingFacts, settings: RoutingSettings) -> bool:
    amount = facts.total_cent if settings.limit_scope == "persoon" else facts.highest_cent
    return amount > settings.limit_cent


def _recurs(facts: RoutingFacts, settings: RoutingSettings) -> bool:
    if settings.recurrence == "alle":
        return facts.earlier is not Earlier.GEEN
    return settings.recurrence == "geweigerd_of_onbereikt" and facts.earlier in {
        Earlier.GEWEIGERD,
        Earlier.ONBEREIKT,
    }


Question = Callable[[RoutingFacts, RoutingSettings], bool]
QUESTIONS: Final[Mapping[str, Question]] = {
    "crisis_of_einde_levering": lambda facts, _: facts.crisis or facts.end_of_supply,
    "boven_grens": _over_limit,
    "meervoudig_naar_sociaal_werk": lambda facts, chosen: facts.several and chosen.several_to_social_work,
    "beschermd": lambda facts, _: facts.protected,
    "onder_ondergrens": lambda facts, chosen: facts.total_cent < chosen.floor_cent,
    "herhaling_naar_sociaal_werk": _recurs,
    "heeft_bruikbare_telefoon": lambda facts, _: facts.has_phone and not facts.phone_blocked,
    "altijd": lambda _, __: True,
}
"""The closed list of questions a rule may ask."""


class Way(Entry):
    """What a rule decides."""

    kanaal: Channel
    categorie: Key
    spoed: bool = False


class Rule(Entry):
    """One rule: its question, what it decides, and what to say when it fits and when it does not."""

    id: Annotated[str, Field(pattern=r"^R[0-9]{2}$")]
    als: Key
    weg: Way
    ja: Text
    nee: Text


@dataclass(frozen=True, slots=True)
class Rules:
    """The ordered rules with the digest of their content."""

    rules: Sequence[Rule]
    digest: str


def load_rules(folder: Traversable | None = None) -> Rules:
    """Read ``routing.yaml`` strictly.

    Raises:
        Invalid: an unknown question, a double id, or a last rule that does not always fit; names file and line.
    """
    problems = Problems()
    source = read(folder or packaged(), "routing.yaml", problems)
    problems.refuse()
    rules = parse(list[Rule], source)
    for index, rule in enumerate(rules):
        if rule.als not in QUESTIONS:
            problems.add(source.at((index, "als")), "onbekend", f"vraag '{rule.als}' bestaat niet")
        if rule.id in {earlier.id for earlier in rules[:index]}:
            problems.add(source.at((index, "id")), "dubbel", f"regel '{rule.id}' bestaat al")
        if (rule.als == "altijd") != (index == len(rules) - 1):
            problems.add(source.at((index, "als")), "volgorde", "alleen de laatste regel past altijd")
    problems.refuse()
    return Rules(tuple(rules), digest((source,)))


def route(rules: Rules, facts: RoutingFacts, settings: RoutingSettings) -> Route:
    """Choose the way: the first rule that fits; the trace holds every rule looked at, in order."""
    trace: list[Step] = []
    for rule in rules.rules:
        matched = QUESTIONS[rule.als](facts, settings)
        trace.append(Step(rule.id, matched, rule.ja if matched else rule.nee))
        if matched:
            break
    return Route(
        channel=rule.weg.kanaal,
        category=rule.weg.categorie,
        urgent=rule.weg.spoed,
        over_limit=_over_limit(facts, settings),
        trace=tuple(trace),
        rules=rules.digest,
    )
