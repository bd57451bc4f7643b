"""Nobody is called outside the window, on a Sunday or on a holiday, whatever the clocks do."""

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.policy.calendar import Calendar, CallingHours, Window, holidays_of
from schemas.call import DayPart

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CALENDAR = Calendar()
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.dates(date(2024, 1, 1), date(2029, 12, 31))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-11-23 08:29:59.999999", False),
        ("2026-11-23 08:30", True),
        ("2026-11-23 20:59:59.999999", True),
        ("2026-11-23 21:00", False),
        ("2026-11-28 08:59:59", False),  # a Saturday
        ("2026-11-28 09:00", True),
        ("2026-11-28 16:59:59", True),
        ("2026-11-28 17:00", False),
        ("2026-11-29 12:00", False),  # a Sunday
        ("2026-01-01 12:00", False),
        ("2026-04-03 12:00", False),  # Good Friday
        ("2026-04-06 12:00", False),  # Easter Monday
        ("2026-04-27 12:00", False),  # King's Day on a Monday
        ("2025-04-26 12:00", False),  # King's Day moved from Sunday the 27th to Saturday
        ("2025-04-28 12:00", True),
        ("2026-05-05 12:00", False),  # Liberation Day
        ("2026-05-14 12:00", False),  # Ascension Day
        ("2026-05-25 12:00", False),  # Whit Monday
        ("2026-12-25 12:00", False),
        ("2026-12-26 12:00", False),
        ("2026-12-31 12:00", True),
    ],
)
def test_the_window_of_a_day(moment: str, *, is_open: bool) -> None:
    assert CALENDAR.is_open(at(moment)) is is_open


@pytest.mark.parametrize(
    ("utc", "is_open"),
    [
        ("2026-03-28T08:00:00+00:00", True),  # Saturday before the clock goes forward: 09:00 local
        ("2026-03-30T06:29:00+00:00", False),  # Monday after: 08:29 local
        ("2026-03-30T06:30:00+00:00", True),
        ("2026-03-27T07:30:00+00:00", True),  # Friday before: 08:30 local
        ("2026-10-26T07:29:00+00:00", False),  # Monday after the clock went back: 08:29 local
        ("2026-10-26T07:30:00+00:00", True),
        ("2026-10-23T06:30:00+00:00", True),  # Friday before: 08:30 local
        ("2026-10-26T19:59:00+00:00", True),
        ("2026-10-26T20:00:00+00:00", False),
    ],
)
def test_the_window_follows_the_clock_on_the_wall(utc: str, *, is_open: bool) -> None:
    assert CALENDAR.is_open(datetime.fromisoformat(utc)) is is_open


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        ("2026-11-23 12:00", "2026-11-23 12:00"),
        ("2026-11-23 06:00", "2026-11-23 08:30"),
        ("2026-11-23 21:00", "2026-11-24 08:30"),
        ("2026-11-28 18:00", "2026-11-30 08:30"),  # Saturday evening to Monday
        ("2026-12-24 21:30", "2026-12-28 08:30"),  # over Christmas and a Sunday
        ("2026-03-28 17:00", "2026-03-30 08:30"),  # over the night the clock goes forward
        ("2026-10-24 17:00", "2026-10-26 08:30"),  # over the night it goes back
        ("2025-04-25 21:00", "2025-04-28 08:30"),  # King's Day on Saturday, then Sunday
    ],
)
def test_the_next_opening(moment: str, opens: str) -> None:
    assert CALENDAR.next_opening(at(moment)) == at(opens)


