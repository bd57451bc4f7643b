"""What the call center is paid for: its rules in counts and euro cents, without a person in sight.

The first dial record that the call center takes of a case in a month is one unit; every later one of that month is
free. A unit is credited when it brought nothing: taken back by the partner before the first attempt, the resident
had died, or nobody ever showed that the record arrived. Source: the pilot's agreement (paid per delivered callable
record, a budget reserved), docs/explanation/billing.md.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal

from schemas.case import CaseState, CloseReason
from schemas.errors import LogBroken

WARNING_PERCENT: Final = 80
"""From this share of the budget on the meter warns."""

_LAST_MONTH: Final = 12


class Credit(StrEnum):
    """Why a unit is not paid for after all."""

    INGETROKKEN = "ingetrokken"
    OVERLEDEN = "overleden"
    ONBEVESTIGD = "onbevestigd"


class Standing(StrEnum):
    """Where the meter stands."""

    RUIM = "ruim"
    WAARSCHUWING = "waarschuwing"
    OP = "op"


@dataclass(frozen=True, slots=True)
class Budget:
    """What a unit costs and what is reserved, in euro cents; confidential, so it never shows itself.

    Without a price (zero) there is a bill in counts and no limit. ``period`` is what the reservation is for.
    """

    unit_cent: int = field(repr=False)
    budget_cent: int = field(repr=False)
    period: Literal["maand", "jaar"] = "jaar"

    @property
    def most(self) -> int | None:
        """How many units the reservation pays for; None without a price."""
        return self.budget_cent // self.unit_cent if self.unit_cent else None

    def months(self, month: str) -> list[str]:
        """Give the months (YYYY-MM) that share a reservation with this one."""
        if self.period == "maand":
            return [month]
        return [f"{month[:4]}-{number:02d}" for number in range(1, _LAST_MONTH + 1)]

    def standing(self, taken: int) -> Standing:
        """Judge the meter when so many units are taken."""
        if self.most is None:
            return Standing.RUIM
        if taken >= self.most:
            return Standing.OP
        warns = taken * self.unit_cent * 100 >= self.budget_cent * WARNING_PERCENT
        return Standing.WAARSCHUWING if warns else Standing.RUIM


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a unit: the end of its case, whether anybody was called, whether the record arrived.

    ``lapsed``: the dial records of that month are known, and each ended without a question, a result or a return.
    ``over``: the month is over, so that no later record can still show that it arrived.
    """

    state: CaseState | None
    reason: CloseReason | None
    called: bool
    lapsed: bool
    over: bool


def credit_for(delivery: Delivery) -> Credit | None:
    """Say why a unit is not paid for, or None when it is (also when too little is known to say)."""
    if delivery.called:
        return None
    if delivery.state is CaseState.INGETROKKEN or delivery.reason is CloseReason.INGETROKKEN:
        return Credit.INGETROKKEN
    if delivery.reason is CloseReason.OVERLEDEN:
        return Credit.OVERLEDEN
    return Credit.ONBEVESTIGD if delivery.lapsed and delivery.over else None


@dataclass(frozen=True, slots=True)
class Statement:
    """The bill of a month: units delivered, credited by reason and to be paid for."""

    month: str
    delivered: int
    credited: Mapping[Credit, int]
    unit_cent: int = field(repr=False)
    final: bool

    @property
    def billable(self) -> int:
        """The units to be paid for."""
        return self.delivered - sum(self.credited.values())

    @property
    def amount_cent(self) -> int:
        """What is to be paid, in euro cents."""
        return self.billable * self.unit_cent


def credit_code(month: str, credit: Credit) -> str:
    """Write the reason under which a credit stands in the log."""
    return f"{month}/{credit}"


def insist_on_log(statement: Statement, due: Iterable[str], credited: Iterable[str]) -> None:
    """Compare a bill with what the log tells: the reasons of every unit and of every credit, of any month.

    Raises:
        LogBroken: they differ; the text names the line of the bill, both counts and nothing else.
    """
    told, back = Counter(due), Counter(credited)
    lines = [("geleverd", statement.delivered, told[statement.month])]
    lines += [
        (credit.value, statement.credited.get(credit, 0), back[credit_code(statement.month, credit)])
        for credit in Credit
    ]
    for line, billed, logged in lines:
        if billed != logged:
            text = (
                f"De rekening van {statement.month} wijkt af: {line} {billed}, volgens het logboek {logged}"
            )
            raise LogBroken(text, code="rekening_wijkt_af")
