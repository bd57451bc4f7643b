"""Month end with real cases: planned by one, agreed by another, run, reported and undone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.services.month_end import MonthEndPlans, MonthEndRuns, MonthEndUndo, Summary
from gateway.services.oversight import Oversight
from gateway.services.results import Results
from gateway.store import calls, governance, work
from gateway.store.change import Change
from schemas.audit import Act
from schemas.call import CallResult, Outcome
from schemas.errors import Conflict, Denied, Invalid, NotFound
from schemas.ids import CaseId
from schemas.month_end import Action, CaseState, ItemOutcome, PlanState
from schemas.principal import Principal
from tests.support.installation import TENANT, Town, an_installation

MONTH = "2026-11"
S = CaseState


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


class Desk:
    """The month-end desk of a town: planned by Olga, confirmed and run by Piet."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.plans = MonthEndPlans(town.house, town.codes)
        self.runs = MonthEndRuns(town.house)
        self.undo = MonthEndUndo(town.house)
        self.olga: Principal = town.as_party("matching", user="olga")
        self.piet: Principal = town.as_party("matching", user="piet")

    def agreed(self) -> Summary:
        plan = self.plans.plan(self.olga, MONTH)
        return self.plans.confirm(self.piet, plan.plan_id)

    def closed_month(self) -> Summary:
        return self.runs.run(self.piet, self.agreed().plan_id)

    def items(self, plan: Summary) -> dict[str, Any]:
        with self.town.house.store.read() as connection:
            row = governance.find_plan(connection, TENANT, plan.plan_id)
            assert row is not None
            return {item["case_id"]: item for item in governance.page_of(connection, row, 0, 1000)}

    def feedback(self, case: CaseId) -> list[tuple[str, str | None]]:
        ids = [signal["signal_id"] for signal in self.town.signals(case)]
        with self.town.house.store.read() as connection:
            told = work.feedback_of(connection, TENANT, ids)
        return [(row["code"], row["pause_until"]) for row in told.values()]

    def ended(self, state: S, **values: object) -> CaseId:
        """Make a case that ended in a state, with an offer on record."""
        case = self.town.person()
        now = self.town.house.now_ms()
        self.town.change(
            case, **{"state": state.value, "offer_at": now, "offer_channel": "brief", "attempts": 7, **values}
        )
        return case


@pytest.fixture
def desk(town: Town) -> Desk:
    return Desk(town)


# --- The plan ---------------------------------------------------------------------------------------------------


def test_planning_changes_no_case(town: Town, desk: Desk) -> None:
    case = desk.ended(S.ONBEREIKT)
    before = town.row(case)
    plan = desk.plans.plan(desk.olga, MONTH)
    assert town.row(case) == before
    assert plan.state is PlanState.GEPLAND
    assert plan.groups == {"sluiten": {"definitief_geen_contact": 1}}


def test_a_plan_holds_every_case_of_the_month_and_those_left_of_earlier_ones(town: Town, desk: Desk) -> None:
    old, new, next_month = desk.ended(S.ONBEREIKT), desk.ended(S.BETAALD), desk.ended(S.BETAALD)
    town.change(old, month="2026-10")
    town.change(next_month, month="2026-12")
    assert desk.items(desk.plans.plan(desk.olga, MONTH)).keys() == {old, new}


def test_what_is_closed_is_not_planned_again(town: Town, desk: Desk) -> None:
    desk.ended(S.ONBEREIKT)
    desk.closed_month()
    assert desk.plans.plan(desk.olga, MONTH).cases == 0


def test_signals_that_no_case_holds_are_counted_as_open(town: Town, desk: Desk) -> None:
    town.deliver([town.someone(), town.someone()])
    assert desk.plans.plan(desk.olga, MONTH).waiting == 2


def test_a_doubtful_match_keeps_a_case_open(town: Town, desk: Desk) -> None:
    one, other = desk.ended(S.ONBEREIKT), town.person()
    proposal = {
        "tenant": TENANT, "proposal_id": town.house.new_id(), "a": town.subject(one), "b": town.subject(other),
        "reasons": "[]", "text": "", "run_id": "", "at": 0,
    }  # fmt: skip
    town.house.store.commit(Change((work.add_proposals([proposal]),)))
    assert desk.plans.plan(desk.olga, MONTH).groups == {"blijft_open": {"koppelvoorstel": 2}}


