"""The month report over the API: numbers only, each of a large enough group; JSON or an accessible PDF."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.deps import Sturend
from gateway.api.principals import require
from gateway.api.resources import Incoming, disclosing
from gateway.api.routes import preferred, router
from gateway.services.reporting import Reports, Told, pdf
from gateway.statistics.report import Readers, Report
from schemas.principal import Principal

_PDF: Final = "application/pdf"
_JSON: Final = "application/json"
_FORM: Final = r"^\d{4}-(0[1-9]|1[0-2])$"
_CONTENT: Final = {200: {"content": {_PDF: {"schema": {"type": "string", "format": "binary"}}}}}

_Lezend = Annotated[Principal, Depends(require("sturen", "openbaarmaken"))]


class TeRapporteren(Incoming):
    """De maand waarvan u de cijfers vaststelt."""

    maand: Annotated[str, Field(pattern=_FORM, description="JJJJ-MM")]


def report_routes(reports: Reports) -> APIRouter:
    """Make the routes of ``/maandrapportages``."""
    routes = router("/maandrapportages", "cijfers")

    @routes.post("", status_code=201, response_model=Report)
    def lay_down(asker: Sturend, wanted: TeRapporteren) -> Response:
        """Stel de cijfers van een afgelopen maand vast; daarna veranderen ze niet meer."""
        return _answer(reports.lay_down(asker, wanted.maand), status=201)

    @routes.get("/{maand}", response_model=Report, responses=_CONTENT)  # type: ignore[arg-type]
    def read(
        request: Request,
        asker: _Lezend,
        maand: Annotated[str, Path(pattern=_FORM, description="JJJJ-MM")],
        lezers: Annotated[
            Readers | None, Query(description="Welk rapport; zonder: dat van uw eigen taak.")
        ] = None,
    ) -> Response:
        """Geef de vastgestelde cijfers van een maand, als JSON of als toegankelijke PDF."""
        told = reports.read(asker, maand, lezers)
        return _answer(told, as_pdf=preferred(request, (_JSON, _PDF)) == _PDF)

    return routes


def _answer(told: Told, *, status: int = 200, as_pdf: bool = False) -> Response:
    body = pdf(told.report) if as_pdf else told.report.model_dump_json(by_alias=True).encode()
    return disclosing(body, [told.entry], status=status, media_type=_PDF if as_pdf else _JSON)
