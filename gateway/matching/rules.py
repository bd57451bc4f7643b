"""The rules: evidence in, verdict out. A table and a pure function, so that a person can read why.

A wrong merge shows one resident's arrears to another and is a data breach; a missed one costs a review. So
without an exact birth date on both sides nothing joins by itself (decision 13), and every guard errs to review.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from gateway.matching.evidence import PERSONAL, Bit, evidence
from gateway.matching.normalise import Profile

RULES_VERSION = "1"
"""Stands on every link and proposal; raise it with any change in these files that can alter a verdict."""


class Outcome(StrEnum):
    """What follows from a comparison."""

    AUTO = "auto"
    REVIEW = "review"
    NO = "no"


class Mode(StrEnum):
    """``standard`` also joins on one initial (rule R1w); ``strict`` leaves that to a person."""

    STANDARD = "standard"
    STRICT = "strict"


class RuleId(StrEnum):
    """The automatic rules, and the review of a person."""

    R1 = "R1"
    R1_WEAK = "R1w"
    R2 = "R2"
    R3 = "R3"


class Reason(StrEnum):
    """Why a person must look; the Dutch words are in ``wording``."""

    DOB_MISSING = "geboortedatum_ontbreekt"
    DOB_SWAPPED = "dag_maand_verwisseld"
    DOB_SLIP = "geboortedatum_tikfout"
    FIRST_OF_JANUARY = "een_januari"
    NAME_OTHER = "andere_naam"
    NAME_NEAR = "naam_lijkt"
    INITIALS_OTHER = "voorletters_verschillen"
    INITIALS_MISSING = "voorletters_ontbreken"
    ONE_INITIAL = "een_voorletter"
    MOVED = "verhuisd"
    PHONE_OTHER = "telefoon_verschilt"
    TWIN = "tweeling"
    SUFFIX_MISSING = "toevoeging_ontbreekt"
    SUFFIX_OTHER = "toevoeging_verschilt"
    CLUSTER = "groep_tegenstrijdig"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome for a pair; ``rule`` only when automatic, ``reasons`` only for review."""

    outcome: Outcome
    evidence: int
    rule: RuleId | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    """Holds when all bits of ``needs`` are set, one of each of ``one_of``, and none of ``never``."""

    name: RuleId
    needs: int
    one_of: tuple[int, ...]
    never: int

    def holds(self, bits: int) -> bool:
        return (
            bits & self.needs == self.needs
            and all(bits & some for some in self.one_of)
            and not bits & self.never
        )


_STRONG = PERSONAL | Bit.MOBILE_SAME
_CONTRADICTION = Bit.INITIALS_OTHER | Bit.GIVEN_OTHER
_ANY_NAME = Bit.NAME_SAME | Bit.NAME_NEAR

_RULES = (
    _Rule(
        RuleId.R1,
        needs=Bit.DOB_SAME | Bit.HOUSE_SAME | Bit.INITIAL_SAME,
        one_of=(_ANY_NAME, _STRONG),
        never=_CONTRADICTION | Bit.SUFFIX_OTHER,
    ),
    _Rule(
        RuleId.R2,
        needs=Bit.DOB_SAME | Bit.NAME_SAME | Bit.PHONE_SAME | Bit.INITIAL_SAME,
        one_of=(_STRONG,),
        never=_CONTRADICTION,
    ),
    _Rule(
        RuleId.R3,
        needs=Bit.DOB_SAME | Bit.HOUSE_SAME | Bit.PHONE_SAME | Bit.INITIALS_EQUAL,
        one_of=(),
        never=_CONTRADICTION | Bit.SUFFIX_OTHER | _ANY_NAME,
    ),
    _Rule(
        RuleId.R1_WEAK,
        needs=Bit.DOB_SAME | Bit.HOUSE_SAME | Bit.NAME_SAME | Bit.INITIAL_SAME,
        one_of=(),
        never=_CONTRADICTION | Bit.SUFFIX_OTHER | Bit.SUFFIX_MISSING,
    ),
)


def compare(left: Profile, right: Profile, *, mode: Mode = Mode.STANDARD, around: int = 0) -> Verdict:
    """The verdict on two profiles; ``around`` adds the bits that only the surroundings know."""
    return decide(evidence(left, right) | around, mode)


@lru_cache(maxsize=4096)
def decide(bits: int, mode: Mode = Mode.STANDARD) -> Verdict:
    """The verdict that the evidence alone compels; bits hold no personal data, so they may be remembered."""
    rule = next((rule.name for rule in _RULES if rule.holds(bits)), None)
    held_back = tuple(_guards(bits, rule, mode)) if rule else ()
    if rule and not held_back:
        return Verdict(Outcome.AUTO, bits, rule)
    if rule or _deserves_review(bits):
        return Verdict(Outcome.REVIEW, bits, reasons=held_back + tuple(_doubts(bits, held_back)))
    return Verdict(Outcome.NO, bits)


