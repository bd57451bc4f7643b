"""From a header to a plan: which cell feeds which field of the contract, and which is dropped unread."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.contract import DoorRules
from connectors.partners.mapping import Mapped, mapped
from schemas.columnmap import CONTRACT_KEYS, column_key
from schemas.errors import FieldProblem, ForbiddenColumn, Invalid, TooLarge
from schemas.signal import BSN_COLUMN, RESULT_COLUMNS

_RESULT_KEYS = frozenset(map(column_key, RESULT_COLUMNS))
_NAMEABLE = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,39}", re.ASCII)
_LONG_NUMBER = re.compile(r"[0-9]{4}")


def nameable(name: str, position: int) -> str:
    """Name a column only when it looks like a column name, so that a value used as a header is not echoed."""
    if _NAMEABLE.fullmatch(name) and not _LONG_NUMBER.search(name):
        return name
    return f"kolom {position}"


def is_blank(row: Sequence[str]) -> bool:
    """Whether no cell of a row says anything."""
    return not any(cell and not cell.isspace() for cell in row)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which cell feeds what: ``fields`` read, ``bsn`` and ``dropped`` only counted, ``unnamed`` must stay empty."""

    width: int
    fields: tuple[tuple[int, str], ...]
    mapped: Mapped
    bsn: tuple[int, ...] = ()
    dropped: tuple[tuple[int, str], ...] = ()
    unnamed: tuple[int, ...] = ()

    def cells(self, row: Sequence[str]) -> Mapping[str, str]:
        """Collect the filled cells of a row by contract column."""
        filled = {column: raw for at, column in self.fields if (raw := row[at]) and not raw.isspace()}
        return self.mapped.apply(filled) if self.mapped.active else filled

    def misfit(self, row: Sequence[str]) -> str | None:
        """Say in Dutch why a row does not fit the header, or None."""
        if len(row) < self.width:
            return f"Deze regel heeft {len(row)} kolommen, de kop heeft er {self.width}"
        if any(cell.strip() for cell in row[self.width :]):
            return f"Deze regel heeft meer kolommen dan de kop ({self.width})"
        if is_blank(row):
            return "Deze regel is leeg"
        for at in self.unnamed:
            if row[at].strip():
                return f"Kolom {at + 1} heeft geen naam maar wel inhoud"
        return None


@dataclass(slots=True)
class _Sorting:
    fields: list[tuple[int, str]] = field(default_factory=list)
    bsn: list[int] = field(default_factory=list)
    dropped: list[tuple[int, str]] = field(default_factory=list)
    unnamed: list[int] = field(default_factory=list)
    forbidden: list[tuple[int, str]] = field(default_factory=list)


def plan(header: Sequence[str], rules: DoorRules, *, spoken: bool = False) -> Plan:
    """Settle what every column of a header is for.

    In a table the first row may be a data row by mistake, so nothing of a header without a single known column is
    named; ``spoken`` names stand with every value, as in JSON.

    Raises:
        ForbiddenColumn: a column outside contract and map (unless the rules strip it).
        Invalid: a column twice, or no column names at all.
        TooLarge: too many columns.
    """
    if len(header) > rules.limits.max_columns:
        raise TooLarge(f"Een levering heeft ten hoogste {rules.limits.max_columns} kolommen")
    mapping = mapped(rules.column_map)
    sorting = _sort(header, mapping)
    if not spoken and not sorting.fields:
        raise Invalid("De eerste regel bevat geen kolomnamen van het contract", code="kolomnamen_ontbreken")
    _refuse_double(sorting.fields)
    if sorting.forbidden and rules.columns == "refuse":
        raise _forbidden(sorting.forbidden)
    return Plan(
        len(header),
        tuple(sorting.fields),
        mapping,
        tuple(sorting.bsn),
        (*sorting.dropped, *sorting.forbidden),
        tuple(sorting.unnamed),
    )


def _sort(header: Sequence[str], mapping: Mapped) -> _Sorting:
    sorting = _Sorting()
    for at, name in enumerate(header):
        key = column_key(name)
        target = mapping.sources.get(key) or CONTRACT_KEYS.get(key)
        if key in mapping.ignored:
            sorting.dropped.append((at, nameable(name, at + 1)))
        elif target == BSN_COLUMN:
            sorting.bsn.append(at)
        elif target is not None:
            sorting.fields.append((at, target))
        elif not name.strip():
            sorting.unnamed.append(at)
        elif key not in _RESULT_KEYS:
            sorting.forbidden.append((at, nameable(name, at + 1)))
    return sorting


def _refuse_double(fields: Iterable[tuple[int, str]]) -> None:
    double = [name for name, times in Counter(name for _, name in fields).items() if times > 1]
    if double:
        problems = [
            FieldProblem(name, "dubbele_kolom", "Deze kolom komt meer dan eens voor") for name in double
        ]
        raise Invalid("Een kolom komt meer dan eens voor", fields=problems, code="dubbele_kolom")


def _forbidden(columns: Iterable[tuple[int, str]]) -> ForbiddenColumn:
    hint = "Deze kolom hoort niet in een levering; laat haar weg"
    problems = [FieldProblem(name, ForbiddenColumn.code, hint) for _, name in columns]
    names = ", ".join(problem.veld for problem in problems[:10])
    return ForbiddenColumn(f"De levering bevat een kolom die niemand mag zien: {names}", fields=problems)
