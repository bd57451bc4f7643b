"""One matching: new profiles against each other and against known ones, to links, proposals and groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.matching.candidates import pairs
from gateway.matching.cluster import Union, contradictory, same_address
from gateway.matching.evidence import Bit
from gateway.matching.normalise import Profile
from gateway.matching.rules import RULES_VERSION, Mode, Outcome, Reason, RuleId, Verdict, compare, decide
from gateway.matching.surroundings import Surroundings
from gateway.matching.wording import sentence
from schemas.ids import SubjectId

Pair = tuple[SubjectId, SubjectId]


@dataclass(frozen=True, slots=True)
class Link:
    """Two subjects are one person, by a rule; reversible, so it keeps what it was decided on."""

    a: SubjectId
    b: SubjectId
    rule: RuleId
    evidence: int
    version: str = RULES_VERSION


@dataclass(frozen=True, slots=True)
class Proposal:
    """A question to a person: are these one? ``text`` names no values."""

    a: SubjectId
    b: SubjectId
    reasons: tuple[Reason, ...]
    evidence: int
    text: str
    version: str = RULES_VERSION


@dataclass(frozen=True, slots=True)
class Earlier:
    """What stands already: ``joined`` are live same-person links, ``apart`` pairs that a person told apart."""

    joined: frozenset[Pair] = frozenset()
    apart: frozenset[Pair] = frozenset()


@dataclass(frozen=True, slots=True)
class MatchResult:
    """``groups`` holds every new subject once, with all that automatic and earlier links join to it.

    ``proposals`` asks once per two groups, by the strongest pair. ``address_links`` tie the subjects of one
    address to its lowest id, and are no statement about persons.
    """

    links: tuple[Link, ...]
    proposals: tuple[Proposal, ...]
    groups: tuple[tuple[SubjectId, ...], ...]
    address_links: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A pair in order of id, with its verdict (automatic or review)."""

    left: Profile
    right: Profile
    verdict: Verdict

    @property
    def pair(self) -> Pair:
        return self.left.subject, self.right.subject


_NOTHING = Earlier()


def match(
    new: Sequence[Profile],
    known: Sequence[Profile] = (),
    *,
    earlier: Earlier = _NOTHING,
    mode: Mode = Mode.STANDARD,
) -> MatchResult:
    """Compare new profiles with each other and with the known ones; known ones are not compared mutually.

    ``known`` may be all known subjects or only those that the blind keys of the new ones found; it should
    hold the subjects that ``earlier`` joins to those, so that a group is judged as a whole. The result does
    not depend on the order of the input.
    """
    around = Surroundings.of(new, known)
    judged = list(_judge(new, known, earlier, mode, around))
    judged = _break_up(judged, {p.subject: p for p in (*known, *new)}, earlier, mode)
    links = tuple(_links(judged))
    union = Union((*earlier.joined, *((link.a, link.b) for link in links)))
    return MatchResult(
        links=links,
        proposals=tuple(_proposals(judged, union)),
        groups=_groups(new, known, union),
        address_links=tuple(_address_links(new, around)),
    )


def _judge(
    new: Sequence[Profile], known: Sequence[Profile], earlier: Earlier, mode: Mode, around: Surroundings
) -> Iterator[_Judged]:
    """Every pair worth a link or a question, in order of id; what a person settled is not asked again."""
    settled = Union(earlier.joined)
    for one, other in sorted(pairs(new, known), key=lambda pair: (pair[0].subject, pair[1].subject)):
        verdict = compare(one, other, mode=mode)
        if verdict.outcome is Outcome.NO or (one.subject, other.subject) in earlier.apart:
            continue
        if settled.find(one.subject) == settled.find(other.subject):
            continue
        if verdict.outcome is Outcome.AUTO:
            verdict = decide(verdict.evidence | around.bits(one, other), mode)
        yield _Judged(one, other, verdict)


def _break_up(
    judged: Sequence[_Judged], profiles: Mapping[SubjectId, Profile], earlier: Earlier, mode: Mode
) -> list[_Judged]:
    """Turn the automatic links of every group that contradicts itself into questions."""
    automatic = (one.pair for one in judged if one.verdict.outcome is Outcome.AUTO)
    doubtful = contradictory((*earlier.joined, *automatic), profiles, earlier.apart)
    return [_doubted(one, mode) if one.left.subject in doubtful else one for one in judged]


def _doubted(one: _Judged, mode: Mode) -> _Judged:
    """The same pair as a question, if it was a link."""
    if one.verdict.outcome is not Outcome.AUTO:
        return one
    return _Judged(one.left, one.right, decide(one.verdict.evidence | Bit.CLUSTER, mode))


def _links(judged: Sequence[_Judged]) -> Iterator[Link]:
    for one in judged:
        if one.verdict.rule is not None:
            yield Link(*one.pair, one.verdict.rule, one.verdict.evidence)


def _proposals(judged: Sequence[_Judged], union: Union[SubjectId]) -> Iterator[Proposal]:
    """One question per two groups: the pair with the most in common and the fewest doubts."""
    best: dict[frozenset[SubjectId], _Judged] = {}
    for one in judged:
        groups = frozenset(map(union.find, one.pair))
        if one.verdict.outcome is Outcome.REVIEW and len(groups) > 1:
            best[groups] = min(best.get(groups, one), one, key=_doubtfulness)
    for one in sorted(best.values(), key=lambda one: one.pair):
        text = sentence(one.left, one.right, one.verdict)
        yield Proposal(*one.pair, one.verdict.reasons, one.verdict.evidence, text)


def _doubtfulness(one: _Judged) -> tuple[int, Pair]:
    return len(one.verdict.reasons), one.pair


def _groups(
    new: Sequence[Profile], known: Sequence[Profile], union: Union[SubjectId]
) -> tuple[tuple[SubjectId, ...], ...]:
    fresh = {union.find(profile.subject) for profile in new}
    members = sorted({p.subject for p in (*new, *known) if union.find(p.subject) in fresh})
    return tuple(tuple(group) for group in union.groups(members).values())


def _address_links(new: Sequence[Profile], around: Surroundings) -> Iterator[Pair]:
    fresh = {profile.subject for profile in new}
    return (link for link in same_address(around.neighbours()) if not fresh.isdisjoint(link))
