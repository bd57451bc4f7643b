"""The ground of every resource in the API: closed, camelCase, silent about its content; and disclosing answers."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final

import orjson
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Strict, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from audit.log import Appended
from schemas.moments import instant

MOST_LINKS: Final = 50
"""Links in one header; proxies refuse headers of more than a few kilobytes."""


class Resource(BaseModel):
    """A body that goes out, or a part of one; unknown members are refused (``extra=forbid``)."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )


class Incoming(Resource):
    """A body that comes in: only the names of the contract are read, not the ones that we use ourselves."""

    model_config = ConfigDict(populate_by_name=False)


def _written_as(form: str) -> BeforeValidator:
    """Let only text of a form pass: pydantic would read a number as seconds since 1970."""
    pattern = re.compile(form, re.ASCII)

    def insist(value: object) -> object:
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        raise PydanticCustomError("vorm", "geen datum in de afgesproken vorm")

    return BeforeValidator(insist)


Dag = Annotated[date, _written_as(r"\d{4}-\d{2}-\d{2}")]
"""A day in a request, as RFC 3339 full-date text."""

Getal = Annotated[int, Strict()]
"""A whole number in a request, written as a JSON number; pydantic would read text and ``true`` as one."""

JaNee = Annotated[bool, Strict()]
"""``true`` or ``false`` in a request; pydantic would read ``1`` and ``"yes"`` as one."""

Tijdstip = Annotated[
    AwareDatetime,
    _written_as(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:\d{2})"),
]
"""An instant in a request, as RFC 3339 text with its offset."""

Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant as RFC 3339 text in UTC."""

OptionalMoment = Annotated[str | None, WithJsonSchema({"type": ["string", "null"], "format": "date-time"})]
"""An instant, or null where there is none yet."""

OptionalDag = Annotated[date | None, WithJsonSchema({"type": ["string", "null"], "format": "date"})]
"""A day in an answer, or null where there is none to tell."""


LOCATED: Final[dict[int | str, dict[str, Any]]] = {
    201: {
        "headers": {
            "Location": {
                "description": "Waar het gemaakte te vinden is.",
                "schema": {"type": "string", "format": "uri-reference"},
            }
        }
    }
}
"""``responses`` of a route whose 201 makes something that has a GET of its own (RFC 9110, 15.3.2)."""


def location(*parts: str) -> dict[str, str]:
    """Point at what was made, by its path under ``/v1``."""
    return {"Location": "/".join(("/v1", *parts))}


def moment(ms: int) -> str:
    """Write an instant (ms UTC) as RFC 3339 text with Z."""
    return instant(ms).isoformat(timespec="seconds").replace("+00:00", "Z")


def receipt_path(entry: Appended) -> str:
    """Give the address of the proof that a disclosure is in the log."""
    return f"/v1/logontvangsten/{entry.year}/{entry.index}"


def receipt_link(entry: Appended) -> str:
    """Point at the proof that a disclosure is in the log (``Link``, RFC 8288)."""
    return f'<{receipt_path(entry)}>; rel="log-receipt"'


def disclosing(
    body: bytes | Mapping[str, Any] | Sequence[Any],
    entries: Sequence[Appended],
    *,
    status: int = 200,
    media_type: str = "application/json",
) -> Response:
    """Answer with personal data: never cached, with links to the receipts of the entries that name it.

    A long list names the receipt of each entry in its body too (``receipt_path``).
    """
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {"Cache-Control": "no-store"}
    if entries:
        headers["Link"] = ", ".join(receipt_link(entry) for entry in entries[:MOST_LINKS])
    return Response(content, status, headers=headers, media_type=media_type)
