"""From pairs to persons: joins automatic links into groups and takes back what contradicts itself.

A chain may join two people although every pair in it looks right: J. fits J.P. and fits J.M. So the whole of a
group is looked at again, and a group that contains two birth dates or contradicting initials falls apart into
questions for a person.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Generic, TypeVar

from gateway.matching.evidence import persons_differ
from gateway.matching.normalise import Profile
from schemas.ids import SubjectId

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


def contradicts(members: Sequence[Profile]) -> bool:
    """Whether a group holds two birth dates, or initials or given names that exclude each other."""
    if len({member.dob for member in members if member.dob}) > 1:
        return True
    names = {(member.initials, member.given): member for member in members}
    return any(persons_differ(one, other) for one, other in combinations(names.values(), 2))


def contradictory(
    links: Iterable[tuple[SubjectId, SubjectId]],
    profiles: Mapping[SubjectId, Profile],
    apart: Iterable[tuple[SubjectId, SubjectId]] = (),
) -> set[SubjectId]:
    """Every subject whose group, by these links, contradicts itself or joins two whom a person told apart.

    Links may name subjects that are not in view; those cannot contradict.
    """
    pairs = list(links)
    union = Union(pairs)
    torn = {union.find(one) for one, other in apart if union.find(one) == union.find(other)}
    members = union.groups(dict.fromkeys(subject for pair in pairs for subject in pair))
    return {
        subject
        for top, group in members.items()
        if top in torn or contradicts([profiles[subject] for subject in group if subject in profiles])
        for subject in group
    }


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
