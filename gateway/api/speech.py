"""What is said on the telephone: scripts and cards with tips for agents, and a check of our calls for everybody."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field

from gateway.api.deps import Bellend
from gateway.api.limits import Limits
from gateway.api.resources import Incoming, OptionalDag, Resource
from gateway.api.routes import PUBLIC, router
from gateway.services.callback import CallControl
from schemas.scripts import CARDS, TipsCard, card, script

TextRef = Annotated[
    str,
    Path(pattern=r"^[0-9A-Za-z_-]{3,40}$", description="Code en versie, bijvoorbeeld eerste_aanbod-2."),
]
"""A text by its code and version."""

_YES = "Dit telefoontje kwam van de gemeente."
_NO = (
    "Wij herkennen deze code niet bij dit nummer. Geef geen gegevens en hang op. Bel zelf de gemeente op het nummer dat u "
    "kent."
)


class Scriptstap(Resource):
    """Een stap van een script: wanneer u die zegt, en wat."""

    moment: str
    tekst: str


class Belscript(Resource):
    """Een versie van een belscript; een versie verandert nooit."""

    code: str
    versie: int
    sinds: date
    stappen: list[Scriptstap]


class Tipkaart(Resource):
    """Tips voor een inwoner die geen hulp wil, per soort achterstand; noem de code bij het belresultaat."""

    code: str
    soort: str
    versie: int
    sinds: date
    tips: list[str]


class Tipkaarten(Resource):
    """Alle tipkaarten."""

    tipkaarten: list[Tipkaart]


class Belcontrole(Incoming):
    """De code die de beller noemde en het nummer waarop u gebeld bent."""

    code: Annotated[str, Field(min_length=9, max_length=20)]
    nummer: Annotated[str, Field(min_length=4, max_length=20)]


class Belcontroleantwoord(Resource):
    """Of het telefoontje van de gemeente kwam, en op welke dag; verder niets."""

    bevestigd: bool
    datum: OptionalDag = None
    tekst: str


def speech_routes(control: CallControl, limits: Limits) -> list[APIRouter]:
    """Make the routes of ``/belscripts``, ``/tipkaarten`` and ``/belcontroles``."""
    return [_scripts(), _cards(), _checks(control, limits)]


def _scripts() -> APIRouter:
    routes = router("/belscripts", "bellen")

    @routes.get("/{ref}")
    def read(_asker: Bellend, ref: TextRef) -> Belscript:
        """Geef de tekst van een belscript, op code en versie zoals het belrecord die noemt."""
        found = script(ref)
        steps = [Scriptstap(moment=step.moment, tekst=step.tekst) for step in found.stappen]
        since = date.fromisoformat(found.sinds)
        return Belscript(code=found.code, versie=found.versie, sinds=since, stappen=steps)

    return routes


def _cards() -> APIRouter:
    routes = router("/tipkaarten", "bellen")

    @routes.get("")
    def everything(_asker: Bellend) -> Tipkaarten:
        """Geef alle tipkaarten."""
        return Tipkaarten(tipkaarten=[_tipkaart(one) for one in CARDS.values()])

    @routes.get("/{ref}")
    def read(_asker: Bellend, ref: TextRef) -> Tipkaart:
        """Geef een tipkaart, op soort en versie."""
        return _tipkaart(card(ref))

    return routes


def _tipkaart(one: TipsCard) -> Tipkaart:
    since = date.fromisoformat(one.sinds)
    return Tipkaart(code=one.code, soort=one.soort, versie=one.versie, sinds=since, tips=list(one.tips))


def _checks(control: CallControl, limits: Limits) -> APIRouter:
    routes = router("/belcontroles", "belcontrole")

    @routes.post("", openapi_extra=dict(PUBLIC))
    def check(controle: Belcontrole) -> Belcontroleantwoord:
        """Ga na of een telefoontje van de gemeente kwam. Voor iedereen; het antwoord noemt alleen de dag."""
        answer = control.check(controle.code, controle.nummer)
        ours = answer.day is not None
        if (
            not ours
        ):  # Only what fails is counted: a flood of guesses must not keep a true code from being confirmed.
            limits.take("publiek", "belcontrole")
        return Belcontroleantwoord(bevestigd=ours, datum=answer.day, tekst=_YES if ours else _NO)

    return routes
