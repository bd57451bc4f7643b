"""Instants as the tables keep them (ms UTC) and days as residents live them (Europe/Amsterdam)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def millis(moment: datetime) -> int:
    """Turn an aware instant into milliseconds since the epoch, whole ones: floats would lose one now and then."""
    return (moment - _EPOCH) // _MILLISECOND


def instant(ms: int) -> datetime:
    """Turn milliseconds since the epoch into an aware instant in UTC."""
    return _EPOCH + ms * _MILLISECOND


def local(moment: datetime) -> datetime:
    """Give the wall time in the Netherlands at an instant."""
    return moment.astimezone(AMSTERDAM)


def local_day(moment: datetime) -> date:
    """Give the day it is in the Netherlands at an instant."""
    return local(moment).date()


def span_of(month: str) -> tuple[int, int]:
    """Give the beginning and the end of a month (YYYY-MM) in the Netherlands as ms UTC; the end is outside it."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=AMSTERDAM)
    following = (first + timedelta(days=31)).replace(day=1)
    return millis(first), millis(following)


def month_of(moment: datetime) -> str:
    """Give the month (YYYY-MM) it is in the Netherlands at an instant."""
    return local(moment).strftime("%Y-%m")
