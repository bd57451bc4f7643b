"""The words of social work and of letters: closed, in line with the transition table, strict about what is an offer."""

import pytest
from pydantic import ValidationError

from schemas.case import TABLE, CaseEvent, CaseFacts, CaseState, CloseReason, Effect, advance
from schemas.help import (
    AT_SOCIAL_WORK,
    ENDINGS,
    NO_OFFER,
    SPOKEN,
    VISIT_OFFERS,
    Help,
    HelpOutcome,
    HelpResult,
    VisitResult,
    reason_of,
)
from schemas.letters import (
    PRINT_COLUMNS,
    VERSIONS,
    WANTS_LETTER,
    LetterResult,
    Template,
    fitting,
    versioned,
)


def test_every_outcome_has_a_meaning() -> None:
    assert set(ENDINGS) == set(HelpOutcome)


@pytest.mark.parametrize("outcome", set(HelpOutcome) - {HelpOutcome.HULP_GEGEVEN})
def test_every_outcome_but_help_leads_somewhere_from_social_works_own_desk(outcome: HelpOutcome) -> None:
    event = ENDINGS[outcome].event
    assert event is not None
    advance(CaseFacts(CaseState.SOCIAAL_WERK, reached=True), event)


@pytest.mark.parametrize("state", [CaseState.HULP_GEVRAAGD, CaseState.OVERGEDRAGEN])
def test_a_resident_who_asked_for_help_may_pay_instead(state: CaseState) -> None:
    move = advance(CaseFacts(state), CaseEvent.BETALING)
    assert move.to is CaseState.BETAALD
    assert Effect.AANBOD_GEDAAN in move.effects


@pytest.mark.parametrize("state", AT_SOCIAL_WORK)
def test_a_refusal_is_possible_wherever_social_work_has_the_case(state: CaseState) -> None:
    assert TABLE[state][CaseEvent.WEIGERING].to is CaseState.GEWEIGERD


@pytest.mark.parametrize("help_given", Help)
def test_only_what_is_settled_at_once_closes_as_advice(help_given: Help) -> None:
    at_once = help_given in {Help.ADVIES, Help.QUICK_FIX}
    assert reason_of({help_given}) is (CloseReason.ADVIES if at_once else CloseReason.HULP)
    assert reason_of({help_given, Help.SCHULDHULP}) is CloseReason.HULP


def test_a_visit_that_met_somebody_is_an_offer_and_a_bare_card_is_none() -> None:
    assert SPOKEN < VISIT_OFFERS
    assert VisitResult.AANBOD_ACHTERGELATEN in VISIT_OFFERS
    assert VisitResult.KAARTJE_ACHTERGELATEN not in VISIT_OFFERS
    assert {r.value for r in VISIT_OFFERS}.isdisjoint(NO_OFFER)
    assert {LetterResult.ONBESTELBAAR, LetterResult.VERVALLEN} <= NO_OFFER
    assert LetterResult.VERZONDEN not in NO_OFFER


def test_a_result_of_help_takes_codes_and_no_text() -> None:
    with pytest.raises(ValidationError) as wrong:
        HelpResult.model_validate({"uitkomst": "geweigerd", "toelichting": "Zij is ziek"})
    assert "ziek" not in str(wrong.value)
    with pytest.raises(ValidationError) as wrong:
        HelpResult.model_validate({"uitkomst": "hulp_gegeven", "hulp": ["verwijzing_ggz"]})
    assert "ggz" not in str(wrong.value)


def test_every_template_has_a_version_that_goes_with_it() -> None:
    assert set(VERSIONS) == set(Template)
    assert versioned(Template.NA_ONBEREIKT) == "na_onbereikt@1"


@pytest.mark.parametrize(
    ("attempts", "sent_before", "template"),
    [
        (0, False, Template.EERSTE_AANBOD),
        (7, False, Template.NA_ONBEREIKT),
        (7, True, Template.HERINNERING),
        (0, True, Template.HERINNERING),
    ],
)
def test_the_letter_fits_what_went_before(attempts: int, sent_before: bool, template: Template) -> None:
    assert fitting(attempts, sent_before=sent_before) is template


def test_a_letter_goes_out_only_while_nobody_answered() -> None:
    for state in WANTS_LETTER:
        assert CaseEvent.AANBOD in TABLE[state]
    answered = {CaseState.GEWEIGERD, CaseState.BETAALD, CaseState.HULP_GEVRAAGD, CaseState.INGETROKKEN}
    assert answered.isdisjoint(WANTS_LETTER)


def test_a_print_file_has_no_column_about_money() -> None:
    assert not {"bedrag", "partnernaam", "signaaltype", "geboortedatum"} & set(PRINT_COLUMNS)
