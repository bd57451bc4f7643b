"""The baseline: a plain FastAPI + SQLModel CRUD read, with none of what Sluis does."""

import os
import socket
import tempfile
from collections.abc import Iterator
from datetime import date
from multiprocessing.connection import Connection
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from sqlalchemy import Engine, create_engine
from sqlmodel import Field, Session, SQLModel

from bench.rig.load import Place

ROWS = 500


class Dossier(SQLModel, table=True):
    """A case as anybody would store it."""

    id: int | None = Field(default=None, primary_key=True)
    achternaam: str
    postcode: str
    huisnummer: int
    geboortedatum: date
    telefoon: str
    bedrag_cent: int
    omschrijving: str


def _row(number: int) -> Dossier:
    return Dossier(
        achternaam=f"Naam{number}",
        postcode="2790AB",
        huisnummer=number + 1,
        geboortedatum=date(1980, 1, 1),
        telefoon="+31681234567",
        bedrag_cent=number * 100,
        omschrijving="x" * 60,
    )


def _filled() -> Engine:
    folder = tempfile.mkdtemp(prefix="sluis-bench-")
    engine = create_engine(
        f"sqlite:///{folder}/plain.db", connect_args={"check_same_thread": False}, pool_size=40
    )
    SQLModel.metadata.create_all(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    with Session(engine) as session:
        session.add_all(_row(number) for number in range(ROWS))
        session.commit()
    return engine


def serve(pipe: Connection) -> None:
    """Serve until killed; tells where when ready."""
    engine, app = _filled(), FastAPI()

    def get_session() -> Iterator[Session]:
        with Session(engine) as session:
            yield session

    @app.get("/dossiers/{number}", response_model=Dossier)
    def read(number: int, session: Annotated[Session, Depends(get_session)]) -> Dossier | None:
        return session.get(Dossier, number)

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    pipe.send(Place(os.getpid(), listener.getsockname()[1], "/dossiers/7", {}))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
    server.run(sockets=[listener])
