"""The rules of the bill: one unit per case and month, credited only when it brought nothing, never over the budget."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.billing import (
    Budget,
    Credit,
    Delivery,
    Standing,
    Statement,
    credit_code,
    credit_for,
    insist_on_log,
)
from schemas.case import CaseState, CloseReason
from schemas.errors import LogBroken

MONTH = "2026-11"
budgets = st.builds(Budget, st.integers(1, 5_000), st.integers(0, 3_000_000))
deliveries = st.builds(
    Delivery,
    state=st.none() | st.sampled_from(CaseState),
    reason=st.none() | st.sampled_from(CloseReason),
    called=st.booleans(),
    lapsed=st.booleans(),
    over=st.booleans(),
)
counts = st.dictionaries(st.sampled_from(Credit), st.integers(0, 40))


# --- Credits ------------------------------------------------------------------------------------------------------


@given(deliveries)
def test_a_unit_of_a_case_that_was_called_is_paid_for_whatever_came_of_it(delivery: Delivery) -> None:
    assert credit_for(replace(delivery, called=True)) is None


@given(deliveries.filter(lambda one: not one.called))
def test_a_case_taken_back_before_the_first_attempt_is_credited(delivery: Delivery) -> None:
    assert credit_for(replace(delivery, state=CaseState.INGETROKKEN)) is Credit.INGETROKKEN
    assert credit_for(replace(delivery, reason=CloseReason.INGETROKKEN)) is Credit.INGETROKKEN


@given(deliveries)
def test_a_credit_once_given_is_not_taken_back_by_time(delivery: Delivery) -> None:
    before = credit_for(replace(delivery, over=False))
    assert before is None or credit_for(replace(delivery, over=True)) is before


@pytest.mark.parametrize(
    ("lapsed", "over", "credit"),
    [(True, True, Credit.ONBEVESTIGD), (True, False, None), (False, True, None), (False, False, None)],
)
def test_a_record_that_nobody_answered_is_credited_when_its_month_is_over(
    *, lapsed: bool, over: bool, credit: Credit | None
) -> None:
    waiting = Delivery(CaseState.BELBAAR, None, called=False, lapsed=lapsed, over=over)
    assert credit_for(waiting) is credit


def test_the_death_of_a_resident_before_the_first_attempt_is_credited() -> None:
    gone = Delivery(CaseState.GESLOTEN, CloseReason.OVERLEDEN, called=False, lapsed=False, over=False)
    assert credit_for(gone) is Credit.OVERLEDEN


# --- The budget ---------------------------------------------------------------------------------------------------


@given(budgets)
def test_what_the_budget_pays_for_never_costs_more_than_it_and_one_more_would(budget: Budget) -> None:
    assert budget.most is not None
    assert budget.most * budget.unit_cent <= budget.budget_cent < (budget.most + 1) * budget.unit_cent


@given(budgets, st.integers(0, 5_000))
def test_the_meter_only_rises(budget: Budget, taken: int) -> None:
    order = list(Standing)
    assert order.index(budget.standing(taken)) <= order.index(budget.standing(taken + 1))


@given(budgets, st.integers(0, 5_000))
def test_the_meter_is_empty_exactly_when_nothing_more_may_be_delivered(budget: Budget, taken: int) -> None:
    assert budget.most is not None
    assert (budget.standing(taken) is Standing.OP) == (taken >= budget.most)


@pytest.mark.parametrize(
    ("taken", "standing"),
    [(79, "ruim"), (80, "waarschuwing"), (99, "waarschuwing"), (100, "op"), (101, "op")],
)
def test_the_meter_warns_from_four_fifths(taken: int, standing: str) -> None:
    assert Budget(unit_cent=100, budget_cent=10_000).standing(taken) == standing


def test_without_a_price_there_is_no_limit() -> None:
    free = Budget(unit_cent=0, budget_cent=1_850_000)
    assert free.most is None
    assert free.standing(10**9) is Standing.RUIM


def test_a_budget_covers_its_month_or_the_calendar_year_around_it() -> None:
    assert Budget(1, 1, "maand").months(MONTH) == [MONTH]
    year = Budget(1, 1, "jaar").months(MONTH)
    assert (len(year), year[0], year[-1]) == (12, "2026-01", "2026-12")
    assert MONTH in year


def test_price_and_reservation_do_not_show_themselves() -> None:
    assert repr(Budget(575, 1_850_000)) == "Budget(period='jaar')"
    bill = Statement(MONTH, 10, {}, 575, final=True)
    assert "575" not in repr(bill)


# --- The bill against the log -------------------------------------------------------------------------------------


def told(delivered: int, credited: dict[Credit, int]) -> tuple[list[str], list[str]]:
    codes = [credit_code(MONTH, credit) for credit, count in credited.items() for _ in range(count)]
    return ["2026-10", *[MONTH] * delivered], [credit_code("2026-10", Credit.INGETROKKEN), *codes]


@given(st.integers(0, 200), counts)
def test_a_bill_that_the_log_tells_is_accepted(delivered: int, credited: dict[Credit, int]) -> None:
    bill = Statement(MONTH, delivered, credited, 575, final=True)
    insist_on_log(bill, *told(delivered, credited))
    assert bill.billable == delivered - sum(credited.values())
    assert bill.amount_cent == bill.billable * 575


@given(st.integers(0, 50), st.integers(0, 50), counts)
def test_a_bill_of_another_number_of_units_is_named(
    billed: int, logged: int, credited: dict[Credit, int]
) -> None:
    if billed == logged:
        return
    bill = Statement(MONTH, billed, credited, 575, final=True)
    with pytest.raises(LogBroken, match=f"geleverd {billed}, volgens het logboek {logged}") as caught:
        insist_on_log(bill, *told(logged, credited))
    assert caught.value.code == "rekening_wijkt_af"


@pytest.mark.parametrize("credit", Credit)
def test_a_credit_that_the_log_does_not_tell_is_named(credit: Credit) -> None:
    bill = Statement(MONTH, 5, {credit: 1}, 575, final=True)
    with pytest.raises(LogBroken, match=f"{credit} 1, volgens het logboek 0"):
        insist_on_log(bill, *told(5, {}))
