"""CPU of the server for a trivial authenticated GET, against the same route in bare FastAPI.

Run ``python -m bench.frame``. Both servers run as own processes under uvicorn with production flags; the client sends
the same requests over one kept connection, in turns, and reads the servers' CPU time from ``/proc``.
"""

import logging
import multiprocessing
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from tests.support.frame import Antwoord, build, listener
from tests.support.tokens import Authority

PATH = "/v1/voorbeelden/bellen"
ROUNDS, REQUESTS = 6, 1500
TICKS = os.sysconf("SC_CLK_TCK")


def bare() -> FastAPI:
    """The same route with nothing around it, behind as many others."""
    app = FastAPI()

    async def answer() -> Antwoord:
        return Antwoord(aantal=1)

    for number in range(5):
        app.get(f"/v1/voorbeelden/{number}")(answer)
    app.get(PATH)(answer)
    return app


def serve(kind: str, address: Any) -> None:
    """Serve one of the two apps until the process is ended; sends its port and a token first."""
    authority = Authority(now=int(time.time()))  # noqa: TID251 (a benchmark reads the real clock)
    logging.getLogger("sluis.verzoek.test").addHandler(logging.FileHandler(os.devnull))
    logging.getLogger("sluis.verzoek.test").setLevel(logging.INFO)
    app = bare() if kind == "bare" else build(authority, per_minute=10**9)
    config = uvicorn.Config(app, server_header=False, access_log=False, log_config=None, lifespan="off")
    with listener() as listening:
        address.send((listening.getsockname()[1], authority.bearer("bellen")))
        uvicorn.Server(config).run(sockets=[listening])


def cpu(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def running(kind: str) -> Iterator[tuple[int, int, bytes]]:
    """One server in a process of its own: its process id, its port and the request to send it."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(kind, there))
    process.start()
    port, bearer = here.recv()
    try:
        yield (
            process.pid or 0,
            port,
            f"GET {PATH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bearer}\r\n\r\n".encode(),
        )
    finally:
        process.terminate()
        process.join()


def spend(pid: int, port: int, request: bytes) -> float:
    """Microseconds of CPU per request over a run of requests."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        answers(connection, request, 100)
        before = cpu(pid)
        answers(connection, request, REQUESTS)
        return (cpu(pid) - before) / REQUESTS * 1e6


def answers(connection: socket.socket, request: bytes, times: int) -> None:
    """Send the request so many times and read each answer to its end."""
    for _ in range(times):
        connection.sendall(request)
        seen = b""
        while not seen.endswith(b'{"aantal":1}'):
            seen += connection.recv(65_536) or sys.exit("the server hung up")


def main() -> None:
    """Measure in turns and print the best round of each, which other work on the machine disturbs least."""
    with running("bare") as plain, running("frame") as framed:
        rounds = [(spend(*plain), spend(*framed)) for _ in range(ROUNDS)]
    least, ours = min(r[0] for r in rounds), min(r[1] for r in rounds)
    print(
        f"bare FastAPI {least:.0f} us, in the frame {ours:.0f} us CPU per request: {ours / least:.2f} times"
    )


if __name__ == "__main__":
    main()
