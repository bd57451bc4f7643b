"""Collects the lines of one delivery: watches the limits, and drops at the door what may not come in."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from connectors.contract import DoorRules, ParsedDelivery
from connectors.partners.plan import Plan, plan
from schemas.errors import FieldProblem, Invalid, TooLarge
from schemas.signal import BSN_COLUMN, COLUMNS, LineCode, LineResult, SignalIn, read_line
from schemas.validation import is_bsn


class Intake:
    """A ``Sink`` that makes signals and refusals; made for one upload, then thrown away."""

    def __init__(self, rules: DoorRules) -> None:
        self._rules = rules
        self._plan = plan((), rules, spoken=True)
        self._lines: list[SignalIn | LineResult] = []
        self._warnings: dict[int, LineResult] = {}
        self._dropped: Counter[str] = Counter()
        self._about: dict[str, object] = {}
        self._bsn = 0
        self._blank = 0

    def header(self, names: Sequence[str], *, spoken: bool = False) -> None:
        """Settle what the columns are for; see ``plan`` for what it raises."""
        self._plan = plan(names, self._rules, spoken=spoken)

    def about(self, column: str, raw: str) -> None:
        """Remember a value for every line that does not say it itself.

        Raises:
            Invalid: the value does not fit its column.
        """
        try:
            self._about[column] = COLUMNS[column](raw)
        except Invalid as problem:
            raise Invalid(fields=[FieldProblem(column, "ongeldig", problem.detail)]) from None

    def blank(self) -> None:
        """Count an empty line; it becomes one as soon as another line follows."""
        self._check_room()
        self._blank += 1

    def refuse(self, hint: str, row: Sequence[str] = (), at: int | None = None) -> None:  # noqa: ARG002 (part of Sink)
        """Refuse the next line as a whole."""
        veld = None if at is None else dict(self._plan.fields).get(at)
        self._lines.append(LineResult(self._next(), LineCode.E_FIELD, veld, hint))

    def add(self, row: Sequence[str]) -> None:
        """Read the next line.

        Raises:
            TooLarge: one line too many.
        """
        problem = self._plan.misfit(row)
        if problem:
            self.refuse(problem)
        else:
            self._read(self._plan, row)

    def _read(self, found: Plan, row: Sequence[str]) -> None:
        regel = self._next()
        for at, name in found.dropped:
            if row[at]:
                self._dropped[name] += 1
        line = read_line(regel, found.cells(row), found.mapped.readers)
        numbers = [bsn for at in found.bsn if (bsn := row[at].strip())]
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
        """Close the delivery; a column of references that turns out to hold BSNs is refused line by line.

        Raises:
            Invalid: there was no line at all.
        """
        if not self._lines:
            raise Invalid("De levering bevat geen regels", code="leeg")
        for column in _REFERENCES:
            _refuse_bsn_column(self._lines, column)
        if self._about:
            self._lines = [_completed(line, self._about) for line in self._lines]
        warnings = {n: w for n, w in self._warnings.items() if isinstance(self._lines[n - 1], SignalIn)}
        return ParsedDelivery(self._lines, warnings, dict(self._dropped), self._bsn)


def _completed(line: SignalIn | LineResult, about: Mapping[str, object]) -> SignalIn | LineResult:
    if isinstance(line, LineResult):
        return line
    missing = {column: value for column, value in about.items() if getattr(line, column) is None}
    return replace(line, **missing)  # type: ignore[arg-type]  # each reader returns the type of its own field


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
