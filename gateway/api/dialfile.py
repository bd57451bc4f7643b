"""The call center by file: results as CSV, with an answer to every line; one line never spoils another."""

from collections.abc import Iterator
from email.message import Message
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from connectors import callcenter
from gateway.api.deps import Bellend, ContentType, RawBody
from gateway.api.resources import Resource
from gateway.api.routes import router
from gateway.services.dialling import Dialling, DialRecord
from gateway.services.results import Results
from schemas.dialfile import FileResult, LineAnswer, ResultCode
from schemas.errors import Conflict, Invalid, NotFound, TooMany
from schemas.moments import instant, millis
from schemas.principal import Principal

CSV = "text/csv"
_FORMATS: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "Uitkomsten als CSV met puntkomma's; de kolommen staan in de handleiding.",
        "content": {CSV: {"schema": {"type": "string"}}},
    }
}


class Regelantwoord(Resource):
    """Het antwoord op een regel; noemt het veld en nooit de waarde."""

    regel: Annotated[int, Field(ge=1, description="Nummer van de regel, zonder de kop, vanaf 1.")]
    code: ResultCode
    veld: str | None = None
    hint: str


class Uitkomstenbon(Resource):
    """Per regel of zij is vastgelegd; van een geweigerde regel is niets bewaard."""

    aantal: int
    vastgelegd: int
    resultaten: list[Regelantwoord]


def dialfile_routes(dialling: Dialling, results: Results) -> APIRouter:
    """Make the route of ``/belresultaten``."""
    routes = router("/belresultaten", "bellen")

    @routes.post("", openapi_extra=_FORMATS)
    def take(asker: Bellend, body: RawBody, content_type: ContentType) -> Uitkomstenbon:
        """Lever de uitkomsten van een belronde als bestand aan; hetzelfde bestand nog eens sturen verandert niets."""
        header = Message()
        header["Content-Type"] = content_type[:200]
        return bon_of(list(taken(dialling, results, asker, body, header.get_content_charset())))

    return routes


def bon_of(answers: list[LineAnswer]) -> Uitkomstenbon:
    """Write the answers as the contract names them."""
    lines = [Regelantwoord(regel=a.regel, code=a.code, veld=a.veld, hint=a.hint) for a in answers]
    kept = sum(answer.code is ResultCode.VASTGELEGD for answer in answers)
    return Uitkomstenbon(aantal=len(answers), vastgelegd=kept, resultaten=lines)


def dial_file(records: list[DialRecord]) -> bytes:
    """Write leased dial records as a file: what the agent would see, and no more."""
    shown = [{**record.shown.view.model_dump(exclude_unset=True), **_own(record)} for record in records]
    return callcenter.write(shown, {record.ref: instant(record.expires_at) for record in records})


def _own(record: DialRecord) -> dict[str, object]:
    """Give what stands beside the view: the numbers that may be called, the script, and the code to check the call by."""
    code, _, version = str(record.shown.view.model_dump()["script"]).partition("@")
    return {
        "ref": record.ref,
        "telefoonnummers": record.numbers,
        "script_code": code,
        "script_versie": version,
        "controlecode": record.control,
        "afspraak_op": None if record.promised_at is None else instant(record.promised_at),
    }


def taken(
    dialling: Dialling, results: Results, asker: Principal, body: bytes, charset: str | None = None
) -> Iterator[LineAnswer]:
    """Record every line that can be, each in a commit of its own, and answer every line.

    Raises:
        Invalid, TooLarge, WrongMediaType: the file itself cannot be read; nothing was recorded.
        Unavailable: the lines answered so far are recorded; the whole file may be sent again.
    """
    for line, found in enumerate(list(callcenter.read(body, charset)), 1):
        yield found if isinstance(found, LineAnswer) else _answer(dialling, results, asker, line, found)


def _answer(
    dialling: Dialling, results: Results, asker: Principal, line: int, found: FileResult
) -> LineAnswer:
    at = millis(found.at)
    try:
        _check(dialling, asker, found, at)
        done = results.record(asker, found.ref, found.result, at)
    except NotFound:
        return LineAnswer.of(line, ResultCode.E_REF)
    except Invalid as problem:
        first = problem.fields[0]
        return LineAnswer.of(line, ResultCode.E_VELD, _column(first.veld), first.hint)
    except Conflict as moved:
        wanting = moved.code == "niet_geverifieerd"
        code = ResultCode.E_CONTROLE if wanting else ResultCode.E_STAND
        return LineAnswer.of(line, code, hint="" if wanting else moved.detail)
    if done.repeated:
        return LineAnswer.of(line, ResultCode.HERHAALD)
    return LineAnswer.of(line, ResultCode.VASTGELEGD, hint=done.message)


def _check(dialling: Dialling, asker: Principal, found: FileResult, at: int) -> None:
    """Ask the control question with the resident's answers; whether the result may stand without is decided there."""
    if found.answers is None:
        return
    try:
        dialling.verify(asker, found.ref, *found.answers, at)
    except (Conflict, TooMany):
        return


def _column(field: str) -> str:
    """Name a field of the contract as the file does."""
    return {"terugbellenOp": "terugbellen_op", "besteMoment": "beste_moment"}.get(field, field)
