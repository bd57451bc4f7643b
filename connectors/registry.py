"""Which connector reads which media type."""

from collections.abc import Callable, Mapping
from email.message import Message

from connectors.contract import DoorRules, IntakeConnector, ParsedDelivery
from schemas.errors import TooLarge, WrongMediaType

JSON = "application/json"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _json() -> IntakeConnector:
    from connectors.partners.jsonarray import read  # noqa: PLC0415 (a format is loaded when it comes by)

    return read


def _csv() -> IntakeConnector:
    from connectors.partners.delimited import read  # noqa: PLC0415 (a format is loaded when it comes by)

    return read


def _xlsx() -> IntakeConnector:
    from connectors.partners.workbook import read  # noqa: PLC0415 (a format is loaded when it comes by)

    return read


CONNECTORS: Mapping[str, Callable[[], IntakeConnector]] = {JSON: _json, CSV: _csv, XLSX: _xlsx}
"""Media type → the connector that reads it."""


def parse(body: bytes, content_type: str, rules: DoorRules | None = None) -> ParsedDelivery:
    """Read one upload by its Content-Type header.

    Raises:
        WrongMediaType: no connector reads this media type, or it cannot read this character set.
        TooLarge: over a limit of the rules.
        Invalid: the body is not what the header says, or its columns do not fit.
        ForbiddenColumn: a column that no view may show.
    """
    rules = rules or DoorRules()
    header = Message()
    header["Content-Type"] = content_type[:200].replace("\r", " ").replace("\n", " ")
    connector = CONNECTORS.get(header.get_content_type())
    if connector is None or ("/" not in content_type):
        raise WrongMediaType("Een levering is application/json, text/csv of een Excel-werkmap (xlsx)")
    if len(body) > rules.limits.max_bytes:
        raise TooLarge(f"Een levering is ten hoogste {rules.limits.max_bytes // 1_000_000} MB")
    return connector()(body, header.get_content_charset(), rules)
