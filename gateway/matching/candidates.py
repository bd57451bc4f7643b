"""Who must be compared with whom: six blind keys find nearly every true pair without comparing all with all.

The parts of a key are tagged elsewhere (``keys.tags``), so that the store finds candidates without reading a
name; in memory the parts themselves are the key.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice

from gateway.matching.normalise import PersonFacts, Profile, profiles
from schemas.ids import SubjectId

BlindKey = tuple[str, tuple[str, ...]]
"""An index name and the parts to tag."""

INDEXES = ("pd", "pa", "pt", "da", "dt", "ti")
"""sound+date, sound+address, sound+telephone, date+address, date+telephone, telephone+initial."""

CALLER = "beller"
"""The telephone number alone, in E.164: who is calling back, and whose number is wrong. Not for matching."""

CROWD, WINDOW = 32, 8
"""A key that fits more different people than ``CROWD`` says little; there everyone meets ``WINDOW`` others.

So no delivery, however odd, makes a run quadratic."""


def blind_keys(profile: Profile) -> list[BlindKey]:
    """The keys under which a profile can be found; a key exists only when all its parts do."""
    keys: list[BlindKey] = []
    house = (profile.postcode, str(profile.number)) if profile.postcode and profile.number else None
    dob = (profile.dob,) if profile.dob else None
    for sound in sorted(profile.sounds):
        if dob:
            keys.append(("pd", (sound, *dob)))
        if house:
            keys.append(("pa", (sound, *house)))
        keys.extend(("pt", (sound, phone)) for phone in profile.phones)
    if dob and house:
        keys.append(("da", dob + house))
    for phone in profile.phones:
        if dob:
            keys.append(("dt", (*dob, phone)))
        if profile.initials:
            keys.append(("ti", (phone, profile.initials[0])))
    return keys


def search_keys(facts: Iterable[PersonFacts]) -> Iterator[tuple[SubjectId, BlindKey]]:
    """List every key that intake tags for these subjects, and by which their tags are found again to be dropped."""
    everybody = list(facts)
    for one in profiles(everybody):
        yield from ((one.subject, key) for key in blind_keys(one))
    for fact in everybody:
        yield from ((fact.subject, (CALLER, (number,))) for number in fact.telefoonnummers)


def pairs(
    new: Sequence[Profile], known: Iterable[Profile], own: AbstractSet[SubjectId] = frozenset()
) -> Iterator[tuple[Profile, Profile]]:
    """Every pair with at least one new profile that shares a blind key, once, lowest id first.

    Who is word for word the same as another is paired with that one only; what that one finds, it finds. Not so
    those in ``own`` and their likenesses: a person told them apart from somebody, so each stands for himself.
    """
    fresh = {profile.subject for profile in new}
    blocks: dict[BlindKey, list[Profile]] = {}
    for one, first in _firsts((*new, *known), own):
        if one is not first:
            if one.subject in fresh or first.subject in fresh:
                yield first, one
            continue
        for key in blind_keys(one):
            blocks.setdefault(key, []).append(one)
    yield from _within(blocks.values(), fresh)


def _firsts(profiles: Sequence[Profile], own: AbstractSet[SubjectId]) -> Iterator[tuple[Profile, Profile]]:
    """Every profile, in order of id, with the first that says exactly the same."""
    alone = {_content(profile) for profile in profiles if profile.subject in own} if own else frozenset()
    firsts: dict[object, Profile] = {}
    for one in sorted(profiles, key=_subject):
        content = _content(one)
        yield one, one if content in alone else firsts.setdefault(content, one)


def _content(one: Profile) -> tuple[object, ...]:
    return one.cores, one.initials, one.given, one.dob, one.postcode, one.number, one.suffix, one.phones


def _within(blocks: Iterable[list[Profile]], fresh: set[SubjectId]) -> Iterator[tuple[Profile, Profile]]:
    seen: set[tuple[SubjectId, SubjectId]] = set()
    for block in blocks:
        reach = WINDOW if len(block) > CROWD else CROWD
        for place, left in enumerate(block):
            for right in islice(block, place + 1, place + 1 + reach):
                pair = (left.subject, right.subject)
                if pair not in seen and (left.subject in fresh or right.subject in fresh):
                    seen.add(pair)
                    yield left, right


def _subject(profile: Profile) -> SubjectId:
    return profile.subject
