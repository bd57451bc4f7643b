"""kill -9 of a real server under load, again and again: what it acknowledged must be there, what it showed in the log.

Run: ./sluis torture [--cycles 100] [--seed N] [--fault early|piecemeal|forgetful]. With a planted fault the answer
must be no. Each cycle: nine clients deliver, match, call, divide and read; the server dies, at a moment of chance or
at a chosen stage of a group commit; another is started, some of which die in turn before they are ready; and
everything is held against what the clients remember.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from statistics import median

from bench.rig import crash_server
from bench.rig.crash_check import Inspector
from bench.rig.crash_load import Load
from bench.rig.crash_stores import FAULTS, STAGES, Death
from schemas.moments import AMSTERDAM

FIRST = datetime(2026, 10, 5, 10, 0, tzinfo=AMSTERDAM)
_HOURS = (10, 14, 19)
_FRIDAY = 4
_ANSWERS = (10, 150)
"""Between how many answers a server is killed: some in their first breath, some in full swing."""

_REACHED = (1, 60)
"""Between how many times a server reaches the stage where it dies by itself."""

_FROM_OUTSIDE = 0.5
"""How many of the deaths come at a moment of chance; the others at a stage of a group commit."""

_STILLBORN = 0.2
_BIRTH = 0.5
"""How often a new server dies before it is ready, and within how many seconds."""

_PATIENCE = 20.0
Say = Callable[[str], None]


@dataclass(slots=True)
class Verdict:
    """What a run came to; ``wrong`` lists every broken promise."""

    cycles: int = 0
    seconds: float = 0.0
    deaths: Counter[str] = field(default_factory=Counter)
    stillborn: int = 0
    cut: list[int] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)
    promises: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    entries: int = 0
    repeated: int = 0
    restart_ms: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Torture:
    """One installation, its clients and its inspector, through as many deaths as asked."""

    def __init__(self, folder: Path, seed: int, fault: str = "") -> None:
        self._site, cast = crash_server.found(folder / "home", FIRST)
        self._will = folder / "will"
        self._chance = random.Random(f"{seed}/dood")
        self._fault = FAULTS[fault] if fault else None
        self._load, self._inspector = Load(self._site.origin, cast, seed), Inspector(self._site)
        self._moments = _moments()
        self.verdict = Verdict()

    def run(self, cycles: int, say: Say) -> Verdict:
        """Kill and check; stops at the first cycle in which something is wrong."""
        verdict, began = self.verdict, time.perf_counter()
        process = self._start()
        try:
            while verdict.cycles < cycles and not verdict.wrong:
                self._work(process)
                process = self._start()
                self._judge()
                say(
                    f"{verdict.cycles:4}  {sum(verdict.promises.values()):7} promises  {len(verdict.wrong)} wrong"
                )
            verdict.wrong += [] if verdict.wrong else self._inspector.inspect(self._load.history)
            verdict.entries = self._inspector.entries()
        except crash_server.NotStartedError:
            verdict.wrong.append("log: the next server refuses to open what this one left")
        finally:
            process.kill()
            process.join()
            self._load.close()
            self._inspector.close()
        verdict.seconds = time.perf_counter() - began
        return verdict

    def _start(self) -> BaseProcess:
        """Start a server, after those that are stillborn; some carry their death in them."""
        self._at = next(self._moments)
        while self._chance.random() < _STILLBORN:
            crash_server.stillborn(self._site, self._at, self._chance.uniform(0, _BIRTH))
            self.verdict.stillborn += 1
        began = time.perf_counter()
        self._death = None if self._fault or self._chance.random() < _FROM_OUTSIDE else self._fate()
        process = crash_server.start(self._site, self._at, self._fault or self._death)
        self.verdict.restart_ms.append((time.perf_counter() - began) * 1e3)
        return process

    def _fate(self) -> Death:
        return Death(self._chance.choice(STAGES), self._chance.randint(*_REACHED), self._will)

    def _work(self, process: BaseProcess) -> None:
        """Let everybody work until the process is dead: by itself, or at a moment of chance."""
        answered = self._load.history.statuses
        enough = answered.total() + self._chance.randint(*_ANSWERS)
        until = time.monotonic() + _PATIENCE
        self._will.touch()
        everybody = self._load.begin(self._at.date())
        while process.is_alive() and time.monotonic() < until and (self._death or answered.total() < enough):
            time.sleep(self._chance.uniform(0.001, 0.02))
        process.kill()
        process.join()
        self.verdict.cut.append(sum(one.result() for one in everybody))
        self._bury()

    def _bury(self) -> None:
        stage, group = self._will.read_text(encoding="ascii").split() or ("chance", "0")
        self._will.unlink()
        self.verdict.deaths[stage] += 1
        self.verdict.groups += [int(group)] if int(group) else []

    def _judge(self) -> None:
        verdict, history = self.verdict, self._load.history
        first = (sum(verdict.promises.values()), sum(verdict.shown.values()))
        repeated = self._load.repeat()
        verdict.wrong += [
            f"lost: the delivery with key {key}" for key, whole in repeated.items() if not whole
        ]
        verdict.repeated += len(repeated)
        verdict.wrong += self._inspector.inspect(history, first)
        verdict.wrong += [f"server: {n} answers {s}" for s, n in history.statuses.items() if s >= 500]
        verdict.cycles += 1
        verdict.promises = Counter(promise.kind for promise in history.promises)
        verdict.shown = Counter(shown.act for shown in history.shown)
        verdict.statuses = history.statuses


def torture(folder: Path, cycles: int, seed: int, fault: str = "", say: Say = print) -> Verdict:
    """Kill and check ``cycles`` times in ``folder``, with a fault of ``FAULTS`` planted if one is named."""
    return Torture(folder, seed, fault).run(cycles, say)


def _moments() -> Iterator[datetime]:
    """Give calling moments: three a day, on working days."""
    day = FIRST
    while True:
        if day.weekday() <= _FRIDAY:
            yield from (day.replace(hour=hour) for hour in _HOURS)
        day += timedelta(days=1)


def report(verdict: Verdict, fault: str) -> Iterator[str]:
    """Tell what a run came to, line by line."""
    restarts = sorted(verdict.restart_ms[1:])  # the first start imports everything
    yield f"{verdict.cycles} cycles of kill -9 in {verdict.seconds:.0f} s{f', fault {fault}' if fault else ''}"
    yield f"deaths by stage: {_counted(verdict.deaths)}; while starting {verdict.stillborn}"
    yield f"requests cut off by a death: median {median(verdict.cut):.0f}, most {max(verdict.cut)}"
    yield f"changes in the group of a death inside: median {median(verdict.groups or [0]):.0f}, most {max(verdict.groups, default=0)}"
    yield f"acknowledged writes {sum(verdict.promises.values()):,}: {_counted(verdict.promises)}"
    yield f"bodies with a person {sum(verdict.shown.values()):,}: {_counted(verdict.shown)}"
    yield f"deliveries cut off and sent again {verdict.repeated}; log entries {verdict.entries:,}"
    yield f"restart to first answer: median {median(restarts):.0f} ms, longest {restarts[-1]:.0f} ms"
    yield f"answers by status: {', '.join(f'{s}: {n}' for s, n in sorted(verdict.statuses.items()))}"
    yield "lost 0, unaudited 0, half done 0, log intact, keys open" if not verdict.wrong else "BROKEN"
    yield from sorted(set(verdict.wrong))


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in counter.most_common())


def main() -> int:
    """Run from the command line; exit 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="sluis torture", description=__doc__.splitlines()[0])
    parser.add_argument("--cycles", type=int, default=100)
    parser.add_argument("--seed", type=int, default=637)
    parser.add_argument("--fault", choices=sorted(FAULTS), default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluis-torture-") as folder:
        verdict = torture(Path(folder), given.cycles, given.seed, given.fault)
    for line in report(verdict, given.fault):
        print(line)
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
