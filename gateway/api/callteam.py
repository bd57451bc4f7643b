"""The calling team's month, for whoever leads the team."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from gateway.api.deps import Bellend
from gateway.api.resources import Resource
from gateway.api.routes import router
from gateway.services.callteam import Band, CallTeam


class Belaantal(Resource):
    """Pogingen van een groep en hoe vaak iemand werd bereikt, in klassen; leeg als de groep te klein is."""

    groep: str
    pogingen: str | None = None
    bereikt: str | None = None


class Belmaand(Resource):
    """De maand tot nu toe; over inwoners staat hier alleen een kenmerk."""

    maand: str
    halen_geen_zeven_pogingen: Annotated[
        list[str],
        Field(description="Kenmerken van dossiers waarvoor de maand te kort is, ook als u alles benut."),
    ]
    per_dagdeel: list[Belaantal]
    per_uur: list[Belaantal]


def callteam_routes(team: CallTeam) -> APIRouter:
    """Make the route of ``/belmaand``."""
    routes = router("/belmaand", "bellen")

    @routes.get("")
    def month(asker: Bellend) -> Belmaand:
        """Geef de teamleider de maand tot nu toe; elk dossier op de lijst staat in het logboek."""
        seen = team.month(asker)
        return Belmaand(
            maand=seen.month,
            halen_geen_zeven_pogingen=list(seen.missed),
            per_dagdeel=[_aantal(str(part), band) for part, band in seen.dayparts.items()],
            per_uur=[_aantal(f"{hour:02d}", band) for hour, band in seen.hours.items()],
        )

    return routes


def _aantal(group: str, band: Band) -> Belaantal:
    return Belaantal(groep=group, pogingen=band.attempts, bereikt=band.reached)
