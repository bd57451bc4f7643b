"""The team leader sees in time who will not get seven attempts, and when residents are reached; nobody is counted back."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.policy.calendar import Calendar
from gateway.services.callteam import CallTeam, TeamMonth
from gateway.services.dialling import Dialling
from gateway.services.results import Results
from schemas.audit import Act
from schemas.call import PER_DAY, Attempt, CallResult, DayPart, Outcome, reachable
from schemas.case import MAX_ATTEMPTS
from schemas.errors import Denied
from schemas.moments import AMSTERDAM
from tests.support.installation import Town

CALENDAR = Calendar()


def seen(town: Town, user: str = "vera") -> TeamMonth:
    return CallTeam(town.house, town.door, town.codes).month(town.as_user(user))


def end_of_november(hour: int = 10, day: int = 30) -> datetime:
    return datetime(2026, 11, day, hour, 0, tzinfo=AMSTERDAM)


# --- Who will miss seven ----------------------------------------------------------------------------------------------


def test_early_in_the_month_everybody_can_still_get_seven_attempts(town: Town) -> None:
    town.person()
    assert seen(town).missed == ()


def test_who_cannot_get_seven_any_more_is_on_the_list_by_reference_and_is_told_of(town: Town) -> None:
    case = town.person()
    town.clock.at = end_of_november()
    vera = town.as_user("vera")
    (ref,) = seen(town).missed
    assert town.behind(vera, ref) == case
    assert ref == town.ref(town.as_user("farid"), case, "bellen")
    entry = town.log(Act.CASE_LISTED, town.subject(case))[-1]
    assert (entry["gr"], entry["cat"]) == ("CC07", ["dossierkenmerk"])


def test_what_was_attempted_counts(town: Town) -> None:
    """With six made, one more fits in the last morning of the month; with five it does not all fit in its evening."""
    case = town.person()
    town.clock.at = end_of_november(day=2)
    for _ in range(6):
        while not (records := _leased(town)):
            town.clock.forward(hours=1)
        assert len(records) == 1
        Results(town.house, town.codes).record(
            town.as_user("farid"), records[0], CallResult(uitkomst=Outcome.VOICEMAIL)
        )
        town.clock.forward(hours=3)
    town.clock.at = end_of_november()
    assert town.row(case)["attempts"] == 6
    assert seen(town).missed == ()
    town.clock.at = end_of_november(hour=20) + timedelta(hours=1)
    assert len(seen(town).missed) == 1


def _leased(town: Town) -> list[str]:
    calendar = town.house.calendar
    town.clock.at = calendar.next_opening(town.clock.at)
    dialling = Dialling(town.house, town.door, town.codes)
    return [record.ref for record in dialling.lease(town.as_user("farid"), 1)]


@pytest.mark.parametrize("change", [{"phone_blocked": True}, {"protected": True}, {"state": "brief"}])
def test_who_may_not_be_called_misses_nothing(town: Town, change: dict[str, object]) -> None:
    town.change(town.person(), **change)
    town.clock.at = end_of_november()
    assert seen(town).missed == ()


MOMENTS = st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 30, 23)).map(  # noqa: DTZ001 (made local below)
    lambda moment: moment.replace(tzinfo=AMSTERDAM)
)


@settings(max_examples=40)
@given(MOMENTS, st.integers(0, MAX_ATTEMPTS))
def test_what_is_said_to_be_possible_is_within_the_rules_and_shrinks_with_the_month(
    now: datetime, made: int
) -> None:
    past = [Attempt(now - timedelta(days=20 - n), DayPart.OCHTEND) for n in range(made)]
    ends = datetime(2026, 12, 1, tzinfo=AMSTERDAM)

    def possible(moment: datetime) -> int:
        return reachable(past, moment, ends, CALENDAR.next_opening, CALENDAR.daypart)

    days = {(now + timedelta(days=n)).date() for n in range(31) if now + timedelta(days=n) < ends}
    open_days = sum(CALENDAR.window(day) is not None for day in days)
    assert made <= possible(now) <= min(MAX_ATTEMPTS, made + PER_DAY * open_days)
    assert possible(now + timedelta(days=2)) <= possible(now)
    assert possible(ends) == made


# --- When residents are reached -----------------------------------------------------------------------------------------


def call_many(town: Town, count: int, outcome: Outcome) -> None:
    town.bring([town.someone() for _ in range(count)])
    for _ in range(count):
        town.call(outcome, verified=False)


def test_attempts_by_part_of_day_and_reach_by_hour_are_classes(town: Town) -> None:
    call_many(town, 10, Outcome.ANDERE_TAAL)
    shown = seen(town)
    assert shown.month == "2026-11"
    assert set(shown.dayparts) == {DayPart.OCHTEND}
    assert set(shown.hours) == {10}
    band = shown.hours[10]
    assert band.attempts is not None
    assert not band.attempts.isdigit()


def test_a_small_group_is_not_counted_for_anybody(town: Town) -> None:
    call_many(town, 9, Outcome.VOICEMAIL)
    shown = seen(town)
    assert [(band.attempts, band.reached) for band in shown.hours.values()] == [(None, None)]


def test_attempts_of_another_month_or_of_residents_who_rang_do_not_count(town: Town) -> None:
    call_many(town, 10, Outcome.VOICEMAIL)
    town.clock.at = datetime(2026, 12, 1, 10, 0, tzinfo=AMSTERDAM)
    assert seen(town).hours == {}


# --- Who may look ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("user", ["farid", "ineke", "olga"])
def test_only_the_leader_of_the_calling_team_sees_it_and_a_refusal_is_in_the_log(
    town: Town, user: str
) -> None:
    town.person()
    with town.nothing_changes(), pytest.raises(Denied):
        seen(town, user)
    assert town.log()[-1]["dec"] == "deny"
