"""What every intake connector promises.

A connector turns the bytes of one upload into a ``ParsedDelivery``: one entry per data line, in order, each a signal
or a refusal. It stores nothing, decrypts nothing, and never puts a value of the upload in an error. Whatever the bytes
are, it raises nothing but the errors of the product.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from schemas.columnmap import ColumnMap
from schemas.signal import LineResult, SignalIn


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


class IntakeConnector(Protocol):
    """Reads one media type."""

    def __call__(self, body: bytes, charset: str | None, rules: DoorRules) -> ParsedDelivery:
        """Read a body.

        Raises:
            Invalid: the body is not what its media type says, or its columns do not fit.
            ForbiddenColumn: a column outside the contract, unless ``rules.columns`` is ``strip``.
            TooLarge: over a limit.
            WrongMediaType: another format or character set than this connector reads.
        """
        ...
