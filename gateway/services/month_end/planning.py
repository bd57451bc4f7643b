"""The plan: what month end would do with every case, changed by nobody until a second person agreed."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from audit.entry import Event
from gateway.disclosure import Codes
from gateway.disclosure.worker import hidden
from gateway.events import tell
from gateway.installation import Installation
from gateway.services.month_end.standing import Seen, look
from gateway.services.month_end.summary import (
    PURPOSE,
    Summary,
    again,
    find_plan,
    insist_on_municipality,
    refuse,
    summary_of,
)
from gateway.store import governance
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.errors import Conflict, Failing, FieldProblem, Invalid
from schemas.ids import CaseId
from schemas.moments import month_of
from schemas.month_end import Action, PlanState
from schemas.principal import Principal

PAGE: Final = 100
"""Most cases in one page of a plan."""

_MONTH = FieldProblem("maand", "maand", "Schrijf de maand als JJJJ-MM; zij moet begonnen zijn")
_SAME_PERSON = Failing(
    "tweede_persoon",
    "Een ander dan wie het plan maakte moet het bevestigen.",
    "De vrager maakte het plan zelf, of is geen persoon.",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One case of a plan as a person sees it; nothing in it tells who that is."""

    ref: str
    action: Action
    reason: str
    attempts: int
    few: str | None
    outcome: str | None


