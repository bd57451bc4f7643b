"""Sluis as the read benchmark meets it: one case, owned by the one who reads it, on a demo installation."""

import os
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from gateway.app import create_app
from gateway.demo.client import PartyClient
from gateway.demo.files import delivery
from gateway.demo.stage import START, Stage
from gateway.demo.town import Town
from schemas.parties import PartnerType


def serve(pipe: Connection) -> None:
    """Serve until killed; tells (process id, port, path, headers) when ready."""
    os.environ["SLUIS_REQUESTS_PER_MINUTE"] = "60000000"  # the limit is not what is measured here
    stage = Stage(Path(tempfile.mkdtemp(prefix="sluis-bench-")) / "home", create_app)
    with stage.serving():
        path, headers = _owned_case(stage)
        pipe.send((os.getpid(), stage.settings.port, path, headers))
        while True:
            time.sleep(60)


def _owned_case(stage: Stage) -> tuple[str, dict[str, str]]:
    def client(name: str) -> PartyClient:
        return PartyClient(stage.origin, name, stage.cast.keys[name])

    month = Town(first_month=START.date().replace(day=1)).month(START.date())
    rent = [signal.row for signal in month if signal.sector is PartnerType.HUUR]
    client("client-woonstichting").upload(*delivery(PartnerType.HUUR, rent), "meting")
    client("client-gem-anna").post("/matchrondes")
    eva = client("client-sw-eva")
    ref = eva.get("/werkvoorraden").json()["dossiers"][0]["ref"]
    eva.post(f"/dossiers/{ref}/toewijzingen", {"medewerker": "sw-eva", "reden": "verdeling"})
    eva.get(f"/dossiers/{ref}").raise_for_status()
    return f"/v1/dossiers/{ref}", {"Authorization": eva.authorization}
