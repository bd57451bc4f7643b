"""A matching run of the service: 500 new signals against a full store of 200,000 sealed ones.

Run: ``./sluis bench match [--known N] [--home DIR]``. Target: at most 0.5 s a run, from the first query to the
commit, on the wall. The store is filled first (minutes); with ``--home`` it is kept there, and the next time taken
from there.
How good the rules are is measured by ``./sluis bench matching``.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.matching import NEW, make
from bench.rig import history
from bench.rig.targets import at_most, conclude
from gateway.demo.people import Temper
from gateway.matching.normalise import PersonFacts
from gateway.services.matching import MatchRun
from gateway.settings import Settings
from gateway.wiring import prepare_process
from tests.support.installation import START, TENANT, BusinessClock, Town, an_installation

SEED, TARGET = 637, 0.5


@dataclass
class Clock:
    """Splits a run at its calls to the store, the keys and the tags; CPU seconds of the whole process."""

    steps: list[tuple[str, float]] = field(default_factory=list)

    def step(self, name: str) -> None:
        """A part begins here, unless it is the same as the one before."""
        if not self.steps or self.steps[-1][0] != name:
            self.steps.append((name, time.process_time()))

    def parts(self) -> Iterator[tuple[str, float]]:
        """Name and CPU seconds of each part, in order."""
        self.steps.append(("", time.process_time()))
        for (name, began), (_, ended) in zip(self.steps, self.steps[1:], strict=False):
            yield name, ended - began


class Watched:
    """A part of the installation whose calls begin a new part of the run."""

    def __init__(self, part: object, clock: Clock, names: dict[str, str]) -> None:
        self._part, self._clock, self._names = part, clock, names

    def __getattr__(self, name: str) -> Any:
        """Give what the part has, after a mark on the clock where it is one of the calls to watch."""
        if name in self._names:
            self._clock.step(self._names[name])
        return getattr(self._part, name)


def measured(town: Town) -> tuple[MatchRun, Clock]:
    """The use case over an installation whose parts are watched."""
    clock, house = Clock(), town.house
    watched: dict[str, Any] = {
        "store": Watched(house.store, clock, {"read": "query", "commit": "commit"}),
        "vault": Watched(house.vault, clock, {"open_many": "open, normalise"}),
        "tags": Watched(house.tags, clock, {"search": "tags", "resolve_many": "follow pointers"}),
    }
    return MatchRun(replace(house, **watched)), clock


def month(town: Town, facts: Sequence[PersonFacts]) -> float:
    """Deliver a month, match it, print what it took, answer its questions; gives seconds on the wall."""
    history.deliver(town, facts)
    run, clock = measured(town)
    wall, cpu = time.perf_counter(), time.process_time()
    report = run.start(town.as_user("olga"))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    parts = ", ".join(f"{name} {seconds * 1e3:.0f}" for name, seconds in clock.parts())
    history.settle(town)
    print(
        f"{report.signals} new: {report.links} links, {report.proposals} proposals, {report.joined} joined a running"
        f" case, {len(report.opened)} cases to route: {cpu:.2f} s CPU, {wall:.2f} s wall\n  ms CPU: {parts}"
    )
    return wall


@contextmanager
def filled(home: Path | None, known: int, fill: Callable[[Town], None]) -> Iterator[Town]:
    """An installation with a past: a copy of the kept one, or a new one."""
    with tempfile.TemporaryDirectory(prefix="sluis-bench-") as folder:
        place = Path(folder)
        if home is None or not home.exists():
            with an_installation(place, expected_subjects=known) as town:
                fill(town)
            if home is not None:
                shutil.copytree(place / "sluis", home)
        else:
            shutil.copytree(home, place / "sluis")
        settings = Settings(home=place / "sluis", tenant=TENANT, demo=True, expected_subjects=known)
        with Town(settings, BusinessClock(START)) as town:
            prepare_process()
            yield town


def main() -> None:
    """Fill, then match four months one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--known", type=int, default=200_000)
    parser.add_argument("--home", type=Path)
    asked = parser.parse_args()
    world = make(SEED, Temper(), asked.known)

    def fill(town: Town) -> None:
        began = time.perf_counter()
        ids = history.deliver(town, world.known)
        delivered = time.perf_counter() - began
        history.remember(town, world, ids)
        took = time.perf_counter() - began
        print(f"{len(ids):,} signals delivered in {delivered:.0f} s, with their past in {took:.0f} s")

    with filled(asked.home, asked.known, fill) as town:
        print(f"{NEW} new signals against {asked.known:,}; tags of {town.house.tags.bits} bits")
        worst = max(month(town, facts) for facts in world.months)
    conclude(
        [at_most(f"match: {NEW} new against {asked.known:,}, the worst of four runs", worst, TARGET, "s")]
    )


if __name__ == "__main__":
    main()
