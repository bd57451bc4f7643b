"""From our words to those of a case system and back, without loss: maps are data, one TOML file per system.

A name or code that a map does not mention stays as it is; when it would be taken for another one on the way back, the
dossier is refused instead of damaged.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from pydantic import ValidationError

from schemas.errors import Invalid, NotFound
from schemas.ris import DUTCH_DAY, ISO_DAY, Dates, RisMap, Tree

PACKAGED: Final = files("connectors.ris") / "mappings"


def ris_map(name: str) -> RisMap:
    """Find a map by name.

    Raises:
        NotFound: there is no such map. Invalid: it does not fit its contract.
    """
    found = next((file for file in PACKAGED.iterdir() if file.name == f"{name}.toml"), None)
    if found is None:
        raise NotFound("Deze RIS-tabel bestaat niet")
    return read_map(found.read_text(encoding="utf-8"))


def packaged_maps() -> tuple[str, ...]:
    """The names of the maps that come with the product."""
    return tuple(sorted(file.name[:-5] for file in PACKAGED.iterdir() if file.name.endswith(".toml")))


def read_map(document: str) -> RisMap:
    """Read one map.

    Raises:
        Invalid: no TOML, an unknown key, or two names with one counterpart.
    """
    try:
        return RisMap.model_validate(tomllib.loads(document))
    except (tomllib.TOMLDecodeError, ValidationError):
        raise Invalid("De RIS-tabel klopt niet", code="ris_tabel") from None


def outward(table: RisMap, ours: Tree) -> Tree:
    """Write a dossier in the words of the case system.

    Raises:
        Invalid: a name, code or day of ours would not come back as it went.
    """
    days = frozenset(table.days) if table.dates is Dates.DUTCH else frozenset[str]()
    return _turn(_Words(table.fields, table.codes, days, ISO_DAY), ours, "")


def inward(table: RisMap, theirs: Tree) -> Tree:
    """Read a dossier in our own words.

    Raises:
        Invalid: it uses one of our names or codes where its own stands in the map, or another way to write a day.
    """
    names = {their: our for our, their in table.fields.items()}
    codes = {
        table.fields.get(field, field): {their: our for our, their in known.items()}
        for field, known in table.codes.items()
    }
    days = {table.fields.get(field, field) for field in table.days}
    dutch = frozenset(days) if table.dates is Dates.DUTCH else frozenset[str]()
    return _turn(_Words(names, codes, dutch, DUTCH_DAY), theirs, "")


@dataclass(frozen=True, slots=True)
class _Words:
    """One direction of a map: names and codes to their counterparts, and which fields hold days to be turned round."""

    names: Mapping[str, str]
    codes: Mapping[str, Mapping[str, str]]
    days: frozenset[str]
    written: re.Pattern[str]


def _turn(words: _Words, tree: Tree, field: str) -> Tree:
    if isinstance(tree, dict):
        return {_counterpart(words.names, name): _turn(words, value, name) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_turn(words, item, field) for item in tree]
    return _value(words, tree, field) if isinstance(tree, str) else tree


def _value(words: _Words, text: str, field: str) -> str:
    if field in words.days:
        if not words.written.fullmatch(text):
            raise Invalid("Een dag is anders geschreven dan afgesproken", code="ris_verwarring")
        return "-".join(reversed(text.split("-")))
    known = words.codes.get(field)
    return text if known is None else _counterpart(known, text)


def _counterpart(known: Mapping[str, str], name: str) -> str:
    if name not in known and name in known.values():
        raise Invalid("Een naam of code zou met een andere verward worden", code="ris_verwarring")
    return known.get(name, name)
