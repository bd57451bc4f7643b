"""Deliveries of signal partners: upload, receipt, withdrawal."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from gateway.api.deps import Aanleverend, ContentType, IdempotencyKey, RawBody, Ref, Terugkoppelend
from gateway.api.resources import LOCATED, Getal, Incoming, Resource, location
from gateway.api.routes import router
from gateway.services.feedback import Feedback, OwnSignal
from gateway.services.intake import Intake, Received
from gateway.services.intake.receive import Upload
from gateway.services.routing import Routing
from schemas.ids import DeliveryId
from schemas.signal import LineCode

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_Nummer = Annotated[Getal, Field(ge=1)]
_FORMATS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "De signalen: een JSON-reeks, CSV met puntkomma's (UTF-8 of Windows-1252) of een Excel-werkmap.",
        "content": {
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            "text/csv": {"schema": {"type": "string"}},
            _XLSX: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


class Regelresultaat(Resource):
    """Het antwoord op een regel; noemt het veld en nooit de waarde."""

    regel: Annotated[int, Field(ge=1, description="Nummer van de regel, zonder de kop, vanaf 1.")]
    code: LineCode
    veld: str | None = None
    hint: str


class Levering(Resource):
    """Het ontvangstbewijs: een resultaat per regel, in de volgorde van het bestand."""

    levering_id: str
    aantal: int
    aangenomen: int
    herhaling_van: str | None = None
    resultaten: list[Regelresultaat]


class EigenSignaal(Resource):
    """Een regel waarvan de gemeente een dossier maakte, met uw eigen kenmerk daarvan."""

    regel: int
    ref: str
    telefoon_onjuist: Annotated[
        bool, Field(description="Een nummer uit deze regel bleek van een ander; controleer uw gegevens.")
    ]


class EigenSignalen(Resource):
    """Uw signalen uit een levering; met het kenmerk vraagt u een weergave op."""

    signalen: list[EigenSignaal]


class Intrekking(Incoming):
    """Welke regels van de levering u terugneemt; zonder regels de hele levering."""

    regels: Annotated[list[_Nummer], Field(min_length=1, max_length=50_000)] | None = None


def _levering(received: Received, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Write the receipt; fifty thousand lines go past the models, which the contract still shows."""
    content = {
        "leveringId": received.delivery_id,
        "aantal": len(received.results),
        "aangenomen": received.accepted,
        "herhalingVan": received.repeat_of,
        "resultaten": [
            {"regel": r.regel, "code": r.code, "veld": r.veld, "hint": r.hint} for r in received.results
        ],
    }
    return Response(orjson.dumps(content), status, headers, media_type="application/json")


def _made(received: Received) -> Response:
    return _levering(received, 201, location("leveringen", received.delivery_id))


def _eigen(signal: OwnSignal) -> EigenSignaal:
    return EigenSignaal(regel=signal.line, ref=signal.ref, telefoon_onjuist=signal.wrong_number)


def partner_routes(intake: Intake, routing: Routing, feedback: Feedback) -> APIRouter:
    """Make the routes of ``/leveringen``."""
    routes = router("/leveringen", "leveringen")

    @routes.post("", status_code=201, openapi_extra=_FORMATS, response_model=Levering, responses=LOCATED)
    def deliver(
        asker: Aanleverend,
        body: RawBody,
        content_type: ContentType,
        idempotency_key: IdempotencyKey = None,
        *,
        proef: Annotated[bool, Query(description="Alleen nakijken; er wordt niets bewaard.")] = False,
    ) -> Response:
        """Lever signalen aan. Goede regels worden aangenomen, foute geweigerd; herhalen verandert niets."""
        upload = Upload(body, content_type, idempotency_key, proef)
        received = intake.receive(asker, upload)
        if received.touched:
            routing.route(asker, received.touched)
        return _levering(received) if proef else _made(received)

    @routes.get("/{ref}", response_model=Levering)
    def receipt(asker: Aanleverend, ref: Ref) -> Response:
        """Vraag het ontvangstbewijs van een eerdere levering op."""
        return _levering(intake.receipt(asker, DeliveryId(ref)))

    @routes.get("/{ref}/signalen")
    def own(asker: Terugkoppelend, ref: Ref) -> EigenSignalen:
        """Vraag de kenmerken op waaronder u terugkoppeling over uw eigen signalen kunt zien."""
        found = feedback.own(asker, DeliveryId(ref))
        return EigenSignalen(signalen=[_eigen(signal) for signal in found])

    @routes.post("/{ref}/intrekkingen", status_code=201, response_model=Levering)
    def withdraw(asker: Aanleverend, ref: Ref, intrekking: Intrekking | None = None) -> Response:
        """Trek regels van een levering in; belrecords van die inwoners worden meteen teruggeroepen."""
        lines = intrekking.regels if intrekking is not None else None
        received = intake.withdraw(asker, DeliveryId(ref), lines or ())
        if received.touched:
            routing.route(asker, received.touched)
        return _levering(received, 201)

    return routes
