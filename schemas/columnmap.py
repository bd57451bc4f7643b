"""A column map: how one partner's own export is read as the upload contract. Data, never code.

A map renames columns, gives constants and defaults, translates words, tells how dates and amounts are written, splits
a column that holds several fields, and names the columns that are dropped unread. What it does not name and the
contract does not know stays forbidden. Source: docs/how-to/add-a-partner.md.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.signal import BSN_COLUMN, COLUMNS


class Split(StrEnum):
    """Columns that hold more than one field, by what stands in them."""

    ACHTERNAAM_VOORLETTERS = "achternaam, voorletters voorvoegsel"
    VOORLETTERS_ACHTERNAAM = "voorletters voorvoegsel achternaam"
    ADRES = "straat huisnummer toevoeging"
    HUISNUMMER = "huisnummer toevoeging"
    POSTCODE_PLAATS = "postcode plaats"
    TELEFOONS = "telefoon_1 / telefoon_2"


SPLIT_FIELDS: Mapping[Split, tuple[str, ...]] = {
    Split.ACHTERNAAM_VOORLETTERS: ("voorletters", "voorvoegsel", "achternaam"),
    Split.VOORLETTERS_ACHTERNAAM: ("voorletters", "voorvoegsel", "achternaam"),
    Split.ADRES: ("straat", "huisnummer", "huisletter", "toevoeging"),
    Split.HUISNUMMER: ("huisnummer", "huisletter", "toevoeging"),
    Split.POSTCODE_PLAATS: ("postcode", "plaats"),
    Split.TELEFOONS: ("telefoon_1", "telefoon_2"),
}
"""The contract columns that a split fills."""


class DateForm(StrEnum):
    """Ways to write a date that the contract itself refuses as ambiguous."""

    DAY_FIRST_SLASH = "d/m/jjjj"
    MONTH_FIRST_SLASH = "m/d/jjjj"
    DOTS = "d.m.jjjj"
    COMPACT = "jjjjmmdd"
    COMPACT_DAY_FIRST = "ddmmjjjj"


def column_key(name: str) -> str:
    """Fold a column name: case, spaces, hyphens and underscores do not count, so ``Signaal-Ref`` is signaal_ref."""
    return re.sub(r"[\s_-]+", "", name.casefold()) if len(name) <= MAX_COLUMN_NAME else ""


MAX_COLUMN_NAME = 100
CONTRACT_KEYS: Mapping[str, str] = {column_key(name): name for name in (*COLUMNS, BSN_COLUMN)}
"""Folded name → contract column."""


class ColumnMap(BaseModel):
    """One partner's map. Source columns are named as in the partner's file, targets as in the contract.

    ``title_lines``: at most so many lines may stand above the column names; they are not read. ``empty``: words that
    mean an empty cell. ``defaults`` fill empty cells, ``constants`` fill every line. ``decimal`` settles whether
    ``1.234`` is a thousand or a decimal.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    description: str = ""
    title_lines: int = Field(default=0, ge=0, le=20)
    columns: Mapping[str, str] = {}
    splits: Mapping[str, Split] = {}
    ignore: tuple[str, ...] = ()
    constants: Mapping[str, str] = {}
    defaults: Mapping[str, str] = {}
    empty: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, str]] = {}
    dates: Mapping[str, DateForm] = {}
    decimal: Literal[",", "."] | None = None

    @model_validator(mode="after")
    def _targets_exist(self) -> Self:
        named = [*self.columns.values(), *self.constants, *self.defaults, *self.values, *self.dates]
        unknown = sorted(set(named) - set(COLUMNS) - {BSN_COLUMN})
        if unknown:
            raise ValueError(f"not a column of the contract: {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _each_target_once(self) -> Self:
        split = [field for form in self.splits.values() for field in SPLIT_FIELDS[form]]
        filled = [*self.columns.values(), *self.constants, *split]
        double = sorted({field for field in filled if filled.count(field) > 1})
        if double:
            raise ValueError(f"filled from more than one place: {', '.join(double)}")
        return self

    @model_validator(mode="after")
    def _each_source_once(self) -> Self:
        keys = [column_key(name) for name in (*self.columns, *self.splits, *self.ignore)]
        double = sorted({key for key in keys if keys.count(key) > 1})
        if double or "" in keys:
            raise ValueError(f"source column named twice or empty: {', '.join(double)}")
        return self
