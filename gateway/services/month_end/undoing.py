"""Undoing a run within the hours of the setting: cases that nobody touched since are as they were before."""

from collections.abc import Sequence
from typing import Final

from audit.entry import Event
from gateway.events import tell
from gateway.installation import Installation
from gateway.services.month_end.standing import Seen, look
from gateway.services.month_end.summary import (
    CHUNK,
    PURPOSE,
    Summary,
    again,
    find_plan,
    insist_on_municipality,
    summary_of,
)
from gateway.store import cases, governance, work
from gateway.store.change import Change, Row, Write
from schemas.audit import Act
from schemas.errors import Conflict
from schemas.letters import LetterResult
from schemas.month_end import Action, ItemOutcome, PlanState
from schemas.principal import Principal

_CHANGED: Final = (Action.SLUITEN, Action.EERST_BRIEF)
_RAN: Final = frozenset({PlanState.LOOPT, PlanState.UITGEVOERD})


class MonthEndUndo:
    """Takes runs back."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def undo(self, principal: Principal, plan: str) -> Summary:
        """Put back every case that the run changed and nobody touched since; feedback to partners is withdrawn.

        A letter that was printed cannot be called back: its case stays as it is and is reported.

        Raises:
            Denied: not the municipality. NotFound: no such plan.
            Conflict: it did not run (``niet_uitgevoerd``), the hours are over (``herroepingstermijn_voorbij``), or
            cases kept moving.
        """
        insist_on_municipality(self._house, principal)
        self._insist_on_time(principal, plan)
        while again(lambda: self._restore_some(principal, plan)):
            pass
        again(lambda: self._finish(principal, plan))
        with self._house.store.read() as connection:
            return summary_of(connection, find_plan(connection, principal, plan))

    def _insist_on_time(self, principal: Principal, plan: str) -> None:
        with self._house.store.read() as connection:
            row = find_plan(connection, principal, plan)
        if row["state"] not in _RAN:
            raise Conflict("Dit plan is niet uitgevoerd", code="niet_uitgevoerd")
        if self._house.now_ms() > row["undo_until"]:
            raise Conflict("De tijd om terug te draaien is voorbij", code="herroepingstermijn_voorbij")

    def _restore_some(self, principal: Principal, plan: str) -> int:
        tenant, done = principal.tenant, ItemOutcome.GEDAAN
        with self._house.store.read() as connection:
            row = find_plan(connection, principal, plan)
            items = governance.items_of(connection, row, outcome=done, actions=_CHANGED, limit=CHUNK)
            found = governance.cases_by_id(connection, tenant, [item["case_id"] for item in items])
            seen = {s.case_id: s for s in look(connection, tenant, found.values(), self._house.now_ms())}
            known = [member["signal_id"] for case in seen.values() for member in case.members]
            told = work.feedback_of(connection, tenant, known)
        fresh = [signal for signal, feedback in told.items() if feedback["at"] == row["run_at"]]
        writes: list[Write] = []
        events: list[Event] = []
        for item in items:
            case = seen.get(item["case_id"])
            if case is None or not _untouched(row, item, case):
                writes.append(governance.settle_item(item, ItemOutcome.NIET_HERSTELD))
                continue
            writes.extend(self._restored(row, item, case, fresh))
            events.append(_told(principal, item, case))
        if items:
            self._house.store.commit(Change(tuple(writes), tuple(events)))
        return len(items)

    def _restored(self, plan: Row, item: Row, case: Seen, fresh: Sequence[str]) -> Sequence[Write]:
        before = {
            "state": item["state_before"],
            "closed_at": item["closed_before"],
            "close_reason": item["reason_before"],
        }
        lapsed = {"done_at": self._house.now_ms(), "result": LetterResult.VERVALLEN.value}
        members = {member["signal_id"] for member in case.members}
        return [
            governance.settle_item(item, ItemOutcome.HERSTELD),
            cases.move(case.row, **before),
            *(work.update_offer(letter, **lapsed) for letter in _ordered(plan, case)),
            *(governance.drop_feedback(plan["tenant"], signal) for signal in fresh if signal in members),
        ]

    def _finish(self, principal: Principal, plan: str) -> None:
        with self._house.store.read() as connection:
            row = find_plan(connection, principal, plan)
            restored = summary_of(connection, row).outcomes.get(ItemOutcome.HERSTELD, 0)
        if row["state"] == PlanState.TERUGGEDRAAID:
            return
        undone = governance.move_plan(row, state=PlanState.TERUGGEDRAAID.value, undone_by=principal.actor)
        event = tell(principal, Act.MONTH_END_UNDONE, PURPOSE, reason=row["month"], n=restored)
        self._house.store.commit(Change((undone,), (event,)))


def _ordered(plan: Row, case: Seen) -> list[Row]:
    """Give the letter that this run ordered for a case, if it did."""
    return [letter for letter in case.letters if letter["batch_id"] == plan["letter_batch"]]


def _untouched(plan: Row, item: Row, case: Seen) -> bool:
    """The run moved the case once; a printed letter does not move it, but is on its way all the same."""
    waiting = all(letter["result"] is None for letter in _ordered(plan, case))
    return bool(case.row["version"] == item["version"] + 1 and waiting)


def _told(principal: Principal, item: Row, case: Seen) -> Event:
    return tell(
        principal,
        Act.MONTH_END_UNDONE,
        PURPOSE,
        subject=case.subject,
        case=case.case_id,
        reason=item["state_before"],
        why=(f"plan:{item['plan_id']}",),
    )
