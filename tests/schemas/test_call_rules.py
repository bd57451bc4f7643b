"""What a call result says, and when the next attempt may be made."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.policy.calendar import Calendar
from schemas.call import (
    CONSEQUENCES,
    MIN_GAP,
    PER_DAY,
    Attempt,
    CallResult,
    DayPart,
    Outcome,
    next_attempt,
    refuse_attempt,
)
from schemas.case import MAX_ATTEMPTS, CaseEvent
from schemas.moments import AMSTERDAM

CALENDAR = Calendar()
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=AMSTERDAM)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(  # noqa: DTZ001 (the zone follows)
    lambda moment: moment.replace(tzinfo=AMSTERDAM)
)


def attempt(moment: datetime, *, inbound: bool = False) -> Attempt:
    return Attempt(moment, CALENDAR.daypart(moment), inbound)


def refused(made: list[Attempt], moment: datetime) -> str | None:
    return refuse_attempt(made, moment, CALENDAR.daypart(moment))


def attempts(*hours: float) -> list[Attempt]:
    """Attempts at hours counted from Monday morning ten o'clock."""
    return [attempt(MONDAY + timedelta(hours=hour)) for hour in hours]


def test_every_outcome_has_a_consequence() -> None:
    assert set(CONSEQUENCES) == set(Outcome)


def test_only_a_verified_resident_refuses_or_has_paid() -> None:
    assert {o for o, c in CONSEQUENCES.items() if c.verified} == {
        Outcome.GEVERIFIEERD_GEWEIGERD,
        Outcome.ZELF_BETAALD,
    }


def test_a_help_request_needs_no_formality() -> None:
    assert not CONSEQUENCES[Outcome.HULPVRAAG].verified


def test_an_objection_a_death_and_a_threat_close_the_telephone() -> None:
    assert {o for o, c in CONSEQUENCES.items() if c.blocks_phone} == {
        Outcome.BEZWAAR,
        Outcome.NIET_BELLEN,
        Outcome.OVERLEDEN_GEMELD,
        Outcome.DREIGING,
    }


def test_nobody_was_reached_by_a_machine_or_a_stranger() -> None:
    assert {o for o, c in CONSEQUENCES.items() if not c.reached} == {
        Outcome.NIET_OPGENOMEN,
        Outcome.VOICEMAIL,
        Outcome.FOUT_NUMMER,
    }


def test_what_goes_wrong_on_the_phone_goes_to_people_and_not_round_again() -> None:
    for outcome in (Outcome.ANDERE_TAAL, Outcome.OVERLEDEN_GEMELD, Outcome.DREIGING):
        assert CONSEQUENCES[outcome].event is CaseEvent.ROUTE_SOCIAAL_WERK


def test_the_first_attempt_may_be_made_at_once() -> None:
    assert refused([], MONDAY) is None
    assert next_attempt([], MONDAY, CALENDAR.daypart) == MONDAY


@pytest.mark.parametrize(
    ("made", "hour", "reason"),
    [
        (attempts(0), 1, "te_kort_na_vorige"),
        (attempts(0), 1.9, "te_kort_na_vorige"),
        (attempts(-1.5), 1, "vandaag_al_geprobeerd"),
        (attempts(0), 3, None),
        (attempts(0, 3), 9, "vandaag_al_geprobeerd"),
        (attempts(0, 24), 48, "ander_dagdeel_eerst"),
        (attempts(0, 24), 52, None),
        (attempts(0, 4, 24), 48, None),
        (attempts(0), 24, None),
    ],
)
def test_attempts_are_spread(made: list[Attempt], hour: float, reason: str | None) -> None:
    assert refused(made, MONDAY + timedelta(hours=hour)) == reason


@pytest.mark.parametrize("count", range(MAX_ATTEMPTS + 2))
def test_after_seven_attempts_there_is_no_next_one(count: int) -> None:
    made = [attempt(MONDAY + timedelta(days=n, hours=4 * (n % 2))) for n in range(count)]
    later = MONDAY + timedelta(days=count + 30)
    assert (refused(made, later) == "pogingen_op") == (count >= MAX_ATTEMPTS)


def test_a_resident_who_calls_back_uses_up_none_of_the_seven() -> None:
    made = [attempt(MONDAY + timedelta(days=n, hours=4 * (n % 2))) for n in range(6)]
    rung = [attempt(MONDAY + timedelta(days=7 + n), inbound=True) for n in range(3)]
    later = MONDAY + timedelta(days=30, hours=4)
    assert refused([*made, *rung], later) is None
    assert refused([*made, *rung, attempt(later)], later + timedelta(days=9, hours=-4)) == "pogingen_op"


