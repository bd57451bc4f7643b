"""A load of keep-alive connections over raw sockets, light enough to leave the server the other core."""

import asyncio
import time
from dataclasses import dataclass

from bench.rig.process import cpu_seconds

_WARM_UP = 0.3


@dataclass(frozen=True)
class Place:
    """What to ask of whom: the server's process id and port, the path and the headers of a GET."""

    pid: int
    port: int
    path: str
    headers: dict[str, str]

    @property
    def request(self) -> bytes:
        """The request as it goes over the wire."""
        lines = [
            f"GET {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


@dataclass(frozen=True)
class Slice:
    """What a slice of time came to: seconds on the wall, of the server's CPU, and of each request."""

    wall: float
    cpu: float
    times: list[float]

    @property
    def rate(self) -> float:
        """Requests per second on the wall."""
        return len(self.times) / self.wall


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


async def _run(place: Place, clients: int, seconds: float) -> list[float]:
    times: list[float] = []
    until = time.perf_counter() + seconds
    request = place.request
    await asyncio.gather(*(_client(place.port, request, until, times) for _ in range(clients)))
    return times


def measure(place: Place, clients: int, seconds: float) -> Slice:
    """Send GET requests from ``clients`` connections for ``seconds``, after a short warm-up."""
    asyncio.run(_run(place, clients, _WARM_UP))
    cpu, wall = cpu_seconds(place.pid), time.perf_counter()
    times = asyncio.run(_run(place, clients, seconds))
    return Slice(time.perf_counter() - wall, cpu_seconds(place.pid) - cpu, times)
