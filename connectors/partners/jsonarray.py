"""JSON in: an array of lines, or an object with ``signalen`` and the columns about the delivery.

Lines are read one by one, so that 50,000 of them never stand in memory twice. Names are the contract's
(``signaal_ref``), ``signaalRef`` is understood as well. Numbers keep their text: no rounding, no huge integers.
Source: RFC 8259, read strictly (RFC 7493: no duplicate names).
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NoReturn, cast

from connectors.contract import DoorRules, Sink
from schemas.columnmap import CONTRACT_KEYS, column_key
from schemas.errors import FieldProblem, ForbiddenColumn, Invalid, TooLarge, WrongMediaType
from schemas.signal import DELIVERY_FIELDS

_MAX_COMMAS = 2_000
_SPACE = re.compile(r"[ \t\r\n]*")


_TWICE = "Een naam komt in één object meer dan eens voor"


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


def read(body: bytes, charset: str | None, rules: DoorRules, sink: Sink) -> None:
    """Read a JSON delivery; see ``IntakeConnector`` for what it promises."""
    text = _Text(_decoded(body, charset, rules))
    lines = _Lines(sink)
    if text.peek() == "{":
        _object(text, lines, sink)
    else:
        lines.read(text)
    if text.peek():
        raise _broken()


def _decoded(body: bytes, charset: str | None, rules: DoorRules) -> str:
    if (charset or "utf-8").lower() not in {"utf-8", "utf8", "us-ascii"}:
        raise WrongMediaType("JSON is altijd UTF-8")
    if body.count(b"[") > rules.limits.max_lines or any(
        p.count(b",") > _MAX_COMMAS for p in body.split(b"{")
    ):
        # The decoder builds a whole line before it can be looked at: this bounds what one line can hold.
        raise TooLarge("Deze levering bevat een regel met te veel onderdelen")
    with suppress(UnicodeDecodeError):
        return body.decode("utf-8-sig")
    raise Invalid("JSON is altijd UTF-8", code="tekenset")  # outside: a decode error carries the whole body


class _Lines:
    """Reads the array of lines into a sink; names are settled anew only when they change."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
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
            self._sink.refuse("Een regel is een JSON-object met de kolommen van het contract")
            return
        names = tuple(name for name, _ in pairs)
        if names != self._names:
            self._settle(names)
        row = [_cell(value) for _, value in pairs]
        if None in row:
            filled = [cell or "" for cell in row]
            self._sink.refuse("Een veld is een tekst, een getal of ja/nee", filled, row.index(None))
        else:
            self._sink.add(cast("list[str]", row))

    def _settle(self, names: tuple[str, ...]) -> None:
        if len(set(names)) != len(names):
            raise _broken(_TWICE)
        self._sink.header(names, spoken=True)
        self._names = names


_WORDS: Mapping[object, str] = {None: "", True: "ja", False: "nee"}


def _cell(value: object) -> str | None:
    """Write a JSON value as a cell: numbers keep their text, null is an empty cell; None for a nested value."""
    if isinstance(value, str):
        return value
    return None if isinstance(value, list | _Pairs) else _WORDS[value]


def _object(text: _Text, lines: _Lines, sink: Sink) -> None:
    """Read the outer object: ``signalen`` once, beside it only columns about the delivery."""
    text.take("{")
    seen: set[str] = set()
    while not seen or text.more("}"):
        name = text.value() if text.peek() == '"' else ""
        text.take(":")
        if name in seen:
            raise _broken(_TWICE)
        seen.add(name)
        if name == "signalen":
            lines.read(text)
        else:
            sink.about(*_about(name, text.value()))
    if "signalen" not in seen:
        raise _broken("De levering heeft geen 'signalen'")


def _about(name: str, value: object) -> tuple[str, str]:
    column = CONTRACT_KEYS.get(column_key(name))
    if column is None or column not in DELIVERY_FIELDS:
        raise ForbiddenColumn("Naast 'signalen' staan alleen gegevens over de levering")
    if not isinstance(value, str):
        raise Invalid(fields=[FieldProblem(column, "ongeldig", "Vul hier een tekst in")])
    return column, value