@settings(max_examples=300)
@given(INSTANTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(moment: datetime) -> None:
    opening = CALENDAR.next_opening(moment)
    assert CALENDAR.is_open(opening)
    assert opening >= moment
    if opening > moment:
        assert not CALENDAR.is_open(moment)
        assert not CALENDAR.is_open(opening - timedelta(microseconds=1))


@settings(max_examples=300)
@given(INSTANTS)
def test_an_open_instant_is_never_on_a_sunday_a_holiday_or_at_night(moment: datetime) -> None:
    local = moment.astimezone(AMSTERDAM)
    if CALENDAR.is_open(moment):
        assert local.isoweekday() != 7
        assert local.date() not in holidays_of(local.year)
        assert time(8, 30) <= local.time() < time(21, 0)


@settings(max_examples=200)
@given(INSTANTS)
def test_the_zone_of_an_instant_does_not_matter(moment: datetime) -> None:
    elsewhere = moment.astimezone(ZoneInfo("Asia/Tokyo"))
    assert CALENDAR.is_open(moment) == CALENDAR.is_open(elsewhere)
    assert CALENDAR.daypart(moment) is CALENDAR.daypart(elsewhere)


@pytest.mark.parametrize(
    ("moment", "part"),
    [
        ("2026-11-23 08:30", DayPart.OCHTEND),
        ("2026-11-23 11:59:59", DayPart.OCHTEND),
        ("2026-11-23 12:00", DayPart.MIDDAG),
        ("2026-11-23 17:59:59", DayPart.MIDDAG),
        ("2026-11-23 18:00", DayPart.AVOND),
        ("2026-11-23 20:59", DayPart.AVOND),
    ],
)
def test_the_part_of_the_day(moment: str, part: DayPart) -> None:
    assert CALENDAR.daypart(at(moment)) is part


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-23", 3, "2026-11-26"),
        ("2026-11-26", 3, "2026-12-01"),  # over a weekend
        ("2026-12-23", 3, "2026-12-29"),  # over Christmas, one day of it on Saturday
        ("2026-04-02", 3, "2026-04-09"),  # Good Friday and Easter Monday
        ("2026-11-23", 0, "2026-11-23"),
        ("2026-05-04", 1, "2026-05-06"),  # Liberation Day, also in a year that is no lustrum
    ],
)
def test_a_term_in_working_days(start: str, count: int, end: str) -> None:
    assert CALENDAR.add_working_days(date.fromisoformat(start), count) == date.fromisoformat(end)


@settings(max_examples=200)
@given(DAYS, st.integers(1, 15))
def test_a_term_of_n_working_days_holds_exactly_n_of_them(start: date, count: int) -> None:
    end = CALENDAR.add_working_days(start, count)
    between = [start + timedelta(days=ahead) for ahead in range(1, (end - start).days + 1)]
    assert sum(CALENDAR.is_working_day(day) for day in between) == count
    assert CALENDAR.is_working_day(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [("2026-11-02", 28, "2026-11-30"), ("2026-11-27", 29, "2026-12-28"), ("2026-11-01", 28, "2026-11-30")],
)
def test_a_term_that_ends_on_a_free_day_runs_to_the_next_working_day(start: str, days: int, end: str) -> None:
    assert CALENDAR.term_end(date.fromisoformat(start), days) == date.fromisoformat(end)


@pytest.mark.parametrize("year", range(2014, 2100))
def test_every_year_has_the_holidays_that_an_independent_library_gives(year: int) -> None:
    assert holidays_of(year) == set(
        holidays.country_holidays("NL", years=[year], categories=("public", "optional"))
    )


def test_the_library_of_all_countries_is_not_loaded_to_know_eleven_days() -> None:
    code = (
        "import sys, gateway.policy.calendar as c; c.holidays_of(2026); sys.exit('holidays' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_municipality_sets_its_own_hours_and_closed_days() -> None:
    hours = CallingHours(
        weekday=Window(time(10), time(12)), closed=frozenset({date(2026, 11, 24)}), zone="Europe/Amsterdam"
    )
    own = Calendar(hours)
    assert not own.is_open(at("2026-11-23 09:59"))
    assert own.is_open(at("2026-11-23 10:00"))
    assert own.next_opening(at("2026-11-23 12:00")) == at("2026-11-25 10:00")
    assert own.is_working_day(date(2026, 11, 24))


def test_a_municipality_that_never_opens_is_told_so() -> None:
    never = frozenset(date(2026, 11, 1) + timedelta(days=ahead) for ahead in range(60))
    with pytest.raises(ValueError, match="open on no day"):
        Calendar(CallingHours(closed=never)).next_opening(at("2026-11-02 12:00"))


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        CALENDAR.is_open(datetime(2026, 11, 23, 12))  # noqa: DTZ001 (the point of the test)