def test_every_step_has_an_entry_per_case_and_one_for_the_plan(town: Town, desk: Desk) -> None:
    cases = [desk.ended(S.ONBEREIKT), desk.ended(S.BETAALD)]
    plan = desk.closed_month()
    desk.undo.undo(desk.olga, plan.plan_id)
    for act in (Act.MONTH_END_PLANNED, Act.MONTH_END_CONFIRMED, Act.MONTH_END_RUN, Act.MONTH_END_UNDONE):
        assert all(len(town.log(act, town.subject(case))) == 1 for case in cases), act
        assert [e["n"] for e in town.log(act) if e.get("rsn") == MONTH] == [2], act


def test_only_the_municipality_closes_a_month(town: Town, desk: Desk) -> None:
    plan, stranger = desk.agreed().plan_id, town.as_user("sanne")
    for step in (desk.plans.summary, desk.plans.lines, desk.plans.confirm, desk.runs.run, desk.undo.undo):
        with pytest.raises(Denied):
            step(stranger, plan)
    with pytest.raises(Denied):
        desk.plans.plan(stranger, MONTH)
    assert len(town.log(Act.ACCESS_DENIED)) == 6


@pytest.mark.parametrize("month", ["2026-12", "2026-13", "2026-1", "november", ""])
def test_a_month_is_written_as_a_month_that_has_begun(desk: Desk, month: str) -> None:
    with pytest.raises(Invalid):
        desk.plans.plan(desk.olga, month)


def test_a_plan_of_nobody_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        desk.plans.summary(desk.olga, "0" * 32)


def test_a_person_reads_the_plan_by_reference_and_every_line_is_in_the_log(town: Town, desk: Desk) -> None:
    case, stays = desk.ended(S.ONBEREIKT, attempts=3), town.urgent_person()
    plan = desk.plans.plan(desk.olga, MONTH)
    lines = desk.plans.lines(desk.olga, plan.plan_id)
    assert [(line.action, line.attempts, line.few) for line in lines] == [
        (Action.SLUITEN, 3, "maand_voorbij"),
        (Action.BLIJFT_OPEN, 0, None),
    ]
    assert [town.behind(desk.olga, line.ref) for line in lines] == [case, stays]
    assert town.told(case)[-1] == town.told(stays)[-1] == "case.listed"
    assert desk.plans.lines(desk.olga, plan.plan_id, 2) == []


# --- Two persons ------------------------------------------------------------------------------------------------


def test_who_made_the_plan_cannot_confirm_it(town: Town, desk: Desk) -> None:
    plan = desk.plans.plan(desk.olga, MONTH)
    with pytest.raises(Denied) as refused:
        desk.plans.confirm(desk.olga, plan.plan_id)
    assert refused.value.code == "zelfde_persoon"
    assert town.log(Act.ACCESS_DENIED)[-1]["dec"] == "deny"


def test_a_machine_cannot_confirm(town: Town, desk: Desk) -> None:
    plan = desk.plans.plan(desk.olga, MONTH)
    with pytest.raises(Denied):
        desk.plans.confirm(town.as_party("matching"), plan.plan_id)


def test_nothing_runs_before_a_second_person_agreed(town: Town, desk: Desk) -> None:
    case = desk.ended(S.ONBEREIKT)
    plan = desk.plans.plan(desk.olga, MONTH)
    with pytest.raises(Conflict) as refused:
        desk.runs.run(desk.olga, plan.plan_id)
    assert refused.value.code == "niet_bevestigd"
    assert town.state(case) == S.ONBEREIKT


def test_a_plan_is_confirmed_once(desk: Desk) -> None:
    plan = desk.agreed()
    with pytest.raises(Conflict) as refused:
        desk.plans.confirm(desk.piet, plan.plan_id)
    assert refused.value.code == "al_bevestigd"


def test_a_municipality_may_decide_that_one_person_is_enough(tmp_path: Path) -> None:
    with an_installation(tmp_path, four_eyes_month_end=False) as town:
        desk = Desk(town)
        case = desk.ended(S.ONBEREIKT)
        desk.runs.run(desk.olga, desk.plans.plan(desk.olga, MONTH).plan_id)
        assert town.state(case) == S.GESLOTEN


# --- The run ----------------------------------------------------------------------------------------------------


