"""Who must be compared with whom: six blind keys find nearly every true pair without comparing all with all.

The parts of a key are tagged elsewhere (``keys.tags``), so that the store finds candidates without reading a
name; in memory the parts themselves are the key.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from gateway.matching.normalise import Profile
from schemas.ids import SubjectId

BlindKey = tuple[str, tuple[str, ...]]
"""An index name and the parts to tag."""

INDEXES = ("pd", "pa", "pt", "da", "dt", "ti")
"""sound+date, sound+address, sound+telephone, date+address, date+telephone, telephone+initial."""

ADDRESS_INDEX = "ad"
"""postcode+number+suffix: equal tags are a same-address link, nothing needs to be opened for it."""

WINDOW = 64
"""A block larger than this is compared in a sliding window, so that no delivery can make a run quadratic."""


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


def address_key(profile: Profile) -> BlindKey | None:
    """The key of the exact address, or None when it is not complete."""
    if not profile.postcode or not profile.number:
        return None
    return (ADDRESS_INDEX, (profile.postcode, str(profile.number), profile.suffix))


def pairs(new: Sequence[Profile], known: Iterable[Profile]) -> Iterator[tuple[Profile, Profile]]:
    """Every pair with at least one new profile that shares a blind key, once, in a stable order."""
    fresh = {profile.subject for profile in new}
    seen: set[tuple[SubjectId, SubjectId]] = set()
    for block in _blocks(new, known):
        block.sort(key=_order)
        for place, left in enumerate(block):
            for right in islice(block, place + 1, place + WINDOW):
                pair = (left.subject, right.subject)
                if pair not in seen and (left.subject in fresh or right.subject in fresh):
                    seen.add(pair)
                    yield left, right


def _blocks(new: Sequence[Profile], known: Iterable[Profile]) -> Iterator[list[Profile]]:
    """Profiles that share a key, for the keys that a new profile has."""
    blocks: dict[BlindKey, list[Profile]] = {}
    for profile in new:
        for key in blind_keys(profile):
            blocks.setdefault(key, []).append(profile)
    for profile in known:
        for key in blind_keys(profile):
            if key in blocks:
                blocks[key].append(profile)
    return (block for block in blocks.values() if len(block) > 1)


def _order(profile: Profile) -> SubjectId:
    return profile.subject
