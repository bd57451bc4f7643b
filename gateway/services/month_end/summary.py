"""What planning, running and undoing have in common: who may, which plan, and what it comes to."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from sqlalchemy import Connection

from gateway.events import tell
from gateway.installation import Installation
from gateway.store import governance
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.errors import Conflict, Denied, Failing, NotFound
from schemas.ids import RunId
from schemas.month_end import PlanState
from schemas.parties import PartyKind
from schemas.principal import Principal

PURPOSE: Final = "matchen"
CHUNK: Final = 500
"""Cases in one commit; a run that breaks off has done whole chunks and goes on with the next."""

_TRIES: Final = 4
_RACES: Final = frozenset({Conflict.code, "bestaat_al"})
_NOT_YOURS: Final = Failing(
    "partij_gemeente",
    "De maandafsluiting is werk van de gemeente.",
    "De vrager is geen medewerker van de gemeente die signalen indeelt.",
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Summary:
    """A plan in numbers; instants are ms UTC.

    ``groups``: cases by action and reason. ``few``: cases that end or are written to with fewer than seven attempts,
    by why. ``outcomes``: what became of the cases so far. ``waiting``: signals that no case held yet, which a person
    must still decide on or a matching round must take up.
    """

    plan_id: RunId
    month: str
    state: PlanState
    planned_at: int
    undo_until: int | None
    letter_batch: RunId
    waiting: int
    groups: Mapping[str, Mapping[str, int]]
    few: Mapping[str, int]
    outcomes: Mapping[str, int]

    @property
    def cases(self) -> int:
        """How many cases the plan is about."""
        return sum(sum(reasons.values()) for reasons in self.groups.values())


def summary_of(connection: Connection, plan: Row) -> Summary:
    """Count a plan."""
    groups: dict[str, Counter[str]] = {}
    few: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for row in governance.tally(connection, plan):
        groups.setdefault(row["action"], Counter())[row["reason"]] += row["n"]
        few.update({row["few"]: row["n"]} if row["few"] else {})
        outcomes.update({row["outcome"]: row["n"]} if row["outcome"] else {})
    return Summary(
        RunId(plan["plan_id"]),
        plan["month"],
        PlanState(plan["state"]),
        plan["planned_at"],
        plan["undo_until"],
        RunId(plan["letter_batch"]),
        plan["waiting"],
        groups,
        few,
        outcomes,
    )


def find_plan(connection: Connection, principal: Principal, plan: str) -> Row:
    """Give a plan of this municipality.

    Raises:
        NotFound: there is none.
    """
    row = governance.find_plan(connection, principal.tenant, plan)
    if row is None:
        raise NotFound
    return row


def refuse(house: Installation, principal: Principal, failing: Failing, code: str | None = None) -> None:
    """Record that somebody asked for what is not his to ask.

    Raises:
        Denied: always.
    """
    told = tell(principal, Act.ACCESS_DENIED, PURPOSE, reason=failing.condition, n=0)
    house.store.commit(Change(events=(replace(told, decision="deny"),)))
    raise Denied(failing.for_user, code=code, failing=[failing])


def insist_on_municipality(house: Installation, principal: Principal) -> None:
    """Let only the municipality's own staff pass.

    Raises:
        Denied: anybody else; the refusal is in the log.
    """
    if principal.kind is not PartyKind.MATCHING:
        refuse(house, principal, _NOT_YOURS)


def again(work: Callable[[], T]) -> T:
    """Repeat a chunk when one of its cases moved between reading and writing, on what is there then.

    Raises:
        Conflict: cases kept moving; the plan can be run again and goes on where it was.
    """
    for _ in range(_TRIES):
        try:
            return work()
        except Conflict as moved:
            if moved.code not in _RACES:
                raise
    raise Conflict
