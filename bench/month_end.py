"""The end of a month of 10,000 cases: plan, second person, run; every kind of ending there is, on the real use cases.

Run: ``./sluis bench month_end [--cases N]``. Target: at most 30 s for plan and run together, on the wall. The cases
are delivered, matched and routed by the service first (a minute or so); what a month of work did to them is written
behind its back.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.rig.targets import at_most, conclude
from gateway.services.month_end import MonthEndPlans, MonthEndRuns, MonthEndUndo
from gateway.store.change import Change, Update
from gateway.store.prepared import portions
from gateway.store.tables import CaseRow
from gateway.wiring import prepare_process
from tests.support.installation import TENANT, Town, an_installation

CASES, PORTION, MOST = 10_000, 2_500, 30.0

WORKED: Sequence[dict[str, Any]] = (
    {"state": "geweigerd", "attempts": 3, "reached": True, "offer_channel": "telefoon"},
    {"state": "betaald", "attempts": 1, "reached": True, "offer_channel": "telefoon"},
    {"state": "onbereikt", "attempts": 7, "offer_channel": "brief"},
    {"state": "onbereikt", "attempts": 7},
    {"state": "in_belronde", "attempts": 4},
    {"state": "belbaar"},
    {"state": "brief"},
    {"state": "sociaal_werk"},
    {"state": "geen_reactie", "attempts": 7, "reached": True, "offer_channel": "brief"},
    {"state": "ingetrokken"},
)
"""What became of each tenth of the cases: closed, written to, or left open at the end of the month."""


@dataclass
class Took:
    """Seconds on the wall and of the processor that one step took."""

    name: str
    wall: float
    cpu: float


def timed(name: str, work: Callable[[], Any]) -> tuple[Took, Any]:
    """Do one step with both clocks running."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    return Took(name, time.perf_counter() - wall, time.process_time() - cpu), result


def _somebody(town: Town, n: int) -> dict[str, str]:
    """Write a line about a person of an own name, at an own address."""
    name = "".join(chr(ord("a") + n // 26**place % 26) for place in range(4))
    return town.someone(
        achternaam=f"Van{name}sma",
        postcode=f"{2700 + n % 90}{chr(65 + n // 90 % 20)}{chr(65 + n // 1800 % 20)}",
        huisnummer=str(1 + n % 997),
    )


def fill(town: Town, cases: int) -> None:
    """Bring people in through the service, and let a month of work have been done to their cases."""
    for start in range(0, cases, PORTION):
        town.deliver([_somebody(town, n) for n in range(start, min(start + PORTION, cases))])
    opened = town.match().opened
    town.route(opened)
    for index, values in enumerate(WORKED):
        worked = dict(values)
        if "offer_channel" in worked:
            worked["offer_at"] = town.house.now_ms()
        for portion in portions(opened[index :: len(WORKED)]):
            key = {"tenant": TENANT, "case_id": list(portion)}
            town.house.store.commit(Change((Update(CaseRow, key, worked, rows=None),)))


def main() -> None:
    """Fill, plan, confirm, run, undo; print what each took."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cases", type=int, default=CASES)
    cases = parser.parse_args().cases
    prepare_process()
    with tempfile.TemporaryDirectory() as folder, an_installation(Path(folder)) as town:
        filled, _ = timed("fill", lambda: fill(town, cases))
        olga, piet = town.as_user("olga"), town.as_party("matching", "piet")
        plans, runs = MonthEndPlans(town.house, town.codes), MonthEndRuns(town.house)
        planned, plan = timed("plan", lambda: plans.plan(olga, f"{town.clock():%Y-%m}"))
        plans.confirm(piet, plan.plan_id)
        ran, done = timed("run", lambda: runs.run(piet, plan.plan_id))
        undone, _ = timed("undo", lambda: MonthEndUndo(town.house).undo(olga, plan.plan_id))
    for took in (filled, planned, ran, undone):
        print(f"{took.name:6}{took.wall:8.2f} s wall{took.cpu:8.2f} s cpu")
    print(f"{plan.cases} cases:", {action: sum(reasons.values()) for action, reasons in done.groups.items()})
    conclude([at_most(f"month end of {cases:,} cases", planned.wall + ran.wall, MOST, "s")])


if __name__ == "__main__":
    main()
