"""Laying the report of a month down, and giving it to whom the register lets see counts.

A month is counted once, when it is over: two counts of one month, subtracted, would tell what happened to single
residents in between. What is kept is the protected document, so that erasing cases later changes no report.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from audit.entry import Event
from audit.log import Appended
from gateway.disclosure import Door
from gateway.events import tell
from gateway.installation import Installation
from gateway.policy.decide import decide
from gateway.policy.facts import Facts
from gateway.policy.register import Decision
from gateway.services.reporting.counting import count
from gateway.statistics.assembly import Frame, reports
from gateway.statistics.report import Readers, Report
from gateway.store import statistics
from gateway.store.change import Change, Row
from schemas.audit import Act
from schemas.errors import Conflict, FieldProblem, Invalid, NotFound
from schemas.ids import Tenant
from schemas.moments import AMSTERDAM, local, local_day, millis
from schemas.parties import PartyKind
from schemas.principal import Principal
from schemas.retention import months_after

READERS: Final[Mapping[PartyKind, tuple[str, tuple[Readers, ...]]]] = {
    PartyKind.MANAGEMENT: ("sturen", (Readers.INTERN, Readers.OPENBAAR)),
    PartyKind.WOO: ("openbaarmaken", (Readers.OPENBAAR,)),
}
"""Who may read which report and for what purpose; the register decides as well."""

MOST_MONTHS: Final = 24
"""So many months stand in a trend."""

_PATIENCE: Final = 1
"""Months after its end in which a month can be counted: after that retention may have taken something away."""

_FIELD: Final = "aantallen"

Bill = Callable[[Principal, str], int | None]
"""Gives what a month of calling costs in euro cents, or None when there is no price."""


@dataclass(frozen=True, slots=True)
class Told:
    """A report and where the log entry stands that tells who got it."""

    report: Report
    entry: Appended


class Reports:
    """Lays reports down and gives them out."""

    def __init__(self, house: Installation, door: Door, bill: Bill) -> None:
        self._house = house
        self._door = door
        self._bill = bill

    def lay_down(self, principal: Principal, month: str) -> Told:
        """Count a month that is over, for every circle of readers at once, and give the internal report.

        What was laid down before is given as it is.

        Raises:
            Denied: not the management; the refusal is in the log. Invalid: not a month.
            Conflict: the month is not over (``maand_loopt``), or too long ago (``maand_te_oud``).
            Broken: the counts do not add up; there is no report.
        """
        decision = self._decide(principal, Readers.INTERN)
        if self._find(principal.tenant, month, Readers.INTERN) is None:
            self._insist_on_time(month)
            made = self._count(principal, month)
            writes = tuple(statistics.add_report(self._row(principal, report)) for report in made.values())
            event = self._told(principal, decision, Act.REPORT_MADE, month, n=len(made))
            try:
                self._house.store.commit(Change(writes, (event,)))
            except Conflict:
                if self._find(principal.tenant, month, Readers.INTERN) is None:
                    raise
        return self.read(principal, month)

    def read(self, principal: Principal, month: str, readers: Readers | None = None) -> Told:
        """Give a report that was laid down; without ``readers`` the one that the asker's task is about.

        Raises:
            Denied: not for this asker; the refusal is in the log. NotFound: there is none of this month.
        """
        decision = self._decide(principal, readers)
        chosen = readers or READERS[principal.kind][1][0]
        row = self._find(principal.tenant, month, chosen)
        if row is None:
            raise NotFound("Van deze maand is nog geen rapport vastgesteld")
        event = self._told(principal, decision, Act.REPORT_READ, month, n=1)
        entry = self._house.store.commit(Change(events=(replace(event, why=(f"lezers:{chosen}",)),))).entries[
            0
        ]
        return Told(Report.model_validate_json(row["document"]), entry)

    def _decide(self, principal: Principal, readers: Readers | None) -> Decision:
        """Ask the register for counts of groups that are large enough; ``disclosure.release`` sees to it that they are.

        Raises:
            Denied: it says no, or this report is for another circle.
        """
        purpose, circle = READERS.get(principal.kind, ("sturen", ()))
        facts = Facts(zonder_persoon=True, groep_groot_genoeg=readers is None or readers in circle)
        decision = decide(self._house.register, principal.kind, purpose, facts)
        if not decision.allow or _FIELD not in decision.shown or not circle:
            self._door.refuse(principal, purpose, decision.failing, nearest=decision.nearest)
        return decision

    def _find(self, tenant: Tenant, month: str, readers: Readers) -> Row | None:
        with self._house.store.read() as connection:
            return statistics.find_report(connection, tenant, month, readers)

    def _insist_on_time(self, month: str) -> None:
        end = bounds(month)[1]
        now = self._house.now()
        if now < end:
            raise Conflict("Deze maand is nog niet voorbij", code="maand_loopt")
        if local_day(now) >= months_after(end.date(), _PATIENCE):
            raise Conflict("Van deze maand is niet alles meer bewaard", code="maand_te_oud")

    def _count(self, principal: Principal, month: str) -> dict[Readers, Report]:
        tenant = principal.tenant
        amount = self._bill(principal, month)
        with self._house.store.read() as connection:
            exact = count(connection, tenant, month, *map(millis, bounds(month)))
            frames = {readers: self._frame(connection, tenant, month, readers, amount) for readers in Readers}
        return reports(exact, frames)

    def _frame(
        self, connection: Connection, tenant: Tenant, month: str, readers: Readers, amount: int | None
    ) -> Frame:
        settings = self._house.settings
        earlier = statistics.reports_before(connection, tenant, month, readers, MOST_MONTHS - 1)
        before = (settings.accepted_before_least, settings.accepted_before_most)
        return Frame(
            month=month,
            municipality=f"Gemeente {settings.municipality or tenant}",
            counted_at=local(self._house.now()).isoformat(timespec="seconds"),
            earlier=[Report.model_validate_json(row["document"]) for row in earlier],
            before=before if before[1] else None,
            amount_cent=amount,
        )

    def _row(self, principal: Principal, report: Report) -> Row:
        return {
            "tenant": principal.tenant,
            "month": report.maand,
            "audience": report.lezers,
            "made_at": self._house.now_ms(),
            "made_by": principal.actor,
            "document": report.model_dump_json(by_alias=True),
        }

    @staticmethod
    def _told(principal: Principal, decision: Decision, act: Act, month: str, *, n: int) -> Event:
        told = tell(principal, act, decision.purpose, reason=month, n=n)
        return replace(
            told,
            grant=decision.grant,
            ground=decision.ground,
            register=decision.register,
            fields=decision.shown,
        )


def bounds(month: str) -> tuple[datetime, datetime]:
    """Give the moments between which a month (YYYY-MM) lies in the Netherlands, the last one not included.

    Raises:
        Invalid: this is no month.
    """
    try:
        start = datetime.strptime(month, "%Y-%m").replace(tzinfo=AMSTERDAM)
    except ValueError:
        raise Invalid(fields=[_MONTH]) from None
    if f"{start:%Y-%m}" != month:
        raise Invalid(fields=[_MONTH])
    after = months_after(start.date(), 1)
    return start, start.replace(year=after.year, month=after.month)


_MONTH: Final = FieldProblem("maand", "maand", "Schrijf de maand als JJJJ-MM")
