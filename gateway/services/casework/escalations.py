"""Late clocks at the desk that has to act: of a team at its leader's, and long overdue at the municipality's."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Codes, Door, load
from gateway.disclosure.clocks import running
from gateway.disclosure.door import Ask
from gateway.disclosure.dossier import facts_of
from gateway.disclosure.worker import hidden, leads, marked
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.register import Decision
from gateway.services.casework.lines import again
from gateway.store import cases, work
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.case import CaseState
from schemas.clocks import Clock, Desk, Running, Stage, desks, tightest
from schemas.errors import Failing
from schemas.help import AT_SOCIAL_WORK
from schemas.ids import CaseId
from schemas.parties import PartyKind
from schemas.principal import Principal

_SHOWN: Final = ("dossierkenmerk", "categorie", "termijnen")
_DESKS: Final[Mapping[PartyKind, Desk]] = {
    PartyKind.SOCIAAL_WERK: Desk.TEAMLEIDER,
    PartyKind.MATCHING: Desk.GEMEENTE,
}
_PURPOSES: Final = {PartyKind.SOCIAAL_WERK: "hulpverlenen", PartyKind.MATCHING: "matchen"}
_NOT_YOURS: Final = Failing(
    "rol_teamleider",
    "Verlopen termijnen ziet de teamleider, en na een werkweek de gemeente.",
    "De vrager is geen teamleider van sociaal werk en geen medewerker van de gemeente.",
)


@dataclass(frozen=True, slots=True)
class Escalated:
    """A clock that asks for somebody above; ``days`` are working days (negative: over), ``worker`` whose case it is."""

    ref: str
    category: str
    state: CaseState
    clock: Clock
    due: int
    days: int
    stage: Stage
    desks: tuple[Desk, ...]
    worker: str | None
    team: str | None


@dataclass(frozen=True, slots=True)
class _Late:
    case: Row
    people: tuple[Row, ...]
    decision: Decision
    clocks: tuple[Running, ...]

    @property
    def first(self) -> int:
        clock = tightest(self.clocks)
        return 0 if clock is None else clock.due

    def told(self, principal: Principal) -> Iterable[Event]:
        decision = self.decision
        for signal in self.people:
            event = tell(
                principal,
                Act.CASE_LISTED,
                decision.purpose,
                subject=signal["signal_id"],
                case=self.case["case_id"],
                reason="termijn",
                why=marked(self.case),
            )
            yield replace(
                event,
                grant=decision.grant,
                ground=decision.ground,
                register=decision.register,
                fields=_SHOWN,
            )


class Escalations:
    """Shows late clocks."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def late(self, principal: Principal, team: str | None = None) -> list[Escalated]:
        """List the clocks that have come to the asker's desk, of one team or of all, the most overdue first.

        Raises:
            Denied: neither a team leader nor the municipality; the refusal is in the log.
        """
        with self._house.store.read() as connection:
            may = principal.kind is PartyKind.MATCHING or leads(connection, principal)
        if principal.kind not in _PURPOSES or not may:
            purpose = _PURPOSES.get(principal.kind, "")
            self._door.refuse(principal, purpose, [_NOT_YOURS], code="alleen_teamleider")
        return again(lambda: self._late(principal, team))

    def _late(self, principal: Principal, team: str | None) -> list[Escalated]:
        lines: list[Escalated] = []
        writes: list[Write] = []
        events: list[Event] = []
        with self._house.store.read() as connection:
            rows = cases.cases_in(connection, principal.tenant, sorted(AT_SOCIAL_WORK))
            rows = [row for row in rows if team in {None, row["team"]}]
            found = [late for row in rows if (late := self._look(connection, principal, row)) is not None]
            for one in sorted(found, key=lambda late: (late.first, late.case["case_id"])):
                code = self._codes.give(connection, principal, _PURPOSES[principal.kind], one.case)
                writes.extend([code.write] if code.write else [])
                events.extend(one.told(principal))
                lines.extend(_lines(one, code.text))
        if events:
            self._house.store.commit(Change(tuple(writes), tuple(events)))
        return lines

    def _look(self, connection: Connection, principal: Principal, row: Row) -> _Late | None:
        handover = work.find_handover(connection, principal.tenant, CaseId(row["case_id"]))
        owned, desk = row["owner"] is not None, _DESKS[principal.kind]
        clocks = tuple(
            clock for clock in running(self._house, row, handover) if desk in desks(clock, owned=owned)
        )
        if not clocks or hidden(connection, principal, row):
            return None
        dossier = load(connection, principal, CaseId(row["case_id"]))
        ask = Ask(dossier, facts_of(connection, self._house, principal, dossier))
        decision = self._door.decide(principal, _PURPOSES[principal.kind], ask)
        if not set(_SHOWN) <= set(decision.shown):
            return None
        return _Late(row, dossier.people, decision, clocks)


def _lines(late: _Late, ref: str) -> Iterable[Escalated]:
    case = late.case
    for clock in late.clocks:
        yield Escalated(
            ref=ref,
            category=case["category"],
            state=CaseState(case["state"]),
            clock=clock.clock,
            due=clock.due,
            days=clock.days,
            stage=clock.stage,
            desks=desks(clock, owned=case["owner"] is not None),
            worker=case["owner"],
            team=case["team"],
        )
