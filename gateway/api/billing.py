"""The municipality's money: the bill of the call center per month and the meter of the budget, without residents."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from gateway.api.principals import require
from gateway.api.resources import Incoming, Resource
from gateway.api.routes import router
from gateway.services.billing import Billing, Meter
from schemas.billing import Credit, Standing, Statement
from schemas.principal import Principal

_Betalend = Annotated[Principal, Depends(require("sturen", "matchen"))]
_Maand = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="JJJJ-MM")]
_Centen = Annotated[int, Field(ge=0, description="Eurocenten.")]


class Rekeningmaand(Incoming):
    """Van welke maand u de rekening opmaakt."""

    maand: _Maand


class Rekening(Resource):
    """De rekening van een maand, gelijk aan wat het logboek telt; voorlopig zolang de maand loopt."""

    maand: str
    geleverd: Annotated[int, Field(description="Dossiers waarvan in deze maand een belrecord is geleverd.")]
    gecrediteerd: Annotated[dict[Credit, int], Field(description="Dossiers waarvoor niet betaald wordt.")]
    te_betalen: int
    tarief_cent: _Centen
    bedrag_cent: _Centen
    voorlopig: bool


class Belbudget(Resource):
    """Waar het budget staat; zonder tarief is er geen grens."""

    van_maand: str
    tot_en_met_maand: str
    geleverd: int
    ten_hoogste: int | None
    besteed_cent: _Centen
    budget_cent: _Centen
    stand: Annotated[Standing, Field(description="Vanaf 80 procent een waarschuwing.")]


def billing_routes(billing: Billing) -> list[APIRouter]:
    """Make the routes of ``/rekeningen`` and ``/belbudget``."""
    return [_bills(billing), _meter(billing)]


def _bills(billing: Billing) -> APIRouter:
    routes = router("/rekeningen", "facturatie")

    @routes.post("", status_code=201)
    def month(asker: _Betalend, rekening: Rekeningmaand) -> Rekening:
        """Maak de rekening van een maand op, vergeleken met het logboek; nog eens opmaken mag."""
        return rekening_of(billing.month(asker, rekening.maand))

    return routes


def _meter(billing: Billing) -> APIRouter:
    routes = router("/belbudget", "facturatie")

    @routes.get("")
    def meter(asker: _Betalend) -> Belbudget:
        """Vraag waar het belbudget staat."""
        return belbudget_of(billing.meter(asker))

    return routes


def rekening_of(statement: Statement) -> Rekening:
    """Write a bill as the contract names it."""
    return Rekening(
        maand=statement.month,
        geleverd=statement.delivered,
        gecrediteerd=dict(statement.credited),
        te_betalen=statement.billable,
        tarief_cent=statement.unit_cent,
        bedrag_cent=statement.amount_cent,
        voorlopig=not statement.final,
    )


def belbudget_of(meter: Meter) -> Belbudget:
    """Write the meter as the contract names it."""
    return Belbudget(
        van_maand=meter.period[0],
        tot_en_met_maand=meter.period[1],
        geleverd=meter.taken,
        ten_hoogste=meter.most,
        besteed_cent=meter.spent_cent,
        budget_cent=meter.budget_cent,
        stand=meter.standing,
    )
