"""What a social worker recorded in the own case system, in the words of that system; every message is answered."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter
from pydantic import Field

from connectors.ris import messages
from gateway.api.deps import Hulpverlenend, RawBody
from gateway.api.resources import Resource
from gateway.api.routes import router
from gateway.services.handover import Handovers, Helping
from gateway.services.inbox import Inbox
from schemas.errors import Broken, Conflict, Denied, Invalid, NotFound
from schemas.principal import Principal
from schemas.ris import CaseMessage, Happening, MessageAnswer, MessageCode, RisMap

T = TypeVar("T")

_FORMATS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Berichten uit het eigen systeem, in de woorden van dat systeem; ten hoogste duizend.",
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}},
    }
}


class Berichtantwoord(Resource):
    """Het antwoord op een bericht; noemt het veld en nooit de waarde."""

    nummer: Annotated[int, Field(ge=1, description="De plaats van het bericht, vanaf 1.")]
    code: MessageCode
    veld: str | None = None
    hint: str


class Berichtenbon(Resource):
    """Per bericht of het verwerkt is; een geweigerd bericht veranderde niets."""

    aantal: int
    verwerkt: int
    resultaten: list[Berichtantwoord]


def message_routes(inbox: Inbox, handovers: Handovers, helping: Helping, table: RisMap) -> APIRouter:
    """Make the route of ``/dossierberichten``."""
    routes = router("/dossierberichten", "uitwisseling")

    @routes.post("", openapi_extra=_FORMATS)
    def take(asker: Hulpverlenend, body: RawBody) -> Berichtenbon:
        """Lever aan wat u in het eigen systeem vastlegde; nog eens sturen verandert niets."""
        return bon_of(taken(inbox, _doing(handovers, helping), asker, messages.read(table, body)))

    return routes


def bon_of(answers: list[MessageAnswer]) -> Berichtenbon:
    """Write the answers as the contract names them."""
    lines = [Berichtantwoord(nummer=a.nummer, code=a.code, veld=a.veld, hint=a.hint) for a in answers]
    done = sum(answer.code is MessageCode.VERWERKT for answer in answers)
    return Berichtenbon(aantal=len(answers), verwerkt=done, resultaten=lines)


Doing = Mapping[Happening, Callable[[Principal, CaseMessage], object]]


def _doing(handovers: Handovers, helping: Helping) -> Doing:
    return {
        Happening.OVERNAME: lambda asker, m: handovers.acknowledge(asker, m.dossierkenmerk),
        Happening.HULPVRAAG: lambda asker, m: helping.accept(
            asker, m.dossierkenmerk, _there(m.kanaal), informed=m.geinformeerd
        ),
        Happening.EERSTE_GESPREK: lambda asker, m: helping.record_first_talk(
            asker, m.dossierkenmerk, _there(m.datum)
        ),
        Happening.UITKOMST: lambda asker, m: helping.record_help(
            asker, m.dossierkenmerk, _there(m.resultaat)
        ),
    }


def _there(part: T | None) -> T:
    if part is None:
        raise Broken("Een bericht mist een deel dat de vorm had moeten eisen")
    return part


def taken(
    inbox: Inbox, doing: Doing, asker: Principal, found: list[CaseMessage | MessageAnswer]
) -> list[MessageAnswer]:
    """Deal with messages one by one, with the rights of whoever brings them."""
    return [
        one if isinstance(one, MessageAnswer) else _one(inbox, doing, asker, number, one)
        for number, one in enumerate(found, 1)
    ]


def _one(inbox: Inbox, doing: Doing, asker: Principal, number: int, message: CaseMessage) -> MessageAnswer:
    earlier = inbox.begin(asker, message.bericht)
    if earlier is not None:
        return MessageAnswer.of(number, earlier)
    answer = _done(doing, asker, number, message)
    inbox.end(asker, message.bericht, answer.code)
    return answer


def _done(doing: Doing, asker: Principal, number: int, message: CaseMessage) -> MessageAnswer:
    try:
        doing[message.soort](asker, message)
    except NotFound:
        return MessageAnswer.of(number, MessageCode.E_REF)
    except Denied:
        return MessageAnswer.of(number, MessageCode.E_NIET_VAN_U)
    except Conflict as moved:
        return MessageAnswer.of(number, MessageCode.E_STAND, hint=moved.detail)
    except Invalid as wrong:
        field = wrong.fields[0].veld if wrong.fields else None
        return MessageAnswer.of(number, MessageCode.E_VELD, field, wrong.fields[0].hint if field else "")
    return MessageAnswer.of(number, MessageCode.VERWERKT)
