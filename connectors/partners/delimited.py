"""CSV in: ``;`` by contract, comma or tab when the header says so; UTF-8 (with or without BOM) or Windows-1252."""

import csv
import io
from collections.abc import Iterator

from connectors.contract import DoorRules, ParsedDelivery
from connectors.partners.lines import Intake, plan
from schemas.columnmap import CONTRACT_KEYS, column_key
from schemas.errors import Invalid, WrongMediaType

csv.field_size_limit(2**31 - 1)
# The module's own limit would refuse a whole file for one long cell; the limit on the body bounds a field already,
# and the reader of the field refuses the line by its name.

_CP1252 = frozenset({"windows-1252", "cp1252", "iso-8859-1", "latin1", "iso-8859-15"})
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii"})
_MAX_HEADER = 20_000


def read(body: bytes, charset: str | None, rules: DoorRules) -> ParsedDelivery:
    """Read a CSV delivery; see ``IntakeConnector`` for what it promises.

    Broken quoting refuses the whole delivery: nobody can say any more where a line begins.
    """
    encoding = _encoding(body, charset)
    stream = io.TextIOWrapper(io.BytesIO(body), encoding=encoding, newline="")
    intake = Intake(rules)
    header = _first_line(body, encoding)
    if header.lower().startswith("sep="):
        stream.readline()
        header = _line_after(body, encoding)
    rows = _rows(csv.reader(stream, delimiter=_delimiter(header), strict=True))
    intake.use(plan(next(rows, []), rules))
    for row in rows:
        intake.add(row)
    return intake.done()


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    regel = 0
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            raise Invalid(f"De aanhalingstekens kloppen niet vanaf regel {regel}", code="csv") from None
        if row is None:
            return
        regel += 1
        yield row


def _encoding(body: bytes, charset: str | None) -> str:
    named = (charset or "").lower()
    if named and named not in _UTF8 | _CP1252:
        raise WrongMediaType("Een CSV-bestand is UTF-8 of Windows-1252")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in body[:4096]:
        raise Invalid("Dit is geen CSV-bestand in UTF-8 of Windows-1252", code="tekenset")
    for encoding in ("utf-8-sig",) if named in _UTF8 else ("cp1252",) if named else ("utf-8-sig", "cp1252"):
        try:
            body.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Invalid("Dit is geen CSV-bestand in UTF-8 of Windows-1252", code="tekenset")


def _first_line(body: bytes, encoding: str) -> str:
    return body[:_MAX_HEADER].splitlines()[0].decode(encoding, "replace") if body.strip() else ""


def _line_after(body: bytes, encoding: str) -> str:
    lines = body[:_MAX_HEADER].splitlines()
    return lines[1].decode(encoding, "replace") if len(lines) > 1 else ""


def _delimiter(header: str) -> str:
    """Choose the delimiter that yields most known columns; ``;`` when they tie."""

    def known(delimiter: str) -> int:
        return sum(column_key(name.strip('"')) in CONTRACT_KEYS for name in header.split(delimiter))

    def pieces(delimiter: str) -> int:
        return header.count(delimiter)

    return max((";", ",", "\t"), key=lambda delimiter: (known(delimiter), pieces(delimiter)))
