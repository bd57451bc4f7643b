"""The legal clocks of a case as they stand now, counted in the working days of the calendar."""

from gateway.installation import Installation
from gateway.store.change import Row
from schemas.clocks import Clock, Running
from schemas.moments import instant, local_day


def running(house: Installation, case: Row, handover: Row | None) -> tuple[Running, ...]:
    """Give the clocks that still run, with how far they have run."""
    threatening = handover is not None and bool(handover["threatening"])
    today = local_day(house.now())
    return tuple(
        Running(
            clock=clock,
            due=due,
            days=house.calendar.working_days_to(today, local_day(instant(due))),
            over=house.now_ms() > due,
            threatening=threatening,
        )
        for clock, due in dues(case, handover).items()
    )


def dues(case: Row, handover: Row | None) -> dict[Clock, int]:
    """Give the last moment (ms UTC) of each clock that was not met, nor ended with the help (Wgs art. 3, 4, 4a)."""
    found: dict[Clock, int | None] = {Clock.AANBOD: None if case["offer_at"] else case["offer_due"]}
    if handover is not None and handover["settled_at"] is None:
        talked = handover["first_talk_at"] is not None
        found[Clock.EERSTE_GESPREK] = None if talked else handover["first_talk_due"]
        found[Clock.BESCHIKKING] = handover["decision_due"]
    return {clock: due for clock, due in found.items() if due is not None}