def test_a_case_closes_with_its_reason_and_its_dial_records_are_recalled(town: Town, desk: Desk) -> None:
    case = town.person()
    record = town.lease()
    town.clock.forward(hours=3)  # The lease ran out long ago and was never ended.
    town.change(case, state=S.GEWEIGERD.value, offer_at=town.house.now_ms())
    plan = desk.closed_month()
    row = town.row(case)
    assert (row["state"], row["close_reason"], row["closed_at"]) == (
        "gesloten", "regelt_het_zelf", town.house.now_ms(),
    )  # fmt: skip
    with town.house.store.read() as connection:
        agent = town.as_user("farid")
        lease = calls.latest_lease(connection, TENANT, agent.party, record.ref, agent.client)
    assert lease is not None
    assert lease["state"] == "teruggeroepen"
    assert plan.state is PlanState.UITGEVOERD
    assert plan.outcomes == {"gedaan": 1}


def test_whoever_got_no_offer_is_written_to_and_not_closed(town: Town, desk: Desk) -> None:
    called = town.person()
    town.call(Outcome.NIET_OPGENOMEN)
    never, letter = town.person(), town.letter_person()
    plan = desk.closed_month()
    assert plan.groups == {
        "eerst_brief": {"brief_nog_te_bestellen": 1, "gebeld_zonder_aanbod": 1, "niet_gebeld": 1}
    }
    for case, template in (
        (called, "na_onbereikt@1"),
        (never, "eerste_aanbod@1"),
        (letter, "eerste_aanbod@1"),
    ):
        assert town.state(case) == S.BRIEF
        assert [(o["channel"], o["template"], o["batch_id"], o["done_at"]) for o in town.offers(case)] == [
            ("brief", template, plan.letter_batch, None)
        ]
        assert "letter.ordered" in town.told(case)
    with town.house.store.read() as connection:
        batch = work.find_run(connection, TENANT, plan.letter_batch)
    assert batch is not None
    assert (batch["kind"], batch["counts"]) == ("brieven", '{"brieven":3}')


def test_an_ordered_letter_is_not_ordered_twice(town: Town, desk: Desk) -> None:
    case = town.letter_person()
    desk.closed_month()
    again = desk.plans.plan(desk.olga, MONTH)
    assert again.groups == {"blijft_open": {"brief_onderweg": 1}}
    desk.plans.confirm(desk.piet, again.plan_id)
    desk.runs.run(desk.piet, again.plan_id)
    assert len(town.offers(case)) == 1


def test_the_seventh_attempt_in_flight_is_waited_for(town: Town, desk: Desk) -> None:
    case = town.person()
    town.change(case, attempts=6, not_before=0)
    record = town.lease()
    plan = desk.closed_month()
    assert plan.groups == {"blijft_open": {"poging_onderweg": 1}}
    recorded = Results(town.house, town.codes).record(
        town.as_user("farid"), record.ref, CallResult(uitkomst=Outcome.HULPVRAAG)
    )
    assert (recorded.number, town.state(case)) == (7, S.HULP_GEVRAAGD)


def test_a_dial_record_that_went_out_after_planning_saves_its_case(town: Town, desk: Desk) -> None:
    case = town.person()
    plan = desk.agreed()
    town.lease()
    done = desk.runs.run(desk.piet, plan.plan_id)
    assert done.outcomes == {"overgeslagen": 1}
    assert town.state(case) == S.BELBAAR


def test_a_caller_who_rings_back_at_the_last_moment_is_not_cut_off(town: Town, desk: Desk) -> None:
    case = desk.ended(S.ONBEREIKT)
    plan = desk.agreed()
    lease = {
        "tenant": TENANT, "lease_id": town.house.new_id(), "case_id": case, "signal_id": town.subject(case),
        "party_id": "belteam", "client_id": "x", "ref": "x", "state": "open", "inbound": True,
        "leased_at": town.house.now_ms(), "expires_at": town.house.now_ms() + 900_000,
    }  # fmt: skip
    house, _, _ = town.jostled(lambda: town.house.store.commit(Change((calls.lease(lease),))))
    started = MonthEndRuns(town.house)
    started._begin(desk.piet, plan.plan_id)
    done = MonthEndRuns(house).run(desk.piet, plan.plan_id)
    assert done.outcomes == {"overgeslagen": 1}
    assert town.state(case) == S.ONBEREIKT


def test_a_case_that_moved_since_the_plan_is_skipped_and_reported(town: Town, desk: Desk) -> None:
    moved, closes = desk.ended(S.ONBEREIKT), desk.ended(S.ONBEREIKT)
    plan = desk.agreed()
    town.change(moved, urgent=True)
    done = desk.runs.run(desk.piet, plan.plan_id)
    assert done.outcomes == {"gedaan": 1, "overgeslagen": 1}
    assert (town.state(moved), town.state(closes)) == (S.ONBEREIKT, S.GESLOTEN)


