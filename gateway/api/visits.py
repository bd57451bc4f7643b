"""Home visits by the social worker whose case it is: planned for a day, and how they went."""

from datetime import date

from fastapi import APIRouter

from gateway.api.deps import Hulpverlenend, Kenmerk
from gateway.api.resources import Dag, Incoming, JaNee, Resource
from gateway.api.routes import router
from gateway.services.visits import Visit, Visits
from schemas.case import CaseState
from schemas.help import VisitReason, VisitResult


class Bezoekplan(Incoming):
    """De dag waarop u langsgaat, en waarom."""

    datum: Dag
    reden: VisitReason


class Gepland(Resource):
    """Het huisbezoek dat nu gepland staat; een dossier heeft er een tegelijk."""

    datum: date


class Bezoekuitkomst(Incoming):
    """Hoe het geplande bezoek ging; ``geinformeerd``: de inwoner hoorde of las waar de gegevens vandaan komen."""

    datum: Dag
    uitkomst: VisitResult
    geinformeerd: JaNee = False


class Bezocht(Resource):
    """Waar het dossier na het bezoek staat."""

    toestand: CaseState


def visit_routes(visits: Visits) -> APIRouter:
    """Make the routes of ``/dossiers/{ref}/huisbezoeken``."""
    routes = router("/dossiers", "huisbezoeken")

    @routes.post("/{ref}/huisbezoeken", status_code=201)
    def plan(asker: Hulpverlenend, ref: Kenmerk, plan: Bezoekplan) -> Gepland:
        """Plan een huisbezoek bij een inwoner van uw eigen dossiers."""
        visits.plan(asker, ref, plan.datum, plan.reden)
        return Gepland(datum=plan.datum)

    @routes.post("/{ref}/huisbezoeken/uitkomsten", status_code=201)
    def record(asker: Hulpverlenend, ref: Kenmerk, uitkomst: Bezoekuitkomst) -> Bezocht:
        """Leg vast hoe het geplande huisbezoek ging."""
        went = Visit(uitkomst.datum, uitkomst.uitkomst, uitkomst.geinformeerd)
        return Bezocht(toestand=visits.record(asker, ref, went))

    return routes
