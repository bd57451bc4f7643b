"""Shares per client and purpose, on a clock that the test moves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.limits import Limits
from schemas.errors import TooMany


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def granted(subject: Limits, client: str = "a", purpose: str = "bellen", times: int = 100) -> int:
    for count in range(times):
        try:
            subject.take(client, purpose)
        except TooMany:
            return count
    return times


def test_a_burst_is_a_tenth_of_a_minute_and_then_comes_the_pace() -> None:
    clock = Clock()
    subject = Limits(60, clock)
    assert granted(subject) == 6
    clock.now += 3
    assert granted(subject) == 3
    clock.now += 3600
    assert granted(subject) == 6


def test_the_answer_says_when_to_come_back() -> None:
    clock = Clock()
    subject = Limits(6, clock, burst=1)
    subject.take("a", "bellen")
    with pytest.raises(TooMany) as refusal:
        subject.take("a", "bellen")
    assert refusal.value.retry_after == 10
    clock.now += refusal.value.retry_after
    subject.take("a", "bellen")


def test_one_client_or_purpose_does_not_eat_the_share_of_another() -> None:
    subject = Limits(60, Clock(), burst=2)
    assert granted(subject) == 2
    assert granted(subject, client="b") == 2
    assert granted(subject, purpose="verrijken") == 2


def test_a_full_table_refuses_newcomers_until_somebody_is_idle() -> None:
    clock = Clock()
    subject = Limits(60, clock, burst=3, buckets=2)
    subject.take("a", "bellen")
    subject.take("b", "bellen")
    with pytest.raises(TooMany):
        subject.take("c", "bellen")
    clock.now += 1
    subject.take("c", "bellen")
    assert len(subject._buckets) == 2


@given(st.lists(st.floats(0, 30), max_size=60))
def test_no_pattern_of_asking_gets_more_than_the_pace(pauses: list[float]) -> None:
    clock = Clock()
    subject = Limits(60, clock, burst=5)
    total = 0
    for pause in pauses:
        clock.now += pause
        total += granted(subject, times=10)
    assert total <= 5 + (clock.now - 100.0) + 1e-6
