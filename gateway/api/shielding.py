"""Residents who need shielding: restricted cases, conflicts of interest, protections."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from gateway.api.deps import Hulpverlenend, Kenmerk
from gateway.api.principals import require
from gateway.api.resources import Incoming
from gateway.api.routes import router
from gateway.services.shielding import Protections, Restrictions
from schemas.help import Protection, Restriction
from schemas.principal import Principal

Afschermend = Annotated[Principal, Depends(require("hulpverlenen", "matchen"))]


class Afscherming(Incoming):
    """Waarom een dossier wordt afgeschermd, en wie ervan mag weten; wie afschermt, mag dat ook."""

    reden: Restriction
    medewerkers: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=20)
    ]


class Bescherming(Incoming):
    """Waarom alleen sociaal werk contact met de inwoner zoekt."""

    reden: Protection


def shielding_routes(restrictions: Restrictions, protections: Protections) -> APIRouter:
    """Make the routes ``afschermingen``, ``beschermingen`` and ``belangenconflicten`` of a case."""
    routes = router("/dossiers", "dossiers")

    @routes.post("/{ref}/afschermingen", status_code=204)
    def restrict(asker: Afschermend, ref: Kenmerk, afscherming: Afscherming) -> None:
        """Scherm een dossier af: voor ieder ander bestaat het niet meer; elke inzage krijgt een merkteken in het logboek."""
        restrictions.restrict(asker, ref, afscherming.reden, afscherming.medewerkers)

    @routes.delete("/{ref}/afschermingen", status_code=204)
    def lift(asker: Afschermend, ref: Kenmerk) -> None:
        """Hef de afscherming van een dossier op; dat kan alleen wie ervan mag weten."""
        restrictions.lift(asker, ref)

    @routes.post("/{ref}/beschermingen", status_code=204)
    def protect(asker: Afschermend, ref: Kenmerk, bescherming: Bescherming) -> None:
        """Leg vast dat niemand de inwoner belt of schrijft: alleen sociaal werk zoekt contact."""
        protections.protect(asker, ref, bescherming.reden)

    @routes.post("/{ref}/belangenconflicten", status_code=204)
    def declare(asker: Hulpverlenend, ref: Kenmerk) -> None:
        """Meld dat u de inwoner kent: u ziet het dossier niet meer en het gaat terug naar de werkvoorraad."""
        restrictions.declare_conflict(asker, ref)

    return routes
