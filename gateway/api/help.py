"""Help requests: the ones that wait, taking one over, and what social work records of talks and outcomes."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import ConfigDict, Field
from starlette.responses import Response

from gateway.api.deps import Hulpverlenend, Kenmerk
from gateway.api.resources import Dag, Incoming, JaNee, Moment, Resource, disclosing, moment, receipt_path
from gateway.api.routes import router
from gateway.services.handover import Handovers, Helping, HelpRequest
from schemas.case import CaseState
from schemas.help import Channel, HelpResult


class Hulpvraag(Resource):
    """Een inwoner die om hulp vroeg en op u wacht; wie het is, ziet u na de overname.

    ``dossier`` is wat het team ervan mag zien.
    """

    ref: str
    gevraagd_op: Moment
    gesprek_uiterlijk: Moment
    dreigend: Annotated[bool, Field(description="Woning of levering dreigt verloren te gaan.")]
    geverifieerd: Annotated[bool, Field(description="De inwoner toonde in het gesprek aan wie hij is.")]
    dossier: dict[str, Any]
    logontvangst: Annotated[str, Field(description="Bewijs dat deze inzage in het logboek staat.")]


class Hulpvragen(Resource):
    """De hulpvragen die nog niemand heeft, de kortste termijn eerst."""

    hulpvragen: list[Hulpvraag]


class NieuweHulpvraag(Incoming):
    """Hoe een inwoner u zelf om hulp vroeg."""

    kanaal: Channel
    geinformeerd: Annotated[
        JaNee,
        Field(description="De inwoner hoorde waar de gegevens vandaan komen en welke rechten er zijn."),
    ]


class Aanvaard(Resource):
    """De hulpvraag staat op uw naam; tot wanneer het eerste gesprek kan wachten."""

    gesprek_uiterlijk: Moment


class Gesprek(Incoming):
    """De dag van het eerste gesprek."""

    datum: Dag


class Gesproken(Resource):
    """Het gesprek is vastgelegd; tot wanneer het besluit over hulp kan wachten."""

    beschikking_uiterlijk: Moment


class Uitkomst(HelpResult):
    """Hoe het contact met de inwoner eindigde; ``hulp`` hoort alleen bij ``hulp_gegeven``."""

    model_config = ConfigDict(populate_by_name=False)


class Toestand(Resource):
    """Waar het dossier nu staat."""

    toestand: CaseState


def help_routes(handovers: Handovers, helping: Helping) -> list[APIRouter]:
    """Make the routes of ``/hulpvragen`` and of what follows one under ``/dossiers``."""
    return [_requests(handovers), _work(helping)]


def _requests(handovers: Handovers) -> APIRouter:
    routes = router("/hulpvragen", "hulpvragen")

    @routes.get("", response_model=Hulpvragen)
    def waiting(asker: Hulpverlenend) -> Response:
        """Geef de hulpvragen die wachten, de kortste termijn eerst."""
        found = handovers.waiting(asker)
        body = Hulpvragen(hulpvragen=[_hulpvraag(request) for request in found])
        return disclosing(
            body.model_dump_json(by_alias=True).encode(), [request.shown.entry for request in found]
        )

    @routes.get("/{ref}")
    def card(asker: Hulpverlenend, ref: Kenmerk) -> Response:
        """Lees de kaart bij een hulpvraag: hoe zij binnenkwam, en na de overname ook wat er is gezegd."""
        shown = handovers.card(asker, ref)
        return disclosing(shown.body, [shown.entry])

    @routes.post("/{ref}/overnames", status_code=201)
    def take_over(asker: Hulpverlenend, ref: Kenmerk) -> Response:
        """Neem een hulpvraag over: het dossier komt op uw naam en u ziet het in zijn geheel."""
        shown = handovers.acknowledge(asker, ref)
        return disclosing(shown.body, [shown.entry], status=201)

    return routes


def _hulpvraag(request: HelpRequest) -> Hulpvraag:
    return Hulpvraag(
        ref=request.ref,
        gevraagd_op=moment(request.requested_at),
        gesprek_uiterlijk=moment(request.first_talk_due),
        dreigend=request.threatening,
        geverifieerd=request.verified,
        dossier=request.shown.view.model_dump(by_alias=True, exclude_unset=True),
        logontvangst=receipt_path(request.shown.entry),
    )


def _work(helping: Helping) -> APIRouter:
    routes = router("/dossiers", "dossiers")

    @routes.post("/{ref}/hulpvragen", status_code=201)
    def accept(asker: Hulpverlenend, ref: Kenmerk, hulpvraag: NieuweHulpvraag) -> Aanvaard:
        """Leg vast dat een inwoner u zelf om hulp vroeg; u neemt de hulpvraag daarmee over."""
        due = helping.accept(asker, ref, hulpvraag.kanaal, informed=hulpvraag.geinformeerd)
        return Aanvaard(gesprek_uiterlijk=moment(due))

    @routes.post("/{ref}/eerste-gesprekken", status_code=201)
    def talk(asker: Hulpverlenend, ref: Kenmerk, gesprek: Gesprek) -> Gesproken:
        """Leg het eerste gesprek vast; vanaf die dag loopt de termijn van het besluit."""
        due = helping.record_first_talk(asker, ref, gesprek.datum)
        return Gesproken(beschikking_uiterlijk=moment(due))

    @routes.post("/{ref}/uitkomsten", status_code=201)
    def finish(asker: Hulpverlenend, ref: Kenmerk, uitkomst: Uitkomst) -> Toestand:
        """Leg vast hoe het contact eindigde, met of zonder hulpvraag."""
        return Toestand(toestand=helping.record_help(asker, ref, uitkomst))

    return routes
