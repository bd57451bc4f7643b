"""A case in a list: what of it may be written on one line, and the log entries that tell of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Door, Dossier, load
from gateway.disclosure.clocks import running
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.disclosure.worker import hidden, marked
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.register import NO_GRANT, Decision
from gateway.store.change import Row
from schemas.audit import Act
from schemas.baskets import Basket, Situation, baskets_of
from schemas.case import CaseState
from schemas.clocks import Running, Stage, tightest
from schemas.errors import Conflict
from schemas.help import SPOKEN, Channel
from schemas.ids import CaseId
from schemas.principal import Principal

LISTED: Final = (
    "signaaltype",
    "crisissignaal",
    "dossierkenmerk",
    "categorie",
    "route",
    "samenloop",
    "termijnen",
)
"""The fields of the register that a line of a list is made of; whoever may not see them all, sees no line."""

PURPOSE: Final = "hulpverlenen"
_TRIES: Final = 4
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list; ``terms`` maps the clocks that still run to their last moment (ms UTC).

    ``stands_in``: the case belongs to an absent colleague. ``visit_on``: the day (ISO) of a planned home visit.
    ``call_back``: when the resident was promised a call (ms UTC) that nobody made yet. ``types``: of the signals.
    """

    ref: str
    category: str
    urgent: bool
    state: CaseState
    stands_in: bool = False
    visit_on: str | None = None
    terms: Mapping[str, int] = field(default_factory=dict)
    stages: Mapping[str, Stage] = field(default_factory=dict)
    baskets: tuple[Basket, ...] = ()
    types: tuple[str, ...] = ()
    samenloop: str = "enkelvoudig"
    call_back: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case that the asker may see a line of, before it has a reference."""

    dossier: Dossier
    decision: Decision
    clocks: tuple[Running, ...]

    @property
    def case(self) -> Row:
        """The row of the case."""
        return self.dossier.case

    @property
    def types(self) -> tuple[str, ...]:
        """The kinds of signal in the case, each once."""
        return tuple(sorted({signal["partner_type"] for signal in self.dossier.signals}))

    @property
    def promised(self) -> int | None:
        """When the resident was promised a call, if nobody of social work spoke to him since."""
        promises = [row for row in self.dossier.attempts if row["callback_at"] is not None]
        if not promises or any(at > promises[-1]["at"] for at in _spoken(self.dossier)):
            return None
        return int(promises[-1]["callback_at"])

    @property
    def baskets(self) -> tuple[Basket, ...]:
        """The baskets in which the case lies."""
        case, clock = self.case, tightest(self.clocks)
        stages = {one.stage for one in self.clocks}
        furthest = next((one for one in (Stage.VERLOPEN, Stage.BIJNA) if one in stages), Stage.OP_TIJD)
        situation = Situation(
            state=CaseState(case["state"]),
            category=case["category"],
            owned=case["owner"] is not None,
            urgent=bool(case["urgent"]),
            promised=self.promised is not None,
            samenloop=case["samenloop"],
            stage=furthest if clock is not None else Stage.OP_TIJD,
        )
        return baskets_of(situation)

    def line(self, principal: Principal, ref: str) -> CaseLine:
        """Write the line."""
        case = self.case
        return CaseLine(
            ref=ref,
            category=case["category"],
            urgent=bool(case["urgent"]),
            state=CaseState(case["state"]),
            stands_in=case["owner"] not in {None, principal.user},
            visit_on=next((o["planned_for"] for o in self.dossier.offers if _coming(o)), None),
            terms={one.clock.value: one.due for one in self.clocks},
            stages={one.clock.value: one.stage for one in self.clocks},
            baskets=self.baskets,
            types=self.types,
            samenloop=case["samenloop"],
            call_back=self.promised,
        )

    def told(self, principal: Principal, *more: str) -> Iterable[Event]:
        """Tell of the line, one entry per subject (Logboek Dataverwerkingen); ``more`` are further fields."""
        for signal in self.dossier.people:
            event = tell(
                principal,
                Act.CASE_LISTED,
                PURPOSE,
                subject=signal["signal_id"],
                case=self.dossier.case_id,
                why=marked(self.case),
            )
            yield replace(
                event,
                grant=self.decision.grant,
                ground=self.decision.ground,
                register=self.decision.register,
                fields=(*LISTED, *more),
            )


def candidate(
    connection: Connection, house: Installation, door: Door, principal: Principal, row: Row
) -> Candidate | None:
    """Look at a case for a list: None when the asker may not see a line of it."""
    if hidden(connection, principal, row):
        return None
    dossier = load(connection, principal, CaseId(row["case_id"]))
    facts = facts_of(connection, house, principal, dossier)
    decision = door.decide(principal, PURPOSE, Ask(dossier, facts))
    if not set(LISTED) <= set(decision.shown):
        return None
    return Candidate(dossier, decision, running(house, dossier.case, dossier.handover))


def insist_on_grant(house: Installation, door: Door, principal: Principal, purpose: str) -> None:
    """Refuse a party that has no grant at all for a purpose.

    Raises:
        Denied: the refusal is in the log.
    """
    if not house.register.pair(principal.kind, purpose):
        door.refuse(principal, purpose, [NO_GRANT])


def again(work: Callable[[], _T]) -> _T:
    """Repeat what only lost the race to remember a new reference: reading never fails for another reader."""
    for _ in range(_TRIES):
        try:
            return work()
        except Conflict:
            continue
    raise Conflict


def _spoken(dossier: Dossier) -> Sequence[int]:
    """Give the moments (ms UTC) at which social work had contact with the resident."""
    talks = [] if dossier.handover is None else [dossier.handover["first_talk_at"]]
    visits = [offer["done_at"] for offer in dossier.offers if offer["result"] in SPOKEN]
    records = [record["at"] for record in dossier.records]
    return [at for at in (*talks, *visits, *records) if at is not None]


def _coming(offer: Row) -> bool:
    return offer["channel"] == Channel.HUISBEZOEK and not offer["done_at"]
