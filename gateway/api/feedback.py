"""What a partner hears back: what became of its signals in fixed words, and how well it delivers in counts."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from gateway.api.deps import Terugkoppelend
from gateway.api.principals import require
from gateway.api.resources import Dag, Moment, Resource, Tijdstip, moment
from gateway.api.routes import router
from gateway.services.feedback import Feedback, News
from gateway.services.scorecard import Scorecard, Scorecards
from schemas.moments import millis
from schemas.principal import Principal
from schemas.transforms import FEEDBACK_CODES

_Beoordelend = Annotated[Principal, Depends(require("terugkoppelen", "sturen"))]
_Maand = Annotated[
    str | None, Query(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="JJJJ-MM; zonder: deze maand.")
]
_Partij = Annotated[
    str | None,
    Query(
        pattern=r"^[a-z0-9][a-z0-9-]{0,63}$",
        description="Van wie; alleen voor het management, en dan verplicht.",
    ),
]


class Terugkoppeling(Resource):
    """Wat u over een eigen regel hoort; bij gestarte hulp tot welke dag u de incasso opschort."""

    levering_id: str
    regel: int
    ref: str
    code: Annotated[str, Field(json_schema_extra={"enum": list(FEEDBACK_CODES)})]
    teruggekoppeld_op: Moment
    pauze_tot: Dag | None


class Terugkoppelingen(Resource):
    """De terugkoppelingen sinds een moment, oudste eerst; ze zijn negentig dagen te lezen."""

    terugkoppelingen: list[Terugkoppeling]


class Groep(Resource):
    """Categorieën die samen geteld zijn omdat ze apart te klein zijn; voor een partner een klasse, geen getal."""

    onderdeel: str
    categorieen: list[str]
    aantal: int | str


class Kwaliteitskaart(Resource):
    """Hoe goed een partner in een maand aanleverde, in aantallen regels."""

    partner: str
    maand: str
    groepen: list[Groep]


def feedback_routes(feedback: Feedback, scorecards: Scorecards) -> list[APIRouter]:
    """Make the routes of ``/terugkoppelingen`` and ``/kwaliteitskaarten``."""
    return [_news(feedback), _cards(scorecards)]


def _news(feedback: Feedback) -> APIRouter:
    routes = router("/terugkoppelingen", "terugkoppeling")

    @routes.get("")
    def news(
        asker: Terugkoppelend,
        sinds: Annotated[Tijdstip | None, Query(description="Alleen wat na dit moment is gezegd.")] = None,
    ) -> Terugkoppelingen:
        """Hoor wat er van uw signalen is geworden; wie weigerde en wie niet bereikt is, hoort u niet apart."""
        told = feedback.news(asker, 0 if sinds is None else millis(sinds))
        return Terugkoppelingen(terugkoppelingen=[_terugkoppeling(one) for one in told])

    return routes


def _terugkoppeling(one: News) -> Terugkoppeling:
    return Terugkoppeling.model_validate(
        {
            "leveringId": one.delivery,
            "regel": one.line,
            "ref": one.ref,
            "code": one.code,
            "teruggekoppeldOp": moment(one.at),
            "pauzeTot": one.pause_until,
        }
    )


def _cards(scorecards: Scorecards) -> APIRouter:
    routes = router("/kwaliteitskaarten", "terugkoppeling")

    @routes.get("")
    def card(asker: _Beoordelend, maand: _Maand = None, partner: _Partij = None) -> Kwaliteitskaart:
        """Zie hoe goed een partner aanleverde; kleine groepen zijn samengenomen, en over inwoners staat er niets."""
        return _kaart(scorecards.card(asker, maand, partner))

    return routes


def _kaart(card: Scorecard) -> Kwaliteitskaart:
    groups = [Groep(onderdeel=g.table, categorieen=list(g.categories), aantal=g.count) for g in card.groups]
    return Kwaliteitskaart(partner=card.partner, maand=card.month, groepen=groups)
