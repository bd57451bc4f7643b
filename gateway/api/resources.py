"""The ground of every resource in the API: closed, camelCase, silent about its content; and disclosing answers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, WithJsonSchema
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from audit.log import Appended
from schemas.moments import instant


class Resource(BaseModel):
    """A body that comes in or goes out; unknown members are refused (``extra=forbid``)."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )


Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""An instant as RFC 3339 text in UTC."""

OptionalMoment = Annotated[str | None, WithJsonSchema({"type": ["string", "null"], "format": "date-time"})]
"""An instant, or null where there is none yet."""


def moment(ms: int) -> str:
    """Write an instant (ms UTC) as RFC 3339 text with Z."""
    return instant(ms).isoformat(timespec="seconds").replace("+00:00", "Z")


def receipt_link(entry: Appended) -> str:
    """Point at the proof that a disclosure is in the log (``Link``, RFC 8288)."""
    return f'</v1/logontvangsten/{entry.year}/{entry.index}>; rel="log-receipt"'


def disclosing(body: bytes | Mapping[str, Any] | Sequence[Any], entries: Sequence[Appended]) -> Response:
    """Answer with personal data: never cached, with a link to the receipt of every entry that names it."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {"Cache-Control": "no-store"}
    if entries:
        headers["Link"] = ", ".join(receipt_link(entry) for entry in entries)
    return Response(content, headers=headers, media_type="application/json")
