"""Lists of cases: the own caseload, the work that waits in baskets, and clocks that came to somebody's desk."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.responses import Response

from gateway.api.deps import Hulpverlenend
from gateway.api.principals import require
from gateway.api.resources import Moment, OptionalMoment, Resource, disclosing, moment
from gateway.api.routes import router
from gateway.services.casework import CaseLine, Escalated, Escalations, Sift, Worklist, Worklists
from schemas.baskets import Basket
from schemas.case import CaseState
from schemas.clocks import Clock, Desk, Stage
from schemas.parties import PartnerType
from schemas.principal import Principal

Termijnbewakend = Annotated[Principal, Depends(require("hulpverlenen", "matchen"))]
Bak = Annotated[Basket | None, Query(description="Alleen dossiers in deze werkbak.")]
Soort = Annotated[PartnerType | None, Query(description="Alleen dossiers met zo'n signaal.")]
Wijk = Annotated[
    str | None,
    Query(
        pattern=r"^[1-9][0-9]{3}$",
        description="Alleen dossiers in deze wijk: de vier cijfers van de postcode. Wat u zo opvraagt, staat in het logboek.",
    ),
]

Team = Annotated[
    str | None,
    Query(min_length=1, max_length=64, description="Alleen dossiers die aan dit team zijn gegeven."),
]


class Dossierregel(Resource):
    """Een dossier in een lijst: kenmerk, indeling en termijnen, nooit een persoon."""

    ref: str
    categorie: str
    spoed: bool
    toestand: CaseState
    soorten: Annotated[list[str], Field(description="Welke soorten signaal er zijn, niet van wie.")]
    samenloop: str
    bakken: list[Basket]
    waarneming: Annotated[bool, Field(description="Het dossier is van een afwezige collega.")]
    huisbezoek_op: date | None = None
    terugbellen_op: Annotated[
        OptionalMoment, Field(description="Wanneer de inwoner een telefoontje is beloofd.")
    ] = None
    termijnen: dict[str, Moment]
    standen: Annotated[dict[str, Stage], Field(description="Hoe ver elke termijn is.")]


class Dossierlijst(Resource):
    """Dossiers, de dringendste en oudste eerst, en hoeveel er in elke werkbak liggen."""

    dossiers: list[Dossierregel]
    aantallen: Annotated[
        dict[Basket, int], Field(description="Per werkbak; de keuze van een bak verandert dit niet.")
    ]


class Escalatie(Resource):
    """Een termijn die om u vraagt; ``werkdagen`` is negatief als zij voorbij is."""

    ref: str
    categorie: str
    toestand: CaseState
    termijn: Clock
    uiterlijk: Moment
    werkdagen: int
    stand: Stage
    bij: Annotated[list[Desk], Field(description="Bij wie deze termijn nu ligt.")]
    behandelaar: Annotated[str | None, Field(description="De medewerker op wiens naam het dossier staat.")]
    team: Annotated[str | None, Field(description="Het team waaraan het dossier is gegeven.")]


class Escalaties(Resource):
    """Termijnen die bij u liggen, wat het langst voorbij is eerst."""

    escalaties: list[Escalatie]


def worklist_routes(worklists: Worklists, escalations: Escalations) -> list[APIRouter]:
    """Make the routes of the lists under ``/dossiers``, ``/werkvoorraden`` and ``/escalaties``."""
    return [_caseload(worklists), _waiting(worklists), _late(escalations)]


def _caseload(worklists: Worklists) -> APIRouter:
    routes = router("/dossiers", "dossiers")

    @routes.get("", response_model=Dossierlijst)
    def caseload(
        asker: Hulpverlenend, bak: Bak = None, soort: Soort = None, wijk: Wijk = None, team: Team = None
    ) -> Response:
        """Geef uw eigen dossiers, en die van collega's voor wie u waarneemt."""
        return _lijst(worklists.caseload(asker, Sift(bak, soort, wijk, team)))

    return routes


def _waiting(worklists: Worklists) -> APIRouter:
    routes = router("/werkvoorraden", "dossiers")

    @routes.get("", response_model=Dossierlijst)
    def waiting(
        asker: Hulpverlenend, bak: Bak = None, soort: Soort = None, wijk: Wijk = None, team: Team = None
    ) -> Response:
        """Geef het werk van het team dat nog niemand heeft, in werkbakken."""
        return _lijst(worklists.waiting(asker, Sift(bak, soort, wijk, team)))

    return routes


def _late(escalations: Escalations) -> APIRouter:
    routes = router("/escalaties", "dossiers")

    @routes.get("", response_model=Escalaties)
    def late(asker: Termijnbewakend, team: Team = None) -> Response:
        """Geef de wettelijke termijnen die bij u als teamleider of gemeente liggen."""
        body = Escalaties(escalaties=[_escalatie(one) for one in escalations.late(asker, team)])
        return disclosing(body.model_dump_json(by_alias=True).encode(), [])

    return routes


def _lijst(found: Worklist) -> Response:
    body = Dossierlijst(dossiers=[_regel(line) for line in found.lines], aantallen=dict(found.counts))
    return disclosing(body.model_dump_json(by_alias=True, exclude_none=True).encode(), [])


def _regel(line: CaseLine) -> Dossierregel:
    return Dossierregel(
        ref=line.ref,
        categorie=line.category,
        spoed=line.urgent,
        toestand=line.state,
        soorten=list(line.types),
        samenloop=line.samenloop,
        bakken=list(line.baskets),
        waarneming=line.stands_in,
        huisbezoek_op=date.fromisoformat(line.visit_on) if line.visit_on else None,
        terugbellen_op=None if line.call_back is None else moment(line.call_back),
        termijnen={name: moment(due) for name, due in line.terms.items()},
        standen=dict(line.stages),
    )


def _escalatie(one: Escalated) -> Escalatie:
    return Escalatie(
        ref=one.ref,
        categorie=one.category,
        toestand=one.state,
        termijn=one.clock,
        uiterlijk=moment(one.due),
        werkdagen=one.days,
        stand=one.stage,
        bij=list(one.desks),
        behandelaar=one.worker,
        team=one.team,
    )
