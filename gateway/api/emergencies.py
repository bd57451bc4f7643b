"""Emergency access to a case, and its judgement by a second person."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from gateway.api.deps import Hulpverlenend, Kenmerk, Ref
from gateway.api.principals import require
from gateway.api.resources import Incoming, Moment, Resource, disclosing, moment
from gateway.api.routes import router
from gateway.services.shielding import Emergencies
from schemas.help import EmergencyReason, EmergencyVerdict
from schemas.principal import Principal

Beoordelend = Annotated[Principal, Depends(require("hulpverlenen", "toezien"))]


class Noodtoegang(Incoming):
    """Waarom u dit dossier nu nodig heeft."""

    reden: EmergencyReason


class TeBeoordelen(Resource):
    """Een noodtoegang die op een oordeel wacht; over de inwoner staat hier niets."""

    noodtoegang_id: str
    ref: str
    medewerker: str
    reden: EmergencyReason
    begonnen_op: Moment
    beoordelen_voor: Moment


class Noodtoegangen(Resource):
    """Wat op uw oordeel wacht, de kortste termijn eerst."""

    noodtoegangen: list[TeBeoordelen]


class Noodoordeel(Incoming):
    """Of de noodtoegang terecht was."""

    oordeel: EmergencyVerdict


def emergency_routes(emergencies: Emergencies) -> list[APIRouter]:
    """Make the routes of ``/dossiers/{ref}/noodtoegangen`` and ``/noodtoegangen``."""
    return [_opening(emergencies), _judging(emergencies)]


def _opening(emergencies: Emergencies) -> APIRouter:
    routes = router("/dossiers", "noodtoegang")

    @routes.post("/{ref}/noodtoegangen", status_code=201)
    def use(asker: Hulpverlenend, ref: Kenmerk, noodtoegang: Noodtoegang) -> Response:
        """Zie bij acuut gevaar het hoognodige van een dossier dat niet op uw naam staat; een ander beoordeelt het."""
        shown = emergencies.open(asker, ref, noodtoegang.reden)
        return disclosing(shown.body, [shown.entry], status=201)

    return routes


def _judging(emergencies: Emergencies) -> APIRouter:
    routes = router("/noodtoegangen", "noodtoegang")

    @routes.get("")
    def waiting(asker: Beoordelend) -> Noodtoegangen:
        """Geef de noodtoegangen die op uw oordeel wachten; elke regel staat in het logboek."""
        return Noodtoegangen(
            noodtoegangen=[
                TeBeoordelen(
                    noodtoegang_id=one.emergency_id,
                    ref=one.ref,
                    medewerker=one.user,
                    reden=one.reason,
                    begonnen_op=moment(one.started_at),
                    beoordelen_voor=moment(one.review_due),
                )
                for one in emergencies.waiting(asker)
            ]
        )

    @routes.post("/{ref}/beoordelingen", status_code=204)
    def judge(asker: Beoordelend, ref: Ref, oordeel: Noodoordeel) -> None:
        """Leg vast of een noodtoegang terecht was; was zij dat niet, dan eindigt zij meteen."""
        emergencies.judge(asker, ref, oordeel.oordeel)

    return routes
