"""Letters: ordered by the municipality or a social worker, printed, sent and returned by the letter service."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Response
from pydantic import Field
from starlette.requests import Request

from gateway.api.deps import Aanschrijvend, Ref
from gateway.api.principals import require
from gateway.api.resources import Dag, Incoming, Resource, disclosing, receipt_path
from gateway.api.routes import preferred, router
from gateway.services.billing import Billing
from gateway.services.letters import LetterOrders, Post, PrintFile, Printing
from schemas.letters import Template
from schemas.principal import Principal

Bestellend = Annotated[Principal, Depends(require("matchen", "hulpverlenen"))]
Kenmerken = list[Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{9,20}$")]]

_JSON, _CSV = "application/json", "text/csv"
_MOST = 10_000
_FORMATS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "De adressen als JSON, of als CSV met puntkomma's als u daar in Accept om vraagt.",
        "content": {_CSV: {"schema": {"type": "string"}}},
    }
}


class NieuweBriefopdracht(Incoming):
    """Welke dossiers een brief krijgen; noemt de gemeente er geen, dan alle dossiers die op een brief wachten."""

    dossiers: Annotated[Kenmerken, Field(min_length=1, max_length=_MOST)] | None = None
    sjabloon: Annotated[
        Template | None, Field(description="Zonder keuze het sjabloon dat bij het dossier past.")
    ] = None


class Besteld(Resource):
    """De opdracht; ``overgeslagen`` dossiers kunnen nu geen brief krijgen. Zonder id was er niets te bestellen."""

    briefopdracht_id: str | None
    aantal: int
    overgeslagen: int


class Briefopdracht(Resource):
    """Een opdracht met het aantal brieven dat nog niet is verzonden."""

    briefopdracht_id: str
    aantal: int


class Briefopdrachten(Resource):
    """De opdrachten waarvan nog brieven te verzenden zijn, de oudste eerst."""

    briefopdrachten: list[Briefopdracht]


class Adressen(Resource):
    """Wat er op de brieven staat; ``vervallen`` brieven hoeven niet meer, want hun dossier ging een andere weg."""

    brieven: Annotated[
        list[dict[str, Any]],
        Field(description="Per brief naam, adres, sjabloon en het bewijs van deze verstrekking."),
    ]
    vervallen: int


class Verzending(Incoming):
    """De dag waarop de gedrukte brieven op de post gingen."""

    datum: Dag


class Retouren(Incoming):
    """De kenmerken op de brieven die onbestelbaar terugkwamen."""

    dossiers: Annotated[Kenmerken, Field(min_length=1, max_length=_MOST)]


class Verwerkt(Resource):
    """Hoeveel brieven het betrof."""

    aantal: int


def letter_routes(billing: Billing, orders: LetterOrders, printing: Printing, post: Post) -> list[APIRouter]:
    """Make the routes of ``/briefopdrachten``."""
    return [_ordering(billing, orders), _printing(printing), _post(post)]


def _ordering(billing: Billing, orders: LetterOrders) -> APIRouter:
    routes = router("/briefopdrachten", "brieven")

    @routes.post("", status_code=201, responses={200: {"description": "Er was niets te bestellen."}})
    def order(asker: Bestellend, response: Response, opdracht: NieuweBriefopdracht) -> Besteld:
        """Bestel brieven voor genoemde dossiers, of als gemeente voor elk dossier dat op een brief wacht."""
        if opdracht.dossiers is None:
            billing.divert(asker)  # whom the calling budget does not reach waits for a letter too
        batch = orders.order(asker, opdracht.dossiers, opdracht.sjabloon)
        response.status_code = 201 if batch.batch_id else 200
        return Besteld(briefopdracht_id=batch.batch_id, aantal=batch.count, overgeslagen=batch.skipped)

    return routes


def _printing(printing: Printing) -> APIRouter:
    routes = router("/briefopdrachten", "brieven")

    @routes.get("")
    def batches(asker: Aanschrijvend) -> Briefopdrachten:
        """Geef de opdrachten waarvan nog brieven te drukken of te verzenden zijn."""
        found = printing.batches(asker)
        return Briefopdrachten(
            briefopdrachten=[Briefopdracht(briefopdracht_id=i, aantal=n) for i, n in found.items()]
        )

    @routes.get("/{ref}/adressen", response_model=Adressen, responses=_FORMATS)
    def addresses(asker: Aanschrijvend, ref: Ref, request: Request) -> Response:
        """Haal op wat er op de brieven staat; tot de verzending geeft nog eens ophalen dezelfde brieven."""
        chosen = preferred(request, (_JSON, _CSV))
        return _addresses(printing.print_file(asker, ref), chosen)

    return routes


def _addresses(file: PrintFile, media_type: str) -> Response:
    entries = [letter.entry for letter in file.letters]
    if media_type == _CSV:
        return disclosing(file.csv().encode(), entries, media_type=f"{_CSV}; charset=utf-8; header=present")
    rows = [
        {**row, "logontvangst": receipt_path(entry)} for row, entry in zip(file.rows(), entries, strict=True)
    ]
    return disclosing(orjson.dumps({"brieven": rows, "vervallen": file.lapsed}), entries)


def _post(post: Post) -> APIRouter:
    routes = router("/briefopdrachten", "brieven")

    @routes.post("/{ref}/verzendingen", status_code=201)
    def sent(asker: Aanschrijvend, ref: Ref, verzending: Verzending) -> Verwerkt:
        """Meld dat de gedrukte brieven op de post zijn; vanaf die dag telt het aanbod."""
        return Verwerkt(aantal=post.confirm_sent(asker, ref, verzending.datum))

    @routes.post("/{ref}/retouren", status_code=201)
    def returned(asker: Aanschrijvend, ref: Ref, retouren: Retouren) -> Verwerkt:
        """Meld onbestelbare brieven; het aanbod telt dan niet en sociaal werk neemt het over."""
        return Verwerkt(aantal=post.returned(asker, ref, retouren.dossiers))

    return routes
