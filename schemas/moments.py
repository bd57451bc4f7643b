"""Instants as the tables keep them (ms UTC) and days as residents live them (Europe/Amsterdam)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def millis(moment: datetime) -> int:
    """Turn an aware instant into milliseconds since the epoch."""
    return int(moment.timestamp() * 1000)


def instant(ms: int) -> datetime:
    """Turn milliseconds since the epoch into an aware instant in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)


def local(moment: datetime) -> datetime:
    """Give the wall time in the Netherlands at an instant."""
    return moment.astimezone(AMSTERDAM)


def local_day(moment: datetime) -> date:
    """Give the day it is in the Netherlands at an instant."""
    return local(moment).date()


def month_of(moment: datetime) -> str:
    """Give the month (YYYY-MM) it is in the Netherlands at an instant."""
    return local(moment).strftime("%Y-%m")
