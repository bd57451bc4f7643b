"""Exchange with the case system of social work: one round of putting and sending, started by the operator's timer."""

from fastapi import APIRouter

from gateway.api.deps import Beherend
from gateway.api.resources import Resource
from gateway.api.routes import router
from gateway.services.delivery import Delivery, Round
from schemas.ris import Fate


class Bezorgronde(Resource):
    """Wat een ronde deed, in aantallen; wat later moet, gaat in een volgende ronde vanzelf opnieuw."""

    klaargezet: int
    bezorgd: int
    geweigerd: int
    wachtend: int


def exchange_routes(delivery: Delivery) -> APIRouter:
    """Make the route of ``/bezorgingen``."""
    routes = router("/bezorgingen", "uitwisseling")

    @routes.post("")
    def run(asker: Beherend) -> Bezorgronde:
        """Zet klaar wat veranderd is en bezorg wat wacht bij het systeem van sociaal werk; herhalen mag altijd."""
        return ronde_of(delivery.run(asker))

    return routes


def ronde_of(done: Round) -> Bezorgronde:
    """Write a round as the contract names it."""
    return Bezorgronde(
        klaargezet=done.put,
        bezorgd=done.fates[Fate.BEZORGD],
        geweigerd=done.fates[Fate.GEWEIGERD],
        wachtend=done.left,
    )
