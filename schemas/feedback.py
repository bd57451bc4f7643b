"""What a partner hears about its own signals: how long it stays to be read, and how long collection pauses.

The words stand in ``schemas.transforms.FEEDBACK_CODES``: a closed list in which who refused and who was never reached
are one word. Source: docs/explanation/feedback.md (AVG art. 5(1)(b) and (c); national practice since 2021).
"""

from datetime import timedelta
from typing import Final

from schemas.moments import instant, local_day, millis

PAUSE: Final = timedelta(days=30)
"""A partner pauses collection for so long after its customer accepted help."""

VISIBLE: Final = timedelta(days=90)
"""So long a partner can read what it was told."""

STARTED: Final = "hulp_gestart"
"""The one word that a partner hears before month end: waiting would use up the pause."""


def paused_until(accepted_at: int) -> str:
    """Give the day (ISO) until which collection pauses, from the moment of acceptance (ms UTC)."""
    return (local_day(instant(accepted_at)) + PAUSE).isoformat()


def first_visible(now: int) -> int:
    """Give the moment (ms UTC) from which feedback can still be read."""
    return now - millis_of(VISIBLE)


def millis_of(term: timedelta) -> int:
    """Give a term in whole milliseconds."""
    return millis(instant(0) + term)
