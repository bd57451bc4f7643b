"""Many cases live at random through the real services, and some things hold whatever happens to them."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.services.assignments import Assignments
from gateway.services.dialling import Dialling
from gateway.services.handover import Handovers, Helping
from gateway.services.letters import LetterOrders, Post, Printing
from gateway.services.month_end import MonthEndPlans, MonthEndRuns, MonthEndUndo
from gateway.services.results import Results
from gateway.services.shielding import Protections, Restrictions
from gateway.services.visits import Visit, Visits
from schemas.call import CallResult, Outcome
from schemas.case import MAX_ATTEMPTS
from schemas.errors import Conflict, Denied, Invalid, NotFound
from schemas.help import (
    AT_SOCIAL_WORK,
    Channel,
    Handing,
    HelpOutcome,
    HelpResult,
    Protection,
    Restriction,
    VisitReason,
    VisitResult,
)
from schemas.ids import CaseId
from schemas.moments import instant
from tests.support.installation import STAFF, Town, an_installation
from tests.support.social import waiting

NO = (Conflict, Denied, Invalid, NotFound)
"""What a use case may answer to a request that does not fit; anything else is a fault."""

WORKERS = ("ineke", "sanne", "tariq", "bram", "joke")
CASES = st.sampled_from([0, 0, 0, 1, 1, 2])
MOST = 4
"""Few cases, so that much happens to each."""

TALKS = tuple(set(Outcome) - {Outcome.TERUGBELLEN})


class Work(RuleBasedStateMachine):
    """A town in which everybody does whatever comes up, in any order."""

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="sluis-machine-"))
        self.town: Town = an_installation(self.folder)
        self.cases: list[CaseId] = [self.town.urgent_person(), self.town.person()]
        self.dialled: list[int] = []
        self.parts = (self.town.house, self.town.door, self.town.codes)

    def teardown(self) -> None:
        if hasattr(self, "town"):
            self.town.close()
            shutil.rmtree(self.folder)

    def attempt(self, work: Callable[[], Any]) -> Any:
        """Try something; a no is an answer too."""
        try:
            return work()
        except NO:
            return None

    def some(self, index: int) -> CaseId | None:
        return self.cases[index % len(self.cases)] if self.cases else None

    def who(self, case: CaseId, user: str) -> str:
        """Let mostly the worker of a case do something with it: strangers are refused, and that says little."""
        owner = self.town.row(case)["owner"]
        return owner if owner in WORKERS else user

    def ref(self, user: str, case: CaseId, purpose: str = "hulpverlenen") -> str:
        return self.town.ref(self.town.as_user(user), case, purpose)

    # --- What comes in and goes by ----------------------------------------------------------------------------------

    @precondition(lambda self: len(self.cases) < MOST)
    @rule(make=st.sampled_from([Town.person, Town.urgent_person, Town.letter_person]))
    def somebody_is_reported(self, make: Callable[[Town], CaseId]) -> None:
        self.cases.append(make(self.town))

    @rule(index=CASES)
    def a_partner_takes_back(self, index: int) -> None:
        case = self.some(index)
        if case is not None:
            self.attempt(lambda: self.town.withdraw(case))

    @rule(hours=st.sampled_from([1, 5, 24, 24 * 9]))
    def time_passes(self, hours: int) -> None:
        self.town.clock.forward(hours=hours)

    # --- The telephone -----------------------------------------------------------------------------------------------

    @rule(outcome=st.sampled_from(TALKS), verified=st.booleans())
    def an_agent_calls(self, outcome: Outcome, *, verified: bool) -> None:
        dialling, agent = Dialling(*self.parts), self.town.as_user("farid")
        results = Results(self.town.house, self.town.codes)
        for record in self.attempt(lambda: dialling.lease(agent, 1)) or ():
            self.dialled.append(self.town.house.now_ms())
            row = self.town.written[self.town.behind(agent, record.ref)]
            if verified:
                self.attempt(
                    lambda r=record, w=row: dialling.verify(
                        agent, r.ref, w["geboortedatum"], int(w["huisnummer"])
                    )
                )
            self.attempt(lambda r=record: results.record(agent, r.ref, CallResult(uitkomst=outcome)))

    # --- Social work -------------------------------------------------------------------------------------------------

    @rule(index=CASES, user=st.sampled_from(WORKERS), yes=st.booleans())
    def a_case_is_given_and_perhaps_the_resident_says_yes(self, index: int, user: str, *, yes: bool) -> None:
        case = self.some(index)
        if case is not None:
            leader = "ineke" if STAFF[user][0] == STAFF["ineke"][0] else "joke"
            asker, given = self.town.as_user(leader), Assignments(*self.parts)
            self.attempt(lambda: given.assign(asker, self.ref(leader, case), user, Handing.VERDELING))
            if yes:
                self.a_resident_says_yes_at_once(index, user)

    @rule(index=CASES, leader=st.sampled_from(["ineke", "joke"]))
    def a_case_is_taken_back(self, index: int, leader: str) -> None:
        case = self.some(index)
        if case is not None:
            asker = self.town.as_user(leader)
            self.attempt(lambda: Assignments(*self.parts).release(asker, self.ref(leader, case)))

    @rule(index=CASES, user=st.sampled_from(WORKERS))
    def somebody_takes_a_request_over_and_talks(self, index: int, user: str) -> None:
        case = self.some(index)
        if case is not None:
            user = self.who(case, user)
            asker, ref = self.town.as_user(user), self.ref(user, case)
            self.attempt(lambda: Handovers(*self.parts).acknowledge(asker, ref))
            self.attempt(lambda: Helping(*self.parts).record_first_talk(asker, ref, self.today))

    @rule(index=CASES, user=st.sampled_from(WORKERS), outcome=st.sampled_from(HelpOutcome))
    def a_contact_ends(self, index: int, user: str, outcome: HelpOutcome) -> None:
        case = self.some(index)
        if case is not None:
            user = self.who(case, user)
            helps = ["quick_fix"] if outcome is HelpOutcome.HULP_GEGEVEN else []
            result = HelpResult.model_validate({"uitkomst": outcome, "hulp": frozenset(helps)})
            asker = self.town.as_user(user)
            self.attempt(lambda: Helping(*self.parts).record_help(asker, self.ref(user, case), result))

    @rule(index=CASES, user=st.sampled_from(WORKERS), result=st.sampled_from(VisitResult))
    def somebody_goes_to_the_door(self, index: int, user: str, result: VisitResult) -> None:
        case = self.some(index)
        if case is not None:
            user = self.who(case, user)
            asker, ref, visits = self.town.as_user(user), self.ref(user, case), Visits(*self.parts)
            self.attempt(lambda: visits.plan(asker, ref, self.today, VisitReason.SPOED))
            self.attempt(lambda: visits.record(asker, ref, Visit(self.today, result)))

    def a_resident_says_yes_at_once(self, index: int, user: str) -> None:
        case = self.some(index)
        if case is not None:
            user = self.who(case, user)
            asker, ref = self.town.as_user(user), self.ref(user, case)
            self.attempt(lambda: Helping(*self.parts).accept(asker, ref, Channel.AFSPRAAK, informed=True))

    @rule(index=CASES, user=st.sampled_from(WORKERS))
    def somebody_knows_the_resident(self, index: int, user: str) -> None:
        case = self.some(index)
        if case is not None:
            asker, ref = self.town.as_user(user), self.ref(user, case)
            self.attempt(lambda: Restrictions(*self.parts).declare_conflict(asker, ref))

    @rule(index=CASES, lift=st.booleans())
    def a_case_is_restricted_or_not(self, index: int, *, lift: bool) -> None:
        case, leader = self.some(index), self.town.as_user("ineke")
        if case is not None:
            ref, restrictions = self.ref("ineke", case), Restrictions(*self.parts)
            if lift:
                self.attempt(lambda: restrictions.lift(leader, ref))
            else:
                self.attempt(lambda: restrictions.restrict(leader, ref, Restriction.COLLEGA, ["sanne"]))

    @rule(index=CASES)
    def a_resident_is_protected(self, index: int) -> None:
        case, olga = self.some(index), self.town.as_user("olga")
        if case is not None:
            ref = self.ref("olga", case, "matchen")
            self.attempt(lambda: Protections(*self.parts).protect(olga, ref, Protection.GEHEIMHOUDING))

    # --- Letters and month end ---------------------------------------------------------------------------------------

    @rule(back=st.booleans())
    def letters_go_out_and_some_come_back(self, *, back: bool) -> None:
        post, olga = self.town.as_party("briefdienst"), self.town.as_user("olga")
        batch = (self.attempt(lambda: LetterOrders(*self.parts).order(olga)) or _Nothing).batch_id
        if batch is None:
            return
        printed = self.attempt(lambda: Printing(*self.parts).print_file(post, batch))
        self.attempt(lambda: Post(*self.parts).confirm_sent(post, batch, self.today))
        if back and printed is not None:
            refs = [row["dossierkenmerk"] for row in printed.rows()]
            self.attempt(lambda: Post(*self.parts).returned(post, batch, refs))

    @rule(undo=st.booleans())
    def the_month_ends(self, *, undo: bool) -> None:
        olga, piet = self.town.as_user("olga"), self.town.as_party("matching", "piet")
        plans, runs = MonthEndPlans(self.town.house, self.town.codes), MonthEndRuns(self.town.house)
        plan = plans.plan(olga, f"{self.town.clock():%Y-%m}").plan_id
        plans.confirm(piet, plan)
        runs.run(piet, plan)
        if undo:
            self.attempt(lambda: MonthEndUndo(self.town.house).undo(olga, plan))

    # --- What always holds -------------------------------------------------------------------------------------------

    @property
    def today(self) -> Any:
        return self.town.clock().astimezone().date()

    @invariant()
    def nobody_was_called_an_eighth_time(self) -> None:
        for case in self.cases_known:
            assert self.town.row(case)["attempts"] <= MAX_ATTEMPTS

    @invariant()
    def nobody_was_called_outside_the_window(self) -> None:
        calendar = self.town.house.calendar if self.cases_known else None
        assert all(calendar is None or calendar.is_open(instant(at)) for at in self.dials)

    @invariant()
    def no_case_was_closed_without_an_offer_but_those_with_nobody_to_offer_it_to(self) -> None:
        for case in self.cases_known:
            row = self.town.row(case)
            free = row["close_reason"] in {"ingetrokken", "overleden", "geen_inwoner"}
            assert row["state"] != "gesloten" or row["offer_at"] is not None or free

    @invariant()
    def what_is_over_is_in_nobodys_hands_outside_social_work(self) -> None:
        for case in self.cases_known:
            if self.town.row(case)["state"] in {"gesloten", "ingetrokken"}:
                ref = self.ref("farid", case, "bellen")
                results = Results(self.town.house, self.town.codes)
                with pytest.raises(NO):
                    results.record(
                        self.town.as_user("farid"), ref, CallResult(uitkomst=Outcome.NIET_OPGENOMEN)
                    )

    @invariant()
    def no_case_at_social_work_is_lost(self) -> None:
        """Whatever nobody has, somebody finds in a basket; unless everybody named or left knows the resident."""
        for case in self.cases_known:
            row = self.town.row(case)
            if row["state"] not in AT_SOCIAL_WORK or row["owner"] is not None:
                continue
            finders = [
                user
                for user in WORKERS
                if self.ref(user, case) in {line.ref for line in waiting(self.town, user)}
            ]
            barred = self.barred(case)
            assert finders or barred or not self.alive(case), (row["state"], row["team"], row["restricted"])

    @property
    def cases_known(self) -> list[CaseId]:
        return getattr(self, "cases", [])

    @property
    def dials(self) -> list[int]:
        return getattr(self, "dialled", [])

    def alive(self, case: CaseId) -> bool:
        """Say whether anybody may see it at all: a signal counts, or the resident asked for help."""
        live = any(s["state"] in {"gevalideerd", "gekoppeld"} for s in self.town.signals(case))
        return live or self.town.row(case)["accepted_at"] is not None

    def barred(self, case: CaseId) -> bool:
        """Say whether all who may know of a case have said to know its resident."""
        row, team = self.town.row(case), self.town.row(case)["team"]
        with self.town.house.store.read() as connection:
            query = "SELECT user_id FROM {} WHERE case_id = '" + case + "'"
            knows = set(connection.exec_driver_sql(query.format("gateway_conflict")).scalars())
            named = set(connection.exec_driver_sql(query.format("gateway_confidant")).scalars())
        may = {user for user in WORKERS if team in {None, STAFF[user][0]}}
        return not (may if row["restricted"] is None else may & named) - knows


class _Nothing:
    batch_id = None


TestWork = Work.TestCase
TestWork.settings = settings(
    max_examples=8,
    stateful_step_count=18,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
