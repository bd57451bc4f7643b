"""Calling windows, parts of the day and working days, in the time of Amsterdam with daylight saving right.

Holidays are those of the Algemene termijnenwet art. 3 (with Good Friday and every 5 May), so that a window and a
legal term never disagree. Windows are settings; all instants are aware, and the business clock is passed in.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from schemas.call import DayPart

SATURDAY: Final = 5
NOON: Final = 12
EVENING: Final = 18
_LOOK_AHEAD: Final = 30


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a day in local time; ``opens`` is inside, ``closes`` is not."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class CallingHours:
    """When may be called: per kind of day, never on Sundays and holidays, plus days the municipality adds."""

    weekday: Window = Window(time(8, 30), time(21, 0))
    saturday: Window = Window(time(9, 0), time(17, 0))
    closed: frozenset[date] = field(default_factory=frozenset)
    zone: str = "Europe/Amsterdam"


@lru_cache(maxsize=32)
def holidays_of(year: int) -> frozenset[date]:
    """List the public holidays of a year (Algemene termijnenwet art. 3, Good Friday and 5 May included).

    The law's list is computed here: the library that knows every country takes 37 MB and 0.3 s for eleven days a
    year. It stays the oracle of the tests.
    """
    easter = _easter(year)
    moving = (easter + timedelta(days=after) for after in (-2, 0, 1, 39, 49, 50))
    fixed = (date(year, month, day) for month, day in ((1, 1), (5, 5), (12, 25), (12, 26)))
    return frozenset((*fixed, *moving, _kings_day(year)))


def _kings_day(year: int) -> date:
    """27 April, or the day before when that is a Sunday."""
    day = date(year, 4, 27)
    return day - timedelta(days=1) if day.weekday() > SATURDAY else day


def _easter(year: int) -> date:
    """Find Easter Sunday by the anonymous Gregorian computus (Meeus, Astronomical Algorithms, ch. 8)."""
    golden, (century, rest) = year % 19, divmod(year, 100)
    leaps, era = divmod(century, 4)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - correction + 15) % 30
    quarter, left = divmod(rest, 4)
    weekday = (32 + 2 * era + 2 * quarter - epact - left) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


class Calendar:
    """Answers about days and hours for one municipality's calling hours."""

    def __init__(self, hours: CallingHours | None = None) -> None:
        self._hours = hours or CallingHours()
        self._zone = ZoneInfo(self._hours.zone)

    def local(self, at: datetime) -> datetime:
        """Give an aware instant in local time.

        Raises:
            ValueError: the instant has no zone; guessing one would move a window.
        """
        if at.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return at.astimezone(self._zone)

    def window(self, day: date) -> Window | None:
        """Give the calling window of a day, or None when nobody may be called."""
        if day.weekday() > SATURDAY or day in holidays_of(day.year) or day in self._hours.closed:
            return None
        return self._hours.saturday if day.weekday() == SATURDAY else self._hours.weekday

    def is_open(self, at: datetime) -> bool:
        """Say whether a call may begin at this instant."""
        local = self.local(at)
        window = self.window(local.date())
        return window is not None and window.opens <= local.time() < window.closes

    def next_opening(self, at: datetime) -> datetime:
        """Give the first instant from ``at`` on which a call may begin: ``at`` itself when open.

        Raises:
            ValueError: nothing opens within a month (the municipality closed every day).
        """
        local = self.local(at)
        for ahead in range(_LOOK_AHEAD):
            day = local.date() + timedelta(days=ahead)
            window = self.window(day)
            if window is None or (ahead == 0 and local.time() >= window.closes):
                continue
            return max(local, datetime.combine(day, window.opens, tzinfo=self._zone))
        raise ValueError("the calling hours open on no day of the coming month")

    def daypart(self, at: datetime) -> DayPart:
        """Name the part of the day: morning before 12:00, afternoon before 18:00, then evening (DDAS)."""
        hour = self.local(at).hour
        if hour < NOON:
            return DayPart.OCHTEND
        return DayPart.MIDDAG if hour < EVENING else DayPart.AVOND

    def is_working_day(self, day: date) -> bool:
        """Say whether a day is not a Saturday, Sunday or holiday (Algemene termijnenwet)."""
        return day.weekday() < SATURDAY and day not in holidays_of(day.year)

    def add_working_days(self, start: date, count: int) -> date:
        """Give the last day of a term of ``count`` working days; the day it starts does not count."""
        day, left = start, count
        while left > 0:
            day += timedelta(days=1)
            left -= self.is_working_day(day)
        return day

    def working_days_to(self, start: date, end: date) -> int:
        """Count the working days from the day after ``start`` up to and with ``end``; negative when it has been."""
        first, last = min(start, end), max(start, end)
        days = (first + timedelta(days=ahead) for ahead in range(1, (last - first).days + 1))
        count = sum(self.is_working_day(day) for day in days)
        return count if start <= end else -count

    def term_end(self, start: date, days: int) -> date:
        """Give the last day of a term in calendar days, moved to the next working day (Termijnenwet art. 1)."""
        day = start + timedelta(days=days)
        return day if self.is_working_day(day) else self.add_working_days(day, 1)
