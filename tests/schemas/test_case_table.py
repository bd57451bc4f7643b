"""The life of a case: which arrows there are, what guards them, and what no road can lead to."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from schemas.call import CONSEQUENCES
from schemas.case import (
    CALLABLE_STATES,
    MAX_ATTEMPTS,
    OPEN_STATES,
    REASONS,
    TABLE,
    CaseEvent,
    CaseFacts,
    CaseState,
    CloseReason,
    Effect,
    Move,
    advance,
)
from schemas.errors import Conflict

S, E = CaseState, CaseEvent
ENDED = (S.BETAALD, S.GEWEIGERD, S.GEEN_REACTIE, S.ONBEREIKT)
GUARDED = {
    (S.BELBAAR, E.POGING): "pogingen_over",
    (S.IN_BELRONDE, E.POGING): "pogingen_over",
    (S.BRIEF, E.ROUTE_BELLEN): "pogingen_over",
    (S.BELBAAR, E.STILTE): "eerder_bereikt",
    (S.IN_BELRONDE, E.STILTE): "eerder_bereikt",
    (S.SOCIAAL_WERK, E.STILTE): "eerder_bereikt",
    (S.OVERGEDRAGEN, E.SLUITING): "aanbod_gedaan",
    **{(state, E.SLUITING): "aanbod_gedaan" for state in ENDED},
}
HOLDING: dict[str, dict[str, int | bool]] = {
    "pogingen_over": {"attempts": MAX_ATTEMPTS - 1},
    "eerder_bereikt": {"reached": True},
    "aanbod_gedaan": {"offer_made": True},
}


def facts(state: CaseState, **changes: int | bool) -> CaseFacts:
    values: dict[str, int | bool] = {"attempts": 0, "reached": True, "offer_made": True}
    return CaseFacts(state, **(values | changes))  # type: ignore[arg-type]  # one dictionary for three types


def test_every_state_has_its_arrows() -> None:
    assert set(TABLE) == set(CaseState)


@pytest.mark.parametrize(("state", "event"), list(product(CaseState, CaseEvent)))
def test_an_arrow_leads_where_the_table_says_and_all_else_is_refused(
    state: CaseState, event: CaseEvent
) -> None:
    move = TABLE[state].get(event)
    if move is not None:
        assert advance(facts(state), event) is move
        return
    with pytest.raises(Conflict) as refused:
        advance(facts(state), event)
    assert refused.value.code == "overgang_onmogelijk"


def test_no_arrow_is_guarded_that_should_not_be_and_the_other_way_round() -> None:
    found = {(s, e): move.guard for s, arrows in TABLE.items() for e, move in arrows.items() if move.guard}
    assert found == GUARDED


@pytest.mark.parametrize(("arrow", "guard"), GUARDED.items())
def test_a_guard_that_does_not_hold_refuses_and_says_which(
    arrow: tuple[CaseState, CaseEvent], guard: str
) -> None:
    state, event = arrow
    failing: dict[str, int | bool] = {"attempts": MAX_ATTEMPTS, "reached": False, "offer_made": False}
    with pytest.raises(Conflict) as refused:
        advance(facts(state, **failing), event)
    assert refused.value.code == guard
    assert advance(facts(state, **(failing | HOLDING[guard])), event).to in CaseState


@pytest.mark.parametrize("attempts", range(MAX_ATTEMPTS + 3))
def test_there_are_seven_attempts_and_never_an_eighth(attempts: int) -> None:
    for state in CALLABLE_STATES:
        if attempts < MAX_ATTEMPTS:
            assert advance(facts(state, attempts=attempts), E.POGING).to is S.IN_BELRONDE
        else:
            with pytest.raises(Conflict):
                advance(facts(state, attempts=attempts), E.POGING)


def test_only_callable_cases_are_attempted() -> None:
    assert {state for state, arrows in TABLE.items() if E.POGING in arrows} == CALLABLE_STATES


def test_a_help_request_is_possible_as_long_as_nobody_has_it_yet() -> None:
    asked = {state for state, arrows in TABLE.items() if E.HULPVRAAG in arrows}
    assert asked == OPEN_STATES - {S.OPEN, S.HULP_GEVRAAGD, S.OVERGEDRAGEN}


def test_a_help_request_starts_the_clock_and_stops_the_calling() -> None:
    moves = {arrows[E.HULPVRAAG] for arrows in TABLE.values() if E.HULPVRAAG in arrows}
    assert len(moves) == 1
    assert set(moves.pop().effects) == set(Effect)


def test_whoever_ended_can_still_say_that_he_paid_refuses_or_wants_help() -> None:
    """A resident who rings back after the seventh attempt must not meet a shut door."""
    for state in (*ENDED, S.BRIEF):
        assert {E.HULPVRAAG, E.BETALING, E.WEIGERING} <= set(TABLE[state])


def test_leaving_the_calling_recalls_the_dial_record() -> None:
    for state in CALLABLE_STATES:
        for event, move in TABLE[state].items():
            assert (Effect.TERUGROEPEN in move.effects) == (move.to not in CALLABLE_STATES), event


def test_a_withdrawal_is_possible_in_every_open_state_and_takes_no_help_away() -> None:
    after = {state: TABLE[state][E.INTREKKING].to for state in OPEN_STATES}
    assert {state for state, to in after.items() if to is not S.INGETROKKEN} == {
        S.HULP_GEVRAAGD,
        S.OVERGEDRAGEN,
    }
    assert after[S.HULP_GEVRAAGD] is S.HULP_GEVRAAGD
    assert after[S.OVERGEDRAGEN] is S.OVERGEDRAGEN


def test_only_social_work_says_that_nobody_is_left_to_help() -> None:
    lapsing = {state: arrows[E.VERVALT].to for state, arrows in TABLE.items() if E.VERVALT in arrows}
    assert lapsing == dict.fromkeys((S.SOCIAAL_WERK, S.HULP_GEVRAAGD, S.OVERGEDRAGEN), S.INGETROKKEN)


def test_closing_without_an_offer_is_for_withdrawn_cases_only() -> None:
    free = {state for state, arrows in TABLE.items() if E.SLUITING in arrows and not arrows[E.SLUITING].guard}
    assert free == {S.INGETROKKEN}


def test_a_case_without_a_way_can_neither_be_called_nor_closed() -> None:
    assert not {E.POGING, E.SLUITING, E.HULPVRAAG} & set(TABLE[S.OPEN])


def test_a_closed_case_only_opens_again() -> None:
    assert set(TABLE[S.GESLOTEN]) == {E.HEROPENING}


def test_every_state_that_closes_has_a_reason_of_its_own() -> None:
    closing = {state for state, arrows in TABLE.items() if E.SLUITING in arrows}
    assert closing == set(REASONS)
    assert len(set(REASONS.values())) == len(REASONS)
    assert set(REASONS.values()) <= set(CloseReason)


def test_every_state_can_be_reached_and_every_state_can_end() -> None:
    reached, frontier = {S.OPEN}, {S.OPEN}
    while frontier:
        frontier = {move.to for state in frontier for move in TABLE[state].values()} - reached
        reached |= frontier
    assert reached == set(CaseState)
    ends, grown = {S.GESLOTEN}, True
    while grown:
        more = {s for s, arrows in TABLE.items() if any(move.to in ends for move in arrows.values())}
        grown = not more <= ends
        ends |= more
    assert ends == set(CaseState)


def test_states_that_ask_for_work_are_all_but_the_two_that_are_over() -> None:
    assert set(CaseState) - OPEN_STATES == {S.GESLOTEN, S.INGETROKKEN}


def test_every_refusal_has_a_sentence_and_names_no_value() -> None:
    for (state, event), guard in GUARDED.items():
        with pytest.raises(Conflict) as refused:
            advance(CaseFacts(state, attempts=MAX_ATTEMPTS), event)
        assert refused.value.detail
        assert not any(letter.isdigit() for letter in refused.value.detail), guard


@given(
    st.sampled_from(CaseState), st.sampled_from(CaseEvent), st.integers(0, 9), st.sets(st.sampled_from("ro"))
)
@settings(max_examples=200)
def test_advancing_gives_an_arrow_of_the_table_or_a_conflict(
    state: CaseState, event: CaseEvent, attempts: int, true: set[str]
) -> None:
    held = CaseFacts(state, attempts, reached="r" in true, offer_made="o" in true)
    try:
        move = advance(held, event)
    except Conflict:
        return
    assert isinstance(move, Move)
    assert move is TABLE[state][event]


class Life(RuleBasedStateMachine):
    """A case lives at random; use cases do what the effects oblige them to, and nothing else."""

    @initialize()
    def opened(self) -> None:
        self.state = S.OPEN
        self.attempts = 0
        self.reached = False
        self.offer = False
        self.leased = False
        self.history: list[CaseEvent] = []

    def _happen(self, event: CaseEvent) -> bool:
        try:
            move = advance(CaseFacts(self.state, self.attempts, self.reached, self.offer), event)
        except Conflict:
            return False
        self.state = move.to
        self.history.append(event)
        self.attempts += event is E.POGING
        self.offer |= Effect.AANBOD_GEDAAN in move.effects
        self.leased &= Effect.TERUGROEPEN not in move.effects
        return True

    @rule(event=st.sampled_from([e for e in CaseEvent if e not in {E.POGING, E.AANBOD, E.HEROPENING}]))
    def anything(self, event: CaseEvent) -> None:
        self._happen(event)

    @rule()
    def a_letter_or_visit(self) -> None:
        self._happen(E.AANBOD)

    @precondition(lambda self: self.state in CALLABLE_STATES and self.attempts < MAX_ATTEMPTS)
    @rule()
    def lease(self) -> None:
        self.leased = True

    @precondition(lambda self: self.leased)
    @rule(consequence=st.sampled_from(sorted(CONSEQUENCES.values(), key=repr)))
    def call(self, consequence: object) -> None:
        meant = next(c for c in CONSEQUENCES.values() if c is consequence)
        assert self._happen(meant.event), (self.state, meant.event)
        self.reached |= meant.reached
        self.leased = False
        if meant.event is E.POGING and self.attempts == MAX_ATTEMPTS:
            assert self._happen(E.STILTE if self.reached else E.UITGEBELD)

    @invariant()
    def never_an_eighth_attempt(self) -> None:
        assert self.attempts <= MAX_ATTEMPTS

    @invariant()
    def no_close_without_an_offer(self) -> None:
        closed = self.state is S.GESLOTEN
        assert not closed or self.offer or {E.INTREKKING, E.VERVALT} & set(self.history)

    @invariant()
    def nobody_holds_a_dial_record_of_a_case_that_is_not_called(self) -> None:
        assert not self.leased or self.state in CALLABLE_STATES

    @invariant()
    def whoever_asked_for_help_is_not_called_any_more(self) -> None:
        assert self.state not in {S.HULP_GEVRAAGD, S.OVERGEDRAGEN} or not self.leased

    @invariant()
    def a_paid_or_refused_case_has_its_offer(self) -> None:
        assert self.state not in {S.BETAALD, S.GEWEIGERD} or self.offer


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
