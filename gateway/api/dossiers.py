"""Cases: the own caseload, one case in full, and any party's view of a case for a purpose."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import Field
from starlette.responses import Response

from gateway.api.deps import Asker, Hulpverlenend, Kenmerk
from gateway.api.principals import require
from gateway.api.resources import Dag, Incoming, Resource, disclosing
from gateway.api.routes import router
from gateway.services.assignments import Absence, Assignments
from gateway.services.casework import Casework
from schemas.errors import FieldProblem, Invalid
from schemas.help import Handing
from schemas.principal import Principal

Verdelend = Annotated[Principal, Depends(require("hulpverlenen", "matchen"))]
Doel = Annotated[
    str, Path(pattern=r"^[a-z]{3,20}$", description="Het doel waarvoor u de gegevens wilt zien.")
]


class Toewijzing(Incoming):
    """Aan welke medewerker of aan welk team een dossier wordt gegeven, en waarom; noem een van beide."""

    medewerker: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    team: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    reden: Handing


_ONE = FieldProblem("medewerker", "een_van", "Noem een medewerker of een team, en niet allebei")


class Afwezigheid(Incoming):
    """Wie afwezig is, van wanneer tot en met wanneer, en wie waarneemt."""

    medewerker: Annotated[str, Field(min_length=1, max_length=64)]
    vervanger: Annotated[str, Field(min_length=1, max_length=64)]
    eerste_dag: Dag
    laatste_dag: Dag


class Afwezig(Resource):
    """De vastgelegde afwezigheid."""

    afwezigheid_id: str


def dossier_routes(casework: Casework, assignments: Assignments) -> list[APIRouter]:
    """Make the routes of ``/dossiers/{ref}`` and ``/afwezigheden``."""
    return [_cases(casework), _division(assignments), _absences(assignments)]


def _cases(casework: Casework) -> APIRouter:
    routes = router("/dossiers", "dossiers")

    @routes.get("/{ref}")
    def read(asker: Hulpverlenend, ref: Kenmerk) -> Response:
        """Bekijk een dossier op uw naam in zijn geheel."""
        shown = casework.read(asker, ref)
        return disclosing(shown.body, [shown.entry])

    @routes.get("/{ref}/weergaven/{doel}")
    def view(asker: Asker, ref: Kenmerk, doel: Doel) -> Response:
        """Geef wat u van een dossier mag zien voor een doel, of waarom niet; elk antwoord staat in het logboek."""
        shown = casework.view(asker, ref, doel)
        return disclosing(shown.body, [shown.entry])

    return routes


def _division(assignments: Assignments) -> APIRouter:
    routes = router("/dossiers", "dossiers")

    @routes.post("/{ref}/toewijzingen", status_code=204)
    def assign(asker: Verdelend, ref: Kenmerk, toewijzing: Toewijzing) -> None:
        """Geef een dossier aan een medewerker, of leg het bij een team; een ander ziet het daarna niet meer."""
        if toewijzing.medewerker is not None and toewijzing.team is None:
            assignments.assign(asker, ref, toewijzing.medewerker, toewijzing.reden)
        elif toewijzing.team is not None and toewijzing.medewerker is None:
            assignments.allot(asker, ref, toewijzing.team, toewijzing.reden)
        else:
            raise Invalid(fields=[_ONE])

    @routes.delete("/{ref}/toewijzingen", status_code=204)
    def release(asker: Verdelend, ref: Kenmerk) -> None:
        """Leg een dossier terug bij het werk dat wacht."""
        assignments.release(asker, ref)

    return routes


def _absences(assignments: Assignments) -> APIRouter:
    routes = router("/afwezigheden", "dossiers")

    @routes.post("", status_code=201)
    def record(asker: Verdelend, afwezigheid: Afwezigheid) -> Afwezig:
        """Leg vast wie waarneemt voor een afwezige collega."""
        absence = Absence(
            afwezigheid.medewerker, afwezigheid.vervanger, afwezigheid.eerste_dag, afwezigheid.laatste_dag
        )
        return Afwezig(afwezigheid_id=assignments.record_absence(asker, absence))

    return routes
