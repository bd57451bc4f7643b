"""What every intake connector promises.

A connector turns the bytes of one upload into rows and hands them to a ``Sink`` one by one. It stores nothing, decrypts
nothing, and never puts a value of the upload in an error. Whatever the bytes are, it raises nothing but the errors of
the product. ``registry.parse`` puts the sink behind it that makes signals and refusals: one per data line, in order.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from schemas.columnmap import ColumnMap
from schemas.signal import LineCode, LineResult, SignalIn


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one delivery may hold; beyond it ``TooLarge``."""

    max_bytes: int = 25_000_000
    max_lines: int = 50_000
    max_columns: int = 200


@dataclass(frozen=True, slots=True)
class DoorRules:
    """What the municipality settled for this partner: limits, column map, and what happens to a BSN or other column.

    ``bsn``: ``strip`` drops it with a warning, ``refuse`` refuses the line. ``columns``: ``refuse`` refuses a delivery
    with a column outside the contract, ``strip`` drops that column and counts it.
    """

    bsn: Literal["strip", "refuse"] = "strip"
    columns: Literal["refuse", "strip"] = "refuse"
    limits: Limits = field(default_factory=Limits)
    column_map: ColumnMap | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ParsedDelivery:
    """The lines of one upload. ``warnings`` holds, by line number, the warning of an accepted line.

    ``dropped`` counts the filled cells that were dropped unread, by column; ``bsn_dropped`` those with a BSN.
    """

    lines: list[SignalIn | LineResult]
    warnings: Mapping[int, LineResult]
    dropped: Mapping[str, int]
    bsn_dropped: int

    def __repr__(self) -> str:
        return f"ParsedDelivery({len(self.lines)} lines)"

    def results(self) -> list[LineResult]:
        """One answer per line, as far as the form of the line decides it."""
        return [
            line
            if isinstance(line, LineResult)
            else self.warnings.get(regel) or LineResult.of(regel, LineCode.ACCEPTED)
            for regel, line in enumerate(self.lines, 1)
        ]

    def counts(self) -> Mapping[LineCode, int]:
        """How many lines got which answer."""
        return Counter(result.code for result in self.results())


class Sink(Protocol):
    """Takes the rows of one delivery in order; it may raise ``TooLarge``, ``ForbiddenColumn`` or ``Invalid``."""

    def header(self, names: Sequence[str], *, spoken: bool = False) -> None:
        """Read the next rows by these column names; ``spoken`` names cannot be a data row by mistake."""
        ...

    def add(self, row: Sequence[str]) -> None:
        """Take the cells of the next line."""
        ...

    def refuse(self, hint: str, row: Sequence[str] = (), at: int | None = None) -> None:
        """Take a next line that cannot be read, for a reason in its cell ``at``."""
        ...

    def blank(self) -> None:
        """Take an empty line; at the end of a file empty lines are no lines."""
        ...

    def about(self, column: str, raw: str) -> None:
        """Take a value that holds for every line of the delivery."""
        ...


class IntakeConnector(Protocol):
    """Reads one media type."""

    def __call__(self, body: bytes, charset: str | None, rules: DoorRules, sink: Sink) -> None:
        """Read a body into a sink.

        Raises:
            Invalid: the body is not what its media type says, or its columns do not fit.
            TooLarge: over a limit.
            WrongMediaType: another format or character set than this connector reads.
        """
        ...