_SAME_HOME = frozenset({RuleId.R1, RuleId.R1_WEAK})
"""Rules on name and address; there a registration date is doubted only when relatives live there too."""


def _guards(bits: int, rule: RuleId, mode: Mode) -> Iterator[Reason]:
    """Why a rule that holds may still not join by itself; a child at home may have a twin of one initial."""
    alone = not bits & PERSONAL
    if bits & Bit.CLUSTER:
        yield Reason.CLUSTER
    if bits & Bit.TWIN:
        yield Reason.TWIN
    if alone and bits & Bit.FIRST_OF_JANUARY and (bits & Bit.FAMILY or rule not in _SAME_HOME):
        yield Reason.FIRST_OF_JANUARY
    if alone and bits & Bit.PHONE_OTHER:
        yield Reason.PHONE_OTHER
    if bits & Bit.SUFFIX_MISSING and bits & Bit.FLAT:
        yield Reason.SUFFIX_MISSING
    if rule is RuleId.R1_WEAK and (mode is Mode.STRICT or bits & Bit.ELDER):
        yield Reason.ONE_INITIAL


def _deserves_review(bits: int) -> bool:
    """Whether a person may find these two to be one; what falls outside is not worth the look."""
    if bits & Bit.DOB_MISSING:
        return _without_date(bits)
    if bits & Bit.DOB_SAME:
        return _same_date(bits)
    return bool(bits & (Bit.DOB_SWAPPED | Bit.DOB_SLIP)) and _near_date(bits)


def _without_date(bits: int) -> bool:
    """No birth date on a side: name and address, or name and telephone, and nothing against but a second number."""
    if bits & (_CONTRADICTION | Bit.SUFFIX_OTHER) or not bits & _ANY_NAME:
        return False
    if bits & Bit.PHONE_OTHER and not bits & (PERSONAL | Bit.HOUSE_SAME):
        return False
    if bits & Bit.INITIAL_SAME:
        return bool(bits & (Bit.HOUSE_SAME | Bit.PHONE_SAME))
    return bool(bits & Bit.HOUSE_SAME and bits & Bit.MOBILE_SAME)


def _same_date(bits: int) -> bool:
    """The same birth date: two more agreements, or a name with initials (moved)."""
    place = bits & (Bit.HOUSE_SAME | Bit.PHONE_SAME)
    if bits & _CONTRADICTION:
        against = Bit.FIRST_OF_JANUARY | Bit.PHONE_OTHER | Bit.GIVEN_OTHER
        return bool(bits & Bit.NAME_SAME and bits & Bit.PHONE_SAME and not bits & against)
    if bits & _ANY_NAME:
        return bool(place) or _moved(bits)
    return bool(place and bits & Bit.INITIAL_SAME)


def _moved(bits: int) -> bool:
    """Another address, no shared number: on 1 January (a registration default) one initial is too little."""
    if bits & Bit.FIRST_OF_JANUARY or bits & Bit.NAME_NEAR:
        return bool(bits & PERSONAL)
    return bool(bits & Bit.INITIAL_SAME)


def _near_date(bits: int) -> bool:
    """A date that a slip of the hand explains: everything else must agree."""
    if bits & _CONTRADICTION or not bits & Bit.NAME_SAME:
        return False
    return bool(bits & Bit.INITIAL_SAME and bits & (Bit.HOUSE_SAME | Bit.PHONE_SAME))


_DOUBTS = (
    (Bit.DOB_MISSING, 0, Reason.DOB_MISSING),
    (Bit.DOB_SWAPPED, 0, Reason.DOB_SWAPPED),
    (Bit.DOB_SLIP, 0, Reason.DOB_SLIP),
    (_CONTRADICTION, 0, Reason.INITIALS_OTHER),
    (Bit.NAME_NEAR, 0, Reason.NAME_NEAR),
    (0, _ANY_NAME, Reason.NAME_OTHER),
    (0, Bit.HOUSE_SAME, Reason.MOVED),
    (Bit.SUFFIX_OTHER, 0, Reason.SUFFIX_OTHER),
    (Bit.SUFFIX_MISSING, 0, Reason.SUFFIX_MISSING),
    (0, Bit.INITIAL_SAME | Bit.INITIALS_OTHER, Reason.INITIALS_MISSING),
    (Bit.PHONE_OTHER, 0, Reason.PHONE_OTHER),
    (Bit.FIRST_OF_JANUARY, 0, Reason.FIRST_OF_JANUARY),
)
"""(any of these set, all of these absent, the doubt), in the order in which a person reads them."""


def _doubts(bits: int, named: tuple[Reason, ...]) -> Iterator[Reason]:
    for present, absent, reason in _DOUBTS:
        found = bits & present if present else not bits & absent
        if found and reason not in named:
            yield reason
