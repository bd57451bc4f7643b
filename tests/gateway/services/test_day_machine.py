"""The whole life of cases through the services, in any order people may think of: what must never happen, never does."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from gateway.disclosure import Codes
from gateway.services.callback import Callback
from gateway.services.dialling import Dialling
from gateway.services.handover import Handovers
from gateway.services.month_end import MonthEndPlans, MonthEndRuns
from gateway.services.results import Results
from gateway.store.change import Row
from schemas.call import CONSEQUENCES, NEVER_CALL, CallResult, Outcome
from schemas.case import CALLABLE_STATES, MAX_ATTEMPTS, OPEN_STATES, CaseState, CloseReason
from schemas.errors import Conflict, Denied, NotFound, TooMany
from schemas.ids import CaseId
from schemas.moments import instant, month_of
from tests.support.installation import Town, an_installation

AGENTS = st.sampled_from(["farid", "noor"])
OBJECTIONS = NEVER_CALL - {Outcome.FOUT_NUMMER}
NO_OFFER_OWED = {CloseReason.INGETROKKEN, CloseReason.OVERLEDEN, CloseReason.GEEN_INWONER}
ANY = st.integers(0, 10_000)


@contextmanager
def tolerated(*errors: type[Exception]) -> Iterator[None]:
    """What the rules may answer to somebody who comes too late, too early or twice; any other error is a finding."""
    try:
        yield
    except errors:
        return


class CallingDays(RuleBasedStateMachine):
    """A small town: people come in, are called, ring back, ask for help, are withdrawn; months end."""

    town: Town

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="sluis-days-"))
        self.cases: list[CaseId] = []
        self.held: list[tuple[str, str]] = []
        self.objected: dict[str, int] = {}

    @initialize()
    def open(self) -> None:
        self.town = an_installation(self.folder, four_eyes_month_end=False)
        self.cases = list(self.town.bring([self.town.someone() for _ in range(3)]))

    def teardown(self) -> None:
        if hasattr(self, "town"):
            self.town.close()
        shutil.rmtree(self.folder)

    # --- What people do -----------------------------------------------------------------------------------------

    @rule(way=st.sampled_from(["person", "letter_person", "urgent_person"]))
    def somebody_is_reported(self, way: str) -> None:
        self.cases.append(getattr(self.town, way)())

    @rule(hours=st.sampled_from([1, 3, 7, 20, 24, 30]))
    def time_passes(self, hours: int) -> None:
        self.town.clock.forward(hours=hours)

    @rule(agent=AGENTS)
    def an_agent_asks_for_work(self, agent: str) -> None:
        shut = not self.town.house.calendar.is_open(self.town.clock.at)
        with tolerated(*((Denied,) if shut else (TooMany,))):
            records = self.dialling.lease(self.town.as_user(agent), 5)
            assert not shut, "a dial record outside the calling window"
            self.held.extend((agent, record.ref) for record in records)

    @precondition(lambda self: self.held)
    @rule(which=ANY, outcome=st.sampled_from(list(Outcome)), verified=st.booleans())
    def an_agent_reports(self, which: int, outcome: Outcome, *, verified: bool) -> None:
        agent, ref = self.held[which % len(self.held)]
        asker, case = self.town.as_user(agent), self.town.behind(self.town.as_user(agent), ref)
        said: dict[str, Any] = {}
        if outcome is Outcome.TERUGBELLEN:
            later = self.town.clock.at + timedelta(hours=20)
            said["terugbellen_op"] = self.town.house.calendar.next_opening(later)
        with tolerated(Conflict):
            if verified or CONSEQUENCES[outcome].verified:
                line = self.town.written[case]
                with tolerated(TooMany):
                    self.dialling.verify(asker, ref, line["geboortedatum"], int(line["huisnummer"]))
            done = Results(self.town.house, self.codes).record(
                asker, ref, CallResult(uitkomst=outcome, **said)
            )
            if outcome in OBJECTIONS and not done.repeated:
                self.objected.setdefault(case, self.town.house.now_ms())

    @precondition(lambda self: self.held)
    @rule(which=ANY)
    def an_agent_knows_the_resident(self, which: int) -> None:
        agent, ref = self.held[which % len(self.held)]
        with tolerated(Conflict):
            self.dialling.step_aside(self.town.as_user(agent), ref)

    @rule(which=ANY, agent=AGENTS)
    def a_resident_rings_back(self, which: int, agent: str) -> None:
        number = self.town.written[self.cases[which % len(self.cases)]]["telefoon_1"]
        if number:
            with tolerated(NotFound, Conflict):
                found = Callback(self.town.house, self.codes).search(self.town.as_user(agent), number)
                self.held.append((agent, found.ref))

    @rule(which=ANY)
    def a_partner_withdraws(self, which: int) -> None:
        self.town.withdraw(self.cases[which % len(self.cases)])

    @rule(which=ANY)
    def social_work_takes_a_help_request_over(self, which: int) -> None:
        case, sanne = self.cases[which % len(self.cases)], self.town.as_user("sanne")
        with tolerated(Conflict, Denied, NotFound):
            handovers = Handovers(self.town.house, self.town.door, self.codes)
            handovers.acknowledge(sanne, self.town.ref(sanne, case))

    @rule()
    def the_month_ends(self) -> None:
        olga, month = self.town.as_user("olga"), month_of(self.town.clock.at)
        plan = MonthEndPlans(self.town.house, self.codes).plan(olga, month).plan_id
        MonthEndRuns(self.town.house).run(olga, plan)

    # --- What never happens ---------------------------------------------------------------------------------------

    @invariant()
    def nobody_is_called_outside_the_window(self) -> None:
        for lease in self.rows("gateway_lease"):
            assert lease["inbound"] or self.town.house.calendar.is_open(instant(lease["leased_at"]))

    @invariant()
    def there_is_never_an_eighth_attempt(self) -> None:
        for case in self.rows("gateway_case"):
            assert case["attempts"] <= MAX_ATTEMPTS
            numbers = {a["number"] for a in self.rows("gateway_attempt") if a["case_id"] == case["case_id"]}
            assert max(numbers, default=0) <= MAX_ATTEMPTS

    @invariant()
    def nothing_closes_without_an_offer(self) -> None:
        for case in self.rows("gateway_case"):
            if case["state"] == CaseState.GESLOTEN:
                assert case["offer_at"] is not None or case["close_reason"] in NO_OFFER_OWED

    @invariant()
    def nothing_is_disclosed_after_closing(self) -> None:
        over = {c["case_id"]: c["closed_at"] for c in self.rows("gateway_case") if c["closed_at"] is not None}
        for lease in self.rows("gateway_lease"):
            if lease["case_id"] in over:
                assert lease["state"] != "open"
                assert lease["leased_at"] <= over[lease["case_id"]]

    @invariant()
    def no_case_is_lost(self) -> None:
        """Every case is open work of somebody, or it ended with a reason; every signal is in a case."""
        waiting = {h["case_id"]: h for h in self.rows("gateway_handover")}
        for case in self.rows("gateway_case"):
            state = CaseState(case["state"])
            if state in CALLABLE_STATES:
                assert case["attempts"] < MAX_ATTEMPTS
                assert not case["phone_blocked"]
                assert not case["protected"]
            elif state is CaseState.HULP_GEVRAAGD:
                assert waiting[case["case_id"]]["acknowledged_at"] is None
            elif state is CaseState.OVERGEDRAGEN:
                assert case["owner"] is not None
            elif state is CaseState.GESLOTEN:
                assert case["close_reason"]
            assert (state in OPEN_STATES) == (case["closed_at"] is None)
        held = {m["signal_id"] for m in self.rows("gateway_case_signal")}
        assert {s["signal_id"] for s in self.rows("gateway_signal") if s["state"] == "gekoppeld"} <= held

    @invariant()
    def who_does_not_want_to_be_called_is_not_called(self) -> None:
        for lease in self.rows("gateway_lease"):
            since = self.objected.get(lease["case_id"])
            assert since is None or lease["inbound"] or lease["leased_at"] <= since

    @invariant()
    def every_outbound_attempt_had_a_dial_record_of_its_own(self) -> None:
        leases = {lease["lease_id"] for lease in self.rows("gateway_lease")}
        made = [a["lease_id"] for a in self.rows("gateway_attempt") if a["outcome"] != Outcome.ACUUT]
        assert len(made) == len(set(made))
        assert set(made) <= leases

    # --- Means ----------------------------------------------------------------------------------------------------

    @property
    def dialling(self) -> Dialling:
        return Dialling(self.town.house, self.town.door, self.codes)

    @property
    def codes(self) -> Codes:
        return self.town.codes

    def rows(self, table: str) -> list[Row]:
        with self.town.house.store.read() as connection:
            return [dict(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}").mappings()]


TestCallingDays = CallingDays.TestCase
TestCallingDays.settings = settings(
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