class MonthEndPlans:
    """Makes plans, shows them and lets a second person agree."""

    def __init__(self, house: Installation, codes: Codes) -> None:
        self._house = house
        self._codes = codes

    def plan(self, principal: Principal, month: str) -> Summary:
        """Plan the end of a month (YYYY-MM): every case of that month and earlier ones that is not closed.

        Raises:
            Denied: not the municipality; the refusal is in the log. Invalid: no such month, or one to come.
        """
        insist_on_municipality(self._house, principal)
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month) or month > month_of(self._house.now()):
            raise Invalid(fields=[_MONTH])
        with self._house.store.read() as connection:
            rows = governance.open_until(connection, principal.tenant, month)
            seen = look(connection, principal.tenant, rows, self._house.now_ms())
            waiting = governance.count_waiting(connection, principal.tenant)
        row = self._row(principal, month, waiting)
        items = [_item(row, case) for case in seen]
        told = [_told(principal, Act.MONTH_END_PLANNED, row["plan_id"], case) for case in seen]
        whole = tell(principal, Act.MONTH_END_PLANNED, PURPOSE, reason=month, n=len(seen))
        self._house.store.commit(Change(tuple(governance.add_plan(row, items)), (*told, whole)))
        return self.summary(principal, row["plan_id"])

    def summary(self, principal: Principal, plan: str) -> Summary:
        """Count a plan.

        Raises:
            Denied: not the municipality. NotFound: no such plan.
        """
        insist_on_municipality(self._house, principal)
        with self._house.store.read() as connection:
            return summary_of(connection, find_plan(connection, principal, plan))

    def lines(self, principal: Principal, plan: str, page: int = 1) -> list[Line]:
        """Show some cases of a plan under the asker's references, those that change first; each is in the log.

        A restricted case is counted with the rest, and shown to who is named for it alone.

        Raises:
            Denied: not the municipality. NotFound: no such plan.
        """
        insist_on_municipality(self._house, principal)
        return again(lambda: self._lines(principal, plan, page))

    def confirm(self, principal: Principal, plan: str) -> Summary:
        """Agree with a plan that somebody else made.

        Raises:
            Denied: not the municipality, or the person who made it (code ``zelfde_persoon``).
            NotFound: no such plan. Conflict: it was confirmed already.
        """
        insist_on_municipality(self._house, principal)
        with self._house.store.read() as connection:
            row = find_plan(connection, principal, plan)
            items = governance.items_of(connection, row, outcome=None, actions=_CHANGING)
            members = governance.members_of(connection, principal.tenant, [i["case_id"] for i in items])
        self._insist_on_another(principal, row)
        if row["state"] != PlanState.GEPLAND:
            raise Conflict("Dit plan is al bevestigd", code="al_bevestigd")
        agreed = governance.move_plan(row, state=PlanState.BEVESTIGD.value, confirmed_by=principal.actor)
        told = [_agreed(principal, item, members.get(item["case_id"], ())) for item in items]
        whole = tell(principal, Act.MONTH_END_CONFIRMED, PURPOSE, reason=row["month"], n=len(items))
        self._house.store.commit(Change((agreed,), (*told, whole)))
        return self.summary(principal, plan)

    def _insist_on_another(self, principal: Principal, plan: Row) -> None:
        if not self._house.settings.four_eyes_month_end:
            return
        if principal.user is None or plan["planned_by"] == principal.actor:
            refuse(self._house, principal, _SAME_PERSON, "zelfde_persoon")

    def _row(self, principal: Principal, month: str, waiting: int) -> Row:
        return {
            "tenant": principal.tenant,
            "plan_id": self._house.new_id(),
            "month": month,
            "state": PlanState.GEPLAND.value,
            "planned_by": principal.actor,
            "planned_at": self._house.now_ms(),
            "waiting": waiting,
            "letter_batch": self._house.new_id(),
        }

    def _lines(self, principal: Principal, plan: str, page: int) -> list[Line]:
        writes: list[Write] = []
        with self._house.store.read() as connection:
            row = find_plan(connection, principal, plan)
            items = governance.page_of(connection, row, (page - 1) * PAGE, PAGE)
            rows = governance.cases_by_id(connection, principal.tenant, [i["case_id"] for i in items])
            known = [case for case in rows.values() if not hidden(connection, principal, case)]
            seen = {case.case_id: case for case in look(connection, principal.tenant, known, 0)}
            lines = list(self._shown(connection, principal, items, seen, writes))
        told = [
            replace(_told(principal, Act.CASE_LISTED, plan, case), fields=_SHOWN) for case in seen.values()
        ]
        self._house.store.commit(Change(tuple(writes), tuple(told)))
        return lines

    def _shown(
        self,
        connection: Connection,
        principal: Principal,
        items: Iterable[Row],
        seen: dict[CaseId, Seen],
        writes: list[Write],
    ) -> Iterable[Line]:
        for item in items:
            case = seen.get(item["case_id"])
            if case is None:
                continue
            code = self._codes.give(connection, principal, PURPOSE, case.row)
            writes.extend([code.write] if code.write else [])
            action = Action(item["action"])
            yield Line(code.text, action, item["reason"], item["attempts"], item["few"], item["outcome"])


_SHOWN = ("dossierkenmerk", "pogingen", "uitkomst")
_CHANGING = (Action.SLUITEN, Action.EERST_BRIEF)


def _item(plan: Row, case: Seen) -> Row:
    verdict = case.verdict
    return {
        "tenant": plan["tenant"],
        "plan_id": plan["plan_id"],
        "case_id": case.case_id,
        "action": verdict.action.value,
        "reason": verdict.reason.value,
        "attempts": case.standing.attempts,
        "few": verdict.few.value if verdict.few else None,
        "version": case.row["version"],
        "state_before": case.row["state"],
        "closed_before": case.row["closed_at"],
        "reason_before": case.row["close_reason"],
        "outcome": None,
    }


def _told(principal: Principal, act: Act, plan: str, case: Seen) -> Event:
    why = (f"plan:{plan}",)
    return tell(principal, act, PURPOSE, subject=case.subject, case=case.case_id, why=why)


def _agreed(principal: Principal, item: Row, members: Sequence[Row]) -> Event:
    return tell(
        principal,
        Act.MONTH_END_CONFIRMED,
        PURPOSE,
        subject=members[0]["signal_id"] if members else None,
        case=CaseId(item["case_id"]),
        reason=item["action"],
        why=(f"plan:{item['plan_id']}",),
    )
