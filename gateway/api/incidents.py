"""The privacy officer's list of what may be a data breach."""

from fastapi import APIRouter

from gateway.api.deps import Ref, Toeziend
from gateway.api.resources import Incoming, Moment, Resource, moment
from gateway.api.routes import router
from gateway.services.incidents import Incident, Incidents, Verdict


class Incidentregel(Resource):
    """Iets dat een datalek kan zijn; over de inwoner of de vreemde staat hier niets."""

    incident_id: str
    soort: str
    gebeurd_op: Moment
    beoordelen_voor: Moment
    gemeld_door: str
    bron: str
    dossierkenmerk: str


class Incidenten(Resource):
    """De incidenten die op een oordeel wachten, de kortste termijn eerst."""

    incidenten: list[Incidentregel]


class Incidentoordeel(Incoming):
    """Wat de privacy officer vaststelde."""

    oordeel: Verdict


def incident_routes(incidents: Incidents) -> APIRouter:
    """Make the routes of ``/incidenten``."""
    routes = router("/incidenten", "toezien")

    @routes.get("")
    def waiting(asker: Toeziend) -> Incidenten:
        """Geef wat op een oordeel wacht, met de termijn van 72 uur; elke regel staat in het logboek."""
        return Incidenten(incidenten=[_regel(one) for one in incidents.waiting(asker)])

    @routes.post("/{ref}/beoordelingen", status_code=204)
    def judge(asker: Toeziend, ref: Ref, oordeel: Incidentoordeel) -> None:
        """Leg vast of het een datalek was, en of het gemeld is."""
        incidents.judge(asker, ref, oordeel.oordeel)

    return routes


def _regel(one: Incident) -> Incidentregel:
    return Incidentregel(
        incident_id=one.incident_id,
        soort=one.kind,
        gebeurd_op=moment(one.at),
        beoordelen_voor=moment(one.due),
        gemeld_door=one.reporter,
        bron=one.source,
        dossierkenmerk=one.ref,
    )
