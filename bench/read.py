"""An audited, minimised, sealed read over HTTP at 16 clients, against a plain FastAPI + SQLModel CRUD read.

Run: ./sluis bench read. Target: at least as many requests per second as the plain read, at most 3 ms of CPU.
"""

import multiprocessing
import os
import tempfile
import time
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.load import Measured, measure

CLIENTS, SECONDS, ROUNDS = 16, 4.0, 3


def _plain(pipe: Connection) -> None:
    import socket

    import uvicorn
    from fastapi import Depends, FastAPI
    from sqlalchemy import create_engine, text
    from sqlmodel import Field, Session, SQLModel

    class Dossier(SQLModel, table=True):
        id: int | None = Field(default=None, primary_key=True)
        achternaam: str
        postcode: str
        huisnummer: int
        geboortedatum: date
        telefoon: str
        bedrag_cent: int
        omschrijving: str

    folder = tempfile.mkdtemp(prefix="sluis-bench-")
    engine = create_engine(f"sqlite:///{folder}/plain.db", connect_args={"check_same_thread": False}, pool_size=40)
    SQLModel.metadata.create_all(engine)
    with Session(engine) as session:
        session.exec(text("PRAGMA journal_mode=WAL"))  # type: ignore[call-overload]
        for n in range(500):
            session.add(
                Dossier(
                    achternaam=f"Naam{n}",
                    postcode="2790AB",
                    huisnummer=n + 1,
                    geboortedatum=date(1980, 1, 1),
                    telefoon="+31681234567",
                    bedrag_cent=n * 100,
                    omschrijving="x" * 60,
                )
            )
        session.commit()
    app = FastAPI()

    def get_session() -> Any:
        with Session(engine) as session:
            yield session

    @app.get("/dossiers/{number}", response_model=Dossier)
    def read(number: int, session: Session = Depends(get_session)) -> Any:
        return session.get(Dossier, number)

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    pipe.send((os.getpid(), listener.getsockname()[1], "/dossiers/7", {}))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    server.run(sockets=[listener])


def _ours(pipe: Connection) -> None:
    from gateway.demo.client import PartyClient
    from gateway.demo.files import delivery
    from gateway.demo.stage import START, Stage
    from gateway.demo.town import Town
    from schemas.parties import PartnerType

    folder = tempfile.mkdtemp(prefix="sluis-bench-")
    os.environ["SLUIS_REQUESTS_PER_MINUTE"] = "60000000"  # the limit is not what is measured here
    stage = Stage(Path(folder) / "home")

    def client(name: str) -> PartyClient:
        return PartyClient(stage.origin, name, stage.cast.keys[name])

    with stage.serving():
        rows = [s.row for s in Town(first_month=START.date().replace(day=1)).month(START.date())]
        rent = [row for row in rows if row["partner_type"] == "huur"]
        client("client-woonstichting").upload(*delivery(PartnerType.HUUR, rent), "meting")
        client("client-gem-anna").post("/matchrondes")
        eva = client("client-sw-eva")
        waiting = eva.get("/werkvoorraden").json()["dossiers"]
        ref = waiting[0]["ref"]
        given = eva.post(f"/dossiers/{ref}/toewijzingen", {"medewerker": "sw-eva", "reden": "verdeling"})
        assert given.is_success, given.text
        shown = eva.get(f"/dossiers/{ref}")
        assert shown.is_success, shown.text
        headers = {"Authorization": eva._http.headers["Authorization"]}  # noqa: SLF001 (the bench sends its own bytes)
        pipe.send((os.getpid(), stage.settings.port, f"/v1/dossiers/{ref}", headers))
        while True:
            time.sleep(60)


def _serve(target: Any) -> tuple[multiprocessing.Process, tuple[int, int, str, dict[str, str]]]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.Process(target=target, args=(theirs,), daemon=True)
    process.start()
    if not ours.poll(60):
        raise RuntimeError("the server did not start")
    return process, ours.recv()


def _median(found: list[Measured]) -> Measured:
    return sorted(found, key=lambda m: m.rate)[len(found) // 2]


def main() -> None:
    """Measure both in turn and print the ratio."""
    multiprocessing.set_start_method("spawn")
    plain_process, plain = _serve(_plain)
    our_process, ours = _serve(_ours)
    time.sleep(1)
    results: dict[str, list[Measured]] = {"plain": [], "ours": []}
    for _ in range(ROUNDS):
        results["plain"].append(measure(*plain, CLIENTS, SECONDS))
        results["ours"].append(measure(*ours, CLIENTS, SECONDS))
    plain_process.kill()
    our_process.kill()
    base, mine = _median(results["plain"]), _median(results["ours"])
    for name, m in (("plain FastAPI + SQLModel read", base), ("audited, minimised, sealed read", mine)):
        print(f"{name:34} {m.rate:7,.0f} req/s  p50 {m.p50:5.1f} ms  p99 {m.p99:6.1f} ms  CPU {m.cpu:.2f} ms/req")
    print(f"ratio {mine.rate / base.rate:.2f} (target 1.00); CPU {mine.cpu:.2f} ms (target 3.00)")


if __name__ == "__main__":
    main()
