"""From columns and cells to lines: the part that all formats share.

A ``Plan`` knows, for one header, which cell feeds which field of the contract; an ``Intake`` collects the lines of one
delivery, watches the limits and drops at the door what may not come in.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.contract import DoorRules, ParsedDelivery
from connectors.partners.mapping import Mapped, mapped
from schemas.columnmap import CONTRACT_KEYS, column_key
from schemas.errors import FieldProblem, ForbiddenColumn, Invalid, TooLarge
from schemas.signal import BSN_COLUMN, RESULT_COLUMNS, LineCode, LineResult, SignalIn, read_line
from schemas.validation import is_bsn

_RESULT_KEYS = frozenset(map(column_key, RESULT_COLUMNS))
_NAMEABLE = re.compile(r"[A-Za-z][A-Za-z0-9_ -]{0,39}", re.ASCII)
_LONG_NUMBER = re.compile(r"[0-9]{4}")


def nameable(name: str, position: int) -> str:
    """Name a column only when it looks like a column name, so that a value used as a header is not echoed."""
    if _NAMEABLE.fullmatch(name) and not _LONG_NUMBER.search(name):
        return name
    return f"kolom {position}"


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


@dataclass(slots=True)
class _Sorting:
    fields: list[tuple[int, str]] = field(default_factory=list)
    bsn: list[int] = field(default_factory=list)
    dropped: list[tuple[int, str]] = field(default_factory=list)
    unnamed: list[int] = field(default_factory=list)
    forbidden: list[tuple[int, str]] = field(default_factory=list)


def plan(header: Sequence[str], rules: DoorRules, *, names_are_data: bool = True) -> Plan:
    """Settle what every column of a header is for.

    ``names_are_data``: in a table the first row may be a data row by mistake, so nothing of a header without a single
    known column is named.

    Raises:
        ForbiddenColumn: a column outside contract and map (unless the rules strip it).
        Invalid: a column twice, or no column names at all.
        TooLarge: too many columns.
    """
    if len(header) > rules.limits.max_columns:
        raise TooLarge(f"Een levering heeft ten hoogste {rules.limits.max_columns} kolommen")
    mapping = mapped(rules.column_map)
    sorting = _sort(header, mapping)
    if names_are_data and not sorting.fields:
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


class Intake:
    """Collects the lines of one delivery, in order; made for one upload, then thrown away."""

    def __init__(self, rules: DoorRules) -> None:
        self._rules = rules
        self._plan: Plan | None = None
        self._lines: list[SignalIn | LineResult] = []
        self._warnings: dict[int, LineResult] = {}
        self._dropped: Counter[str] = Counter()
        self._bsn = 0
        self._blank = 0

    def use(self, plan: Plan) -> None:
        """Read the next rows by this plan."""
        self._plan = plan

    def field_at(self, at: int) -> str | None:
        """Name the field that a column feeds, if it feeds one."""
        return dict(self._plan.fields).get(at) if self._plan else None

    def blank(self) -> None:
        """Count an empty line; at the end of a file empty lines are no lines."""
        self._check_room()
        self._blank += 1

    def refuse(self, hint: str, veld: str | None = None) -> None:
        """Refuse the next line as a whole."""
        regel = self._next()
        self._lines.append(LineResult(regel, LineCode.E_FIELD, veld, hint))

    def add(self, row: Sequence[str], *, explicit: bool = False) -> None:
        """Read the next line; an ``explicit`` line is one even when it is empty and the last."""
        plan = self._plan
        if plan is None:
            raise Invalid("De levering heeft geen kolomnamen", code="kolomnamen_ontbreken")
        if not explicit and not any(row):
            self.blank()
            return
        if len(row) != plan.width and (problem := _ragged(row, plan.width)):
            self.refuse(problem)
            return
        self._read(plan, row)

    def _read(self, plan: Plan, row: Sequence[str]) -> None:
        regel = self._next()
        if any(row[at].strip() for at in plan.unnamed):
            hint = f"Kolom {1 + next(at for at in plan.unnamed if row[at].strip())} heeft geen naam maar wel inhoud"
            self._lines.append(LineResult(regel, LineCode.E_FIELD, None, hint))
            return
        for at, name in plan.dropped:
            if row[at]:
                self._dropped[name] += 1
        line = read_line(regel, plan.cells(row), plan.mapped.readers)
        numbers = [bsn for at in plan.bsn if (bsn := row[at].strip())]
        self._lines.append(self._without_bsn(regel, line, numbers) if numbers else line)

    def _without_bsn(
        self, regel: int, line: SignalIn | LineResult, numbers: Sequence[str]
    ) -> SignalIn | LineResult:
        self._bsn += 1
        if self._rules.bsn == "refuse":
            return LineResult.of(regel, LineCode.E_BSN, BSN_COLUMN)
        if isinstance(line, LineResult):
            return line
        for column in _REFERENCES:
            if getattr(line, column) in numbers:
                return LineResult.of(regel, LineCode.E_BSN, column)
        self._warnings[regel] = LineResult.of(regel, LineCode.W_BSN_VERWIJDERD, BSN_COLUMN)
        return line

    def _check_room(self) -> None:
        if len(self._lines) + self._blank >= self._rules.limits.max_lines:
            raise TooLarge(f"Een levering heeft ten hoogste {self._rules.limits.max_lines} regels")

    def _next(self) -> int:
        self._check_room()
        while self._blank:
            self._lines.append(LineResult(len(self._lines) + 1, LineCode.E_FIELD, None, "Deze regel is leeg"))
            self._blank -= 1
        return len(self._lines) + 1

    def done(self) -> ParsedDelivery:
        """Close the delivery; a column of references that turns out to hold BSNs is refused line by line."""
        if not self._lines:
            raise Invalid("De levering bevat geen regels", code="leeg")
        for column in _REFERENCES:
            _refuse_bsn_column(self._lines, column)
        warnings = {n: w for n, w in self._warnings.items() if isinstance(self._lines[n - 1], SignalIn)}
        return ParsedDelivery(self._lines, warnings, dict(self._dropped), self._bsn)


def _ragged(row: Sequence[str], width: int) -> str | None:
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        return None
    return f"Deze regel heeft {len(row)} kolommen, de kop heeft er {width}"


_REFERENCES = ("signaal_ref", "vervangt_ref", "klantnummer")
_MIN_NUMBERS, _MIN_SHARE = 10, 0.8


def _refuse_bsn_column(lines: list[SignalIn | LineResult], column: str) -> None:
    """Refuse lines whose reference is a BSN, when the column as a whole shows that it holds BSNs.

    One nine-digit number in eleven passes the elfproef by chance, so a single line proves nothing; of ten different
    numbers chance lets eight pass less than once in a million files.
    """
    found: dict[str, list[int]] = {}
    for at, line in enumerate(lines):
        value = getattr(line, column, None)
        if value is not None and len(value) == 9 and value.isdigit():  # noqa: PLR2004 (digits of a BSN)
            found.setdefault(value, []).append(at)
    passing = [value for value in found if is_bsn(value)]
    if len(found) < _MIN_NUMBERS or len(passing) < _MIN_SHARE * len(found):
        return
    for at in (at for value in passing for at in found[value]):
        lines[at] = LineResult.of(at + 1, LineCode.E_BSN, column)
