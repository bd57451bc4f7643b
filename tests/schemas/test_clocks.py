"""Clocks: when one is nearly due, when it is over, and at whose desk it comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.clocks import LATE, NEARLY, NEARLY_THREATENING, Clock, Desk, Running, Stage, desks, tightest

CLOCKS = st.sampled_from(Clock)
RUNNING = st.builds(
    Running,
    clock=CLOCKS,
    due=st.integers(0, 10**12),
    days=st.integers(-40, 40),
    over=st.booleans(),
    threatening=st.booleans(),
)


def clock(days: int, which: Clock = Clock.AANBOD, *, threatening: bool = False) -> Running:
    return Running(which, due=0, days=days, over=days < 0, threatening=threatening)


@pytest.mark.parametrize("which", Clock)
def test_a_clock_warns_when_the_last_working_days_begin_and_not_before(which: Clock) -> None:
    assert clock(NEARLY[which] + 1, which).stage is Stage.OP_TIJD
    assert clock(NEARLY[which], which).stage is Stage.BIJNA
    assert clock(0, which).stage is Stage.BIJNA
    assert clock(-1, which).stage is Stage.VERLOPEN


def test_of_three_working_days_the_last_one_is_the_warning() -> None:
    stages = [
        clock(days, Clock.EERSTE_GESPREK, threatening=True).stage for days in (3, 2, NEARLY_THREATENING)
    ]
    assert stages == [Stage.OP_TIJD, Stage.OP_TIJD, Stage.BIJNA]
    assert clock(3, Clock.BESCHIKKING, threatening=True).stage is Stage.BIJNA


def test_a_clock_in_time_comes_at_nobodys_desk() -> None:
    assert desks(clock(20), owned=True) == desks(clock(20), owned=False) == ()


def test_a_warning_is_the_workers_and_without_a_worker_the_team_leaders() -> None:
    assert desks(clock(1), owned=True) == (Desk.BEHANDELAAR,)
    assert desks(clock(1), owned=False) == (Desk.TEAMLEIDER,)


def test_a_clock_that_is_over_comes_at_the_team_leaders_desk_too() -> None:
    assert desks(clock(-1), owned=True) == (Desk.BEHANDELAAR, Desk.TEAMLEIDER)


def test_after_a_working_week_the_municipality_hears_of_it() -> None:
    assert Desk.GEMEENTE not in desks(clock(1 - LATE), owned=True)
    assert desks(clock(-LATE), owned=False) == (Desk.TEAMLEIDER, Desk.GEMEENTE)


@given(RUNNING, st.booleans())
def test_whatever_is_nearly_due_or_over_lies_at_somebodys_desk(one: Running, owned: bool) -> None:
    assert bool(desks(one, owned=owned)) == (one.stage is not Stage.OP_TIJD)
    assert (Desk.TEAMLEIDER in desks(one, owned=owned)) or owned or one.stage is Stage.OP_TIJD


@given(CLOCKS, st.integers(-40, 40), st.integers(0, 40), st.booleans())
def test_time_never_makes_a_clock_calmer(which: Clock, days: int, passed: int, threatening: bool) -> None:
    order = list(Stage)
    before, after = (clock(left, which, threatening=threatening) for left in (days, days - passed))
    assert order.index(before.stage) <= order.index(after.stage)
    assert set(desks(before, owned=True)) <= set(desks(after, owned=True))


@given(st.lists(RUNNING, max_size=5))
def test_the_tightest_clock_is_the_first_that_is_due(clocks: list[Running]) -> None:
    first = tightest(clocks)
    assert (first is None) == (not clocks)
    assert first is None or first.due == min(one.due for one in clocks)
