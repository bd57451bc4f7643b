"""What happened in the case system, as a JSON array in its own words; every message is read by itself."""

from typing import Final

import orjson
from pydantic import ValidationError

from connectors.contract import Limits
from connectors.ris.mapping import inward
from schemas.errors import Invalid, TooLarge
from schemas.ris import CaseMessage, MessageAnswer, MessageCode, RisMap, Tree

LIMITS: Final = Limits(max_bytes=1_000_000, max_lines=1_000)


def read(table: RisMap, body: bytes) -> list[CaseMessage | MessageAnswer]:
    """Read messages: each as it is in our words, or the answer that refuses it.

    Raises:
        Invalid: no JSON array of objects. TooLarge: over the limits.
    """
    if len(body) > LIMITS.max_bytes:
        raise TooLarge(f"Berichten zijn samen ten hoogste {LIMITS.max_bytes // 1_000_000} MB")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Invalid("Dit is geen geldige JSON", code="json_ongeldig") from None
    if not isinstance(found, list):
        raise Invalid("Berichten zijn een JSON-reeks", code="json_ongeldig")
    if len(found) > LIMITS.max_lines:
        raise TooLarge(f"Er passen ten hoogste {LIMITS.max_lines} berichten in een keer")
    return [_message(table, number, item) for number, item in enumerate(found, 1)]


def _message(table: RisMap, number: int, item: Tree) -> CaseMessage | MessageAnswer:
    try:
        return CaseMessage.model_validate(inward(table, item))
    except Invalid:
        return MessageAnswer.of(number, MessageCode.E_VELD)
    except ValidationError as problem:
        place = problem.errors(include_input=False, include_url=False, include_context=False)[0]["loc"]
        named = next((str(part) for part in place if str(part) in CaseMessage.model_fields), None)
        return MessageAnswer.of(number, MessageCode.E_VELD, named)
