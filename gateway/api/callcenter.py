"""The call center: dial records, verification, results, recalls and residents who call back."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.deps import Bellend, Kenmerk
from gateway.api.dialfile import CSV, dial_file, dialfile_routes
from gateway.api.limits import Limits
from gateway.api.resources import (
    Dag,
    Getal,
    Incoming,
    Moment,
    OptionalMoment,
    Resource,
    Tijdstip,
    disclosing,
    moment,
)
from gateway.api.routes import preferred, router
from gateway.services.callback import Callback
from gateway.services.dialling import Dialling, DialRecord
from gateway.services.results import Results
from schemas.call import CallResult
from schemas.moments import instant, millis

JSON = "application/json"
_AS_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {CSV: {"schema": {"type": "string"}}}}}
"""A dialer without an API gets its records as a file."""


class Leaseverzoek(Incoming):
    """Hoeveel belrecords u wilt; u krijgt er nooit meer dan de gemeente toestaat."""

    aantal: Annotated[Getal, Field(ge=1, le=25)] = 5


class Belrecord(Resource):
    """Een belrecord: wie u belt, waarop en met welk script; meer heeft u niet nodig."""

    ref: str
    aanhef: str
    voorvoegsel: str | None = None
    achternaam: str
    telefoonnummers: list[str]
    script_code: str
    script_versie: int
    controlecode: Annotated[
        str, Field(description="Hiermee gaat de inwoner op de website na dat de gemeente belt.")
    ]
    afspraak_op: Annotated[OptionalMoment, Field(description="Het moment dat de inwoner zelf koos.")] = None
    verloopt_op: Moment


class Belrecords(Resource):
    """De uitgegeven belrecords; leeg als er nu niets te bellen is."""

    belrecords: list[Belrecord]


class Verificatie(Incoming):
    """Wat de inwoner antwoordt; u krijgt ja of nee, nooit het gegeven."""

    geboortedatum: Dag
    huisnummer: Annotated[Getal, Field(ge=1, le=99_999)]


class Bevestiging(Resource):
    """Ja of nee, en hoe vaak u het nog mag vragen."""

    bevestigd: bool
    vragen_over: int


class Belresultaat(CallResult):
    """Hoe een poging afliep; tekst is kort en wordt verzegeld bewaard."""

    model_config = ConfigDict(populate_by_name=False)

    terugbellen_op: Tijdstip | None = None


class Vastgelegd(Resource):
    """De vastgelegde poging."""

    poging_id: str
    poging: int
    herhaald: bool = False
    boodschap: Annotated[str | None, Field(description="Wat u nu moet weten of doen.")] = None


class Beller(Incoming):
    """Het nummer van wie terugbelt."""

    nummer: Annotated[str, Field(min_length=4, max_length=20)]


class Gevonden(Resource):
    """Onder welk kenmerk u controleert en vastlegt; over de inwoner staat hier niets."""

    ref: str
    verloopt_op: Moment


class Terugroeping(Resource):
    """Een belrecord dat u niet meer mag gebruiken."""

    ref: str
    teruggeroepen_op: Moment


class Terugroepingen(Resource):
    """De teruggeroepen belrecords sinds een moment, oudste eerst."""

    terugroepingen: list[Terugroeping]


def callcenter_routes(
    dialling: Dialling, results: Results, callback: Callback, searches: Limits
) -> list[APIRouter]:
    """Make the routes of ``/belrecords``, ``/terugbellers`` and ``/terugroepingen``; ``searches`` limits looking numbers up."""
    return [
        _records(dialling, results),
        dialfile_routes(dialling, results),
        _callers(callback, searches),
        _recalls(dialling),
    ]


def _records(dialling: Dialling, results: Results) -> APIRouter:
    routes = router("/belrecords", "bellen")

    @routes.post("/_lease", response_model=Belrecords, responses=_AS_FILE)
    def lease(asker: Bellend, request: Request, verzoek: Leaseverzoek | None = None) -> Response:
        """Haal een paar belrecords op, binnen de beltijden; ze verlopen vanzelf. Als CSV voor een kiezer zonder API."""
        wanted = verzoek.aantal if verzoek is not None else Leaseverzoek().aantal
        return _handed_out(dialling.lease(asker, wanted), preferred(request, (JSON, CSV)))

    @routes.post("/{ref}/verificaties", status_code=201)
    def verify(asker: Bellend, ref: Kenmerk, verificatie: Verificatie) -> Bevestiging:
        """Controleer met wie u spreekt, voordat u iets zegt."""
        born = verificatie.geboortedatum.isoformat()
        answer = dialling.verify(asker, ref, born, verificatie.huisnummer)
        return Bevestiging(bevestigd=answer.confirmed, vragen_over=answer.left)

    @routes.post("/{ref}/belresultaten", status_code=201)
    def record(asker: Bellend, ref: Kenmerk, resultaat: Belresultaat) -> Vastgelegd:
        """Leg de uitkomst van een poging vast; dezelfde uitkomst nog eens sturen verandert niets."""
        done = results.record(asker, ref, resultaat)
        return Vastgelegd(
            poging_id=done.attempt_id,
            poging=done.number,
            herhaald=done.repeated,
            boodschap=done.message or None,
        )

    @routes.post("/{ref}/belangenconflicten", status_code=204)
    def step_aside(asker: Bellend, ref: Kenmerk) -> None:
        """Meld dat u de inwoner kent: een collega belt, en u krijgt dit dossier nooit meer."""
        dialling.step_aside(asker, ref)

    @routes.delete("/{ref}", status_code=204)
    def release(asker: Bellend, ref: Kenmerk) -> None:
        """Geef een belrecord ongebruikt terug."""
        dialling.release(asker, ref)

    return routes


def _handed_out(records: list[DialRecord], media_type: str) -> Response:
    entries = [record.shown.entry for record in records]
    if media_type == CSV:
        return disclosing(dial_file(records), entries, media_type=CSV)
    body = Belrecords(belrecords=[_belrecord(record) for record in records])
    return disclosing(body.model_dump_json(by_alias=True, exclude_none=True).encode(), entries)


def _belrecord(record: DialRecord) -> Belrecord:
    shown = record.shown.view.model_dump(exclude_unset=True)
    code, _, version = shown["script"].partition("@")
    return Belrecord(
        ref=record.ref,
        aanhef=shown["aanhef"],
        voorvoegsel=shown.get("voorvoegsel"),
        achternaam=shown["achternaam"],
        telefoonnummers=list(record.numbers),
        script_code=code,
        script_versie=int(version),
        controlecode=record.control,
        afspraak_op=None if record.promised_at is None else moment(record.promised_at),
        verloopt_op=moment(record.expires_at),
    )


def _callers(callback: Callback, searches: Limits) -> APIRouter:
    routes = router("/terugbellers", "bellen")

    @routes.post("/_zoek")
    def search(asker: Bellend, beller: Beller) -> Gevonden:
        """Zoek het dossier van een inwoner die terugbelt, op het nummer van de beller; een rij nummers afgaan kan niet."""
        searches.take(asker.client, "terugbellers")
        found = callback.search(asker, beller.nummer)
        return Gevonden(ref=found.ref, verloopt_op=moment(found.expires_at))

    return routes


def _recalls(dialling: Dialling) -> APIRouter:
    routes = router("/terugroepingen", "bellen")

    @routes.get("")
    def recalled(
        asker: Bellend,
        sinds: Annotated[
            Tijdstip | None, Query(description="Alleen wat na dit moment is teruggeroepen.")
        ] = None,
    ) -> Terugroepingen:
        """Geef de belrecords die zijn teruggeroepen; vraag dit ten minste elke minuut op."""
        since = millis(sinds) if sinds is not None else millis(instant(0))
        return Terugroepingen(
            terugroepingen=[
                Terugroeping(ref=ref, teruggeroepen_op=moment(at))
                for ref, at in dialling.recalled(asker, since)
            ]
        )

    return routes
