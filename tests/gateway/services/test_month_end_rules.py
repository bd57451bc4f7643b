"""Who closes at month end, who is written to first and who stays open: the rule itself, for every case there can be."""

from collections.abc import Iterator
from dataclasses import fields, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.case import MAX_ATTEMPTS, CaseEvent, CaseState, CloseReason, advance
from schemas.month_end import Action, FewReason, LetterReason, OpenReason, Standing, judge

S = CaseState

standings = st.builds(
    Standing,
    state=st.sampled_from([state for state in CaseState if state is not S.GESLOTEN]),
    attempts=st.integers(0, MAX_ATTEMPTS),
    reached=st.booleans(),
    offer_made=st.booleans(),
    live=st.booleans(),
    has_phone=st.booleans(),
    phone_blocked=st.booleans(),
    protected=st.booleans(),
    in_flight=st.booleans(),
    promised=st.booleans(),
    letter=st.booleans(),
    settled=st.booleans(),
    given=st.sampled_from([None, CloseReason.HULP, CloseReason.ADVIES]),
    proposal=st.booleans(),
    held=st.booleans(),
)


@given(standings)
def test_nothing_closes_without_an_offer_but_what_the_partner_took_back(case: Standing) -> None:
    if judge(case).action is Action.SLUITEN:
        assert case.offer_made or case.state is S.INGETROKKEN


@given(standings)
def test_every_case_closes_or_moves_by_the_table_alone(case: Standing) -> None:
    verdict, facts = judge(case), case.facts
    for event in verdict.path:
        facts = replace(facts, state=advance(facts, event).to)
    ends = {Action.SLUITEN: S.GESLOTEN, Action.EERST_BRIEF: S.BRIEF, Action.BLIJFT_OPEN: case.state}
    assert facts.state is ends[verdict.action]


@given(standings)
def test_a_reason_belongs_to_its_group(case: Standing) -> None:
    verdict = judge(case)
    kinds = {Action.SLUITEN: CloseReason, Action.EERST_BRIEF: LetterReason, Action.BLIJFT_OPEN: OpenReason}
    assert isinstance(verdict.reason, kinds[verdict.action])


@given(standings)
def test_an_end_after_fewer_than_seven_attempts_says_why(case: Standing) -> None:
    verdict = judge(case)
    ends = verdict.action is not Action.BLIJFT_OPEN
    assert (verdict.few is not None) == (ends and case.attempts < MAX_ATTEMPTS)


def every_standing() -> Iterator[Standing]:
    """Every case there can be, in every combination of what holds about it."""
    switches = [field.name for field in fields(Standing) if field.type == "bool" or field.type is bool]
    states = [state for state in CaseState if state is not S.GESLOTEN]
    for state, attempts in product(states, (0, MAX_ATTEMPTS)):
        for held in product((False, True), repeat=len(switches)):
            named: Any = dict(zip(switches, held, strict=True))
            yield Standing(state, attempts, **named)


def test_no_case_at_all_ends_with_fewer_than_seven_attempts_without_its_reason() -> None:
    """Not a sample: the whole space, so that the promise holds for whoever comes."""
    ended = 0
    for case in every_standing():
        verdict = judge(case)
        if verdict.action is Action.BLIJFT_OPEN:
            assert isinstance(verdict.reason, OpenReason)
            assert verdict.few is None
            continue
        ended += 1
        assert isinstance(verdict.few, FewReason) == (case.attempts < MAX_ATTEMPTS)
    assert ended > 1000


@given(standings)
def test_what_waits_for_a_person_stays_as_it_is(case: Standing) -> None:
    waits = case.proposal or case.held or case.in_flight or case.state in {S.SOCIAAL_WERK, S.HULP_GEVRAAGD}
    if waits:
        assert judge(case).action is Action.BLIJFT_OPEN


@given(standings)
def test_nobody_under_protection_gets_a_letter_from_a_batch(case: Standing) -> None:
    assert judge(replace(case, protected=True)).action is not Action.EERST_BRIEF


