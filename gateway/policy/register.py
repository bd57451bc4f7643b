"""The compiled register: frozen, hashed, and shaped so that a decision is a few look-ups."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from schemas.errors import Failing
from schemas.grounds import GroundsRegister
from schemas.parties import PartyKind
from schemas.purposes import (
    Activity,
    ConditionSpec,
    FieldSpec,
    Grant,
    Guardrail,
    LegalGround,
    Purpose,
    PurposeSpec,
)
from schemas.transforms import UNSEEN, Transform

NO_GRANT: Final = Failing(
    "geen_grant",
    "Uw organisatie mag voor dit doel niets opvragen.",
    "Er is geen grant voor deze partij en dit doel.",
)


Step = tuple[str, str, Transform]
"""What a view does with one field: its name in the record, its name in the view, how coarse."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no, and everything a log entry and a view need to know about it.

    On yes, ``grant`` joins the ids of the grants that hold (``CC01+CC02``) and ``fields`` unites what they show.
    On no, ``failing`` says what the nearest grant (``nearest``) still missed and ``fields`` is empty.
    """

    allow: bool
    party: PartyKind
    purpose: str
    grant: str
    ground: str
    activity: str
    register: str
    fields: Mapping[str, Transform]
    failing: tuple[Failing, ...] = ()
    nearest: str = ""
    per_case: tuple[Step, ...] = field(default=(), repr=False)
    per_signal: tuple[Step, ...] = field(default=(), repr=False)
    shown: tuple[str, ...] = field(init=False, repr=False, compare=False)
    """The fields whose (coarsened) value leaves, in register order."""

    def __post_init__(self) -> None:
        """Work out once what shows: decisions that permit are made when the register is loaded, and asked ever after."""
        shown = tuple(name for name, transform in self.fields.items() if transform not in UNSEEN)
        object.__setattr__(self, "shown", shown)

    def only(self, names: Collection[str]) -> "Decision":
        """Narrow a yes to some of its fields: a list shows less than a case, and then less is opened and logged."""
        return replace(
            self,
            fields={name: how for name, how in self.fields.items() if name in names},
            per_case=tuple(step for step in self.per_case if step[0] in names),
            per_signal=tuple(step for step in self.per_signal if step[0] in names),
        )

    @property
    def checked(self) -> tuple[str, ...]:
        """The fields an answer may be compared with, yes or no, never shown."""
        return tuple(name for name, how in self.fields.items() if how is Transform.CONTROLE)


@dataclass(frozen=True, slots=True)
class Entry:
    """All grants of one party for one purpose: what each requires, and the ready answer per combination."""

    required: tuple[int, ...]
    grants: tuple[Grant, ...]
    permits: tuple[Decision, ...]
    texts: tuple[tuple[tuple[int, Failing], ...], ...]
    """Per grant and condition: its bit and what to say when it does not hold."""


@dataclass(frozen=True, slots=True)
class Register:
    """The register as the running service uses it; ``digest`` stands in every decision and log entry."""

    digest: str
    legal_grounds: Mapping[str, LegalGround]
    activities: Mapping[str, Activity]
    purposes: Mapping[Purpose, PurposeSpec]
    fields: Mapping[str, FieldSpec]
    conditions: Mapping[str, ConditionSpec]
    grants: Sequence[Grant]
    guardrails: Sequence[Guardrail]
    grounds: GroundsRegister
    table: Mapping[tuple[PartyKind, str], Entry]
    texts: Mapping[str, Failing]
    """Per fact, what to say when it does not hold."""

    def pair(self, party: PartyKind, purpose: str) -> Sequence[Grant]:
        """List the grants of a party for a purpose, in register order."""
        entry = self.table.get((party, purpose))
        return entry.grants if entry else ()
