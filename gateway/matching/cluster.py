"""From pairs to persons: joins automatic links into groups and takes back what contradicts itself.

A chain may join two people although every pair in it looks right: J. fits J.P. and fits J.M. So the whole of a
group is looked at again, and a group that contains two birth dates or contradicting initials falls apart into
questions for a person.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Generic, TypeVar

from gateway.matching.evidence import persons_differ, phones_differ
from gateway.matching.normalise import Profile
from schemas.ids import SubjectId

Pair = tuple[SubjectId, SubjectId]
Member = TypeVar("Member", bound=Hashable)


class Union(Generic[Member]):
    """Disjoint sets with path halving; a member that was never joined stands alone."""

    def __init__(self, joined: Iterable[tuple[Member, Member]] = ()) -> None:
        self._parent: dict[Member, Member] = {}
        for one, other in joined:
            self.join(one, other)

    def find(self, member: Member) -> Member:
        """The representative of the member's set."""
        parent = self._parent
        while (above := parent.get(member, member)) != member:
            parent[member] = parent.get(above, above)
            member = above
        return member

    def join(self, one: Member, other: Member) -> None:
        """Make the two sets one."""
        top, below = self.find(one), self.find(other)
        if top != below:
            self._parent[below] = top

    def groups(self, members: Iterable[Member]) -> dict[Member, list[Member]]:
        """The members by representative, each in the order given."""
        found: dict[Member, list[Member]] = {}
        for member in members:
            found.setdefault(self.find(member), []).append(member)
        return found


class Clash:
    """Ways in which the members of a group can contradict each other, as bits."""

    DATES = 1
    NAMES = 2
    PHONES = 4


def clashes(parts: Sequence[Sequence[Profile]]) -> int:
    """What joining the parts would contradict; what a part holds already (a person decided so) is forgiven."""
    whole = _clashes([member for part in parts for member in part])
    if not whole:
        return 0
    forgiven = 0
    for part in parts:
        forgiven |= _clashes(part)
    return whole & ~forgiven


def _clashes(members: Sequence[Profile]) -> int:
    """Two birth dates; initials or given names that exclude each other; one initial with two telephones."""
    found = Clash.DATES if len({member.dob for member in members if member.dob}) > 1 else 0
    different = {(member.initials, member.given, member.phones): member for member in members}
    for one, other in combinations(different.values(), 2):
        if persons_differ(one, other):
            found |= Clash.NAMES
        elif phones_differ(one, other):
            found |= Clash.PHONES
    return found


def contradictory(
    links: Iterable[Pair],
    settled: Union[SubjectId],
    profiles: Mapping[SubjectId, Profile],
    apart: Iterable[Pair],
) -> set[SubjectId]:
    """Every subject whose group, with these new links, contradicts itself or holds two whom a person told apart.

    ``settled`` joins what stands already; subjects that are not in view cannot contradict.
    """
    union = Union((settled.find(one), settled.find(other)) for one, other in links)
    top = {subject: union.find(settled.find(subject)) for subject in profiles}
    torn = {top.get(one) for one, other in apart if one in top and top[one] == top.get(other)}
    wholes: dict[SubjectId, list[SubjectId]] = {}
    for subject, representative in top.items():
        wholes.setdefault(representative, []).append(subject)
    return {
        subject
        for representative, whole in wholes.items()
        if len(whole) > 1 and (representative in torn or clashes(_parts(whole, settled, profiles)))
        for subject in whole
    }


def _parts(
    whole: Iterable[SubjectId], settled: Union[SubjectId], profiles: Mapping[SubjectId, Profile]
) -> list[list[Profile]]:
    parts = settled.groups(whole).values()
    return [[profiles[subject] for subject in part] for part in parts]


def same_address(profiles: Iterable[Profile]) -> Iterator[tuple[SubjectId, SubjectId]]:
    """Address links: every subject with the first (lowest id) of its exact postcode, number and suffix.

    They say only that a visit is to one door; they never show one person's arrears to another (decision 28).
    """
    first: dict[tuple[str, int, str], SubjectId] = {}
    for profile in sorted(profiles, key=lambda profile: profile.subject):
        if profile.postcode and profile.number:
            address = (profile.postcode, profile.number, profile.suffix)
            anchor = first.setdefault(address, profile.subject)
            if anchor != profile.subject:
                yield anchor, profile.subject
