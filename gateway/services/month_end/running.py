"""The run: closes what may close, orders the letters, tells the partners; in chunks that can be resumed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

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
from schemas.case import CaseState
from schemas.errors import Conflict
from schemas.feedback import paused_until
from schemas.help import Channel
from schemas.letters import LetterResult, fitting, versioned
from schemas.moments import instant, local_day
from schemas.month_end import Action, ItemOutcome, PlanState
from schemas.principal import Principal
from schemas.transforms import Transform, apply

LETTERS: Final = "brieven"
"""The kind of run that a batch of letters is."""

_HELPED = frozenset({CaseState.HULP_GEVRAAGD, CaseState.OVERGEDRAGEN})
_NOT_YET = "Een tweede persoon moet dit plan eerst bevestigen"
_REFUSALS: Mapping[PlanState, tuple[str, str]] = {
    PlanState.UITGEVOERD: ("Dit plan is al uitgevoerd", "al_uitgevoerd"),
    PlanState.TERUGGEDRAAID: ("Dit plan is teruggedraaid; maak een nieuw plan", "teruggedraaid"),
}


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What one commit does; letters and feedback are written together."""

    principal: Principal
    plan: Row
    told: Mapping[str, Row]
    now: int
    writes: list[Write] = field(default_factory=list)
    letters: list[Row] = field(default_factory=list)
    feedback: list[Row] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def tell(self, act: Act, case: Seen, reason: str = "") -> None:
        why = (f"plan:{self.plan['plan_id']}",)
        event = tell(
            self.principal, act, PURPOSE, subject=case.subject, case=case.case_id, reason=reason, why=why
        )
        self.events.append(event)

    def change(self) -> Change:
        rows = [governance.order_letters(self.letters), work.add_feedback(self.feedback)]
        return Change((*self.writes, *rows), tuple(self.events))


class MonthEndRuns:
    """Runs plans."""

    def __init__(self, house: Installation) -> None:
        self._house = house

    def run(self, principal: Principal, plan: str) -> Summary:
        """Carry a confirmed plan out; a case that moved since it was planned is left as it is and reported.

        Running again a plan that broke off goes on where it was.

        Raises:
            Denied: not the municipality. NotFound: no such plan.
            Conflict: not confirmed (``niet_bevestigd``), run or undone before, or cases kept moving.
        """
        insist_on_municipality(self._house, principal)
        again(lambda: self._begin(principal, plan))
        while again(lambda: self._settle_some(principal, plan)):
            pass
        return again(lambda: self._finish(principal, plan))

    def _begin(self, principal: Principal, plan: str) -> None:
        with self._house.store.read() as connection:
            row = find_plan(connection, principal, plan)
        state = PlanState(row["state"])
        if state in _REFUSALS:
            text, code = _REFUSALS[state]
            raise Conflict(text, code=code)
        if state is PlanState.GEPLAND and self._house.settings.four_eyes_month_end:
            raise Conflict(_NOT_YET, code="niet_bevestigd")
        if state is PlanState.LOOPT:
            return
        now = self._house.now_ms()
        until = now + self._house.settings.month_end_undo_hours * 3600 * 1000
        started = governance.move_plan(row, state=PlanState.LOOPT.value, run_at=now, undo_until=until)
        event = tell(principal, Act.MONTH_END_RUN, PURPOSE, reason="begonnen", n=0)
        self._house.store.commit(Change((started,), (event,)))

    def _settle_some(self, principal: Principal, plan: str) -> int:
        """Do the next chunk of cases; gives how many there were."""
        tenant = principal.tenant
        with self._house.store.read() as connection:
            row = find_plan(connection, principal, plan)
            items = governance.items_of(connection, row, outcome=None, actions=Action, limit=CHUNK)
            found = governance.cases_by_id(connection, tenant, [item["case_id"] for item in items])
            looked = look(connection, tenant, found.values(), self._house.now_ms())
            known = [member["signal_id"] for case in looked for member in case.members]
            told = work.feedback_of(connection, tenant, known)
        if items:
            chunk = _Chunk(principal, row, told, row["run_at"])
            seen = {case.case_id: case for case in looked}
            for item in items:
                self._settle(chunk, item, seen.get(item["case_id"]))
            self._house.store.commit(chunk.change())
        return len(items)

    def _settle(self, chunk: _Chunk, item: Row, case: Seen | None) -> None:
        action = Action(item["action"])
        if case is None or (action is not Action.BLIJFT_OPEN and not _as_planned(item, case)):
            chunk.writes.append(governance.settle_item(item, ItemOutcome.OVERGESLAGEN))
            action = Action.BLIJFT_OPEN
        else:
            chunk.writes.append(governance.settle_item(item, ItemOutcome.GEDAAN))
        if case is None or case.standing.state is CaseState.GESLOTEN:
            return
        if action is Action.SLUITEN:
            _close(chunk, case)
        elif action is Action.EERST_BRIEF:
            self._write_to(chunk, case)
        helped = case.standing.state in _HELPED
        sure = case.proven or not helped  # Until it is sure who said yes, partners hear nothing.
        if action is not Action.SLUITEN and sure:
            _feed_back(chunk, case, "hulp_gestart" if helped else "in_behandeling", case.signals())

    def _write_to(self, chunk: _Chunk, case: Seen) -> None:
        """Let the way of a case be a letter, and order one unless there is one under way."""
        if not case.standing.letter:
            chunk.letters.append(self._letter(chunk, case))
            chunk.tell(Act.LETTER_ORDERED, case)
        if case.verdict.path:
            chunk.tell(Act.CASE_TRANSITION, case, CaseState.BRIEF.value)
        recall = governance.recall_exactly(case.row["tenant"], case.case_id, chunk.now, case.leases)
        chunk.writes.extend([cases.move(case.row, state=CaseState.BRIEF.value), recall])

    def _letter(self, chunk: _Chunk, case: Seen) -> Row:
        sent = any(letter["result"] == LetterResult.VERZONDEN for letter in case.letters)
        return {
            "tenant": case.row["tenant"],
            "offer_id": self._house.new_id(),
            "case_id": case.case_id,
            "channel": Channel.BRIEF.value,
            "template": versioned(fitting(case.standing.attempts, sent_before=sent)),
            "ordered_at": chunk.now,
            "ordered_by": chunk.principal.actor,
            "batch_id": chunk.plan["letter_batch"],
        }

    def _finish(self, principal: Principal, plan: str) -> Summary:
        with self._house.store.read() as connection:
            row = find_plan(connection, principal, plan)
            if row["state"] != PlanState.LOOPT:
                return summary_of(connection, row)
            tally = governance.tally(connection, row)
            letters = governance.count_letters(connection, row)
        done = {action: sum(r["n"] for r in tally if _done(r, action)) for action in Action}
        writes: list[Write] = [governance.move_plan(row, state=PlanState.UITGEVOERD.value)]
        writes.extend([work.add_run(self._batch(principal, row, letters))] if letters else [])
        event = tell(principal, Act.MONTH_END_RUN, PURPOSE, reason=row["month"], n=done[Action.SLUITEN])
        self._house.store.commit(Change(tuple(writes), (event,)))
        with self._house.store.read() as connection:
            return summary_of(connection, find_plan(connection, principal, plan))

    def _batch(self, principal: Principal, plan: Row, letters: int) -> Row:
        return {
            "tenant": principal.tenant,
            "run_id": plan["letter_batch"],
            "kind": LETTERS,
            "month": plan["month"],
            "started_by": principal.actor,
            "at": plan["run_at"],
            "counts": orjson.dumps({"brieven": letters}).decode(),
        }


