"""The team leader's view of the month: who will not get seven attempts any more, and when residents are reached.

Of a resident it shows a reference and nothing else; of the work, classes of counts of groups that are large enough.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection

from gateway.disclosure import Codes, Door
from gateway.disclosure.worker import leads
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.decide import decide
from gateway.policy.facts import Facts
from gateway.policy.register import Decision
from gateway.store import calls, cases
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.call import Attempt, DayPart, reachable
from schemas.case import CALLABLE_STATES, MAX_ATTEMPTS
from schemas.errors import Conflict
from schemas.ids import PartyId
from schemas.moments import instant, local, local_day, millis
from schemas.principal import Principal
from schemas.transforms import Transform, apply

SMALLEST: Final = 10
"""A group of fewer attempts is not shown: who was called then could be counted back."""

_TRIES: Final = 4
_WEEK: Final = timedelta(days=7)
_PURPOSE: Final = "bellen"


@dataclass(frozen=True, slots=True)
class Band:
    """Attempts of a group and how many of them reached somebody, as classes; None when the group is too small."""

    attempts: str | None
    reached: str | None


@dataclass(frozen=True, slots=True)
class TeamMonth:
    """The month so far; ``missed`` are the team's references of cases that cannot get seven attempts any more."""

    month: str
    missed: tuple[str, ...]
    dayparts: Mapping[DayPart, Band]
    hours: Mapping[int, Band]


class CallTeam:
    """What the leader of a calling team sees."""

    def __init__(self, house: Installation, door: Door, codes: Codes) -> None:
        self._house = house
        self._door = door
        self._codes = codes

    def month(self, principal: Principal) -> TeamMonth:
        """Show this month up to now; every case on the list is told of in the log.

        Raises:
            Denied: the asker does not lead a calling team; the refusal is in the log.
        """
        decision = self._allowed(principal)
        for _ in range(_TRIES):
            try:
                return self._month(principal, decision)
            except Conflict:
                continue  # Another reader was quicker to remember the same reference.
        raise Conflict

    def _allowed(self, principal: Principal) -> Decision:
        with self._house.store.read() as connection:
            leader = leads(connection, principal)
        facts = Facts(leidt_belteam=leader, belbaar=True, dossier_open=True, pogingen_over=True)
        decision = decide(self._house.register, principal.kind, _PURPOSE, facts)
        if not decision.allow:
            self._door.refuse(principal, _PURPOSE, decision.failing, nearest=decision.nearest)
        return decision

    def _month(self, principal: Principal, decision: Decision) -> TeamMonth:
        now = local(self._house.now())
        begins = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        with self._house.store.read() as connection:
            made = calls.made_since(connection, principal.tenant, PartyId(principal.party), millis(begins))
            late = list(self._late(connection, principal, now))
            codes = [self._codes.give(connection, principal, _PURPOSE, row) for row, _ in late]
        told = [self._told(principal, decision, row, subject) for row, subject in late]
        nothing = tell(principal, Act.CASE_LISTED, _PURPOSE, n=0)
        writes: tuple[Write, ...] = tuple(code.write for code in codes if code.write)
        self._house.store.commit(Change(writes, tuple(told or [nothing])))
        return TeamMonth(
            month=f"{now:%Y-%m}",
            missed=tuple(code.text for code in codes),
            dayparts=self._bands(principal, made, lambda row: DayPart(row["daypart"])),
            hours=self._bands(principal, made, lambda row: local(instant(row["at"])).hour),
        )

    def _late(self, connection: Connection, principal: Principal, now: datetime) -> Iterable[tuple[Row, str]]:
        """Find the cases that cannot get seven attempts by the end of the month, each with whom it is about."""
        ends = (now.replace(day=28) + _WEEK).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        rows = cases.cases_in(connection, principal.tenant, sorted(CALLABLE_STATES))
        open_rows = [row for row in rows if not row["phone_blocked"] and not row["protected"]]
        made = calls.attempts_of_cases(connection, principal.tenant, [row["case_id"] for row in open_rows])
        calendar = self._house.calendar
        for row in open_rows:
            attempts = [_attempt(one) for one in made.get(row["case_id"], ())]
            if reachable(attempts, now, ends, calendar.next_opening, calendar.daypart) >= MAX_ATTEMPTS:
                continue
            signals = cases.signals_of_case(connection, principal.tenant, row["case_id"])
            if signals:
                yield row, signals[0]["signal_id"]

    def _told(self, principal: Principal, decision: Decision, row: Row, subject: str) -> Any:
        told = tell(principal, Act.CASE_LISTED, _PURPOSE, subject=subject, case=row["case_id"])
        return replace(
            told,
            grant=decision.grant,
            ground=decision.ground,
            register=decision.register,
            fields=decision.shown,
        )

    def _bands(self, principal: Principal, made: Sequence[Row], key: Callable[[Row], Any]) -> dict[Any, Band]:
        """Count per group, as coarse as the register says, and only where it lets a group be shown."""
        all_of, spoken = Counter(map(key, made)), Counter(key(row) for row in made if row["reached"])
        return {group: self._band(principal, all_of[group], spoken[group]) for group in sorted(all_of)}

    def _band(self, principal: Principal, attempts: int, reached: int) -> Band:
        facts = Facts(zonder_persoon=True, groep_groot_genoeg=attempts >= SMALLEST)
        decision = decide(self._house.register, principal.kind, _PURPOSE, facts)
        if not decision.allow:
            return Band(None, None)
        how, today = decision.fields.get("aantallen", Transform.VERBORGEN), local_day(self._house.now())
        return Band(*(str(apply(how, count, today)) for count in (attempts, reached)))


def _attempt(row: Row) -> Attempt:
    return Attempt(local(instant(row["at"])), DayPart(row["daypart"]), bool(row["inbound"]))
