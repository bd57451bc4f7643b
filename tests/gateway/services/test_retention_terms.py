"""From which day what may be erased: the terms of the controller, in days that residents live by."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.services.retention import RetentionDecisions
from schemas.audit import Act
from schemas.case import CaseState, CloseReason
from schemas.errors import Invalid
from schemas.retention import Outcome, Terms, due_on, months_after, outcome_of
from tests.support.erasure import Archive
from tests.support.installation import TENANT, an_installation

UNDO = timedelta(hours=48)
days = st.dates(date(2026, 1, 1), date(2040, 12, 31))


@pytest.mark.parametrize(
    ("state", "reason", "accepted", "outcome"),
    [
        (CaseState.GESLOTEN, CloseReason.ONBEREIKT, False, Outcome.ZONDER_HULP),
        (CaseState.GESLOTEN, CloseReason.HULP, True, Outcome.MET_HULP),
        (CaseState.GESLOTEN, CloseReason.ADVIES, True, Outcome.MET_HULP),
        (CaseState.GESLOTEN, CloseReason.REGELT_ZELF, True, Outcome.ZONDER_HULP),
        (CaseState.GESLOTEN, CloseReason.INGETROKKEN, False, Outcome.INGETROKKEN),
        (CaseState.INGETROKKEN, None, False, Outcome.INGETROKKEN),
    ],
)
def test_the_term_follows_how_a_case_ended(
    state: CaseState,
    reason: CloseReason | None,
    accepted: bool,
    outcome: Outcome,
) -> None:
    assert outcome_of(state, reason, accepted=accepted) is outcome


@pytest.mark.parametrize(
    ("outcome", "handed_over", "due"),
    [
        (Outcome.ZONDER_HULP, None, date(2027, 2, 28)),
        (Outcome.MET_HULP, date(2026, 8, 1), date(2026, 11, 1)),
        (Outcome.MET_HULP, None, date(2026, 11, 30)),
        (Outcome.INGETROKKEN, None, date(2026, 9, 30)),
    ],
)
def test_the_proposed_terms_are_those_of_the_domain(
    outcome: Outcome, handed_over: date | None, due: date
) -> None:
    assert due_on(Terms(), outcome, date(2026, 8, 31), handed_over, UNDO) == due


@given(days, days, st.sampled_from(Outcome), st.integers(0, 60))
def test_nothing_is_due_while_its_closing_can_be_undone(
    closed: date, handed_over: date, outcome: Outcome, months: int
) -> None:
    terms = Terms(zonder_hulp_maanden=months, met_hulp_maanden=months, ingetrokken_dagen=0)
    assert due_on(terms, outcome, closed, handed_over, UNDO) > closed + UNDO


@given(days, st.integers(0, 60))
def test_adding_months_keeps_the_day_or_takes_the_last_of_the_month(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(days=1)).month != later.month


def test_a_leap_day_is_a_day() -> None:
    assert months_after(date(2027, 8, 29), 6) == date(2028, 2, 29)
    assert months_after(date(2026, 8, 29), 6) == date(2027, 2, 28)


def test_terms_have_bounds_and_no_unknown_words() -> None:
    with pytest.raises(ValidationError):
        Terms(zonder_hulp_maanden=61)
    with pytest.raises(ValidationError):
        Terms.model_validate({"voor_altijd": True})
    assert Terms().digest != Terms(zonder_hulp_maanden=5).digest


def test_the_latest_decision_holds(tmp_path: Path) -> None:
    with an_installation(tmp_path) as town:
        archive = Archive(town)
        decisions = RetentionDecisions(town.house)
        assert decisions.current(TENANT) is None
        archive.decide()
        town.clock.forward(days=1)
        archive.decide(Terms(zonder_hulp_maanden=1))
        current = decisions.current(TENANT)
        assert current is not None
        assert current.terms.zonder_hulp_maanden == 1
        assert len(town.log(Act.RETENTION_DECIDED)) == 2


@pytest.mark.parametrize("reference", ["", "B1", "x" * 81, "a\nb", "<script>"])
def test_a_decision_has_the_reference_of_a_document(tmp_path: Path, reference: str) -> None:
    with an_installation(tmp_path) as town:
        archive = Archive(town)
        with pytest.raises(Invalid):
            archive.decisions.decide(archive.rosa, Terms(), reference)
        assert archive.rows("gateway_retention_decision") == []
