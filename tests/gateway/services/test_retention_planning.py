"""What a retention plan says: who is due and when, by reference, and that planning erases nothing."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.store import work
from gateway.store.change import Change
from schemas.audit import Act
from schemas.case import CaseState, CloseReason
from schemas.moments import instant, local_day, millis
from schemas.retention import HoldReason, Outcome, Terms, due_on, outcome_of
from tests.support.erasure import Archive
from tests.support.installation import START, Town, an_installation


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


@pytest.fixture
def archive(town: Town) -> Archive:
    return Archive(town)


def test_planning_erases_nothing_and_moves_nothing(town: Town, archive: Archive) -> None:
    archive.decide()
    case = archive.ended_case()
    town.clock.forward(days=190)
    before = (town.row(case), archive.blobs(case), archive.rows("gateway_tag"))
    archive.plans.plan(archive.rosa)
    assert (town.row(case), archive.blobs(case), archive.rows("gateway_tag")) == before


def test_a_case_is_due_on_its_day_and_not_a_day_before(town: Town, archive: Archive) -> None:
    archive.ended_case()
    town.clock.at = START.replace(year=2027, month=5, day=2, hour=23)
    assert archive.plans.plan(archive.rosa).due == {}
    town.clock.forward(hours=2)
    (line,) = archive.plans.plan(archive.rosa).lines
    assert (line.due, line.outcome) == (date(2027, 5, 3), Outcome.ZONDER_HULP)


def test_help_counts_from_the_day_that_social_work_took_over(town: Town, archive: Archive) -> None:
    case = town.help_request()
    acknowledged = town.house.now_ms()
    town.clock.forward(days=60)
    town.change(
        case,
        state="gesloten",
        close_reason="vervolghulp",
        closed_at=town.house.now_ms(),
        accepted_at=acknowledged,
    )
    taken = work.acknowledge(town.handover(case), acknowledged_at=acknowledged, acknowledged_by="sanne")
    town.house.store.commit(Change((taken,)))
    town.clock.forward(days=31)
    assert archive.plans.plan(archive.rosa).due == {}
    town.clock.forward(days=1)
    assert archive.plans.plan(archive.rosa).due == {"met_hulp": 1}


def test_a_running_case_is_never_due(town: Town, archive: Archive) -> None:
    town.urgent_person()
    town.help_request()
    town.clock.forward(days=3650)
    assert archive.plans.plan(archive.rosa).due == {}


def test_every_case_that_the_plan_names_is_in_the_log(town: Town, archive: Archive) -> None:
    case = archive.ended_case()
    town.clock.forward(days=190)
    (line,) = archive.plans.plan(archive.rosa).lines
    assert town.behind(archive.rosa, line.ref) == case
    (entry,) = town.log(Act.CASE_LISTED, town.subject(case))
    assert entry["pur"] == "toezien"
    assert town.log(Act.RETENTION_PLANNED)[-1]["n"] == 1


def test_what_is_held_is_listed_apart(town: Town, archive: Archive) -> None:
    case = archive.ended_case()
    archive.holds.place(archive.rosa, town.ref(archive.rosa, case, "toezien"), HoldReason.ARCHIEFWET)
    town.clock.forward(days=190)
    plan = archive.plans.plan(archive.rosa)
    assert (plan.lines, plan.held, len(plan.held_lines)) == ((), 1, 1)


_endings = st.tuples(
    st.sampled_from(list(CaseState)),
    st.sampled_from([None, *CloseReason]),
    st.booleans(),
    st.integers(0, 500),
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_endings, min_size=1, max_size=6))
def test_in_any_mix_exactly_what_is_due_is_erased(
    town: Town, archive: Archive, mix: list[tuple[CaseState, CloseReason | None, bool, int]]
) -> None:
    archive.decide()
    cases = town.bring([town.someone() for _ in mix])
    expected = set()
    today = local_day(town.clock())
    for case, (state, reason, accepted, ago) in zip(cases, mix, strict=True):
        closed = millis(town.clock() - timedelta(days=ago))
        town.change(
            case,
            state=state.value,
            close_reason=reason,
            closed_at=closed,
            accepted_at=closed if accepted else None,
        )
        if state in {CaseState.GESLOTEN, CaseState.INGETROKKEN}:
            outcome = outcome_of(state, reason, accepted=accepted)
            due = due_on(Terms(), outcome, local_day(instant(closed)), None, timedelta(hours=48))
            expected |= {case} if due <= today else set()
    subjects = {case: town.subject(case) for case in cases}
    assert archive.run().counts.get("dossiers", 0) == len(expected)
    left = {case for case in cases if archive.remaining(case, [subjects[case]])}
    assert left == set(cases) - expected
    for case in left:
        town.change(case, state="open", closed_at=None)
