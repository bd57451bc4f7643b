"""The municipality's own work on signals: starting a matching round and judging what the computer doubts."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from gateway.api.deps import Kenmerk, Matchend, Ref
from gateway.api.resources import Incoming, JaNee, Moment, OptionalMoment, Resource, disclosing, moment
from gateway.api.routes import router
from gateway.services.matching import Links, MatchRun, Review
from gateway.services.matching.links import Linked
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

    zelfde_persoon: JaNee


class Beoordeeld(Resource):
    """Het besluit, en de koppeling die een ja maakt."""

    koppeling_id: str | None = Field(default=None)


class Koppeling(Resource):
    """Twee signalen die over dezelfde inwoner gaan, met de regel en de kenmerken waarop dat rust; geen waarden."""

    koppeling_id: str
    ronde_id: str
    regel: str
    kenmerken: list[str]
    automatisch: Annotated[bool, Field(description="Of de computer het deed; anders besloot een mens.")]
    gemaakt_op: Moment
    teruggedraaid_op: OptionalMoment = None
    dossierkenmerk: str | None = None


class Koppelingen(Resource):
    """Koppelingen, oudste eerst."""

    koppelingen: list[Koppeling]


class GekoppeldPaar(Koppeling):
    """Een koppeling met de twee meldingen naast elkaar; niets over achterstanden."""

    inwoners: Annotated[list[dict[str, Any]], Field(min_length=2, max_length=2)]


class Losgemaakt(Resource):
    """Hoeveel dossiers na het terugdraaien opnieuw bekeken moeten worden."""

    dossiers: Annotated[int, Field(ge=0)]


def matching_routes(run: MatchRun, review: Review, links: Links, routing: Routing) -> list[APIRouter]:
    """Make the routes of ``/matchrondes``, ``/koppelvoorstellen``, ``/koppelingen`` and the links of a case."""
    return [_rounds(run, links, routing), _proposals(review), _links(review, links, routing), _of_case(links)]


def _rounds(run: MatchRun, links: Links, routing: Routing) -> APIRouter:
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
            wegen={str(way): count for way, count in sorted(ways.items())},
        )

    @routes.get("/{ref}/koppelingen")
    def made(
        asker: Matchend,
        ref: Ref,
        pagina: Annotated[int, Query(ge=1, le=100_000, description="Bladzijde van honderd koppelingen.")] = 1,
    ) -> Koppelingen:
        """Geef de koppelingen van een ronde, ook wat is teruggedraaid; elke regel staat in het logboek."""
        return Koppelingen(koppelingen=[_koppeling(one) for one in links.of_run(asker, ref, pagina)])

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


def _koppeling(linked: Linked) -> Koppeling:
    return Koppeling(**_fields(linked))


def _fields(linked: Linked) -> dict[str, Any]:
    return {
        "koppeling_id": linked.link_id,
        "ronde_id": linked.run_id,
        "regel": linked.rule,
        "kenmerken": list(linked.evidence),
        "automatisch": linked.automatic,
        "gemaakt_op": moment(linked.at),
        "teruggedraaid_op": None if linked.revoked_at is None else moment(linked.revoked_at),
        "dossierkenmerk": linked.ref,
    }


def _links(review: Review, links: Links, routing: Routing) -> APIRouter:
    routes = router("/koppelingen", "matchen")

    @routes.get("/{ref}", response_model=GekoppeldPaar)
    def look(asker: Matchend, ref: Ref) -> Response:
        """Bekijk de twee meldingen van een koppeling naast elkaar; elke blik staat in het logboek."""
        pair = links.pair(asker, ref)
        shown = [person.view.model_dump(by_alias=True, exclude_unset=True) for person in pair.persons]
        body = GekoppeldPaar(**_fields(pair.link), inwoners=shown)
        return disclosing(body.model_dump_json(by_alias=True).encode(), [p.entry for p in pair.persons])

    @routes.delete("/{ref}")
    def undo(asker: Matchend, ref: Ref) -> Losgemaakt:
        """Draai een koppeling terug; de signalen gaan weer hun eigen weg."""
        touched = review.undo(asker, ref)
        routing.route(asker, touched)
        return Losgemaakt(dossiers=len(touched))

    return routes


def _of_case(links: Links) -> APIRouter:
    routes = router("/dossiers", "matchen")

    @routes.get("/{ref}/koppelingen")
    def held(asker: Matchend, ref: Kenmerk) -> Koppelingen:
        """Geef de koppelingen die de signalen van een dossier bijeenhouden; elke regel staat in het logboek."""
        return Koppelingen(koppelingen=[_koppeling(one) for one in links.of_case(asker, ref)])

    return routes