def _as_planned(item: Row, case: Seen) -> bool:
    verdict = case.verdict
    planned = (item["version"], item["action"], item["reason"])
    return (case.row["version"], verdict.action, verdict.reason) == planned


def _close(chunk: _Chunk, case: Seen) -> None:
    reason = case.verdict.reason.value
    values: dict[str, Any] = {
        "state": CaseState.GESLOTEN.value,
        "closed_at": case.row["closed_at"] or chunk.now,
        "close_reason": reason,
    }
    recall = governance.recall_exactly(case.row["tenant"], case.case_id, chunk.now, case.leases)
    chunk.writes.extend([cases.move(case.row, **values), recall])
    chunk.tell(Act.MONTH_END_RUN, case, reason)
    code = str(apply(Transform.TERUGKOPPELCODE, reason, local_day(instant(chunk.now))))
    withdrawn = case.standing.state is CaseState.INGETROKKEN
    heard = (*case.signals("ingetrokken"), *case.signals()) if withdrawn else case.signals()
    _feed_back(chunk, case, code, heard)


def _feed_back(chunk: _Chunk, case: Seen, code: str, signals: Sequence[str]) -> None:
    """Tell partners of their own signals, in the words of the closed list; what was told before is replaced."""
    accepted = case.row["accepted_at"]
    paused = code == "hulp_gestart" and accepted is not None
    until = paused_until(accepted) if paused else None
    tenant = case.row["tenant"]
    chunk.writes.extend(
        governance.drop_feedback(tenant, signal) for signal in signals if signal in chunk.told
    )
    chunk.feedback.extend(
        {"tenant": tenant, "signal_id": signal, "code": code, "pause_until": until, "at": chunk.now}
        for signal in signals
    )


def _done(row: Row, action: Action) -> bool:
    return bool(row["action"] == action and row["outcome"] == ItemOutcome.GEDAAN)
