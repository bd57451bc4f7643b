"""A month end that breaks off, or runs twice at once, ends as if it had run once."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.installation import Installation
from gateway.services.month_end import MonthEndPlans, MonthEndRuns, MonthEndUndo, Summary
from gateway.services.month_end.summary import CHUNK
from gateway.store.change import Change
from schemas.audit import Act
from schemas.errors import Conflict
from schemas.month_end import PlanState
from tests.support.crowds import crowd, states_of
from tests.support.erasure import Interrupted, PowerCut, power_cut
from tests.support.installation import Town, an_installation

MONTH = "2026-11"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with an_installation(tmp_path) as opened:
        yield opened


def agreed(town: Town) -> Summary:
    plans = MonthEndPlans(town.house, town.codes)
    plan = plans.plan(town.as_party("matching", user="olga"), MONTH)
    return plans.confirm(town.as_party("matching", user="piet"), plan.plan_id)


def interrupted(town: Town, at: int, *, after: bool) -> Installation:
    store: Any = Interrupted(town.house.store, at, power_cut, after=after)
    return replace(town.house, store=store)


def mixed(town: Town) -> dict[str, int]:
    """Make four cases, two that may close and two that get a letter; gives what they become."""
    offered = town.house.now_ms()
    crowd(town, ["onbereikt", "geweigerd"], offer_at=offered)
    crowd(town, ["onbereikt", "in_belronde"])
    return {"gesloten": 2, "brief": 2}


def counted(town: Town) -> dict[str, int]:
    with town.house.store.read() as connection:
        rows = connection.exec_driver_sql("SELECT state, count(*) FROM gateway_case GROUP BY state").all()
    return {str(state): n for state, n in rows}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("commit", [1, 2, 3])
def test_a_run_that_breaks_off_is_finished_by_running_it_again(
    town: Town,
    commit: int,
    after: bool,
) -> None:
    expected, plan = mixed(town), agreed(town)
    piet = town.as_party("matching", user="piet")
    with pytest.raises(PowerCut):
        MonthEndRuns(interrupted(town, commit, after=after)).run(piet, plan.plan_id)
    if commit == 3 and after:
        with pytest.raises(Conflict):
            MonthEndRuns(town.house).run(piet, plan.plan_id)
    else:
        MonthEndRuns(town.house).run(piet, plan.plan_id)
    assert counted(town) == expected
    assert [e["n"] for e in town.log(Act.MONTH_END_RUN) if e.get("rsn") == MONTH] == [2]
    assert len(town.log(Act.LETTER_ORDERED)) == 2
    with town.house.store.read() as connection:
        kinds = connection.exec_driver_sql("SELECT kind, counts FROM gateway_run").all()
    assert [tuple(row) for row in kinds] == [("brieven", '{"brieven":2}')]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("commit", [1, 2])
def test_an_undo_that_breaks_off_is_finished_by_undoing_again(
    town: Town,
    commit: int,
    after: bool,
) -> None:
    mixed(town)
    before, plan = counted(town), agreed(town)
    piet = town.as_party("matching", user="piet")
    MonthEndRuns(town.house).run(piet, plan.plan_id)
    with pytest.raises(PowerCut):
        MonthEndUndo(interrupted(town, commit, after=after)).undo(piet, plan.plan_id)
    if commit == 2 and after:
        with pytest.raises(Conflict):
            MonthEndUndo(town.house).undo(piet, plan.plan_id)
    else:
        undone = MonthEndUndo(town.house).undo(piet, plan.plan_id)
        assert (undone.state, undone.outcomes) == (PlanState.TERUGGEDRAAID, {"hersteld": 4})
    assert counted(town) == before


def test_two_runs_at_once_close_every_case_once(town: Town) -> None:
    made = crowd(town, ["onbereikt"] * 40, offer_at=town.house.now_ms())
    plan, piet = agreed(town), town.as_party("matching", user="piet")
    runs = [MonthEndRuns(town.house) for _ in range(3)]

    def attempt(run: MonthEndRuns) -> str:
        try:
            return run.run(piet, plan.plan_id).state
        except Conflict as late:
            return late.code

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(attempt, runs))
    assert "uitgevoerd" in answers
    assert set(answers) <= {"uitgevoerd", "al_uitgevoerd"}
    assert Counter(states_of(town, made).values()) == {"gesloten": 40}
    closed = [entry for entry in town.log(Act.MONTH_END_RUN) if entry.get("rsn") == "definitief_geen_contact"]
    assert len(closed) == 40


def test_a_month_of_more_than_one_chunk_closes_whole(town: Town) -> None:
    made = crowd(
        town, ["onbereikt", "geweigerd", "sociaal_werk"] * (CHUNK // 2), offer_at=town.house.now_ms()
    )
    assert len(made) > CHUNK
    plan, piet = agreed(town), town.as_party("matching", user="piet")
    assert plan.cases == len(made)
    done = MonthEndRuns(town.house).run(piet, plan.plan_id)
    assert done.outcomes == {"gedaan": len(made)}
    assert Counter(states_of(town, made).values()) == {"gesloten": CHUNK, "sociaal_werk": CHUNK // 2}
    MonthEndUndo(town.house).undo(piet, plan.plan_id)
    assert Counter(states_of(town, made).values()) == Counter(
        {"onbereikt": CHUNK // 2, "geweigerd": CHUNK // 2, "sociaal_werk": CHUNK // 2}
    )


def test_the_pages_of_a_plan_show_every_case_once_and_what_changes_first(town: Town) -> None:
    crowd(town, ["onbereikt", "sociaal_werk"] * 75, offer_at=town.house.now_ms())
    plans, olga = MonthEndPlans(town.house, town.codes), town.as_party("matching", user="olga")
    plan = plans.plan(olga, MONTH)
    pages = [plans.lines(olga, plan.plan_id, page) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [100, 50, 0]
    lines = [line for page in pages for line in page]
    assert len({line.ref for line in lines}) == 150
    assert [line.action for line in lines] == ["sluiten"] * 75 + ["blijft_open"] * 75


def test_a_case_that_never_stands_still_is_left_alone(town: Town) -> None:
    made = crowd(town, ["onbereikt"], offer_at=town.house.now_ms())
    plan, piet = agreed(town), town.as_party("matching", user="piet")
    MonthEndRuns(town.house)._begin(piet, plan.plan_id)
    house = replace(town.house, store=_Restless(town, lambda: town.change(made[0], urgent=True)))
    done = MonthEndRuns(house).run(piet, plan.plan_id)
    assert done.outcomes == {"overgeslagen": 1}
    assert states_of(town, made) == {made[0]: "onbereikt"}


class _Restless:
    """A store before whose every commit somebody moves a case."""

    def __init__(self, town: Town, action: Callable[[], object]) -> None:
        self._store: Any = town.house.store
        self._action = action

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, change: Change) -> object:
        self._action()
        return self._store.commit(change)
