"""An audited, minimised, sealed read over HTTP at 16 clients, against a plain FastAPI + SQLModel CRUD read.

Run: ./sluis bench read. Target: at least as many requests per second as the plain read, at most 3 ms of CPU.
"""

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from bench.rig import plain, sluis
from bench.rig.load import Measured, measure

CLIENTS, SECONDS, ROUNDS = 16, 4.0, 3
START_SECONDS = 60
Place = tuple[int, int, str, dict[str, str]]


def _serve(target: Callable[[Connection], None]) -> tuple[BaseProcess, Place]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=target, args=(theirs,), daemon=True)
    process.start()
    if not ours.poll(START_SECONDS):
        raise RuntimeError("the server did not start")
    place: Place = ours.recv()
    return process, place


def _median(found: list[Measured]) -> Measured:
    return sorted(found, key=lambda measured: measured.rate)[len(found) // 2]


def main() -> None:
    """Measure both in turn and print the ratio."""
    multiprocessing.set_start_method("spawn")
    base_process, base_place = _serve(plain.serve)
    our_process, our_place = _serve(sluis.serve)
    time.sleep(1)
    base: list[Measured] = []
    ours: list[Measured] = []
    for _ in range(ROUNDS):
        base.append(measure(*base_place, CLIENTS, SECONDS))
        ours.append(measure(*our_place, CLIENTS, SECONDS))
    base_process.kill()
    our_process.kill()
    _report(_median(base), _median(ours))


def _report(base: Measured, ours: Measured) -> None:
    for name, m in (("plain FastAPI + SQLModel read", base), ("audited, minimised, sealed read", ours)):
        print(
            f"{name:34} {m.rate:7,.0f} req/s  p50 {m.p50:5.1f} ms  p99 {m.p99:6.1f} ms  CPU {m.cpu:.2f} ms/req"
        )
    print(f"ratio {ours.rate / base.rate:.2f} (target 1.00); CPU {ours.cpu:.2f} ms (target 3.00)")


if __name__ == "__main__":
    main()