def test_whoever_rang_just_now_is_not_called_at_once() -> None:
    made = [attempt(MONDAY, inbound=True)]
    assert refused(made, MONDAY + timedelta(minutes=30)) == "te_kort_na_vorige"


def _open(moment: datetime) -> datetime:
    return CALENDAR.next_opening(moment).astimezone(AMSTERDAM)


def _eager(start: datetime) -> list[Attempt]:
    """Call as early and as often as rule and window allow, for three weeks."""
    made: list[Attempt] = []
    moment = _open(start)
    while moment < start + timedelta(days=21):
        if refused(made, moment) is None:
            made.append(attempt(moment))
        moment = _open(max(moment + timedelta(minutes=20), next_attempt(made, moment, CALENDAR.daypart)))
    return made


@given(MOMENTS)
@settings(max_examples=40, deadline=None)
def test_however_eager_the_call_center_is_a_resident_is_called_seven_times_and_spread(
    start: datetime,
) -> None:
    made = _eager(start)
    assert len(made) == MAX_ATTEMPTS
    per_day = [sum(one.at.date() == day for one in made) for day in {one.at.date() for one in made}]
    assert max(per_day) <= PER_DAY
    assert len({(one.at.date(), one.daypart) for one in made}) == MAX_ATTEMPTS
    assert all(later.at - earlier.at >= MIN_GAP for earlier, later in pairwise(made))
    assert all(
        len({a.daypart, b.daypart, c.daypart}) > 1 for a, b, c in zip(made, made[1:], made[2:], strict=False)
    )
    assert all(CALENDAR.is_open(one.at) for one in made)
    assert made[-1].at - made[0].at < timedelta(days=14)


@given(st.lists(MOMENTS, max_size=6), MOMENTS)
@settings(max_examples=150, deadline=None)
def test_the_next_attempt_is_one_that_may_be_made_and_no_earlier_hour_may(
    moments: list[datetime], now: datetime
) -> None:
    made = [attempt(moment) for moment in sorted(moments) if moment <= now]
    found = next_attempt(made, now, CALENDAR.daypart)
    assert found >= now
    assert refused(made, found) is None
    hour = now
    while hour < found:
        assert refused(made, hour) is not None
        hour = hour.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


@given(st.lists(MOMENTS, min_size=8, max_size=10))
@settings(max_examples=40, deadline=None)
def test_no_pattern_of_seven_attempts_allows_another(moments: list[datetime]) -> None:
    *made, now = sorted(moments)
    assert refused([attempt(moment) for moment in made], now) == "pogingen_op"


@pytest.mark.parametrize(
    "night",
    [datetime(2026, 3, 28, 20, tzinfo=AMSTERDAM), datetime(2026, 10, 24, 16, 30, tzinfo=AMSTERDAM)],
)
def test_the_nights_on_which_the_clock_moves_stop_nothing(night: datetime) -> None:
    made = [attempt(night)]
    found = next_attempt(made, night, CALENDAR.daypart)
    assert refused(made, found) is None
    assert found - night <= timedelta(days=1)


GOOD: dict[str, Any] = {
    "uitkomst": "terugbellen",
    "besteMoment": "na zessen",
    "omschrijving": "Wil graag hulp",
    "terugbellenOp": "2026-11-03T10:00:00+01:00",
    "tipsGegeven": True,
}


def test_a_result_reads_the_names_of_the_interface() -> None:
    result = CallResult.model_validate(GOOD)
    assert (result.uitkomst, result.beste_moment, result.tips_gegeven) == (
        Outcome.TERUGBELLEN,
        "na zessen",
        True,
    )
    assert result.terugbellen_op == datetime(2026, 11, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {"uitkomst": "opgehangen"},
        {"uitkomst": None},
        {"omschrijving": "x" * 2001},
        {"besteMoment": "x" * 81},
        {"terugbellenOp": "2026-11-03T10:00:00"},
        {"naam": "Adelaar"},
        {"tipsGegeven": "vast wel"},
    ],
)
def test_a_result_that_does_not_fit_is_refused_without_an_echo(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as problem:
        CallResult.model_validate({**GOOD, **changes})
    assert "xxxx" not in str(problem.value)
    assert "Adelaar" not in str(problem.value)


def test_a_result_holds_at_most_what_was_agreed() -> None:
    assert CallResult.model_validate({**GOOD, "omschrijving": "é" * 280}).omschrijving == "é" * 280
    assert set(CallResult.model_fields) == {
        "uitkomst",
        "beste_moment",
        "omschrijving",
        "terugbellen_op",
        "tips_gegeven",
        "tipkaart",
        "nummer",
    }


def test_parts_of_the_day_are_those_of_the_national_model() -> None:
    assert [part.value for part in DayPart] == ["ochtend", "middag", "avond"]
