"""A canary in every column, format and kind of fault: no answer, error, repr or log line ever carries it."""

import json
import logging
import traceback

import pytest

from connectors.check import check, report
from connectors.contract import DoorRules
from connectors.registry import CSV, JSON, XLSX, parse
from schemas.errors import Invalid, SluisError
from tests.support.deliveries import GOOD, as_csv, as_format, as_xlsx, line, part, repack

CANARY = "Kanariepiet"
NUMBER = "123456782"
FORMATS = (JSON, CSV, XLSX)


def said(body: bytes, media_type: str, rules: DoorRules) -> str:
    """Everything the door says about a body: answers, warnings, counts, errors with fields and traceback."""
    try:
        parsed = parse(body, media_type, rules)
    except SluisError as error:
        fields = error.fields if isinstance(error, Invalid) else ()
        return "".join(traceback.format_exception(error)) + repr((error, vars(error), fields))
    told = list(report(check(body, media_type, rules)))
    return repr((parsed, parsed.lines, parsed.warnings, parsed.dropped, parsed.results(), told))


@pytest.mark.parametrize("media_type", FORMATS)
@pytest.mark.parametrize("column", [*GOOD, "bsn", "nationaliteit"])
@pytest.mark.parametrize("before", ["", "=", "9"])
def test_no_value_of_any_column_is_ever_said(
    media_type: str, column: str, before: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    body = as_format(media_type, [line(**{column: before + CANARY + NUMBER})])
    for rules in (DoorRules(), DoorRules(bsn="refuse", columns="strip")):
        everything = said(body, media_type, rules) + caplog.text
        assert CANARY not in everything
        assert NUMBER not in everything


BROKEN = {
    "json in the middle": (JSON, json.dumps([line(achternaam=CANARY)])[:-5].encode()),
    "json bytes": (JSON, json.dumps([line(achternaam=CANARY)]).encode() + b"\xff"),
    "json twice": (JSON, f'[{{"plaats": "{CANARY}", "plaats": "{CANARY}"}}]'.encode()),
    "json name": (JSON, f'[{{"{NUMBER}": "{CANARY}"}}]'.encode()),
    "json outer": (JSON, f'{{"plaats": "{CANARY}"}}'.encode()),
    "json delivery": (JSON, f'{{"gemeentecode": "{CANARY}", "signalen": []}}'.encode()),
    "json constant": (JSON, f'[{{"plaats": "{CANARY}", "bedrag": NaN}}]'.encode()),
    "csv without header": (CSV, as_csv([line(achternaam=CANARY)]).split(b"\r\n", 1)[1]),
    "csv quote": (CSV, as_csv([line(achternaam=CANARY)]) + f'"{CANARY}'.encode()),
    "csv ragged": (CSV, as_csv([line(achternaam=CANARY)]) + f"{CANARY};{NUMBER}\r\n".encode()),
    "csv bytes": (CSV, as_csv([line(achternaam=CANARY)]) + b"\x81\xff"),
    "csv column": (CSV, as_csv([line(**{NUMBER: CANARY})])),
    "csv as json": (JSON, as_csv([line(achternaam=CANARY)])),
    "json as csv": (CSV, json.dumps([line(achternaam=CANARY)]).encode()),
    "xlsx cut": (XLSX, as_xlsx([line(achternaam=CANARY)])[:-30]),
    "xlsx xml": (
        XLSX,
        repack(
            as_xlsx([line(achternaam=CANARY)]),
            {
                "xl/worksheets/sheet1.xml": part(
                    as_xlsx([line(achternaam=CANARY)]), "xl/worksheets/sheet1.xml"
                )[:-20]
            },
        ),
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_no_value_of_a_broken_delivery_is_ever_said(case: str) -> None:
    media_type, body = BROKEN[case]
    everything = said(body, media_type, DoorRules())
    assert CANARY not in everything
    assert NUMBER not in everything


@pytest.mark.parametrize("case", BROKEN)
def test_no_error_in_the_chain_holds_the_body(case: str) -> None:
    media_type, body = BROKEN[case]
    error: BaseException | None = None
    try:
        parse(body, media_type)
    except SluisError as raised:
        error = raised
    while error is not None:
        assert CANARY not in repr((error.args, vars(error)))
        assert CANARY not in repr(getattr(error, "object", "")) + repr(getattr(error, "doc", ""))
        error = error.__context__
