"""The municipality's own work on signals: starting a matching round and judging what the computer doubts."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from gateway.api.deps import Matchend, Ref
from gateway.api.resources import Incoming, Moment, Resource, disclosing, moment
from gateway.api.routes import router
from gateway.services.matching import MatchRun, Review
from gateway.services.matching.review import Waiting
from gateway.services.routing import Routing


class Matchronde(Resource):
    """Wat een ronde deed, in aantallen."""

    ronde_id: str
    signalen: int
    koppelingen: int
    voorstellen: int
    dossiers: int
    wegen: dict[str, int]


class Koppelvoorstel(Resource):
    """Twee signalen die misschien over dezelfde inwoner gaan; de reden noemt geen waarden."""

    voorstel_id: str
    redenen: list[str]
    tekst: str
    gemaakt_op: Moment


class Koppelvoorstellen(Resource):
    """De voorstellen die op een mens wachten."""

    voorstellen: list[Koppelvoorstel]


class Vergelijking(Koppelvoorstel):
    """Een voorstel met de twee inwoners naast elkaar, zoals twee partners ze meldden; niets over achterstanden."""

    inwoners: Annotated[list[dict[str, Any]], Field(min_length=2, max_length=2)]


class Beoordeling(Incoming):
    """Het besluit van een mens over een voorstel."""

    zelfde_persoon: bool


class Beoordeeld(Resource):
    """Het besluit, en de koppeling die een ja maakt."""

    koppeling_id: str | None = Field(default=None)


class Losgemaakt(Resource):
    """Hoeveel dossiers na het terugdraaien opnieuw bekeken moeten worden."""

    dossiers: Annotated[int, Field(ge=0)]


def matching_routes(run: MatchRun, review: Review, routing: Routing) -> list[APIRouter]:
    """Make the routes of ``/matchrondes``, ``/koppelvoorstellen`` and ``/koppelingen``."""
    return [_rounds(run, routing), _proposals(review), _links(review, routing)]


def _rounds(run: MatchRun, routing: Routing) -> APIRouter:
    routes = router("/matchrondes", "matchen")

    @routes.post("", status_code=201)
    def start(asker: Matchend) -> Matchronde:
        """Start een matchronde: koppelen wat zeker is, voorleggen wat twijfel geeft, dossiers openen en indelen."""
        report = run.start(asker)
        ways = routing.route(asker, report.opened)
        return Matchronde(
            ronde_id=report.run_id,
            signalen=report.signals,
            koppelingen=report.links,
            voorstellen=report.proposals,
            dossiers=len(report.opened),
            wegen={str(way): count for way, count in ways.items()},
        )

    return routes


def _proposals(review: Review) -> APIRouter:
    routes = router("/koppelvoorstellen", "matchen")

    @routes.get("")
    def waiting(asker: Matchend) -> Koppelvoorstellen:
        """Geef de voorstellen die op een besluit wachten."""
        return Koppelvoorstellen(voorstellen=[Koppelvoorstel(**_voorstel(w)) for w in review.waiting(asker)])

    @routes.get("/{ref}", response_model=Vergelijking)
    def compare(asker: Matchend, ref: Ref) -> Response:
        """Bekijk de twee inwoners van een voorstel naast elkaar; elke blik staat in het logboek."""
        pair = review.pair(asker, ref)
        shown = [person.view.model_dump(by_alias=True, exclude_unset=True) for person in pair.persons]
        body = Vergelijking(**_voorstel(pair.waiting), inwoners=shown)
        return disclosing(body.model_dump_json(by_alias=True).encode(), [p.entry for p in pair.persons])

    @routes.post("/{ref}/beoordelingen", status_code=201)
    def decide(asker: Matchend, ref: Ref, beoordeling: Beoordeling) -> Beoordeeld:
        """Besluit over een voorstel; een ja is later terug te draaien."""
        link = review.decide(asker, ref, same=beoordeling.zelfde_persoon)
        return Beoordeeld(koppeling_id=link)

    return routes


def _voorstel(waiting: Waiting) -> dict[str, Any]:
    return {
        "voorstel_id": waiting.proposal_id,
        "redenen": list(waiting.reasons),
        "tekst": waiting.text,
        "gemaakt_op": moment(waiting.at),
    }


def _links(review: Review, routing: Routing) -> APIRouter:
    routes = router("/koppelingen", "matchen")

    @routes.delete("/{ref}")
    def undo(asker: Matchend, ref: Ref) -> Losgemaakt:
        """Draai een koppeling terug; de signalen gaan weer hun eigen weg."""
        touched = review.undo(asker, ref)
        routing.route(asker, touched)
        return Losgemaakt(dossiers=len(touched))

    return routes
