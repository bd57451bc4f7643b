"""One matching: new profiles against each other and against known ones, to links, proposals and groups."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from gateway.matching.candidates import pairs
from gateway.matching.cluster import Clash, Pair, Union, clashes, contradictory, same_address
from gateway.matching.evidence import Bit
from gateway.matching.normalise import Profile
from gateway.matching.rules import RULES_VERSION, Mode, Outcome, Reason, RuleId, Verdict, compare, decide
from gateway.matching.surroundings import Surroundings
from gateway.matching.wording import sentence
from schemas.ids import SubjectId


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
    run = _Run(new, known, earlier, mode)
    judged = run.broken_up(list(run.judged()))
    links = tuple(_links(judged))
    union = Union((*earlier.joined, *((link.a, link.b) for link in links)))
    groups = union.groups(sorted(run.profiles))
    fresh = {profile.subject for profile in new}
    return MatchResult(
        links=links,
        proposals=tuple(run.proposals(judged, union, groups)),
        groups=tuple(tuple(group) for group in groups.values() if not fresh.isdisjoint(group)),
        address_links=tuple(run.address_links(fresh)),
    )


class _Run:
    """What stays the same during one matching."""

    def __init__(
        self, new: Sequence[Profile], known: Sequence[Profile], earlier: Earlier, mode: Mode
    ) -> None:
        self._new, self._known, self._mode, self._earlier = new, known, mode, earlier
        self._around = Surroundings.of(new, known)
        self._settled = Union(earlier.joined)
        self._apart = {frozenset(pair) for pair in earlier.apart}
        self.profiles = {profile.subject: profile for profile in (*known, *new)}

    def judged(self) -> Iterator[_Judged]:
        """Every pair worth a link or a question, in order of id; what a person settled is not asked again."""
        find = self._settled.find
        own = frozenset[SubjectId]().union(*self._apart)
        for one, other in sorted(pairs(self._new, self._known, own), key=_ids):
            verdict = compare(one, other, mode=self._mode)
            if verdict.outcome is Outcome.NO or frozenset((one.subject, other.subject)) in self._apart:
                continue
            if find(one.subject) == find(other.subject):
                continue
            if verdict.outcome is Outcome.AUTO:
                verdict = decide(verdict.evidence | self._around.bits(one, other), self._mode)
            yield _Judged(one, other, verdict)

    def broken_up(self, judged: Sequence[_Judged]) -> list[_Judged]:
        """Turn the automatic links of every group that contradicts itself into questions."""
        links = [one.pair for one in judged if one.verdict.outcome is Outcome.AUTO]
        doubtful = contradictory(links, self._settled, self.profiles, self._earlier.apart)
        return [self._doubted(one) if one.left.subject in doubtful else one for one in judged]

    def _doubted(self, one: _Judged) -> _Judged:
        if one.verdict.outcome is not Outcome.AUTO:
            return one
        return _Judged(one.left, one.right, decide(one.verdict.evidence | Bit.CLUSTER, self._mode))

    def proposals(
        self,
        judged: Sequence[_Judged],
        union: Union[SubjectId],
        groups: Mapping[SubjectId, Sequence[SubjectId]],
    ) -> Iterator[Proposal]:
        """One question per two groups: the pair with the fewest doubts."""
        best: dict[frozenset[SubjectId], _Judged] = {}
        for one in judged:
            tops = frozenset(map(union.find, one.pair))
            if one.verdict.outcome is Outcome.REVIEW and len(tops) > 1:
                best[tops] = min(best.get(tops, one), one, key=_doubtfulness)
        told_apart = {frozenset(map(union.find, pair)) for pair in self._apart}
        for tops, one in sorted(best.items(), key=lambda item: item[1].pair):
            parts = [[self.profiles[subject] for subject in groups[top]] for top in tops]
            if tops not in told_apart and not _pointless(one.verdict, parts):
                text = sentence(one.left, one.right, one.verdict)
                yield Proposal(*one.pair, one.verdict.reasons, one.verdict.evidence, text)

    def address_links(self, fresh: set[SubjectId]) -> Iterator[Pair]:
        """The address links of the new subjects."""
        links = same_address(self._around.neighbours())
        return (link for link in links if not fresh.isdisjoint(link))


def _ids(pair: tuple[Profile, Profile]) -> Pair:
    return pair[0].subject, pair[1].subject


def _pointless(verdict: Verdict, parts: Sequence[Sequence[Profile]]) -> bool:
    """A missing birth date excludes nobody, but the rest of the two groups may: then nobody need look."""
    return bool(verdict.evidence & Bit.DOB_MISSING and clashes(parts) & (Clash.DATES | Clash.NAMES))


def _links(judged: Sequence[_Judged]) -> Iterator[Link]:
    for one in judged:
        if one.verdict.rule is not None:
            yield Link(*one.pair, one.verdict.rule, one.verdict.evidence)


def _doubtfulness(one: _Judged) -> tuple[int, Pair]:
    return len(one.verdict.reasons), one.pair
