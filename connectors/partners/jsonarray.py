"""JSON in: an array of lines, or an object with ``signalen`` and the columns about the delivery.

Lines are read one by one, so that 50,000 of them never stand in memory twice. Names are the contract's
(``signaal_ref``), ``signaalRef`` is understood as well. Numbers keep their text: no rounding, no huge integers.
Source: RFC 8259, read strictly (RFC 7493: no duplicate names).
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, NoReturn, cast

from connectors.contract import DoorRules, ParsedDelivery
from connectors.partners.lines import Intake, Plan, plan
from schemas.columnmap import CONTRACT_KEYS, column_key
from schemas.errors import FieldProblem, ForbiddenColumn, Invalid, TooLarge, WrongMediaType
from schemas.signal import COLUMNS, DELIVERY_FIELDS, SignalIn

_SPACE = re.compile(r"[ \t\r\n]*")


def _broken(hint: str = "Dit is geen geldige JSON") -> Invalid:
    return Invalid(hint, code="json")


def _no_constant(_: str) -> NoReturn:
    raise _broken("NaN en Infinity zijn geen JSON")


class _Pairs(tuple[tuple[str, Any], ...]):
    """The members of an object in order, duplicates included."""

    __slots__ = ()


def _decimal_text(number: str) -> str:
    return number.removesuffix(".0")


_DECODER = json.JSONDecoder(
    parse_float=_decimal_text, parse_int=str, parse_constant=_no_constant, object_pairs_hook=_Pairs
)


class _Text:
    """A cursor over the text of the body."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def peek(self) -> str:
        """The next character that is not white space, or an empty text at the end."""
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._text[self._at : self._at + 1]

    def take(self, char: str) -> None:
        """Step over a character that must stand here."""
        if self.peek() != char:
            raise _broken()
        self._at += 1

    def value(self) -> Any:
        """Read one whole value."""
        self.peek()
        with suppress(json.JSONDecodeError, RecursionError):
            value, self._at = _DECODER.raw_decode(self._text, self._at)
            return value
        raise _broken()  # outside the handler: the decoder's own error carries the whole body

    def more(self, end: str) -> bool:
        """Step over a comma, or over the end of the list."""
        if self.peek() == ",":
            self._at += 1
            return True
        self.take(end)
        return False


def read(body: bytes, charset: str | None, rules: DoorRules) -> ParsedDelivery:
    """Read a JSON delivery; see ``IntakeConnector`` for what it promises."""
    text = _Text(_decoded(body, charset, rules))
    lines = _Lines(rules)
    about: dict[str, str] = {}
    if text.peek() == "{":
        about = _object(text, lines)
    else:
        lines.read(text)
    if text.peek():
        raise _broken()
    return _with_delivery(lines.intake.done(), about)


def _decoded(body: bytes, charset: str | None, rules: DoorRules) -> str:
    if (charset or "utf-8").lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise WrongMediaType("JSON is altijd UTF-8")
    limits = rules.limits
    if body.count(b"[") + body.count(b"{") > 4 * limits.max_lines or body.count(b",") > 64 * limits.max_lines:
        raise TooLarge("Deze levering bevat te veel onderdelen")
    with suppress(UnicodeDecodeError):
        return body.decode("utf-8-sig")
    raise Invalid("JSON is altijd UTF-8", code="tekenset")  # outside: a decode error carries the whole body


class _Lines:
    """Reads the array of lines into an intake, with one plan for as long as the names stay the same."""

    def __init__(self, rules: DoorRules) -> None:
        self.intake = Intake(rules)
        self._rules = rules
        self._names: tuple[str, ...] | None = None

    def read(self, text: _Text) -> None:
        text.take("[")
        if text.peek() == "]":
            text.take("]")
            return
        self._line(text.value())
        while text.more("]"):
            self._line(text.value())

    def _line(self, pairs: object) -> None:
        if not isinstance(pairs, _Pairs):
            self.intake.refuse("Een regel is een JSON-object met de kolommen van het contract")
            return
        names = tuple(name for name, _ in pairs)
        if names != self._names:
            self.intake.use(self._plan(names))
            self._names = names
        row = [_cell(value) for _, value in pairs]
        if None in row:
            veld = CONTRACT_KEYS.get(column_key(names[row.index(None)]))
            self.intake.refuse("Een veld is een tekst, een getal of ja/nee", veld)
        else:
            self.intake.add(cast("list[str]", row), explicit=True)

    def _plan(self, names: tuple[str, ...]) -> Plan:
        if len(set(names)) != len(names):
            raise _broken("Een naam komt in één object meer dan eens voor")
        return plan(names, self._rules, names_are_data=False)


_WORDS: Mapping[object, str] = {None: "", True: "ja", False: "nee"}


def _cell(value: object) -> str | None:
    """Write a JSON value as a cell: numbers keep their text, null is an empty cell; None for a nested value."""
    if isinstance(value, str):
        return value
    return None if isinstance(value, list | _Pairs) else _WORDS[value]


def _object(text: _Text, lines: _Lines) -> dict[str, str]:
    """Read the outer object: ``signalen`` once, beside it only columns about the delivery."""
    text.take("{")
    about: dict[str, str] = {}
    seen: set[str] = set()
    while not seen or text.more("}"):
        name = text.value() if text.peek() == '"' else ""
        text.take(":")
        if name in seen:
            raise _broken("Een naam komt in één object meer dan eens voor")
        seen.add(name)
        if name == "signalen":
            lines.read(text)
        else:
            about |= _about(name, text.value())
    if "signalen" not in seen:
        raise _broken("De levering heeft geen 'signalen'")
    return about


def _about(name: str, value: object) -> Mapping[str, str]:
    column = CONTRACT_KEYS.get(column_key(name))
    if column not in DELIVERY_FIELDS:
        raise ForbiddenColumn("Naast 'signalen' staan alleen gegevens over de levering")
    if not isinstance(value, str):
        raise Invalid("Gegevens over de levering zijn teksten", code="json")
    return {column: value} if column else {}


def _with_delivery(parsed: ParsedDelivery, about: Mapping[str, str]) -> ParsedDelivery:
    """Give every line what the outer object says about the delivery, unless the line says it itself."""
    values = {column: _read_about(column, raw) for column, raw in about.items()}
    lines = [_completed(line, values) if isinstance(line, SignalIn) else line for line in parsed.lines]
    return replace(parsed, lines=lines) if values else parsed


def _read_about(column: str, raw: str) -> object:
    try:
        return COLUMNS[column](raw)
    except Invalid as problem:
        raise Invalid(fields=[FieldProblem(column, "ongeldig", problem.detail)]) from None


def _completed(line: SignalIn, values: Mapping[str, object]) -> SignalIn:
    missing = {column: value for column, value in values.items() if getattr(line, column) is None}
    return replace(line, **missing)  # type: ignore[arg-type]  # each reader returns the type of its own field