def test_a_case_that_moves_while_it_is_written_costs_the_others_nothing(town: Town, desk: Desk) -> None:
    moved, closes = desk.ended(S.ONBEREIKT), desk.ended(S.ONBEREIKT)
    plan = desk.agreed()
    MonthEndRuns(town.house)._begin(desk.piet, plan.plan_id)
    house, _, _ = town.jostled(lambda: town.change(moved, urgent=True))
    done = MonthEndRuns(house).run(desk.piet, plan.plan_id)
    assert done.outcomes == {"gedaan": 1, "overgeslagen": 1}
    assert (town.state(moved), town.state(closes)) == (S.ONBEREIKT, S.GESLOTEN)


def test_a_hold_placed_after_planning_keeps_the_case_as_it_is(town: Town, desk: Desk) -> None:
    case = desk.ended(S.ONBEREIKT)
    plan = desk.agreed()
    hold = {
        "tenant": TENANT, "hold_id": town.house.new_id(), "case_id": case, "reason": "klacht",
        "placed_by": "x", "placed_at": 0,
    }  # fmt: skip
    town.house.store.commit(Change((governance.add_hold(hold),)))
    assert desk.runs.run(desk.piet, plan.plan_id).outcomes == {"overgeslagen": 1}


def test_a_run_that_broke_off_goes_on_where_it_was(town: Town, desk: Desk) -> None:
    cases = [desk.ended(S.ONBEREIKT) for _ in range(3)]
    plan = desk.agreed()
    desk.runs._begin(desk.piet, plan.plan_id)
    town.clock.forward(minutes=5)
    done = desk.runs.run(desk.olga, plan.plan_id)
    assert done.outcomes == {"gedaan": 3}
    assert {town.state(case) for case in cases} == {"gesloten"}


def test_a_plan_runs_once(desk: Desk) -> None:
    plan = desk.closed_month()
    with pytest.raises(Conflict) as refused:
        desk.runs.run(desk.piet, plan.plan_id)
    assert refused.value.code == "al_uitgevoerd"


def test_a_withdrawn_case_closes_with_the_day_of_its_withdrawal(town: Town, desk: Desk) -> None:
    case = town.person()
    town.withdraw(case)
    withdrawn = town.house.now_ms()
    town.clock.forward(days=9)
    desk.closed_month()
    row = town.row(case)
    assert (row["state"], row["close_reason"], row["closed_at"]) == ("gesloten", "ingetrokken", withdrawn)
    assert desk.feedback(case) == [("afgesloten", None)]


# --- What partners hear -----------------------------------------------------------------------------------------


def test_a_partner_cannot_tell_refused_from_unreached(town: Town, desk: Desk) -> None:
    cases = [desk.ended(state) for state in (S.GEWEIGERD, S.ONBEREIKT, S.GEEN_REACTIE, S.BETAALD)]
    desk.closed_month()
    assert {tuple(desk.feedback(case)) for case in cases} == {(("geen_hulp_gestart", None),)}


def test_a_partner_pauses_for_thirty_days_from_acceptance(town: Town, desk: Desk) -> None:
    helped, running = town.help_request(), town.urgent_person()
    desk.closed_month()
    assert desk.feedback(helped) == [("hulp_gestart", "2026-12-03")]
    assert desk.feedback(running) == [("in_behandeling", None)]


def test_later_feedback_takes_the_place_of_earlier(town: Town, desk: Desk) -> None:
    case = town.person()
    desk.closed_month()
    assert desk.feedback(case) == [("in_behandeling", None)]
    town.change(case, state=S.ONBEREIKT.value, offer_at=town.house.now_ms())
    desk.closed_month()
    assert desk.feedback(case) == [("geen_hulp_gestart", None)]


# --- Undoing ----------------------------------------------------------------------------------------------------


def test_undoing_restores_cases_letters_and_feedback(town: Town, desk: Desk) -> None:
    closed, letter = desk.ended(S.ONBEREIKT), town.person()
    before = {case: {**town.row(case), "version": 0} for case in (closed, letter)}
    plan = desk.closed_month()
    town.clock.forward(hours=47)
    undone = desk.undo.undo(desk.olga, plan.plan_id)
    assert {case: {**town.row(case), "version": 0} for case in (closed, letter)} == before
    assert [offer["result"] for offer in town.offers(letter)] == ["vervallen"]
    assert desk.feedback(closed) == desk.feedback(letter) == []
    assert (undone.state, undone.outcomes) == (PlanState.TERUGGEDRAAID, {"hersteld": 2})


