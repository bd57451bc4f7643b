"""Instants in the tables and days as residents live them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.moments import AMSTERDAM, instant, local, local_day, millis, month_of

AGES = st.integers(-(10**12), 4 * 10**12)


@given(AGES)
def test_an_instant_comes_back_from_the_tables_unchanged(ms: int) -> None:
    """Not a millisecond less: a floating point number would lose one now and then."""
    assert millis(instant(ms)) == ms


@given(st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 (a bound)
def test_an_instant_is_cut_to_whole_milliseconds(moment: datetime) -> None:
    assert timedelta(0) <= moment - instant(millis(moment)) < timedelta(milliseconds=1)


@given(AGES, st.integers(-12, 14))
def test_the_zone_in_which_an_instant_is_written_makes_no_difference(ms: int, hours: int) -> None:
    assert millis(instant(ms).astimezone(timezone(timedelta(hours=hours)))) == ms


@given(AGES, AGES)
def test_order_is_kept(one: int, other: int) -> None:
    assert (one < other) == (instant(one) < instant(other))


def test_instants_are_in_utc() -> None:
    assert instant(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert instant(0).tzinfo is UTC


def test_an_instant_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        millis(datetime(2026, 1, 1))  # noqa: DTZ001 (the mistake)


@pytest.mark.parametrize(
    ("moment", "day", "month"),
    [
        (datetime(2026, 10, 31, 23, 30, tzinfo=UTC), date(2026, 11, 1), "2026-11"),
        (datetime(2026, 12, 31, 22, 59, tzinfo=UTC), date(2026, 12, 31), "2026-12"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), date(2027, 1, 1), "2027-01"),
        (datetime(2026, 6, 30, 21, 59, tzinfo=UTC), date(2026, 6, 30), "2026-06"),
        (datetime(2026, 6, 30, 22, 0, tzinfo=UTC), date(2026, 7, 1), "2026-07"),
        (datetime(2028, 2, 29, 12, 0, tzinfo=UTC), date(2028, 2, 29), "2028-02"),
    ],
)
def test_a_day_begins_when_it_begins_in_the_netherlands(moment: datetime, day: date, month: str) -> None:
    assert local_day(moment) == day
    assert month_of(moment) == month


@pytest.mark.parametrize(
    ("moment", "hour"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), 1),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), 3),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 2),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 2),
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), 3),
    ],
)
def test_summer_time_is_right(moment: datetime, hour: int) -> None:
    assert local(moment).hour == hour
    assert local(moment).tzinfo is AMSTERDAM
