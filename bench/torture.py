"""kill -9 of a real server under load, again and again: what it acknowledged must be there, what it showed in the log.

Run: ./sluis torture [--cycles 100] [--seed N] [--fault early|forgetful]. With a planted fault the answer must be no.
Each cycle: a server process is started on the same folder, eight clients deliver, match, call, divide and read, the
process is killed at a moment of chance, another is started, and everything is held against what the clients remember.
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

from bench.rig import crash_server
from bench.rig.crash_check import Inspector
from bench.rig.crash_load import Load
from schemas.moments import AMSTERDAM

FIRST = datetime(2026, 10, 5, 10, 0, tzinfo=AMSTERDAM)
_HOURS = (10, 14, 19)
_FRIDAY = 4
_ANSWERS = (10, 150)
"""Between how many answers a server dies: some in their first breath, some in full swing."""

_PATIENCE = 20.0
Say = Callable[[str], None]


@dataclass(slots=True)
class Verdict:
    """What a run came to; ``wrong`` lists every broken promise."""

    cycles: int = 0
    seconds: float = 0.0
    promises: Counter[str] = field(default_factory=Counter)
    shown: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    entries: int = 0
    repeated: int = 0
    restart_ms: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def torture(folder: Path, cycles: int, seed: int, fault: str = "", say: Say = print) -> Verdict:
    """Kill and check ``cycles`` times in ``folder``; stops at the first cycle in which something is wrong."""
    chance = random.Random(f"{seed}/dood")
    site, cast = crash_server.found(folder / "home", FIRST)
    load, inspector, verdict = Load(site.origin, cast, seed), Inspector(site), Verdict()
    began = time.perf_counter()
    moments = _moments()
    process = crash_server.start(site, next(moments), fault)
    try:
        while verdict.cycles < cycles and not verdict.wrong:
            at = next(moments)
            _cycle(load, process, at, chance)
            started = time.perf_counter()
            process = crash_server.start(site, at, fault)
            verdict.restart_ms.append((time.perf_counter() - started) * 1e3)
            _judge(verdict, load, inspector)
            say(
                f"{verdict.cycles:4}  {sum(verdict.promises.values()):7} promises  {len(verdict.wrong)} wrong"
            )
        verdict.wrong += [] if verdict.wrong else inspector.inspect(load.history)
        verdict.entries = inspector.entries()
    finally:
        process.kill()
        process.join()
        load.close()
        inspector.close()
    verdict.seconds = time.perf_counter() - began
    return verdict


def _moments() -> Iterator[datetime]:
    """Give calling moments: three a day, on working days of two months."""
    day = FIRST
    while True:
        if day.weekday() <= _FRIDAY:
            yield from (day.replace(hour=hour) for hour in _HOURS)
        day += timedelta(days=1)


def _cycle(load: Load, process: BaseProcess, at: datetime, chance: random.Random) -> None:
    """Let everybody work until the process dies at a moment of chance."""
    enough = load.history.statuses.total() + chance.randint(*_ANSWERS)
    until = time.monotonic() + _PATIENCE
    threads = load.begin(at.date())
    while load.history.statuses.total() < enough and time.monotonic() < until:
        time.sleep(chance.uniform(0.001, 0.02))
    process.kill()
    process.join()
    for thread in threads:
        thread.join()


def _judge(verdict: Verdict, load: Load, inspector: Inspector) -> None:
    history = load.history
    first = (sum(verdict.promises.values()), sum(verdict.shown.values()))
    repeated = load.repeat()
    verdict.wrong += [f"lost: the repeat of {key}" for key, once, twice in repeated if once != twice]
    verdict.repeated += len(repeated)
    verdict.wrong += inspector.inspect(history, first)
    verdict.wrong += [f"server: {n} answers {s}" for s, n in history.statuses.items() if s >= 500]
    verdict.cycles += 1
    verdict.promises = Counter(promise.kind for promise in history.promises)
    verdict.shown = Counter(shown.act for shown in history.shown)
    verdict.statuses = history.statuses


def report(verdict: Verdict, fault: str) -> Iterator[str]:
    """Tell what a run came to, line by line."""
    restarts = sorted(verdict.restart_ms)
    yield f"{verdict.cycles} cycles of kill -9 in {verdict.seconds:.0f} s{f', fault {fault}' if fault else ''}"
    yield f"acknowledged writes {sum(verdict.promises.values()):,}: {_counted(verdict.promises)}"
    yield f"bodies with a person {sum(verdict.shown.values()):,}: {_counted(verdict.shown)}"
    yield f"deliveries cut off and sent again {verdict.repeated}; log entries {verdict.entries:,}"
    yield f"restart to first answer: median {restarts[len(restarts) // 2]:.0f} ms, longest {restarts[-1]:.0f} ms"
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
    parser.add_argument("--fault", choices=sorted(crash_server.FAULTS), default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sluis-torture-") as folder:
        verdict = torture(Path(folder), given.cycles, given.seed, given.fault)
    for line in report(verdict, given.fault):
        print(line)
    return 1 if verdict.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
