"""Servers in processes of their own, and what the system says that a process has used."""

import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

START_SECONDS = 60
_TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(target: Callable[[Connection], None]) -> Iterator[Any]:
    """Run a server for the length of the block; gives what it sent when it was ready. It is killed at the end."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=target, args=(theirs,), daemon=True)
    process.start()
    try:
        if not ours.poll(START_SECONDS):
            raise RuntimeError("the server did not start")
        yield ours.recv()
    finally:
        process.kill()
        process.join()


def cpu_seconds(pid: int) -> float:
    """Give the processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory_mb(pid: int) -> tuple[float, float]:
    """Give what a process holds in memory, and the most it ever held (unlike ru_maxrss, not its parent's)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    now, peak = (int(status.partition(f"{name}:")[2].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, peak