def test_undoing_leaves_alone_what_was_touched_since(town: Town, desk: Desk) -> None:
    touched, restored = desk.ended(S.ONBEREIKT), desk.ended(S.ONBEREIKT)
    plan = desk.closed_month()
    town.change(touched, urgent=True)
    undone = desk.undo.undo(desk.olga, plan.plan_id)
    assert undone.outcomes == {"hersteld": 1, "niet_hersteld": 1}
    assert (town.state(touched), town.state(restored)) == (S.GESLOTEN, S.ONBEREIKT)
    assert desk.feedback(touched) == [("geen_hulp_gestart", None)]


def test_a_printed_letter_is_not_called_back(town: Town, desk: Desk) -> None:
    case = town.person()
    plan = desk.closed_month()
    (letter,) = town.offers(case)
    town.house.store.commit(Change((work.update_offer(letter, result="gedrukt"),)))
    undone = desk.undo.undo(desk.olga, plan.plan_id)
    assert undone.outcomes == {"niet_hersteld": 1}
    assert town.state(case) == S.BRIEF


def test_after_two_days_a_run_stands(town: Town, desk: Desk) -> None:
    desk.ended(S.ONBEREIKT)
    plan = desk.closed_month()
    town.clock.forward(hours=48, seconds=1)
    with pytest.raises(Conflict) as refused:
        desk.undo.undo(desk.olga, plan.plan_id)
    assert refused.value.code == "herroepingstermijn_voorbij"


def test_only_a_run_can_be_undone_and_only_once(desk: Desk) -> None:
    plan = desk.agreed()
    with pytest.raises(Conflict) as refused:
        desk.undo.undo(desk.olga, plan.plan_id)
    assert refused.value.code == "niet_uitgevoerd"
    desk.runs.run(desk.piet, plan.plan_id)
    desk.undo.undo(desk.olga, plan.plan_id)
    with pytest.raises(Conflict):
        desk.undo.undo(desk.olga, plan.plan_id)
    with pytest.raises(Conflict) as refused:
        desk.runs.run(desk.piet, plan.plan_id)
    assert refused.value.code == "teruggedraaid"


def test_an_undone_month_can_be_closed_again(town: Town, desk: Desk) -> None:
    case, letter = desk.ended(S.ONBEREIKT), town.person()
    desk.undo.undo(desk.olga, desk.closed_month().plan_id)
    desk.closed_month()
    assert (town.state(case), town.state(letter)) == (S.GESLOTEN, S.BRIEF)
    assert [offer["result"] for offer in town.offers(letter)] == ["vervallen", None]


def test_the_log_holds_after_a_month_end(town: Town, desk: Desk) -> None:
    desk.ended(S.ONBEREIKT)
    desk.undo.undo(desk.olga, desk.closed_month().plan_id)
    assert Oversight(town.house, town.gateway.signer).check(TENANT)


# --- All kinds of months ----------------------------------------------------------------------------------------

_states = st.sampled_from([state for state in CaseState if state is not S.GESLOTEN])
_mixes = st.lists(st.tuples(_states, st.booleans(), st.booleans(), st.integers(0, 7)), min_size=1, max_size=8)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mix=_mixes)
def test_in_any_month_every_case_is_in_one_group_and_comes_back_when_undone(
    town: Town, mix: list[tuple[S, bool, bool, int]]
) -> None:
    desk = Desk(town)
    cases = town.bring([town.someone() for _ in mix])
    for case, (state, offer, protected, attempts) in zip(cases, mix, strict=True):
        offered = town.house.now_ms() if offer else None
        town.change(case, state=state.value, offer_at=offered, protected=protected, attempts=attempts)
    before = {case: town.row(case) for case in cases}
    plan = desk.agreed()
    items = desk.items(plan)
    assert set(cases) <= items.keys()
    desk.runs.run(desk.piet, plan.plan_id)
    for case in cases:
        planned = {"sluiten": "gesloten", "eerst_brief": "brief", "blijft_open": before[case]["state"]}
        assert town.state(case) == planned[items[case]["action"]]
        assert (
            town.state(case) != "gesloten"
            or before[case]["offer_at"]
            or before[case]["state"] == "ingetrokken"
        )
    undone = desk.undo.undo(desk.olga, plan.plan_id)
    assert ItemOutcome.NIET_HERSTELD not in undone.outcomes
    assert {case: {**town.row(case), "version": 0} for case in cases} == {
        case: {**row, "version": 0} for case, row in before.items()
    }
