"""What two profiles say about each other, as bits. The bits carry no personal data and decide everything.

A link keeps its bits, so that its rule can be checked again later without opening a name.
"""

from gateway.matching.names import within_one
from gateway.matching.normalise import Profile


class Bit:
    """One bit per finding, as plain integers because millions of pairs are compared.

    ``FLAT``, ``TWIN``, ``CLUSTER``, ``FAMILY`` and ``ELDER`` are known only from the surroundings of a pair.
    """

    DOB_SAME = 1 << 0
    DOB_MISSING = 1 << 1
    DOB_SWAPPED = 1 << 2
    DOB_SLIP = 1 << 3
    FIRST_OF_JANUARY = 1 << 4
    NAME_SAME = 1 << 5
    NAME_NEAR = 1 << 6
    HOUSE_SAME = 1 << 7
    SUFFIX_MISSING = 1 << 8
    SUFFIX_OTHER = 1 << 9
    PHONE_SAME = 1 << 10
    MOBILE_SAME = 1 << 11
    PHONE_OTHER = 1 << 12
    INITIAL_SAME = 1 << 13
    INITIALS_MORE = 1 << 14
    INITIALS_EQUAL = 1 << 15
    INITIALS_OTHER = 1 << 16
    GIVEN_SAME = 1 << 17
    GIVEN_OTHER = 1 << 18
    FLAT = 1 << 19
    TWIN = 1 << 20
    CLUSTER = 1 << 21
    FAMILY = 1 << 22
    ELDER = 1 << 23


PERSONAL = Bit.INITIALS_MORE | Bit.GIVEN_SAME
"""Tells members of one household apart, also twins."""

_BITS = {name: bit for name, bit in vars(Bit).items() if name.isupper()}


def findings(bits: int) -> tuple[str, ...]:
    """The names of the bits that are set, for the trace of a link."""
    return tuple(name for name, bit in _BITS.items() if bits & bit)


def evidence(left: Profile, right: Profile) -> int:
    """The bits of a pair, whatever its order."""
    return _dates(left, right) | _names(left, right) | _address(left, right) | _phones(left, right)


def persons_differ(left: Profile, right: Profile) -> bool:
    """Whether initials or given names contradict each other."""
    return bool(_names(left, right) & (Bit.INITIALS_OTHER | Bit.GIVEN_OTHER))


def phones_differ(left: Profile, right: Profile) -> bool:
    """Whether different telephones are the last word: no second initial or given name says the two are one."""
    return bool(_phones(left, right) & Bit.PHONE_OTHER and not _names(left, right) & PERSONAL)


def _dates(left: Profile, right: Profile) -> int:
    one, other = left.dob, right.dob
    if not one or not other:
        return Bit.DOB_MISSING
    if one == other:
        return Bit.DOB_SAME | (Bit.FIRST_OF_JANUARY if one.endswith("-01-01") else 0)
    if one[:4] == other[:4] and one[5:7] == other[8:] and one[8:] == other[5:7]:
        return Bit.DOB_SWAPPED
    return Bit.DOB_SLIP if within_one(one.replace("-", ""), other.replace("-", "")) else 0


def _names(left: Profile, right: Profile) -> int:
    return _surnames(left, right) | _initials(left.initials, right.initials) | _given(left.given, right.given)


_SURE_SOUND = 3
_SLIP_LENGTH = 5


def _surnames(left: Profile, right: Profile) -> int:
    """Equal when any core is shared (both orders of a double name); near by sound or one typing slip."""
    if not left.cores.isdisjoint(right.cores):
        return Bit.NAME_SAME
    if any(len(heard) >= _SURE_SOUND for heard in left.sounds & right.sounds):
        return Bit.NAME_NEAR
    slip = any(
        min(len(one), len(other)) >= _SLIP_LENGTH and within_one(one, other)
        for one in left.cores
        for other in right.cores
    )
    return Bit.NAME_NEAR if slip else 0


def _initials(one: str, other: str) -> int:
    """Compatible when the shorter begins the longer; none on a side says nothing."""
    shared = min(len(one), len(other))
    if not shared:
        return 0
    if one[:shared] != other[:shared]:
        return Bit.INITIALS_OTHER
    more = Bit.INITIALS_MORE if shared > 1 else 0
    equal = Bit.INITIALS_EQUAL if len(one) == len(other) else 0
    return Bit.INITIAL_SAME | more | equal


def _given(one: str, other: str) -> int:
    if not one or not other:
        return 0
    return Bit.GIVEN_SAME if one == other else Bit.GIVEN_OTHER


def _address(left: Profile, right: Profile) -> int:
    if not left.postcode or not left.number:
        return 0
    if left.postcode != right.postcode or left.number != right.number:
        return 0
    if left.suffix == right.suffix:
        return Bit.HOUSE_SAME
    both = left.suffix and right.suffix
    return Bit.HOUSE_SAME | (Bit.SUFFIX_OTHER if both else Bit.SUFFIX_MISSING)


_MOBILE = "+316"


def _phones(left: Profile, right: Profile) -> int:
    """A mobile number belongs to a person, any other to a household; one of each kind is no difference."""
    if not left.phones or not right.phones:
        return 0
    shared = left.phones & right.phones
    mobile, other = _mobiles(left.phones), _mobiles(right.phones)
    at_home = len(mobile) < len(left.phones) and len(other) < len(right.phones)
    differ = mobile.isdisjoint(other) if mobile and other else at_home and not shared
    bits = Bit.PHONE_OTHER if differ else 0
    if shared:
        bits |= Bit.PHONE_SAME | (0 if mobile.isdisjoint(other) else Bit.MOBILE_SAME)
    return bits


def _mobiles(phones: frozenset[str]) -> frozenset[str]:
    return frozenset(number for number in phones if number.startswith(_MOBILE))
