"""Which connector reads which media type."""

from collections.abc import Callable, Mapping
from email.message import Message
from pathlib import PurePath

from connectors.contract import DoorRules, IntakeConnector, ParsedDelivery, Sink
from connectors.partners.intake import Intake
from connectors.partners.maps import column_map
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


__all__ = ["CONNECTORS", "CSV", "JSON", "XLSX", "column_map", "feed", "media_type_of", "parse"]

CONNECTORS: Mapping[str, Callable[[], IntakeConnector]] = {JSON: _json, CSV: _csv, XLSX: _xlsx}
"""Media type → the connector that reads it."""


def feed(body: bytes, content_type: str, rules: DoorRules, sink: Sink) -> None:
    """Read one upload by its Content-Type header into a sink; raises what ``parse`` raises."""
    header = Message()
    header["Content-Type"] = content_type[:200].replace("\r", " ").replace("\n", " ")
    connector = CONNECTORS.get(header.get_content_type())
    if connector is None or "/" not in content_type:
        raise WrongMediaType("Een levering is application/json, text/csv of een Excel-werkmap (xlsx)")
    if len(body) > rules.limits.max_bytes:
        raise TooLarge(f"Een levering is ten hoogste {rules.limits.max_bytes // 1_000_000} MB")
    connector()(body, header.get_content_charset(), rules, sink)


def parse(body: bytes, content_type: str, rules: DoorRules | None = None) -> ParsedDelivery:
    """Read one upload by its Content-Type header: one signal or refusal per line, in order.

    Raises:
        WrongMediaType: no connector reads this media type, or it cannot read this character set.
        TooLarge: over a limit of the rules.
        Invalid: the body is not what the header says, or its columns do not fit.
        ForbiddenColumn: a column that no view may show.
    """
    intake = Intake(rules or DoorRules())
    feed(body, content_type, rules or DoorRules(), intake)
    return intake.done()


_SUFFIXES: Mapping[str, str] = {".json": JSON, ".csv": CSV, ".txt": CSV, ".xlsx": XLSX}


def media_type_of(name: str) -> str:
    """The media type that goes with a file name.

    Raises:
        WrongMediaType: no format of a delivery has this suffix.
    """
    found = _SUFFIXES.get(PurePath(name).suffix.lower())
    if found is None:
        raise WrongMediaType("Een levering is een bestand met de naam .json, .csv of .xlsx")
    return found
