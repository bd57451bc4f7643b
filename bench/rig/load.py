"""A load of keep-alive connections over raw sockets, light enough to leave the server the other core."""

import asyncio
import os
import time
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Measured:
    """What a run came to: requests per second, latencies in ms, server CPU per request in ms."""

    rate: float
    p50: float
    p99: float
    cpu: float


def cpu_seconds(pid: int) -> float:
    """Give the processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


async def _client(port: int, request: bytes, until: float, times: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode(errors="replace"))
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        await reader.readexactly(length)
        times.append(time.perf_counter() - began)
    writer.close()


async def _run(port: int, request: bytes, clients: int, seconds: float) -> list[float]:
    times: list[float] = []
    until = time.perf_counter() + seconds
    await asyncio.gather(*(_client(port, request, until, times) for _ in range(clients)))
    return times


def measure(
    pid: int, port: int, path: str, headers: dict[str, str], clients: int, seconds: float
) -> Measured:
    """Send GET requests from ``clients`` connections for ``seconds`` to a server with this process id."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    asyncio.run(_run(port, request, clients, 0.5))
    before = cpu_seconds(pid)
    began = time.perf_counter()
    times = sorted(asyncio.run(_run(port, request, clients, seconds)))
    elapsed = time.perf_counter() - began
    used = cpu_seconds(pid) - before
    count = len(times)
    return Measured(
        count / elapsed, times[count // 2] * 1e3, times[count * 99 // 100] * 1e3, used / count * 1e3
    )