@pytest.mark.parametrize(
    ("case", "action", "reason"),
    [
        (Standing(S.ONBEREIKT, 7, offer_made=True), Action.SLUITEN, CloseReason.ONBEREIKT),
        (Standing(S.ONBEREIKT, 7), Action.EERST_BRIEF, LetterReason.ONBEREIKT),
        (Standing(S.GEEN_REACTIE, 7, reached=True), Action.EERST_BRIEF, LetterReason.GEEN_REACTIE),
        (Standing(S.BELBAAR), Action.EERST_BRIEF, LetterReason.NIET_GEBELD),
        (Standing(S.IN_BELRONDE, 3), Action.EERST_BRIEF, LetterReason.GEBELD_ZONDER_AANBOD),
        (Standing(S.IN_BELRONDE, 3, offer_made=True), Action.SLUITEN, CloseReason.ONBEREIKT),
        (
            Standing(S.IN_BELRONDE, 3, reached=True, offer_made=True),
            Action.SLUITEN,
            CloseReason.GEEN_REACTIE,
        ),
        (Standing(S.BRIEF), Action.EERST_BRIEF, LetterReason.NOG_TE_BESTELLEN),
        (Standing(S.BRIEF, letter=True), Action.BLIJFT_OPEN, OpenReason.BRIEF_ONDERWEG),
        (Standing(S.GEWEIGERD, 2, offer_made=True), Action.SLUITEN, CloseReason.REGELT_ZELF),
        (Standing(S.BETAALD, 1, offer_made=True), Action.SLUITEN, CloseReason.BETAALD),
        (Standing(S.BETAALD, 1), Action.BLIJFT_OPEN, OpenReason.AANBOD_ONTBREEKT),
        (Standing(S.INGETROKKEN, live=False), Action.SLUITEN, CloseReason.INGETROKKEN),
        (Standing(S.OVERGEDRAGEN, 1, offer_made=True), Action.BLIJFT_OPEN, OpenReason.HULP_LOOPT),
        (Standing(S.OVERGEDRAGEN, offer_made=True, settled=True), Action.SLUITEN, CloseReason.HULP),
        (
            Standing(S.OVERGEDRAGEN, offer_made=True, settled=True, given=CloseReason.ADVIES),
            Action.SLUITEN,
            CloseReason.ADVIES,
        ),
        (Standing(S.GEWEIGERD, offer_made=True, live=False), Action.BLIJFT_OPEN, OpenReason.CORRECTIE),
        (Standing(S.OPEN), Action.BLIJFT_OPEN, OpenReason.NIET_INGEDEELD),
        (Standing(S.ONBEREIKT, 7, protected=True), Action.BLIJFT_OPEN, OpenReason.BESCHERMD),
        (Standing(S.ONBEREIKT, 7, offer_made=True, held=True), Action.BLIJFT_OPEN, OpenReason.JURIDISCH),
        (Standing(S.IN_BELRONDE, 6, in_flight=True), Action.BLIJFT_OPEN, OpenReason.POGING_ONDERWEG),
        (
            Standing(S.IN_BELRONDE, 3, offer_made=True, promised=True),
            Action.BLIJFT_OPEN,
            OpenReason.TERUGBELAFSPRAAK,
        ),
    ],
)
def test_the_rule_in_the_words_of_the_work_floor(case: Standing, action: Action, reason: object) -> None:
    verdict = judge(case)
    assert (verdict.action, verdict.reason) == (action, reason)


@pytest.mark.parametrize(
    ("case", "few"),
    [
        (Standing(S.INGETROKKEN, live=False), FewReason.INGETROKKEN),
        (Standing(S.OVERGEDRAGEN, offer_made=True, settled=True), FewReason.HULP),
        (Standing(S.GEWEIGERD, 2, offer_made=True), FewReason.GESPROKEN),
        (Standing(S.ONBEREIKT, 2, phone_blocked=True), FewReason.NIET_BELLEN),
        (Standing(S.BRIEF, has_phone=False), FewReason.GEEN_NUMMER),
        (Standing(S.ONBEREIKT, 0, offer_made=True), FewReason.ANDER_KANAAL),
        (Standing(S.IN_BELRONDE, 3), FewReason.MAAND_VOORBIJ),
        (Standing(S.ONBEREIKT, 7), None),
    ],
)
def test_fewer_than_seven_attempts_have_a_reason(case: Standing, few: FewReason | None) -> None:
    assert judge(case).few is few


def test_advice_given_once_does_not_colour_a_later_refusal() -> None:
    case = Standing(S.GEWEIGERD, 1, offer_made=True, given=CloseReason.ADVIES)
    assert judge(case).reason is CloseReason.REGELT_ZELF


@pytest.mark.parametrize("reason", [CloseReason.OVERLEDEN, CloseReason.GEEN_INWONER, None])
def test_a_case_with_nobody_left_to_help_closes_without_an_offer_and_says_why(
    reason: CloseReason | None,
) -> None:
    verdict = judge(Standing(S.INGETROKKEN, live=reason is not None, given=reason))
    assert (verdict.action, verdict.reason) == (Action.SLUITEN, reason or CloseReason.INGETROKKEN)


def test_a_closing_path_starts_with_the_end_of_the_calls() -> None:
    called = Standing(S.IN_BELRONDE, 3, offer_made=True)
    assert judge(called).path == (CaseEvent.UITGEBELD, CaseEvent.SLUITING)
